/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the order of budgets on a core: priority, then FIFO. */
#include "kernel/sched/sched.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/core/ipc.h"
#include "kernel/lib/log.h"
#include "kernel/obj/trace.h"
#include "kernel/sched/count.h"
#include "kernel/sched/posted.h"
#include "kernel/sched/plan.h"

/* The oldest budget of the highest priority that has one; nobody is above most. */
static struct budget *ready_highest(const struct ready_queue *ready, unsigned most)
{
    /* bound: 4 words */
    for (unsigned i = most / 64 + 1; i-- > 0;) {
        if (ready->bitmap[i] != 0) {
            return ready->head[i * 64 + 63 - (unsigned)__builtin_clzll(ready->bitmap[i])];
        }
    }
    return NULL;
}

/* Where the alarm of a budget is that waits for a refill, for its turn in its group, or (nobody has
 * group 0) for a thread to come home. */
static struct alarm_queue *sched_alarms(const struct budget *budget, enum budget_queued queued)
{
    struct cpu *cpu = budget->cpu;
    return queued == QUEUED_REFILL ? &cpu->refills
                                   : &cpu->groups[queued == QUEUED_GROUP ? budget->group : 0];
}

/* Its chain ends in a thread that is away: nothing can be done on it until one comes home. */
static COLD void sched_put_aside(struct budget *budget)
{
    sched_dequeue(budget);
    budget->queued = QUEUED_ASIDE;
    alarm_set(budget->cpu->groups, &budget->alarm, 1);
}

bool sched_reconsider(struct cpu *cpu, unsigned most)
{
    struct alarm_queue *aside = &cpu->groups[0];
    /* bound: MAIL_STEP, 4 */
    while (aside->first && aside->first->order < cpu->aside_until) {
        if (most-- == 0) {
            return true;
        }
        sched_requeue(budget_of_alarm(aside->first));
    }
    return false;
}

/* The rest of sched_dequeue. */
static COLD void sched_dequeue_alarm(struct budget *budget, enum budget_queued queued)
{
    alarm_cancel(sched_alarms(budget, queued), &budget->alarm);
    if (queued == QUEUED_GROUP) {
        plan_changed(budget->cpu, budget->group);
    }
    budget->left = 0;
    budget->cpu->resched |= budget->cpu->budget == budget;
}

void sched_dequeue(struct budget *budget)
{
    struct ready_queue *ready = &budget->cpu->ready;
    struct budget **head = &ready->head[budget->priority];
    enum budget_queued queued = (enum budget_queued)budget->queued;
    budget->queued = QUEUED_NO;
    if (queued != QUEUED_READY) {
        if (unlikely(queued != QUEUED_NO)) {
            sched_dequeue_alarm(budget, queued);
        }
        return;
    }
    budget->left = 0;
    if (budget->next == budget) {
        *head = NULL;
        ready->bitmap[budget->priority / 64] &= ~(UINT64_C(1) << budget->priority % 64);
    } else {
        budget->prev->next = budget->next;
        budget->next->prev = budget->prev;
        if (*head == budget) {
            *head = budget->next;
        }
    }
    if (ready->first == budget) {
        ready->first = *head ? *head : ready_highest(ready, budget->priority);
    }
    budget->cpu->resched |= budget->cpu->budget == budget;
}

/* Put a budget behind its equals. True: it comes before all others. */
static ALWAYS_INLINE bool ready_add(struct ready_queue *ready, struct budget *budget)
{
    unsigned priority = budget->priority;
    struct budget **head = &ready->head[priority];
    bool best = !ready->first || priority > ready->first->priority;
    budget->queued = QUEUED_READY;
    if (best) {
        ready->first = budget;
    } else if (*head) {
        budget->next = *head;
        budget->prev = (*head)->prev;
        (*head)->prev->next = budget;
        (*head)->prev = budget;
        return false;
    }
    budget->next = budget->prev = budget;
    *head = budget;
    ready->bitmap[priority / 64] |= UINT64_C(1) << priority % 64;
    return best;
}

void sched_start(struct budget *budget)
{
    if (ready_add(&budget->cpu->ready, budget)) {
        budget->cpu->resched = 1;
    }
}

void sched_queue(struct budget *budget)
{
    if ((budget->special & SPECIAL_EXHAUSTED) && !count_has_time(budget)) {
        return;
    }
    if (budget->group == 0) {
        sched_start(budget);
    } else {
        plan_queue(budget, false);
    }
}

