/* SPDX-License-Identifier: Apache-2.0 */
/* What a description says, and what the tool has made of it.
 *
 *   read_*      fill the fields marked "said" from the device tree
 *   check_*     names and numbers are consistent
 *   build_*     make objects, memories and capabilities from them
 *   place_*     give every memory a physical address
 *   plan_*      give every capability a slot, write down the calls that build the system */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi/boot.h"
#include "abi/plan.h"
#include "abi/start.h"
#include "abi/types.h"
#include "tools/bulkhead/arena.h"
#include "tools/bulkhead/elf.h"
#include "tools/bulkhead/fault.h"
#include "tools/bulkhead/guest.h"
#include "tools/bulkhead/made.h"
#include "tools/bulkhead/said.h"

enum cell_kind { CELL_NATIVE, CELL_VM, CELL_WARDEN };

#define VM_CPUS_MAX 8

/* What runs: a processor of a VM, or the thread of a native cell. */
struct processor {
    struct object thread, budget;
    uint32_t handler_slot; /* the warden's badged capability to its handler */
};

struct cell {
    const char *name;
    const char *path;
    enum cell_kind kind;
    uint32_t index; /* in the plan; badge of its faults */

    /* said */
    const char *program;
    uint64_t stack, pool, slots, priority, slice, core;
    struct numbers budget; /* amount and period in microseconds, or nothing: no limit */
    bool fp, restart, sealed, posts;
    const char *overrun; /* what is done when its budget is used up, NULL: it waits */
    struct names serves, calls, grants, awaits, notifies, reads, writes, devices, traces, moves,
        switches;
    uint64_t trace_ring;     /* bytes of its trace's ring for each core */
    struct numbers moves_to; /* cores */
    struct numbers badges;   /* one for each of calls */
    struct list memories;    /* struct entry */
    struct list values;      /* struct entry */
    struct list extras;      /* struct extra */
    const char *guest, *vmm, *initrd, *bootargs, *dtb;
    uint64_t ram, interrupts, gic;
    uint64_t cpus;               /* 1 of a native cell */
    struct numbers lines, cores; /* cores: of each processor; none: all on core */
    struct names line_names;

    /* made */
    struct elf elf;
    struct object pool_object, cell_object, signal_object;
    struct processor processors[VM_CPUS_MAX]; /* cpus of them */
    uint32_t overrun_slot; /* the warden's badged capability to system->overruns */
    uint64_t overrun_bit;
    struct endpoint *handler; /* of its faults and exits */
    struct cell *vm;          /* of a vmm: its VM */
    uint64_t next_badge;      /* of a server: what its next client gets */
    struct guest *layout;     /* of a VM: what is where in its RAM */
    struct memory *start;     /* its start_info page(s) */
    unsigned signal_bits;     /* taken so far */
    uint64_t next_interrupt;  /* of a VM: above those that wake it */
    struct list pages;        /* of a VM that posts priorities: struct memory, one a processor */
    struct object trace;      /* with traces: */
    struct memory *rings[CORES_MAX];
    const struct cell *tracer; /* that traces this one, by this number */
    uint64_t traced;
    unsigned machine_caps; /* of a VM: capabilities that are its RAM and devices */
    struct list caps;      /* struct cap, slot order */
    struct list copies;    /* struct plan_copy: its data as new */
    uint64_t next_ipa, sp, start_ipa;
    uint64_t pool_need; /* bytes that the plan takes from its pool */
    uint32_t table_slots;
    struct entry *slot_first, *slot_count; /* values that tell it about its table */
    struct entry *fixed; /* and its vmm about interrupts that stay at the first processor */
    bool resumed;
    uint8_t groups[CORES_MAX]; /* of its budgets on each core; 0: none */
    uint32_t cores_used;       /* a bit for each that it runs on, or may be moved to */
};

struct system {
    struct arena arena;
    struct faults faults;
    struct list read; /* names of all files that were read */
    const struct options *options;
    struct board board;
    uint64_t pool_size;   /* said, 0: as needed */
    struct list shareds;  /* struct shared */
    struct list channels; /* struct shared */
    struct list cells;    /* struct cell; [0] is the warden */
    struct list plans;    /* struct time_plan */

    struct list endpoints; /* struct endpoint */
    struct list notices;   /* struct notice */
    struct list pulses;    /* struct pulse */
    struct list memories;  /* struct memory, all that the warden holds */
    struct list irqs;      /* struct irq that have an owner */
    struct list lines;     /* struct object */
    struct list extras;    /* struct object: pools and budgets made for caps { } */
    struct endpoint fault_endpoint;
    struct object overruns; /* signal to the warden, if any cell has overrun */
    unsigned overrun_count;
    struct memory *guest_interface; /* GICV, once a VM has it */
    struct object boot[WARDEN_FREE];
    struct object cores[CORES_MAX]; /* but the first, which is in boot */
    struct object nobody;           /* slot 0: the caller's own cell */
    struct range pool;              /* where the root pool is */
    uint64_t root_need;             /* bytes that kernel and warden take from it */

    const uint8_t *kernel; /* its flat binary */
    uint64_t kernel_size;
    uint64_t kernel_resident; /* from here on only boot needs it: RAM for cells */
    uint64_t image_size;      /* as loaded */
    uint64_t file_size;       /* what of it is in the file */
    struct list ops;          /* struct plan_op */
    struct list copies;       /* struct plan_copy */
    struct list switches;     /* struct plan_switch, and the struct time_plan of each */
    struct list switched;
    uint32_t last_ops; /* those that start the plan of the warden's core */
    struct plan_cell *plan_cells;
    struct memory *plan;
    uint32_t warden_slots; /* given so far */
    struct list given;     /* struct object: to these */
};
