/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how virtual interrupts change from outside the guest, and when a sleeping vCPU wakes. */
#include "kernel/obj/vcpu.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/core/mail.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/log.h"
#include "kernel/obj/vcpu_ops.h"
#include "kernel/sched/deadline.h"
#include "kernel/sched/posted.h"
#include "kernel/sched/sched.h"

#define VIRQ_PRIORITY 0xff
#define VIRQ_SETTINGS (VIRQ_PRIORITY | BH_VIRQ_ENABLE | BH_VIRQ_LEVEL | BH_VIRQ_ALTERNATE)
#define VIRQ_PENDING  1u
#define VIRQ_ACTIVE   2u

/* An interrupt as it is, also if a list register has it. */
static struct virq *virq_synced(struct vcpu *vcpu, uint64_t interrupt)
{
    arch_virq_sync(vcpu, (uint32_t)interrupt);
    return &vcpu->virqs[arch_nospec(interrupt, vcpu->virq_count)];
}

/* Show a change to a vCPU that sleeps. */
static ALWAYS_INLINE void virq_shown(struct vcpu *vcpu)
{
    bool matters = vcpu->thread.state == THREAD_IDLE || vcpu->page.word != 0;
    if (matters && arch_virq_deliverable(vcpu)) {
        vcpu_wake(vcpu);
    }
}

/* The same to the list registers, too. */
static NOINLINE void virq_changed(struct vcpu *vcpu, uint32_t interrupt)
{
    arch_virq_flush(vcpu, interrupt);
    virq_shown(vcpu);
}

status vcpu_irq(struct vcpu *vcpu, uint64_t interrupt, uint64_t settings)
{
    if (interrupt >= vcpu->virq_count || (settings & ~(uint64_t)VIRQ_SETTINGS) != 0) {
        return BH_BAD_ARG;
    }
    struct virq *virq = virq_synced(vcpu, interrupt);
    virq->priority = settings & VIRQ_PRIORITY;
    virq->enabled = (settings & BH_VIRQ_ENABLE) != 0;
    virq->level = (settings & BH_VIRQ_LEVEL) != 0;
    virq->alternate = (settings & BH_VIRQ_ALTERNATE) != 0;
    virq_changed(vcpu, (uint32_t)interrupt);
    return BH_OK;
}

status vcpu_irq_state(struct vcpu *vcpu, uint64_t interrupt, const uint64_t change[2],
                      uint64_t *state)
{
    uint64_t senders = arch_sgi_senders(interrupt);
    if (interrupt >= vcpu->virq_count || ((change[0] | change[1]) & ~(senders | 3)) != 0) {
        return BH_BAD_ARG;
    }
    struct virq *virq = virq_synced(vcpu, interrupt);
    unsigned now = virq->pending * VIRQ_PENDING | virq->active * VIRQ_ACTIVE;
    now = (now | (unsigned)change[0]) & ~(unsigned)change[1];
    if (senders != 0) {
        now = arch_sgi_change(vcpu, (uint32_t)interrupt, change, now);
    }
    virq->pending = now & VIRQ_PENDING;
    virq->active = (now & VIRQ_ACTIVE) != 0;
    *state = now | (virq->level & virq->line) * VIRQ_PENDING;
    virq_changed(vcpu, (uint32_t)interrupt);
    return BH_OK;
}

void vcpu_pulse(struct vcpu *vcpu, uint32_t interrupt)
{
    if (!arch_virq_again(vcpu, interrupt)) {
        virq_synced(vcpu, interrupt)->pending = 1;
        if (arch_sgi_senders(interrupt) != 0) {
            (void)arch_sgi_change(vcpu, interrupt, (const uint64_t[]){VIRQ_PENDING, 0}, 0);
        }
        arch_virq_flush(vcpu, interrupt);
    }
    virq_shown(vcpu);
}

void vcpu_sgi(struct vcpu *vcpu, uint32_t sgi)
{
    if (atomic_read_acquire(&vcpu->thread.cpu) == cpu_this()) {
        vcpu_pulse(vcpu, sgi);
    } else {
        (void)atomic_or(&vcpu->sgis, UINT32_C(1) << sgi);
        mail_note(&vcpu->thread, 0);
    }
}

void vcpu_note(struct vcpu *vcpu)
{
    /* bound: 16 SGIs */
    for (uint32_t left = atomic_take(&vcpu->sgis, 0); left != 0; left &= left - 1) {
        vcpu_pulse(vcpu, (uint32_t)__builtin_ctz(left));
    }
}

void vcpu_line(struct vcpu *vcpu, uint32_t interrupt, bool high)
{
    struct virq *virq = virq_synced(vcpu, interrupt);
    if (virq->level) {
        virq->line = high;
    } else if (high) {
        virq->pending = 1;
    }
    virq_changed(vcpu, interrupt);
}

void vcpu_wake(struct vcpu *vcpu)
{
    struct thread *thread = &vcpu->thread;
    if (vcpu->page.word != 0 && thread->budget) {
        posted_look(thread->budget);
    }
    if (thread->state == THREAD_IDLE) {
        deadline_set(thread, 0);
        thread->state = THREAD_READY;
        sched_wake(thread);
    }
}

void vcpu_left(struct vcpu *vcpu)
{
    const struct budget *budget = vcpu->page.word != 0 ? vcpu->thread.budget : NULL;
    /* no other one waits for its timer: a deadline that it has is of something else */
    if (vcpu->thread.state == THREAD_IDLE || (budget && budget->queued)) {
        deadline_set(&vcpu->thread, arch_vcpu_deadline(vcpu));
    }
}

void vcpu_idle(struct vcpu *vcpu, uint64_t until)
{
    struct thread *thread = &vcpu->thread;
    if (thread->caller) {
        return; /* who owes a reply may not wait: WFI ends at once */
    }
    thread->state = THREAD_IDLE;
    deadline_set(thread, until);
    sched_block(thread);
}