void sched_wake(struct thread *thread)
{
    struct budget *budget = thread->budget;
    bool runnable = thread->state == THREAD_READY || thread->state == THREAD_RETRY ||
                    thread->state == THREAD_CALLING;
    if (budget && !budget->queued && !thread_lent(thread) && runnable) {
        if (likely(!budget->special)) {
            sched_start(budget);
        } else {
            sched_queue(budget);
        }
        if (unlikely(trace_on(thread)) && budget->queued >= QUEUED_READY) {
            trace_event(thread, BH_TRACE_WAKE, 0, 0);
        }
    }
}

void sched_requeue(struct budget *budget)
{
    sched_dequeue(budget);
    sched_wake(budget->thread);
}

void sched_block(struct thread *thread)
{
    if (thread->budget) {
        sched_dequeue(thread->budget);
    }
    thread->cpu->resched |= thread == thread->cpu->current;
}

void sched_forget(struct budget *budget)
{
    struct cpu *cpu = budget->cpu;
    if (cpu->counted == budget) {
        count_switch(cpu, NULL);
    }
    if (cpu->budget == budget) {
        cpu->budget = NULL;
        cpu->timed = cpu->plan.always;
        cpu->resched = 1;
    }
}

void sched_rotate(struct cpu *cpu)
{
    struct budget *budget = cpu->budget;
    count_switch(cpu, NULL);
    if (budget && budget->queued >= QUEUED_READY) {
        sched_dequeue(budget);
        sched_queue(budget);
    }
}

/* The thread that a budget leads to; NULL: look again. */
static struct thread *sched_follow(struct budget *budget)
{
    struct thread *thread = ipc_chain_end(budget->thread, NULL);
    if (unlikely(thread && thread->state == THREAD_AWAY)) {
        if (budget->queued >= QUEUED_READY) {
            sched_put_aside(budget);
        }
        return NULL;
    }
    return thread;
}

static COLD struct resume sched_next_slow(struct cpu *cpu)
{
    struct thread *thread = NULL;
    struct budget *before = posted_begin(cpu);
    /* again if following the chain, or an abort that the switch let in, changed who comes first */
    /* bound: a round ends a chain that is too long, or the thread whose abort came: 2 to 3 */
    do {
        struct budget *budget = sched_first(cpu);
        cpu->budget = budget;
        cpu->resched = 0;
        cpu->indirect = 0;
        thread = budget ? budget->thread : &cpu->idle;
        if (thread->state != THREAD_READY) {
            thread = sched_follow(budget);
        }
        if (likely(thread && !cpu->resched)) {
            cpu->current = thread;
            if (cpu->counted != budget &&
                (cpu->stop != 0 || (budget && (budget->timed & TIMED_COUNT)))) {
                count_switch(cpu, budget);
            }
            cpu->counted = budget;
            arch_switch_full(thread, cpu);
        }
    } while (unlikely(!thread || cpu->resched));
    /* what keeps a call waiting may go at any entry: look again */
    cpu->resched = cpu->indirect & INDIRECT_HELPS;
    posted_end(cpu, before);
    return (struct resume){thread, thread->frame.x};
}

struct resume sched_entered(struct cpu *cpu, struct thread *thread, const uint64_t *words)
{
    if (unlikely(cpu->resched)) {
        /* bound: 8 words */
        for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
            thread->frame.x[i] = words[i];
        }
        return sched_next_slow(cpu);
    }
    return (struct resume){thread, words};
}

/* To the first of the ready queue, whose thread can run; usually nothing is counted. */
static NOINLINE struct resume sched_turn(struct cpu *cpu, struct budget *budget, struct thread *to)
{
    /* than a change of spaces; from bit 8 on: than a look at the queue */
    unsigned more =
        (cpu->world | (unsigned)cpu->timed << 8) | (to->heavy | (unsigned)budget->timed << 8);
    if (unlikely(more > UINT8_MAX)) {
        return sched_next_slow(cpu);
    }
    cpu->current = to;
    cpu->budget = cpu->counted = budget;
    cpu->resched = cpu->indirect = 0;
    if (likely(more == 0 && arch_switch_plain(cpu, to))) {
        return (struct resume){to, to->frame.x};
    }
    return arch_enter(to, to->frame.x, cpu);
}

struct resume sched_next(struct cpu *cpu)
{
    struct budget *budget = cpu->ready.first;
    bool usual = budget && budget->thread->state == THREAD_READY;
    return likely(usual) ? sched_turn(cpu, budget, budget->thread) : sched_next_slow(cpu);
}

struct resume sched_resume(struct cpu *cpu)
{
    if (unlikely(cpu->resched)) {
        return sched_next(cpu);
    }
    return (struct resume){cpu->current, cpu->current->frame.x};
}

NOINLINE struct resume sched_started(struct cpu *cpu, struct thread *thread)
{
    struct budget *budget = thread->budget;
    return ready_add(&cpu->ready, budget) ? sched_turn(cpu, budget, thread) : sched_resume(cpu);
}
