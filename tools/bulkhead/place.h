/* SPDX-License-Identifier: Apache-2.0 */
/* Which physical address every memory gets. */
#pragma once

#include "tools/bulkhead/model.h"

/* Free address ranges, sorted and disjoint. */
struct space {
    struct range *free;
    unsigned count;
    unsigned room; /* every remove and take needs one more at most */
};

/* Take [base, +size) out of what is free, whether it was or not. */
void space_remove(struct space *space, struct range range);

/* size bytes at a multiple of alignment (a power of two), from the smallest hole that has them;
 * false if none has. */
bool space_take(struct space *space, uint64_t size, uint64_t alignment, uint64_t *base);

uint64_t space_total(const struct space *space);
uint64_t space_largest(const struct space *space);

/* The page at 0 is given to nobody, where RAM has one: the kernel maps its pool at its physical
 * address, and a null pointer in the kernel must not lead anywhere. */
#define PLACE_NOWHERE ((struct range){0, PAGE})

/* Places image, root pool and all RAM; what is left goes to the warden as spare memory. */
void place_system(struct system *system);

/* place_full.c: refuses the system because of a memory that has no place. */
void place_full(struct system *system, const struct space *space, const struct memory *memory);
/* "linux 128 MiB, kernel 1.1 MiB": who has most of the image, or of all that has a place. */
const char *place_owners(struct system *system, bool image);

/* Bytes kept behind the kernel for boot_info. */
uint64_t place_info_size(const struct system *system);
