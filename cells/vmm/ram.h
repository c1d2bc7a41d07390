/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's RAM: where the guest sees it, and where this program does. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ram {
    uint64_t base; /* guest-physical */
    uint64_t size;
    uint8_t *here;
};

/* Where size bytes at a guest-physical address are; NULL if not all of them are RAM. */
static inline uint8_t *ram_at(const struct ram *ram, uint64_t address, uint64_t size)
{
    uint64_t offset = address - ram->base;

    return offset <= ram->size && size <= ram->size - offset ? ram->here + offset : NULL;
}
