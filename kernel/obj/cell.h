/* SPDX-License-Identifier: Apache-2.0 */
/* Cell: an isolation domain with one capability table, one stage-2 space and one pool. */
#pragma once

#include "kernel/obj/object.h"

struct thread;

#define CELL_CORES 8 /* as CPU_MAX: cpu.h comes after this file */

/* What makes entering or leaving a cell more than a change of space. DEVICES: it has device
 * mappings, leaving it costs a DSB and an SError window. TRACED: it is under a trace. */
enum cell_mark { MARK_DEVICES = 0x40, MARK_TRACED = 0x80 };

struct cell {
    struct object object;
    struct slot *table; /* index 0 is always empty: "no capability" */
    uint32_t slot_count;
    uint32_t fast_count; /* slots that the ordinary paths see: all, or none while it is traced */
    uint16_t vmid;
    uint8_t table_order;
    uint8_t marks;          /* enum cell_mark */
    uint32_t threads_made;  /* ever */
    uint64_t vttbr;         /* root table and VMID as VTTBR_EL2 wants them */
    struct slot trace;      /* TRACE; its badge is the number of this cell there */
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
    /* Counted on all cores, as are the faults: by atomic_add(). */
    uint64_t refused; /* calls that a capability did not allow */
    uint64_t time;    /* ticks that limited and sliced budgets of its threads were used */
};
SLOT_LINKABLE(cell, trace);

static inline struct cell *cell_of(struct object *object)
{
    return container_of(object, struct cell, object);
}
static_assert(sizeof(struct cell) <= 256, "a block of four cache lines");
static_assert(offsetof(struct cell, trace) == 64, "messages look at the first line only");
