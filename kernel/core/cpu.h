/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that belongs to one core. */
#pragma once

#include "abi/plan_page.h"
#include "arch_vcpu.h"
#include "kernel/core/mail.h"
#include "kernel/obj/thread.h"
#include "kernel/sched/plan_state.h"
#include "kernel/sched/ready.h"

struct vcpu;
struct irq;

#define CPU_MAX 8
static_assert(CPU_MAX == CELL_CORES, "cell.h");

/*        core_power on            cpu_enter
 *   OFF ---------------> COMING ------------> ON
 *    ^                      |                  |  core_power off: nothing is at home there
 *    |         UNFIT <------'                  v
 *    '-- its mailbox is empty -- GONE <---- LEAVING
 *                                     epoch: nobody posts to it any more
 * Before ON it uses nothing, and others do not know of it. */
enum cpu_power { CPU_OFF, CPU_UNFIT, CPU_COMING, CPU_ON, CPU_LEAVING, CPU_GONE };

struct cpu {
    struct thread *current;       /* who runs, or the idle thread */
    struct budget *budget;        /* on whose time; NULL when idle */
    struct vcpu *el1_owner;       /* whose EL1 registers and list registers the core holds */
    struct thread *fp_owner;      /* whose FP registers the core holds */
    struct thread *device_thread; /* with WORLD_DEVICES: who runs */
    uint32_t id;
    uint8_t idling;   /* it waits for an interrupt and uses nothing: entry.S */
    uint8_t world;    /* what the core is set up for: enum cpu_world bits */
    uint8_t resched;  /* sched_next must decide at the end of this entry */
    uint8_t indirect; /* a reply does not lead straight back: enum cpu_indirect */
    uint8_t timed;    /* of the budget: enum budget_timed */
    uint8_t tracing;  /* a ring was bound for this core */
    struct ready_queue ready;
    struct alarm_queue deadlines; /* of threads */
    struct alarm_queue refills;   /* of exhausted budgets that want time */
    struct budget *counted;       /* whose running is being counted */
    uint64_t since;               /* when that began; only if it is a timed one */
    uint64_t stop;                /* when it has to end; 0: never */
    struct mail *mailbox;         /* posted by other cores, newest first */
    struct mail inbox;            /* what this core took out of it, oldest first */
    uint32_t work;                /* done by a long operation in this entry: lock_pause() */
    struct cpu *where;            /* with STATUS_MOVE: the core that has to go on */
    struct budget *unbound;       /* this and the next: LOCK_REST, see budget_settle() */
    struct budget *orphaned;
    uint32_t returned;     /* ticks that the orphaned one gets */
    uint8_t early;         /* of a call with the lock: enum lock_early */
    uint64_t aside_until;  /* orders in groups[0] to be looked at since a thread came home */
    struct thread *traced; /* who runs, if its cell is traced */
    struct plan_state plan;
    struct alarm_queue groups[BH_PLAN_GROUPS]; /* ready budgets by group; [0]: put aside */
    struct thread idle; /* runs when nobody else can: waits for interrupts in the kernel */
    uint64_t words[BH_MESSAGE_WORDS]; /* the fault or exit message that the machine builds */
    struct irq *ppi[32];              /* per-core interrupts that have an irq object */
    uint32_t homes;                   /* threads whose home core this is */
    uint8_t power;                    /* enum cpu_power */
    uint64_t left;                    /* LEAVING: the epoch that it waits for */
    uint64_t passed;                  /* the last epoch that it has passed */
    uint64_t called;                  /* COMING: when firmware was asked */
    uint32_t swept;                   /* interrupts of the board that are not routed to it */
    struct arch_cpu arch;
    struct alarm *best[2 * BH_PLAN_GROUPS]; /* [1]: of all groups; see plan_match() */
};

/* The four bytes from idling on as one word, and two of them there. */
#define CPU_STATE(cpu)            (*(const uint32_t *)&(cpu)->idling)
#define CPU_FLAGS(world, resched) ((uint32_t)(world) << 8 | (uint32_t)(resched) << 16)

/* 0: a plain native thread. A vCPU; a cell that maps devices (device_thread); FP registers are
 * open; a traced cell. */
enum cpu_world {
    WORLD_GUEST = HEAVY_VCPU,
    WORLD_DEVICES = MARK_DEVICES,
    WORLD_FP = HEAVY_FP,
    WORLD_TRACED = MARK_TRACED
};
#define WORLD_RARE CPU_FLAGS(HEAVY_AWAY | WORLD_DEVICES | WORLD_TRACED, 0)

/* The current chain goes through a RETRY; who runs is traced, and replies on the full path. */
enum cpu_indirect { INDIRECT_HELPS = 1, INDIRECT_TRACED = 2 };

/* The call's last part concerns this core alone, and is done without the lock. REST: that is left
 * to be done when the lock is given back, which is at the next preemption point. FREE: it was given
 * back, and the method does that part itself. */
enum lock_early { LOCK_REST = 1, LOCK_FREE = 2 };

/* Others may post to it. */
static inline bool cpu_online(const struct cpu *cpu)
{
    return atomic_read(&cpu->power) == CPU_ON;
}
