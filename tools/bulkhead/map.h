/* SPDX-License-Identifier: Apache-2.0 */
/* Whose every byte is: the extents of RAM and device registers, with owner and use. */
#pragma once

#include "tools/bulkhead/model.h"

struct map_row {
    struct range range;
    const char *owner;
    const char *use;
    const struct memory *memory; /* NULL: the kernel's own, or nobody's */
};

struct map {
    struct map_row *rows; /* by address */
    unsigned count;
};

/* What is there once everything has its place. */
struct map map_of(struct system *system);
