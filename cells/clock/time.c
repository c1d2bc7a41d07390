/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how whole seconds and a counter make one time that does not run backwards.
 *
 * The seconds are always the device's own. Where they begin in ticks is known exactly after the
 * first interrupt; from then on it is counted on, as long as device and counter agree. */
#include "cells/clock/time.h"

#include "cells/lib/format.h"

#define NANOSECONDS UINT64_C(1000000000)
#define DAY         86400
#define YEAR_MAX    9999

void time_edge(struct time *time, uint64_t seconds, uint64_t ticks)
{
    if (seconds == time->seconds && ticks > time->ticks) {
        return; /* the interrupt came late: this second was seen earlier */
    }
    time->seconds = seconds;
    time->ticks = ticks;
}

void time_read(struct time *time, uint64_t seconds, uint64_t ticks)
{
    uint64_t expected = time->ticks + (seconds - time->seconds) * time->frequency;

    if (seconds != time->seconds) {
        time_edge(time, seconds, ticks - expected < time->frequency ? expected : ticks);
    }
}

void time_count(struct time *time, uint64_t ticks)
{
    uint64_t seconds = (ticks - time->ticks) / time->frequency;

    time->seconds += seconds;
    time->ticks += seconds * time->frequency;
}

uint64_t time_nanoseconds(const struct time *time, uint64_t ticks)
{
    uint64_t since = ticks - time->ticks;

    return since < time->frequency ? since * NANOSECONDS / time->frequency : NANOSECONDS - 1;
}

/* Day 0 is 1970-01-01. Years are counted from March, so that a leap day is a year's last; 146097
 * days are 400 years. */
static void date(uint64_t day, unsigned *year, unsigned *month, unsigned *of_month)
{
    uint64_t era = (day + 719468) / 146097;
    uint64_t of_era = (day + 719468) % 146097;
    uint64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * years + years / 4 - years / 100);
    uint64_t march = (5 * of_year + 2) / 153;

    *of_month = (unsigned)(of_year - (153 * march + 2) / 5 + 1);
    *month = (unsigned)(march < 10 ? march + 3 : march - 9);
    *year = (unsigned)(era * 400 + years + (*month <= 2));
}

void time_text(char text[TIME_TEXT], uint64_t seconds)
{
    unsigned year, month, day;
    unsigned of_day = (unsigned)(seconds % DAY);

    date(seconds / DAY, &year, &month, &day);
    (void)format(text, TIME_TEXT, "%04u-%02u-%02u %02u:%02u:%02u",
                 year <= YEAR_MAX ? year : YEAR_MAX, month, day, of_day / 3600, of_day / 60 % 60,
                 of_day % 60);
}
