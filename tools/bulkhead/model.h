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
#include "tools/bulkhead/said.h"

/* A kernel object that the warden holds a capability to. */
struct object {
    enum bh_type type;
    const char *name;
    struct cell *cell;  /* whose pool pays for it; NULL: the root pool, or from boot */
    struct cell *owner; /* it is there only once this cell is built; NULL: before all cells */
    struct object *of;  /* argument a of pool_create: cell of a thread, vCPU of a line */
    uint64_t number;    /* bytes, slots, flags, virtual interrupts, interrupt, priority */
    uint64_t extra;     /* amount and period of a budget */
    uint32_t slot;      /* in the warden's table */
    bool kept;          /* somebody else holds a capability to it */
};

#define CORES_MAX   8u         /* that the kernel knows */
#define CORE_UNSAID UINT64_MAX /* of a cell */

enum place { PLACE_RAM, PLACE_IMAGE, PLACE_FIXED };

/* A physical extent: RAM, a piece of the image, device registers. */
struct memory {
    struct object object;
    const char *path;   /* the node that asks for it */
    const char *use;    /* its name for programs and report */
    struct cell *owner; /* NULL: shared */
    enum bh_memory_kind kind;
    enum place place;
    uint64_t size;
    uint64_t base;        /* physical, once placed */
    const uint8_t *bytes; /* IMAGE: what is in it, zero behind byte_count */
    uint64_t byte_count;
    bool zero;         /* RAM that the warden clears before anybody sees it */
    bool aligned;      /* to 2 MiB, so that mappings of it are blocks */
    bool rough;        /* IMAGE: what is behind byte_count may be anything */
    uint64_t boot_ipa; /* where the warden sees it from boot on */
    uint32_t boot_access;
};

/* A capability in a cell's table. */
struct cap {
    const char *name;
    struct object *object; /* NULL: only told of, as a server is of its clients */
    struct memory *memory; /* not NULL: object is its */
    enum bh_type type;
    uint8_t rights;
    uint32_t access; /* of the mapping; 0: none */
    uint64_t ipa;
    uint64_t badge; /* given by derivation; of an irq: what arrives in the cell's signal word */
    uint32_t slot;
};

struct endpoint {
    struct object object;
    struct cell *server;
    bool exits; /* of a VM: nobody else may call it */
};

/* How a cell is woken: by bits in its signal word, or, a VM, by a virtual interrupt. */
struct wake {
    struct object *signal;
    uint64_t badge; /* of who may send it; 0: none */
    uint64_t value; /* what the receiver is told: its bits or its INTID */
};

/* A signal of its own for each virtual interrupt that wakes a VM. */
struct pulse {
    struct object signal;
    struct object *line;
};

/* What a cell awaits. */
struct notice {
    const char *name;
    struct cell *receiver;
    struct wake wake;
};

struct irq {
    struct object object;
    uint32_t intid;
    bool edge;
    struct cell *owner;
    uint64_t bits;       /* in the owner's signal word */
    uint32_t bound_slot; /* the warden's badged capability to the owner's signal */
};

enum cell_kind { CELL_NATIVE, CELL_VM, CELL_WARDEN };

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
    struct names serves, calls, grants, awaits, notifies, reads, writes, devices;
    struct numbers badges; /* one for each of calls */
    struct list memories;  /* struct entry */
    struct list values;    /* struct entry */
    struct list extras;    /* struct extra */
    const char *guest, *vmm, *initrd, *bootargs, *dtb;
    uint64_t ram, interrupts, gic;
    struct numbers lines;
    struct names line_names;

    /* made */
    struct elf elf;
    struct object pool_object, cell_object, thread_object, budget_object, signal_object;
    uint32_t overrun_slot; /* the warden's badged capability to system->overruns */
    uint64_t overrun_bit;
    uint32_t handler_slot;    /* the warden's badged capability to its handler */
    struct endpoint *handler; /* of its faults and exits */
    struct cell *vm;          /* of a vmm: its VM */
    uint64_t next_badge;      /* of a server: what its next client gets */
    struct guest *layout;     /* of a VM: what is where in its RAM */
    struct memory *start;     /* its start_info page(s) */
    unsigned signal_bits;     /* taken so far */
    uint64_t next_interrupt;  /* of a VM: above those that wake it */
    struct memory *page;      /* of a VM that posts priorities */
    unsigned machine_caps;    /* of a VM: capabilities that are its RAM and devices */
    struct list caps;         /* struct cap, slot order */
    struct list copies;       /* struct plan_copy: its data as new */
    uint64_t next_ipa, sp, start_ipa;
    uint64_t pool_need; /* bytes that the plan takes from its pool */
    uint32_t table_slots;
    struct entry *slot_first, *slot_count; /* values that tell it about its table */
    bool resumed;
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
    struct plan_cell *plan_cells;
    struct memory *plan;
    uint32_t warden_slots; /* given so far */
    struct list given;     /* struct object: to these */
};
