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

#define PAGE UINT64_C(4096)
#define BLOCK (UINT64_C(2) << 20)

struct range {
    uint64_t base;
    uint64_t size;
};

struct ranges {
    struct range *items;
    unsigned count;
};

struct numbers {
    uint64_t *items;
    unsigned count;
};

/* "local=target" in a list of names; without '=' both are the same. */
struct name {
    const char *local;
    const char *target;
};

struct names {
    struct name *items;
    unsigned count;
};

/* name = <number>: a value for a program, or a private memory and its size. */
struct entry {
    const char *name;
    const char *path;
    uint64_t number;
};

/* A kernel object that the warden holds a capability to. */
struct object {
    enum bh_type type;
    const char *name;
    struct cell *cell;     /* whose pool pays for it; NULL: the root pool, or from boot */
    struct cell *owner;    /* it is there only once this cell is built; NULL: before all cells */
    struct object *of;     /* argument a of pool_create: cell of a thread, vCPU of a line */
    uint64_t number;       /* bytes, slots, flags, virtual interrupts, interrupt, priority */
    uint64_t extra;        /* slice of a budget */
    uint32_t slot;         /* in the warden's table */
    bool kept;             /* somebody else holds a capability to it */
};

enum place { PLACE_RAM, PLACE_IMAGE, PLACE_FIXED };

/* A physical extent: RAM, a piece of the image, device registers. */
struct memory {
    struct object object;
    const char *path;  /* the node that asks for it */
    const char *use;   /* its name for programs and report */
    struct cell *owner; /* NULL: shared */
    enum bh_memory_kind kind;
    enum place place;
    uint64_t size;
    uint64_t base;     /* physical, once placed */
    const uint8_t *bytes; /* IMAGE: what is in it, zero behind byte_count */
    uint64_t byte_count;
    bool zero;         /* RAM that the warden clears before anybody sees it */
    bool aligned;      /* to 2 MiB, so that mappings of it are blocks */
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
    uint32_t access;    /* of the mapping; 0: none */
    uint64_t ipa;
    uint64_t badge;     /* given by derivation; of an irq: what arrives in the cell's signal word */
    uint32_t slot;
};

struct endpoint {
    struct object object;
    struct cell *server;
};

/* A bit in the signal word of the cell that awaits it. */
struct notice {
    const char *name;
    struct cell *receiver;
    uint64_t bits;
};

struct irq {
    struct object object;
    uint32_t intid;
    bool edge;
    struct cell *owner;
    uint64_t bits;      /* in the owner's signal word */
    uint32_t bound_slot; /* the warden's badged capability to the owner's signal */
};

struct device {
    const char *name;
    const char *path;
    struct ranges registers;  /* said */
    struct numbers interrupts; /* said */
    bool edge;                /* said */
    bool dma;                 /* said */
    struct cell *owner;
    struct memory **memories;  /* one for each register range, once asked for */
};

struct board {
    const char *path;
    const char *model;
    struct ranges ram;
    struct ranges reserved;
    uint64_t load;
    uint64_t timer_frequency;
    const char *psci;
    const char *console;  /* device of the boot ladder and of the warden's reports */
    struct ranges distributor, cpu_interface, hyp_interface, guest_interface, redistributors;
    uint64_t maintenance, hyp_timer, virt_timer, phys_timer;
    struct list devices;
};

/* Memory that several cells see. */
struct shared {
    const char *name;
    const char *path;
    uint64_t size;
    bool uncached;
    struct names ends;  /* of a channel */
    struct memory *memory;
};

/* A node below caps { }: an extra capability. */
struct extra {
    const char *name;
    const char *path;
    const char *target;
    uint64_t number;
    enum bh_type type;
    bool flag;
    uint64_t badge;
    struct names rights;
};

enum cell_kind { CELL_NATIVE, CELL_VM, CELL_WARDEN };

struct cell {
    const char *name;
    const char *path;
    enum cell_kind kind;
    uint32_t index; /* in the plan; badge of its faults */

    /* said */
    const char *program;
    uint64_t stack, pool, slots, priority, slice;
    bool fp, keep;
    struct names serves, calls, grants, awaits, notifies, reads, writes, devices;
    struct numbers badges;   /* one for each of calls */
    struct list memories; /* struct entry */
    struct list values;   /* struct entry */
    struct list extras;   /* struct extra */
    const char *guest, *vmm;
    uint64_t ram, interrupts, gic;
    struct numbers lines;
    struct names line_names;

    /* made */
    struct elf elf;
    struct object pool_object, cell_object, thread_object, budget_object, signal_object;
    uint32_t handler_slot;   /* the warden's badged capability to its handler */
    struct endpoint *handler; /* of its faults and exits */
    struct cell *vm;         /* of a vmm: its VM */
    uint64_t next_badge;     /* of a server: what its next client gets */
    struct memory *start;    /* its start_info page(s) */
    unsigned signal_bits;    /* taken so far */
    struct list caps;        /* struct cap, slot order */
    uint64_t next_ipa, sp, start_ipa;
    uint64_t pool_need;      /* bytes that the plan takes from its pool */
    uint32_t table_slots;
    struct entry *slot_first, *slot_count; /* values that tell it about its table */
    bool resumed;
};

struct options {
    const char *source;  /* .dts or .dtb */
    const char *image;
    const char *kernel;
    const char *files;   /* folder of programs and guests */
    const char *deps;
    const char *report;
    struct list defines; /* -D and -I for cpp */
};

struct system {
    struct arena arena;
    struct faults faults;
    struct list read;    /* names of all files that were read */
    const struct options *options;
    struct board board;
    uint64_t pool_size;  /* said, 0: as needed */
    struct list shareds; /* struct shared */
    struct list channels; /* struct shared */
    struct list cells;   /* struct cell; [0] is the warden */

    struct list endpoints; /* struct endpoint */
    struct list notices;   /* struct notice */
    struct list memories;  /* struct memory, all that the warden holds */
    struct list irqs;      /* struct irq that have an owner */
    struct list lines;     /* struct object */
    struct list extras;    /* struct object: pools and budgets made for caps { } */
    struct endpoint fault_endpoint;
    struct memory *guest_interface; /* GICV, once a VM has it */
    struct object boot[WARDEN_FREE];
    struct object nobody;    /* slot 0: the caller's own cell */
    struct range pool;     /* where the root pool is */
    uint64_t root_need;    /* bytes that kernel and warden take from it */

    const uint8_t *kernel; /* its flat binary */
    uint64_t kernel_size;
    uint64_t image_size;
    struct list ops;       /* struct plan_op */
    struct plan_cell *plan_cells;
    struct memory *plan;
    uint32_t warden_slots; /* given so far */
};
