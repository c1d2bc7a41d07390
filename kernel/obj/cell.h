/* SPDX-License-Identifier: Apache-2.0 */
/* Cell: an isolation domain with one capability table, one stage-2 space and one pool. */
#pragma once

#include "kernel/obj/object.h"

struct thread;

#define CELL_CORES 8 /* as CPU_MAX: cpu.h comes after this file */

struct cell {
    struct object object;
    struct slot *table; /* index 0 is always empty: "no capability" */
    uint32_t slot_count;
    uint16_t vmid;
    uint8_t table_order;
    uint8_t devices;        /* device mappings exist: leaving it costs a DSB and an SError window */
    uint64_t vttbr;         /* root table and VMID as VTTBR_EL2 wants them */
    struct pool *pool;      /* pays for table and page tables */
    uint64_t *root;         /* stage-2 root table */
    struct thread *threads; /* list through thread.cell_next */
    uint32_t thread_count;
    uint32_t fault_count;
    uint32_t used_slots;
    uint32_t device_maps;          /* how many device mappings there are */
    uint32_t sweep;                /* teardown: how far table or space have been looked through */
    uint8_t vm;                    /* a VM cell: vCPUs only */
    uint8_t empty;                 /* teardown: the table is empty, the space comes next */
    uint8_t sealed;                /* it has or had sealed memory: closed to others */
    uint8_t vcpus;                 /* bit n: it has a vCPU of index n */
    uint8_t vcpu_last[CELL_CORES]; /* by core: index of its vCPU that was in that core last */
};

static inline struct cell *cell_of(struct object *object)
{
    return container_of(object, struct cell, object);
}
static_assert(sizeof(struct cell) <= 128, "a block of two cache lines");
