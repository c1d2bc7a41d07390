/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a guest image into the guest's RAM. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The guest's RAM: where the guest sees it, and where this program does. */
struct ram {
    uint64_t base; /* guest-physical */
    uint64_t size;
    uint8_t *here;
};

/* Loads an ELF executable (at its physical addresses), an arm64 Image (at its text offset) or
 * anything else (at RAM base + 0x80000), and cleans what it wrote from the caches, since a guest
 * starts with its own off. *entry: guest-physical address of the first instruction. Returns NULL,
 * or why it cannot be loaded. */
const char *image_load(const struct ram *ram, const void *image, size_t size, uint64_t *entry);
