/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the model's state: capabilities, objects, what pools, cells and threads hold. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proofs/model/kinds.h"

struct model_mail {
    uint8_t kind;
    int object; /* the thread or line */
};
struct model_mails {
    int count;
    struct model_mail at[MODEL_MAILS];
};

struct model_cap {
    int object; /* 0: this number is free */
    int parent;
    unsigned depth; /* its parent's and one, or that of an older sibling */
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
    bool stopped;    /* dying: it has no effect on anybody any more */
    uint64_t buried; /* when nobody named it any more: its memory waits for other cores; or 0 */
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
    uint32_t posted, interrupt, waiting; /* its first words: of a vCPU's page; of a plan */

    /* BUDGET, CORE, IRQ, LINE */
    uint32_t core, priority, ceiling, number;
    uint64_t slice;
    uint64_t left; /* of the slice, when somebody else came first; 0: a whole one */
    bool active;
    uint8_t wish;            /* LINE: what other cores want of it, WISH_* */
    uint32_t after;          /* LINE: 1 more than the core that its mail went to last, or 0 */
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
    uint32_t epoch; /* after which the dead can be freed */
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
    uint32_t table_bytes; /* of a dead one: what is left */
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

/* What a line's mail says: a level, which is high or not; that it was high since; a pulse. */
enum model_wish { WISH_SET = 1, WISH_HIGH = 2, WISH_ROSE = 4, WISH_PULSE = 8, WISH_ALL = 15 };

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
    uint32_t virqs_offset;
    uint8_t virqs_order;
    uint32_t virq_count;
    struct model_virq virqs[MODEL_VIRQS];
    uint64_t fp_value, el1_value; /* one FP and one EL1 register stand for all */
    uint64_t timer;               /* when its virtual timer fires, 0: never */
    bool timer_due, exit_read; /* due: while no core held its registers, and it has not run since */
    uint8_t exit_register;
    /* Between cores: where it is or is going to, if not at home; in a server's queue or service of
     * a core (one more than its number); why it travels. */
    uint32_t at, held;
    uint8_t mail;
    uint8_t coming, verdict;  /* what it will be, and is told, at home */
    bool stop, noted, moves;  /* to be stopped at home; a note is on its way; to another budget */
    uint64_t posted;          /* bits of that note */
    uint64_t words[8];        /* its fault or exit */
    int queue[MODEL_THREADS]; /* threads of other cores that wait for this server, as objects */
    int queue_count;
    bool shy, abortable; /* its cell was traced when it began to wait; an abort may answer it */
};
