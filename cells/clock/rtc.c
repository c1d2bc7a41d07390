/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the registers of the Arm PL031 (DDI 0224) and of the clock in the Zynq UltraScale+
 * (register reference UG1087, module RTC). */
#include "cells/clock/rtc.h"

#include <stddef.h>

#include "abi/start.h"

enum pl031_register {
    PL031_DR = 0x00,
    PL031_MR = 0x04,
    PL031_CR = 0x0c,
    PL031_IMSC = 0x10,
    PL031_RIS = 0x14,
    PL031_ICR = 0x1c
};

static uint32_t pl031_seconds(rtc_registers *base)
{
    return base[PL031_DR / 4];
}

static void pl031_open(rtc_registers *base)
{
    uint32_t match;

    base[PL031_IMSC / 4] = 0;
    base[PL031_CR / 4] = 1; /* no effect if it runs already */
    do {                    /* once, but when a second begins between reading and writing */
        match = pl031_seconds(base) + 1;
        base[PL031_ICR / 4] = 1;
        base[PL031_MR / 4] = match;
    } while (pl031_seconds(base) == match);
    base[PL031_IMSC / 4] = 1;
}

static bool pl031_quiet(rtc_registers *base)
{
    bool raised = (base[PL031_RIS / 4] & 1) != 0;

    base[PL031_IMSC / 4] = 0;
    base[PL031_ICR / 4] = 1;
    return raised;
}

enum zynqmp_register {
    ZYNQMP_TIME = 0x10,
    ZYNQMP_STATUS = 0x20, /* write 1 to clear */
    ZYNQMP_DISABLE = 0x2c
};

#define ZYNQMP_INT_ALL 3U /* second and alarm */

static uint32_t zynqmp_seconds(rtc_registers *base)
{
    return base[ZYNQMP_TIME / 4];
}

static bool zynqmp_quiet(rtc_registers *base)
{
    base[ZYNQMP_DISABLE / 4] = ZYNQMP_INT_ALL;
    base[ZYNQMP_STATUS / 4] = ZYNQMP_INT_ALL;
    return false;
}

/* Its two interrupts are not used. */
static void zynqmp_open(rtc_registers *base)
{
    (void)zynqmp_quiet(base);
}

const struct rtc_driver *rtc_find(uint64_t type)
{
    static const struct rtc_driver pl031 = {pl031_open, pl031_seconds, pl031_quiet};
    static const struct rtc_driver zynqmp = {zynqmp_open, zynqmp_seconds, zynqmp_quiet};

    return type == START_PL031 ? &pl031 : type == START_ZYNQMP_RTC ? &zynqmp : NULL;
}
