/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which priority a vCPU with a page has, and when to look (docs/design.md, section 6). */
#include "kernel/sched/posted.h"

#include "abi/vcpu_page.h"
#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/sched/deadline.h"
#include "kernel/sched/plan.h"
#include "kernel/sched/sched.h"

/* The page of the vCPU that a budget is bound to; NULL: there is none. */
static struct bh_vcpu_page *posted_page(const struct budget *budget)
{
    const struct vcpu *vcpu = vcpu_of(budget->thread);
    return vcpu->thread.is_vcpu && vcpu->page.word != 0 ? vcpu->words : NULL;
}

/* The budget that runs becomes the first of its equals, any other the last. Returns, if told to
 * look, the priority of the best one else that is ready. */
static NOINLINE unsigned posted_move(struct budget *budget, unsigned priority, bool look)
{
    struct cpu *cpu = budget->cpu;
    struct ready_queue *ready = &cpu->ready;
    uint32_t left = budget->left;
    if (budget->queued < QUEUED_READY) {
        budget->priority = (uint8_t)priority;
        return 0;
    }
    sched_dequeue(budget);
    const struct budget *other = look ? sched_first(cpu) : NULL;
    unsigned second = other ? other->priority : 0;
    budget->priority = (uint8_t)priority;
    if (budget->group != 0) {
        plan_queue(budget, cpu->counted == budget);
    } else {
        sched_start(budget);
        if (cpu->counted == budget) {
            ready->head[priority] = budget;
            ready->first = ready->head[ready->first->priority];
        }
    }
    budget->left = left;
    return second;
}

void posted_look(struct budget *budget)
{
    const struct bh_vcpu_page *page = posted_page(budget);
    struct vcpu *vcpu = vcpu_of(budget->thread);
    uint32_t priority = budget->ceiling;
    if (page) {
        uint32_t posted = __atomic_load_n(&page->posted, __ATOMIC_RELAXED);
        uint32_t interrupt = __atomic_load_n(&page->interrupt, __ATOMIC_RELAXED);
        if (posted < interrupt && posted < priority &&
            (vcpu->timer_due || arch_virq_deliverable(vcpu))) {
            posted = interrupt;
        }
        priority = posted < priority ? posted : priority;
    }
    if (priority != budget->priority) {
        (void)posted_move(budget, priority, false);
    }
}

void posted_bound(struct budget *budget)
{
    struct cpu *cpu = budget->cpu;
    unsigned posts = posted_page(budget) ? TIMED_POSTS : 0;
    budget->timed = (uint8_t)((budget->timed & TIMED_COUNT) | posts);
    if (cpu->budget == budget) {
        cpu->timed = budget->timed | cpu->plan.always;
        cpu->resched = 1;
    }
    posted_look(budget);
}

void posted_reset(struct vcpu *vcpu)
{
    vcpu->timer_due = 0;
    if (vcpu->page.word != 0) {
        vcpu->words->posted = vcpu->words->interrupt = BH_POSTED_CEILING;
    }
    if (vcpu->thread.budget) {
        posted_bound(vcpu->thread.budget);
    }
}

struct budget *posted_begin(struct cpu *cpu)
{
    if (!(cpu->timed & TIMED_POSTS)) {
        return NULL;
    }
    posted_look(cpu->budget);
    return cpu->budget;
}

void posted_end(struct cpu *cpu, struct budget *before)
{
    struct budget *budget = cpu->budget;
    cpu->timed = (budget ? budget->timed : 0) | cpu->plan.always;
    if (cpu->timed & TIMED_POSTS) {
        struct bh_vcpu_page *page = posted_page(budget);
        unsigned second =
            budget->group != 0 ? plan_second(budget) : posted_move(budget, budget->priority, true);
        if (page) {
            page->waiting = second;
            vcpu_of(budget->thread)->timer_due &= cpu->current != budget->thread;
        }
        cpu->resched = 1; /* look again at the next entry */
    }
    if (before && before != budget && before->queued && posted_page(before)) {
        deadline_set(before->thread, arch_vcpu_deadline(vcpu_of(before->thread)));
    }
}
