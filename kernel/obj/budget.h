/* SPDX-License-Identifier: Apache-2.0 */
/* Budget: CPU time of one thread on one core. */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/obj/object.h"
#include "kernel/sched/alarm.h"

struct cpu;
struct thread;

#define REFILLS 8 /* of a limited budget that wait for their time */

/* NO: its thread does not want time. REFILL: it wants time and has none left; its alarm is set.
 * ASIDE: its chain ends in a thread that is away. READY: in its core's ready queue; GROUP: in that
 * of its group. */
enum budget_queued { QUEUED_NO, QUEUED_REFILL, QUEUED_ASIDE, QUEUED_READY, QUEUED_GROUP };

/* COUNT: it has a slice or a limit. POSTS: its vCPU had a page when one of them was bound. PLAN: of
 * a core, there was a plan. */
enum budget_timed { TIMED_COUNT = 1, TIMED_POSTS = 2, TIMED_PLAN = 4 };

/* Why it cannot just be put into the ready queue: available is used up, it needs a refill; it has a
 * group. */
enum budget_special { SPECIAL_EXHAUSTED = 1, SPECIAL_GROUP = 2 };

/* What only a limited budget has: a sporadic server. What it used in one piece comes back one
 * period after that piece began. available + all refills = amount, always. */
struct limit {
    struct slot signal; /* SIGNAL, with the badge to send when it is exhausted */
    uint64_t when[REFILLS];
    uint32_t refill[REFILLS]; /* ticks that come back then, soonest first */
    /* only in a derived one: */
    struct slot parent; /* BUDGET that this one is a part of; empty: gone, and all time with it */
    uint32_t share;     /* ticks of that one's amount that this one has instead */
};

struct budget {
    struct object object;
    struct thread *thread; /* bound to; NULL: none */
    struct cpu *cpu;
    struct budget *next, *prev; /* ready queue, while QUEUED_READY */
    struct alarm alarm; /* its next refill, while QUEUED_REFILL; place in its group, while GROUP; or
                         * among those ASIDE, by order */
    uint32_t slice;     /* ticks before others of its priority get their turn, 0: no limit */
    uint32_t left;      /* of the slice, when somebody else came first; 0: a whole one */
    uint32_t amount, period; /* ticks; so much in each period at most; period 0: unlimited */
    int64_t available;       /* of a limited one; below 0: more was used, by some kernel entry */
    uint8_t priority;        /* what it is queued at: at most its ceiling */
    uint8_t ceiling;         /* what it was made with; less only while its vCPU posts less */
    uint8_t queued;          /* enum budget_queued */
    uint8_t timed;           /* enum budget_timed: what keeps the core from turning to it plainly */
    uint8_t special;         /* enum budget_special */
    uint8_t refill_count;    /* of limit->refill */
    uint8_t nesting;         /* 0, or how many it is derived from, one from the other */
    uint8_t group;           /* in the windows of a plan that admit it; 0: it has none */
    _Alignas(32) struct limit limit[]; /* one, if period is not 0 */
};
static_assert(sizeof(struct budget) <= 128, "a block of two cache lines");
static_assert((offsetof(struct budget, limit) + offsetof(struct limit, parent)) %
                      sizeof(struct slot) ==
                  0,
              "links name its signal and its parent");
#define BUDGET_NESTING 8 /* budgets derived from one another */

static inline struct budget *budget_of(struct object *object)
{
    return container_of(object, struct budget, object);
}

static inline struct budget *budget_of_alarm(struct alarm *alarm)
{
    return container_of(alarm, struct budget, alarm);
}

/* Arguments b and c of pool_create for a BUDGET: priority in bits 7:0 and slice in bits 63:32;
 * amount in bits 31:0 and period in bits 63:32, 0: no limit. */
struct budget_terms {
    uint64_t order, limit;
};
bool budget_good(struct budget_terms terms);

/* Make one of good terms; a limited one has so many bytes. */
#define BUDGET_LIMITED (sizeof(struct budget) + offsetof(struct limit, parent))
void budget_make(struct budget *budget, struct cpu *cpu, struct budget_terms terms);

/* It can be a part of another: on its core, no higher, no larger than what that one still has; or
 * BAD_ARG, BUSY. It becomes that, and has all of struct limit. Then, with the lock or without: its
 * time is from that one. */
MUST_CHECK status budget_derivable(struct slot *parent, struct budget_terms terms);
void budget_derive(struct budget *budget, struct slot *parent, struct budget_terms terms);
void budget_begin(struct budget *budget, uint32_t amount);

/* A derived one loses its parent: it and all derived from it have no time any more. */
void budget_orphaned(struct slot *parent);

/* The thread lost its budget. */
void budget_unbound(struct budget *budget);

/* What follows from these two for the core's time, once in a call: they leave it to be done without
 * the lock. */
void budget_settle(struct cpu *cpu);

/* thread_budget: bind the capability; then, without the lock, the thread has the budget. */
MUST_CHECK status budget_bind(struct thread *thread, struct slot *cap);
void budget_bound(struct thread *thread);

/* budget_group: in which windows it runs, once its core has a plan. */
void budget_group(struct budget *budget, uint8_t group);

/* Refills whose time has come are available from now on; nothing is in one without its parent.
 * True: some time is left. */
bool budget_refill(struct budget *budget, uint64_t now);

/* The budget was used from since on until now. True: this exhausted it. */
bool budget_charge(struct budget *budget, uint64_t since, uint64_t now);
