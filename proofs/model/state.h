/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the model's state: capabilities, objects, what pools, cells and threads hold. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi/types.h"

#define MODEL_OBJECTS   384
#define MODEL_CAPS      1536
#define MODEL_POOLS     24
#define MODEL_CORES     2
#define MODEL_CELLS     24
#define MODEL_THREADS   48
#define MODEL_SLOTS     64  /* of one cell */
#define MODEL_FREE      160 /* free blocks of one pool */
#define MODEL_PAGES     48  /* page tables of one cell */
#define MODEL_LEAVES    4096
#define MODEL_LINES     1024
#define MODEL_READY     64
#define MODEL_VIRQS     64
#define MODEL_REFILLS   8
#define MODEL_TOMBSTONE (-1)
#define MODEL_AGAIN     BH_STATUS_COUNT
#define MODEL_LINEAGE   32 /* caps from an object's first one down; the first has no parent */

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
    ROLE_EXHAUSTED,
    ROLE_PARENT, /* of a budget that is a part of another */
    ROLE_PAGE,
    ROLE_PLAN, /* of a core: memory of a plan, one of two */
    ROLE_PLAN_OTHER,
    ROLE_WATCH, /* of a cell: the trace that it is under */
    ROLE_RING,  /* of a trace: one for each core */
    ROLE_COUNT = ROLE_RING + MODEL_CORES
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
/* What was used and comes back. */
struct model_refill {
    uint64_t when, ticks;
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
    bool cleaning, sealed, pooled,
        written;                         /* pooled: a block of its pool; written: it was a ring */
    uint32_t posted, interrupt, waiting; /* its first words, if it is a vCPU's page */

    /* BUDGET, CORE, IRQ, LINE */
    uint32_t core, priority, ceiling, number;
    uint64_t slice;
    uint64_t left; /* of the slice, when somebody else came first; 0: a whole one */
    bool active;
    uint64_t amount, period; /* what is not given away; period 0: no limit */
    uint64_t share;          /* of its parent's amount */
    uint32_t group;          /* in the windows of a plan that admit it */
    unsigned nesting;        /* how many it is derived from, one from the other */
    struct model_refill refills[MODEL_REFILLS];
    int refill_count;
    uint64_t refill_born; /* it wants time and waits for its first refill; 0: it does not */
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
    uint64_t faults, refused, time;
    bool sealed;  /* closed to others */
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

/* What cells find in memory. A line's views (through the cache, past it) agree, or it was written
 * through one of them since: then that one has the new value, the other may have the old one. */
enum model_views { VIEWS_MIXED, VIEWS_AGREE, VIEWS_CACHED, VIEWS_PAST };

struct model_line {
    uint64_t address; /* 0: this place is free */
    uint64_t now, old;
    uint8_t views;
    bool known, old_known; /* values */
    bool fetched;          /* a fetch finds now: no change since the last new code anywhere */
};

/* The budget whose running is counted. */
struct model_count {
    int budget;
    uint64_t since; /* when that began */
    uint64_t stop;  /* when it must end; 0: never, and nobody counts */
};

struct model_virq {
    uint8_t priority;
    bool enabled, level, alternate, line, pending, active;
};

/* Where the machine makes a vCPU go on whose access was refused. */
#define MODEL_ABORT_VECTOR 0x200

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
    bool timer_due, exit_read; /* due: while no core held its registers, and it has not run since */
    uint8_t exit_register;
    bool shy, abortable; /* its cell was traced when it began to wait; an abort may answer it */
};
