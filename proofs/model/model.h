/* SPDX-License-Identifier: Apache-2.0 */
/* The executable specification of capabilities, messages, budgets and kernel memory: what the state
 * is, and what may happen to it. It shares the ABI with the kernel and nothing else.
 *
 * Everything has a number; 0 is "none". Nothing is linked: a list is an array, a tree is an array
 * of parents, an order is a birth stamp. Where the kernel keeps a fact in two places, the model has
 * one.
 *
 * A long operation is a row of units (one slot emptied, one leaf mapped, one object freed). A call
 * may stop between any two of them when an interrupt waits, and is then made again: model.units
 * says how many units may still be done. */
#pragma once

#include "proofs/model/state.h"

/* What the machine and the build decide: sizes of objects as block orders, by enum bh_type. */
struct model_sizes {
    uint8_t object[BH_TOMBSTONE];
    uint8_t fp_order, slot_order, virq_order, limited_order, derived_order;
    uint64_t pool_header; /* bytes of a pool's own data before its bitmap */
    uint64_t pool_base;   /* physical address of the root pool */
    uint32_t vmids;
    uint32_t cores;
};

enum model_power { POWER_OFF, POWER_UNFIT, POWER_COMING, POWER_ON, POWER_LEAVING, POWER_GONE };

/* What other cores see of a core, and have for it. */
struct model_post {
    uint8_t power;   /* enum model_power */
    bool idling;     /* nobody ran when it left the kernel */
    uint32_t left;   /* LEAVING: the epoch that it waits for */
    uint32_t passed; /* the last epoch that it has passed */
    struct model_mails posted, inbox;
    int aside[MODEL_READY]; /* budgets whose chains end in a thread that is away */
    bool more;              /* of them to be looked at, or in the inbox, when this was last done */
    int aside_count, aside_left; /* of them still to be looked at since a thread came home */
};

/* A core: who runs there, and on whose time. */
struct model_core {
    int current, budget;
    struct model_count count;
    bool helping;
    int owner;    /* the vCPU whose registers it holds */
    int fp_owner; /* the thread whose FP registers it holds */
};

/* Where a core is in its plan. */
struct model_plan {
    bool ever;             /* there was one, or a budget with a group */
    int core;              /* the CORE object whose bindings are its plans */
    unsigned role, window; /* of the plan that runs */
    bool change;           /* the other one comes at the end of the frame */
    uint64_t boundary;     /* when this window ends; 0: never */
    uint32_t open;
};

struct bh_plan;
struct model {
    struct model_sizes sizes;
    struct model_object objects[MODEL_OBJECTS];
    struct model_pool pools[MODEL_POOLS];
    struct model_cell cells[MODEL_CELLS];
    struct model_thread threads[MODEL_THREADS];
    struct model_cap caps[MODEL_CAPS];
    struct model_leaf leaves[MODEL_LEAVES];
    bool full; /* a leaf took another's place: from here on the model knows nothing */
    struct model_line lines[MODEL_LINES];
    bool lines_lost; /* some line has lost its place to another: what is not there is not known */
    int ready[MODEL_READY]; /* budgets that want to run, longest waiting first */
    int ready_count;
    struct model_plan plans[MODEL_CORES];
    /* what a plan's memory says: cells write it at any time */
    const struct bh_plan *(*look)(void *who, int memory);
    void *who;
    struct model_core cores[MODEL_CORES]; /* of those on which nothing happens at the moment */
    uint32_t core;                        /* the core that all this happens on */
    struct model_post posts[MODEL_CORES];
    struct {
        uint32_t began, over;
        uint32_t closed; /* after which nobody knows a sealed cell as open */
    } epoch;
    uint32_t where; /* with MODEL_MOVE: the core that has to go on */
    int asks;       /* who makes the call that is made */
    int current;    /* the thread that runs, 0: nobody */
    int budget;     /* on whose time, 0: none */
    int handed;     /* the handler that a plain fault or exit hands over to, 0: none */
    bool helping;   /* the current chain goes through a RETRY */
    int owner;      /* the vCPU whose registers the core holds */
    int fp_owner;
    struct model_count count;
    uint64_t now;
    uint64_t stamp;    /* the next birth */
    uint64_t units;    /* of a long operation that may be done before it must stop */
    bool rest;         /* it must stop, as something of this core's time is to be done behind it */
    uint64_t fault[8]; /* words of the fault or exit that happens */
    bool wrong;        /* something happened on a core that may not do it */
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
    const uint32_t *cores; /* slots of the others */
};
void model_boot(struct model *m, const struct model_sizes *sizes, const struct model_boot *boot);

/* From now on, things happen on another core. */
void model_use_core(struct model *m, uint32_t core);
/* The core is on; another one asks for its attention. After that, it may be off. */
void model_enter(struct model *m);
void model_mail(struct model *m);
/* True if that must happen before long. */
bool model_mail_waits(const struct model *m, uint32_t core);

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
/* The running thread uses FP registers, as it may. */
void model_float(struct model *m);
bool model_guest_take(struct model *m, uint32_t interrupt);
void model_guest_end(struct model *m, uint32_t interrupt);

/* ---- memory ---- */

/* What the running thread's access to an address leads to; NULL: a fault. */
const struct model_leaf *model_translate(const struct model *m, uint64_t ipa, uint64_t access);
/* A cell wrote to a line of RAM, through the cache or past it. */
void model_wrote(struct model *m, uint64_t address, bool cached, uint64_t value);
/* False: it cannot have read or fetched that. */
bool model_may_read(struct model *m, uint64_t address, bool cached, uint64_t value);
bool model_may_fetch(struct model *m, uint64_t address, uint64_t value);

/* ---- for those who look ---- */

unsigned model_depth(const struct model *m, int thread);
/* Ticks that a limited budget has: its amount but for what is still to come back. */
int64_t model_available(const struct model_object *budget);
bool model_deliverable(const struct model_thread *t);
uint32_t model_vmids_free(const struct model *m);

/* What is bound in an object: 0, or the object that the capability there names. */
int model_bound(const struct model *m, int object, enum model_role role);
/* True if thread would go with object. */
bool model_encloses(const struct model *m, int object, int thread);
int model_pool_objects(const struct model *m, int pool);
/* The first of an object's capabilities in the order of its list, except one; the one behind
 * another. */
int model_cap_first(const struct model *m, int object, int except);
int model_cap_after(const struct model *m, int cap);

/* Room for one more of a type: objects, caps, pools, cells and threads are counted. */
bool model_room(const struct model *m);
