/* SPDX-License-Identifier: Apache-2.0 */
/* The executable specification of capabilities, messages, budgets and kernel memory: what the state
 * is, and what may happen to it. It shares the ABI with the kernel and nothing else.
 *
 * Everything has a number; 0 is "none". Nothing is linked: a list is an array, a tree is an array of
 * parents, an order is a birth stamp. Where the kernel keeps a fact in two places, the model has one.
 *
 * A long operation is a row of units (one slot emptied, one leaf mapped, one object freed). A call may
 * stop between any two of them when an interrupt waits, and is then made again: model.units says how
 * many units may still be done. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi/types.h"

#define MODEL_OBJECTS   384
#define MODEL_CAPS      1536
#define MODEL_POOLS     24
#define MODEL_CELLS     24
#define MODEL_THREADS   48
#define MODEL_SLOTS     64  /* of one cell */
#define MODEL_FREE      160 /* free blocks of one pool */
#define MODEL_PAGES     48  /* page tables of one cell */
#define MODEL_LEAVES    4096
#define MODEL_READY     64
#define MODEL_VIRQS     64
#define MODEL_TOMBSTONE (-1)
#define MODEL_AGAIN     BH_STATUS_COUNT
#define MODEL_LINEAGE   256 /* caps from an object's first one down; the first has no parent */

/* The state of a thread; see docs/design.md 3.1. */
enum model_state { M_SUSPENDED, M_READY, M_RETRY, M_CALLING, M_WAITING, M_IDLE };

/* What a capability that sits in an object is for; its place is minus this. */
enum model_role {
    ROLE_NONE,
    ROLE_HANDLER,
    ROLE_BUDGET,
    ROLE_SERVER,
    ROLE_TARGET,
    ROLE_IRQ,
    ROLE_LINE,
    ROLE_COUNT
};

enum model_phase { PHASE_NONE, PHASE_GROWING, PHASE_DONE, PHASE_SHRINKING, PHASE_CLEANING };

struct model_cap {
    int object; /* 0: this number is free */
    int parent;
    uint64_t born;
    uint64_t badge;
    int holder; /* the cell in whose table it is, or the object that it is bound in */
    int place;  /* slot number, or minus a model_role */
    uint8_t rights;
    uint8_t phase; /* MEMORY: its mapping */
    uint8_t access;
    uint8_t failure; /* why a mapping that was growing is shrinking */
    uint64_t ipa;
    uint64_t progress; /* bytes mapped, or cleaned */
    bool pruning;      /* a revoke or delete of what is below was interrupted */
};

struct model_block {
    uint64_t born;
    uint32_t offset;
    uint8_t order;
};

struct model_object {
    uint8_t type; /* BH_EMPTY: this number is free */
    bool dying;
    unsigned frozen; /* a revoke or delete was interrupted: so many more derivations are refused */
    uint8_t order;
    int pool;
    uint64_t born;
    uint32_t offset;         /* in its pool */
    int binding[ROLE_COUNT]; /* caps, by model_role */

    int part; /* number of the pool, cell or thread that it is */

    /* MEMORY */
    uint64_t base, size;
    uint8_t kind;
    bool cleaning;

    /* BUDGET, CORE, IRQ, LINE */
    uint32_t core, priority, number;
    uint64_t slice;
    uint64_t left; /* of the slice, when somebody else came first; 0: a whole one */
    bool active;
};

/* A page table: covers [address, address + size of its level). */
struct model_page {
    uint64_t address;
    uint32_t offset;
    uint8_t level; /* 2 or 3; the root is not listed */
};

struct model_pool {
    int object; /* 0: this number is free */
    uint8_t order;
    uint32_t nesting;
    uint64_t bytes_free;
    int block_count;
    struct model_block blocks[MODEL_FREE]; /* free ones */
};

struct model_cell {
    int object; /* 0: this number is free */
    uint32_t slot_count;
    int slots[MODEL_SLOTS]; /* 0: empty, MODEL_TOMBSTONE, or a cap */
    bool vm;
    uint64_t faults;
    bool emptied; /* teardown got as far as the page tables */
    uint32_t root_offset, table_offset;
    uint8_t table_order;
    int page_count;
    struct model_page pages[MODEL_PAGES];
};

struct model_leaf {
    int cell; /* 0: free */
    uint64_t ipa, size, target;
    uint8_t access, kind;
};

