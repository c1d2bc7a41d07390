/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how statistics look as a line, and which are nonsense. */
#include "cells/jitter/report.h"

#include "cells/lib/format.h"

#define SECOND UINT64_C(1000000000)

void report_restart(struct report *report)
{
    *report = (struct report){0};
}

/* Entries come from a guest that may have gone mad. */
static bool is_sound(const struct statistics *s)
{
    return s->magic == STATISTICS_MAGIC && s->period != 0 && s->period <= UINT32_MAX &&
           s->periods <= UINT64_MAX / s->period && s->misses <= s->periods && s->min <= s->mean &&
           s->mean <= s->max;
}

static size_t take_bad(struct report *report, char text[REPORT_TEXT])
{
    if (report->bad++ != 0) {
        return 0;
    }
    return format(text, REPORT_TEXT, "what came through the channel is no statistics\n");
}

size_t report_take(struct report *report, const struct statistics *s, char text[REPORT_TEXT])
{
    uint64_t second;
    size_t size;

    if (!is_sound(s)) {
        return take_bad(report, text);
    }
    second = s->periods * s->period / SECOND;
    if (report->said && s->sequence > report->sequence) {
        report->lost += s->sequence - report->sequence;
    }
    report->sequence = s->sequence + 1;
    if (report->said && second == report->second) {
        return 0;
    }
    report->said = true;
    report->second = second;
    size = format(text, REPORT_TEXT,
                  "%lu s: %lu periods of %lu us, %lu missed; %lu to %lu ns late, mean %lu",
                  (unsigned long)second, (unsigned long)s->periods,
                  (unsigned long)(s->period / 1000), (unsigned long)s->misses,
                  (unsigned long)s->min, (unsigned long)s->max, (unsigned long)s->mean);
    if (report->lost != 0 || report->bad != 0) {
        size += format(text + size, REPORT_TEXT - size, " (%lu reports lost, %lu bad)",
                       (unsigned long)report->lost, (unsigned long)report->bad);
    }
    return size + format(text + size, REPORT_TEXT - size, "\n");
}
