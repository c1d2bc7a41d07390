/* SPDX-License-Identifier: Apache-2.0 */
/* What the tool tells a vmm about its guest's images: the start of its read-only memory "image".
 *
 * The tool has read the guest's files and laid them out as QEMU's loader for the virt board would;
 * the vmm only copies pieces. */
#pragma once

#include <assert.h>
#include <stdint.h>

#define BH_GUEST_MAGIC UINT64_C(0x74736575672d6862) /* "bh-guest" */

/* Bytes that are in the guest's RAM when it starts. */
struct guest_piece {
    uint64_t ipa;    /* guest-physical address, inside its RAM */
    uint64_t size;   /* bytes */
    uint64_t offset; /* of the bytes, from the start of struct guest_image; 0: all are zero */
};

struct guest_image {
    uint64_t magic;
    uint64_t entry;       /* guest-physical address of the first instruction */
    uint64_t dtb;         /* guest-physical address of its device tree, in x0; 0: it has none */
    uint32_t in_place;    /* 1: for one start only: there is no pristine copy of what is in RAM */
    uint32_t piece_count; /* struct guest_piece[] follows: what is to be copied at each start */
};
static_assert(sizeof(struct guest_piece) == 24 && sizeof(struct guest_image) == 32,
              "written by the tool, read by the vmm");
