/* SPDX-License-Identifier: Apache-2.0 */
/* What connects cells, as lanes of a drawing: each endpoint, channel, memory, signal and line with
 * the cells that have a part in it. */
#pragma once

#include "tools/bulkhead/model.h"

/* The part of a cell. */
enum mark {
    MARK_NONE,
    MARK_OWNER, /* it serves, receives, or is what is controlled */
    MARK_USER,  /* it calls, sends, or controls */
    MARK_END,   /* of a channel */
    MARK_READ,
    MARK_WRITE
};

struct lane {
    const char *name;
    const char *detail;
    enum mark *marks; /* by index of the cell */
};

#define LANE_SECTIONS 6

struct lane_section {
    const char *title;
    struct list lanes; /* struct lane */
};

void lanes_find(struct system *system, struct lane_section sections[LANE_SECTIONS]);
