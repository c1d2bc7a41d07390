/* SPDX-License-Identifier: Apache-2.0 */
/* Which statistics of a real-time guest are worth a line, and the line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cells/lib/statistics.h"

#define REPORT_TEXT 200

struct report {
    bool said;         /* there was a line before */
    uint64_t second;   /* of the guest's time, of that line */
    uint64_t sequence; /* that the next entry should have */
    uint64_t lost;     /* entries that never came */
    uint64_t bad;      /* entries that are none */
};

/* The sender has started anew. */
void report_restart(struct report *report);

/* Takes an entry. Returns the length of a line, with its newline, or 0 if it is not worth one: at
 * most one a second of the guest's time, and the first of a run of bad entries. */
size_t report_take(struct report *report, const struct statistics *s, char text[REPORT_TEXT]);
