/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's files are, and where in its RAM they go. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/bulkhead/arena.h"
#include "tools/bulkhead/said.h"

#define GUEST_PARTS 24

/* Bytes that are in the guest's RAM when it starts. */
struct guest_part {
    const char *what;     /* "kernel", "initrd": for messages and the report */
    uint64_t ipa;         /* guest-physical */
    uint64_t size;        /* bytes of RAM that are its own */
    const uint8_t *bytes; /* NULL: all of it is zero */
    uint64_t byte_count;  /* what the guest expects there; the rest is not written */
    bool in_place;        /* its bytes are in RAM from boot on; nobody copies them */
};

enum guest_kind { GUEST_IMAGE, GUEST_ELF, GUEST_RAW };

struct guest {
    struct arena *arena; /* for sentences */
    struct range ram;    /* guest-physical; to be set first, as arena */
    enum guest_kind kind;
    uint64_t entry;
    uint64_t high; /* end of the highest part of the kernel */
    uint64_t dtb;  /* 0: none yet */
    struct guest_part parts[GUEST_PARTS];
    unsigned count;
};

/* The kernel's file: its kind, entry and parts. NULL if it can be used, else a sentence with fact
 * and cure. Looks at no byte outside [data, +size), which must stay. */
const char *guest_read(struct guest *guest, const uint8_t *data, size_t size);

/* The rules of QEMU's loader for the virt board (hw/arm/boot.c), after guest_read. Each returns
 * NULL, or why there is no room. */
const char *guest_check(struct guest *guest);
const char *guest_place_initrd(struct guest *guest, const uint8_t *data, size_t size);
const char *guest_place_dtb(struct guest *guest, const uint8_t *data, size_t size);
