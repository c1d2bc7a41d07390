/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the registers of the PL031. */
#include "cells/clock/pl031.h"

enum pl031_register {
    PL031_DR = 0x00,
    PL031_MR = 0x04,
    PL031_CR = 0x0c,
    PL031_IMSC = 0x10,
    PL031_RIS = 0x14,
    PL031_ICR = 0x1c
};

uint32_t pl031_seconds(pl031_registers *rtc)
{
    return rtc[PL031_DR / 4];
}

void pl031_open(pl031_registers *rtc)
{
    uint32_t match;

    rtc[PL031_IMSC / 4] = 0;
    rtc[PL031_ICR / 4] = 1;
    rtc[PL031_CR / 4] = 1; /* no effect if it runs already */
    do {                   /* once, but when a second begins between reading and writing */
        match = pl031_seconds(rtc) + 1;
        rtc[PL031_MR / 4] = match;
    } while (pl031_seconds(rtc) == match);
    rtc[PL031_ICR / 4] = 1;
    rtc[PL031_IMSC / 4] = 1;
}

bool pl031_quiet(pl031_registers *rtc)
{
    bool raised = (rtc[PL031_RIS / 4] & 1) != 0;

    rtc[PL031_IMSC / 4] = 0;
    rtc[PL031_ICR / 4] = 1;
    return raised;
}
