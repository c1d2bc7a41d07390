/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's board: which device answers for an address, and how wide it is. */
#pragma once

#include "cells/vmm/vmm.h"

/* A load or store of 1, 2, 4 or 8 bytes at a guest-physical address, also a misaligned one; value
 * has no more. False: nothing answers there. */
bool platform_read(struct vmm *vmm, uint64_t address, unsigned size, uint64_t *value);
bool platform_write(struct vmm *vmm, uint64_t address, unsigned size, uint64_t value);

/* A device of the guest: who answers for an address. */
struct device {
    uint64_t base;
    uint64_t size;
    uint64_t width; /* bytes; a wider access is several */
    uint64_t (*read)(struct vmm *vmm, uint64_t offset, unsigned size);
    void (*write)(struct vmm *vmm, uint64_t offset, unsigned size, uint64_t value);
    bool (*has)(const struct vmm *vmm, uint64_t offset); /* NULL: all of it is there */
};

/* The device that answers, if it is that of the last time and takes the access as it is; else NULL.
 * What it reads may have more bits than the access. */
static inline const struct device *platform_last(const struct vmm *vmm, uint64_t address,
                                                 uint64_t size)
{
    const struct device *last = vmm->last;

    if (last == NULL || address - last->base >= last->size) {
        return NULL;
    }
    return size <= last->width && (address & (size - 1)) == 0 ? last : NULL;
}

/* Every device as after power-on. */
void platform_reset(struct vmm *vmm);
