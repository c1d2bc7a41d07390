/* SPDX-License-Identifier: Apache-2.0 */
/* Thread: what runs. A vCPU is a thread whose cell is at EL1; see vcpu.h. */
#pragma once

#include "kernel/core/frame.h"
#include "kernel/core/mail.h"
#include "kernel/obj/cell.h"
#include "kernel/sched/alarm.h"

struct budget;
struct cpu;
struct fp_state;

/*                      resume                     reply_wait, nothing there
 *   SUSPENDED <-----------------------> READY ------------------------------> WAITING
 *        ^  suspend, fault, STOP        |  ^ ^ <-- message, signal, deadline --'
 *        |                              |  | |
 *        |                call, fault,  |  | '-- virtual interrupt -- IDLE <-- WFI, BLOCK
 *        |                exit          v  | reply, DOWN, CANCELED
 *        '------ STOP ---------------- CALLING
 *   READY --call to a busy server--> RETRY --picked: the call is made again--> CALLING | RETRY |
 * READY
 *   READY, RETRY --call to another core, of a server or of the kernel--> AWAY --back--> READY |
 * SUSPENDED | IDLE
 */
enum thread_state {
    THREAD_SUSPENDED,
    THREAD_READY,
    THREAD_RETRY,
    THREAD_CALLING,
    THREAD_WAITING,
    THREAD_IDLE,
    THREAD_AWAY
};

/* Its state and depth as one word, and a depth there. */
#define RUN(thread)      (*(uint16_t *)&(thread)->state)
#define RUN_DEPTH(depth) ((unsigned)(depth) << 8)

/* In awaits: the server is on another core. */
#define AWAITS_REMOTE 0x80u

/* HEAVY_FP: the core holds its FP registers. HEAVY_AWAY: a vCPU, and no core holds its EL1. */
enum thread_heavy { HEAVY_VCPU = 1, HEAVY_FP = 4, HEAVY_AWAY = 0x20 };

struct thread {
    struct frame frame; /* first: SP_EL2 points here while the thread runs */

    /* The message path: one cache line. */
    struct cell *cell;
    struct cpu *cpu;       /* home core: that of its budget, its EL1 and FP registers */
    struct thread *caller; /* who waits for this thread's reply */
    struct thread *callee; /* CALLING: who owes the reply */
    struct budget *budget; /* bound budget, NULL: runs on its callers' only */
    uint64_t signals;      /* pending signal word */
    uint8_t state;         /* enum thread_state */
    uint8_t depth;         /* callers above this one in its chain */
    uint8_t awaits;        /* CALLING: enum bh_event that the callee was sent */
    uint8_t is_vcpu;
    uint8_t heavy;      /* entering it takes more than a change of space: enum thread_heavy */
    uint32_t recv_slot; /* CALLING, WAITING: slot for a capability that comes; 0: none */
    uint32_t number;    /* of those that its cell made, from 1 */
    /* its core while it is WAITING for a message without a capability: no slot, no signal
     * pending; else NULL */
    struct cpu *receptive;

    /* WAITING: of this wait; IDLE, or another budget came before that of a vCPU with a page: the
     * vCPU's timer's; else of the last wait, without effect. */
    struct alarm deadline;
    struct thread *cell_next, **cell_link; /* its cell's list, and what names it there */
    struct fp_state *fp;                   /* NULL without the right to FP */

    struct object object;
    struct slot handler;     /* ENDPOINT: faults and exits */
    struct slot budget_slot; /* BUDGET */

    /* Between cores: kernel/core/mail.h. While it is AWAY only the core that holds it touches its
     * frame, callee and words. */
    struct mail mail;  /* the thread itself, on its way or in a queue */
    struct cpu *at;    /* AWAY: where it is or is going to; else its home */
    struct cpu *held;  /* the core that has it in a server's queue or service; else NULL */
    uint8_t stop;      /* AWAY: to be suspended when it comes home */
    uint8_t coming;    /* AWAY: its enum thread_state at home */
    uint8_t verdict;   /* AWAY: enum bh_action, the answer to an exit */
    uint8_t noted;     /* note is posted */
    uint8_t moves;     /* it is on its way to another budget's core: its time comes soon */
    uint64_t posted;   /* signal bits of other cores */
    struct mail note;  /* brings them */
    struct mail queue; /* callers of other cores that this server has not taken yet */
    uint64_t words[BH_MESSAGE_WORDS]; /* AWAY: its fault or exit message */
};
static_assert(sizeof(struct thread) <= 1024, "one block");

SLOT_LINKABLE(thread, handler);
SLOT_LINKABLE(thread, budget_slot);

/* It runs on the budget of a caller of its own core, not on its own. */
static inline bool thread_lent(const struct thread *thread)
{
    return thread->caller && thread->caller->state != THREAD_AWAY;
}

static inline struct thread *thread_of(struct object *object)
{
    return container_of(object, struct thread, object);
}
