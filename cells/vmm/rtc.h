/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's PL031: seconds since 1970, and one alarm. */
#pragma once

#include <stdint.h>

#define RTC_BASE UINT64_C(0x09010000)
#define RTC_SIZE UINT64_C(0x1000)
#define RTC_IRQ  34 /* SPI 2 */

struct rtc {
    uint32_t offset; /* added to the world's seconds */
    uint32_t load;
    uint32_t match;
    uint32_t mask;   /* RTCIMSC */
    uint32_t raw;    /* RTCRIS */
    uint64_t due_at; /* ticks at which the match comes; 0: not any more */
};

void rtc_reset(struct rtc *rtc);
uint64_t rtc_read(struct rtc *rtc, uint64_t offset);
void rtc_write(struct rtc *rtc, uint64_t offset, uint32_t value);

/* The alarm's time may have come. */
void rtc_wake(struct rtc *rtc);
