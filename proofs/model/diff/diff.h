/* SPDX-License-Identifier: Apache-2.0 */
/* The differential test: what happens, happens to kernel and model alike, and both must agree. */
#pragma once

#include "proofs/model/model.h"
#include "tests/unit/machine.h"

enum op_kind {
    OP_CALL,      /* the running thread loads x0..x12 and makes a call */
    OP_AGAIN,     /* it goes on with a call that was interrupted */
    OP_FAULT,     /* it faults with words x0..x7 */
    OP_EXIT,      /* a vCPU exits; x8: register of a load, or 31 */
    OP_INTERRUPT, /* x0: INTID */
    OP_TIME,      /* x0: ticks that pass */
    OP_SLEEP,     /* a vCPU executes WFI; x0: its timer */
    OP_GUEST,     /* a vCPU takes an interrupt, or ends x1 - 1 */
    OP_TOUCH,     /* accesses of memory at x0, as the random generator of seed x1 says */
    OP_CORE,      /* things happen on core x0 from now on */
    OP_MAIL,      /* core x0 looks at what came from others */
    OP_FLOAT,     /* x0: a value for an FP register */
    OP_POST,      /* a vCPU writes x0 and x1 into the first words of its page */
    OP_KINDS
};
#define OP_REGISTERS 13

struct op {
    uint64_t x[OP_REGISTERS];
    uint32_t preempt; /* preemption points until an interrupt waits; 0: none does */
    uint8_t kind;
};

#define DIFF_STATUSES 16
#define DIFF_CALLS    64

/* Shared between the process that runs a test and the one that started it. */
struct report {
    uint64_t steps;
    uint64_t preempted; /* calls that stopped at a preemption point */
    uint64_t checks;    /* runs of kernel_check */
    uint64_t coverage[DIFF_CALLS][DIFF_STATUSES];
    uint64_t kinds[OP_KINDS];
    char difference[256];
    uint32_t op_count;
    struct op ops[];
};

/* A call that a thread has begun. */
struct pending {
    int object; /* the thread; 0: none */
    uint64_t number;
    uint64_t pc; /* where it was made */
};

/* One run: kernel, model, and which kernel object each object of the model is. */
struct diff {
    struct model model;
    struct object *objects[MODEL_OBJECTS];
    uint64_t born[MODEL_OBJECTS];
    struct pending pending[MODEL_THREADS];
    uint64_t random;
    struct report *report;
    bool spaces_changed;
    bool servers; /* this run begins with many servers that wait, threads or vCPUs */
    bool guests;
    bool timed;       /* threads share a core by limited budgets */
    unsigned step;    /* how far the beginning with servers has got */
    unsigned started; /* how far the start of the other cores has got */
    bool bare;        /* no thread is at home on the other cores at first: they may go off */
    bool rings;       /* on many cores: no pages of vCPUs and no plans, but rings */
};

void diff_begin(struct diff *d, struct report *report, uint64_t seed);

/* Do one thing to both. False: they differ; report->difference says how. */
bool diff_apply(struct diff *d, const struct op *op);

/* The kernel stopped at a preemption point in what happened to it: the same happens to the model,
 * up to some unit. */
bool diff_follow(struct diff *d, void (*happen)(struct model *m));

/* Compare everything (deep: also page tables, derivation lists, virtual interrupts). */
bool diff_compare(struct diff *d, bool deep);
bool diff_spaces(struct diff *d);

/* The next thing to do, mostly sensible. */
struct op diff_choose(struct diff *d);
uint64_t diff_random(struct diff *d, uint64_t limit);
/* The same: when nobody runs; other than calls; when threads share the core by time. */
struct op diff_idle(struct diff *d);
struct op diff_event(struct diff *d, const struct model_thread *t);
struct op diff_timed(struct diff *d);
/* The first thread of a core: without it, nothing happens there any more. */
bool diff_is_first(const struct diff *d, const struct model_thread *t);
/* The next step of the beginning of a run with servers. False: it is over. */
bool diff_recipe(struct diff *d, struct op *op);

/* In words, for the trace. */
void diff_print(const struct op *op, unsigned number);
const char *diff_call_name(uint64_t number);

/* Note a difference; always false. */
bool diff_say(struct diff *d, const char *what, uint64_t number, uint64_t kernel, uint64_t model);