struct model_virq {
    uint8_t priority;
    bool enabled, level, line, pending, active;
};

struct model_thread {
    int object; /* 0: this number is free */
    int cell;
    uint32_t core;
    uint8_t state;
    uint8_t awaits;     /* CALLING, RETRY: enum bh_event */
    int caller, callee; /* objects */
    uint64_t signals;
    uint32_t accept; /* empty slot for a capability that comes, 0: none */
    uint64_t deadline;
    uint64_t deadline_born;
    uint64_t x[31], sp, pc, psr, tls;
    bool vcpu, fp;
    uint32_t fp_offset, virqs_offset;
    uint8_t virqs_order;
    uint32_t virq_count;
    struct model_virq virqs[MODEL_VIRQS];
    uint64_t fp_value, el1_value; /* one FP and one EL1 register stand for all */
    uint64_t timer;               /* when its virtual timer fires, 0: never */
    bool exit_read;
    uint8_t exit_register;
};

/* What the machine and the build decide: sizes of objects as block orders, by enum bh_type. */
struct model_sizes {
    uint8_t object[BH_TOMBSTONE];
    uint8_t fp_order, slot_order, virq_order;
    uint64_t pool_header; /* bytes of a pool's own data before its bitmap */
    uint32_t vmids;
    uint32_t cores;
};

struct model {
    struct model_sizes sizes;
    struct model_object objects[MODEL_OBJECTS];
    struct model_pool pools[MODEL_POOLS];
    struct model_cell cells[MODEL_CELLS];
    struct model_thread threads[MODEL_THREADS];
    struct model_cap caps[MODEL_CAPS];
    struct model_leaf leaves[MODEL_LEAVES];
    int ready[MODEL_READY]; /* budgets that want to run, longest waiting first */
    int ready_count;
    uint32_t core;      /* the core that all this happens on */
    int current;        /* the thread that runs, 0: nobody */
    int budget;         /* on whose time, 0: none */
    bool helping;       /* the current chain goes through a RETRY */
    int sliced;         /* the budget whose slice is counted */
    uint64_t slice_end; /* 0: no slice */
    uint64_t now;
    uint64_t stamp;    /* the next birth */
    uint64_t units;    /* of a long operation that may be done before it must stop */
    uint64_t fault[8]; /* words of the fault or exit that happens */
    bool powered;      /* core_power was called */
};

/* ---- events ---- */

/* The system as it is at boot; described by model_boot. */
struct model_extent {
    uint64_t base, size;
    uint8_t kind;
    uint32_t slot;
};
struct model_boot {
    uint8_t pool_order;
    uint8_t irq_table_order; /* a block that the kernel keeps for itself */
    uint32_t warden_slots, warden_priority;
    uint64_t entry, sp, arg;
    const struct model_extent *extents;
    unsigned extent_count;
    const uint32_t *irqs; /* INTID, slot pairs */
    unsigned irq_count;
};
void model_boot(struct model *m, const struct model_sizes *sizes, const struct model_boot *boot);

/* The running thread makes the call that is in its registers. */
void model_call(struct model *m);
/* The running thread faults, or is a vCPU that exits; model.fault has the words. */
void model_fault(struct model *m);
void model_exit(struct model *m);
void model_interrupt(struct model *m, uint32_t intid);
void model_tick(struct model *m);
/* The running vCPU executes WFI; until: its timer, 0: none. */
void model_sleep(struct model *m, uint64_t until);
/* The running guest took an interrupt, or ended it. */
bool model_guest_take(struct model *m, uint32_t interrupt);
void model_guest_end(struct model *m, uint32_t interrupt);

/* ---- for those who look ---- */

unsigned model_depth(const struct model *m, int thread);
unsigned model_cap_depth(const struct model *m, int cap);
bool model_deliverable(const struct model_thread *t);
uint32_t model_vmids_free(const struct model *m);

/* What is bound in an object: 0, or the object that the capability there names. */
int model_bound(const struct model *m, int object, enum model_role role);
int model_pool_objects(const struct model *m, int pool);
/* The first of an object's capabilities in the order of its list, except one; the one behind another. */
int model_cap_first(const struct model *m, int object, int except);
int model_cap_after(const struct model *m, int cap);

/* Room for one more of a type: objects, caps, pools, cells and threads are counted. */
bool model_room(const struct model *m);
