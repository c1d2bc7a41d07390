/* SPDX-License-Identifier: Apache-2.0 */
/* What the cells of the trace test know of each other. */
#pragma once

#include <stdint.h>

#define NO_SLOT_HAS 999 /* in no table here */
#define MANY        150 /* calls that fail: more records than a ring has room for */

/* From another tracer, in memory "seen". */
struct traced_seen {
    uint64_t records; /* of core 0 since its trace was made */
    uint64_t cell;    /* number in the last one */
    uint64_t status;  /* of cell_info */
};
