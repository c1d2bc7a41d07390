/* SPDX-License-Identifier: Apache-2.0 */
/* The device tree that a guest is given: what its virtual machine has, and no more. */
#pragma once

#include <stdint.h>

#include "tools/bulkhead/file.h"

#define GUEST_RAM UINT64_C(0x40000000) /* where RAM starts on QEMU's virt board */
#define DTB_MOST  (UINT64_C(2) << 20)  /* Linux maps no more of it */

struct guest_machine {
    struct range ram;
    uint64_t gic; /* version: 2 or 3 */
    uint32_t cpus;
    const char *bootargs; /* NULL: none */
    struct range initrd;  /* size 0: none */
    struct range start;   /* its struct start_info; size 0: none */
};

/* A new tree. data is NULL if it would be larger than DTB_MOST. */
struct bytes guest_dtb_make(struct arena *arena, const struct guest_machine *machine);

/* The designer's tree, with the RAM of the description, and its bootargs and initrd if it has them,
 * as QEMU does it. data is NULL if it is not a device tree or is too large. */
struct bytes guest_dtb_patch(struct arena *arena, struct bytes tree,
                             const struct guest_machine *machine);
