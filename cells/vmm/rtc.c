/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the registers of the guest's PL031 (TRM DDI 0224 section 3). */
#include "cells/vmm/rtc.h"

#include "cells/vmm/port.h"

#define RTC_DR   0x00
#define RTC_MR   0x04
#define RTC_LR   0x08
#define RTC_CR   0x0c
#define RTC_IMSC 0x10
#define RTC_RIS  0x14
#define RTC_MIS  0x18
#define RTC_ICR  0x1c
#define RTC_ID   0xfe0

static const uint8_t ids[8] = {0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

static uint32_t now(const struct rtc *rtc)
{
    return (uint32_t)port_seconds() + rtc->offset;
}

static void update_line(const struct rtc *rtc)
{
    port_line(PORT_LINE_RTC, (rtc->raw & rtc->mask) != 0);
}

/* The match is compared for equality, so one that has just been missed is 136 years away. */
static void arm(struct rtc *rtc)
{
    uint32_t left = rtc->match - now(rtc);

    rtc->due_at = 0;
    if (left == 0) {
        rtc->raw = 1;
    } else {
        rtc->due_at = port_now() + left * port_frequency();
    }
    port_alarm(PORT_ALARM_RTC, rtc->due_at);
    update_line(rtc);
}

void rtc_wake(struct rtc *rtc)
{
    if (rtc->due_at != 0 && port_now() >= rtc->due_at) {
        rtc->due_at = 0;
        rtc->raw = 1;
        port_alarm(PORT_ALARM_RTC, 0);
        update_line(rtc);
    }
}

/* A reset leaves the time: the guest's clock has a battery. */
void rtc_reset(struct rtc *rtc)
{
    *rtc = (struct rtc){.offset = rtc->offset};
    port_alarm(PORT_ALARM_RTC, 0);
    update_line(rtc);
}

uint64_t rtc_read(struct rtc *rtc, uint64_t offset)
{
    switch (offset) {
    case RTC_DR:
        return now(rtc);
    case RTC_MR:
        return rtc->match;
    case RTC_LR:
        return rtc->load;
    case RTC_CR:
        return 1; /* always on */
    case RTC_IMSC:
        return rtc->mask;
    case RTC_RIS:
        return rtc->raw;
    case RTC_MIS:
        return rtc->raw & rtc->mask;
    default:
        return offset >= RTC_ID ? ids[(offset - RTC_ID) / 4] : 0;
    }
}

void rtc_write(struct rtc *rtc, uint64_t offset, uint32_t value)
{
    switch (offset) {
    case RTC_MR:
        rtc->match = value;
        arm(rtc);
        break;
    case RTC_LR:
        rtc->load = value;
        rtc->offset += value - now(rtc);
        arm(rtc);
        break;
    case RTC_IMSC:
        rtc->mask = value & 1;
        update_line(rtc);
        break;
    case RTC_ICR:
        rtc->raw &= ~value;
        update_line(rtc);
        break;
    default:
        break;
    }
}
