/* SPDX-License-Identifier: Apache-2.0 */
/* The page in which a guest and the kernel tell each other priorities (rule 19 of the design): pool
 * memory that vcpu_page binds to a vCPU and that is mapped in its VM.
 *
 * The vCPU is scheduled at min(max(posted, interrupt if one can be taken), its budget's priority).
 * The kernel looks at every kernel entry that interrupts the vCPU or that it makes, and when an
 * interrupt comes for it. Values above 255 count as 255. */
#pragma once

#include <assert.h>
#include <stdint.h>

struct bh_vcpu_page {
    uint32_t posted;    /* guest: the priority of what it runs now */
    uint32_t interrupt; /* guest: the priority at which a virtual interrupt shall be taken */
    uint32_t waiting;   /* kernel: the best priority that waits for this core; 0: none, or idle's.
                         * Who posts less must make the call yield at once. */
};
static_assert(sizeof(struct bh_vcpu_page) == 12, "written by guests, read by the kernel");

/* Where the guest of a vmm finds these words as registers: those of the processor that looks. */
#define BH_VCPU_REGISTERS UINT64_C(0x0b000000)

/* What bind and a reset of the vCPU put into posted and interrupt: its budget's priority. */
#define BH_POSTED_CEILING 255
