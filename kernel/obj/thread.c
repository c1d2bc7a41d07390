/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how threads begin, stop, go on and end. */
#include "kernel/obj/thread_ops.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/core/calls.h"
#include "kernel/core/ipc.h"
#include "kernel/core/lock.h"
#include "kernel/core/psr.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/trace.h"
#include "kernel/obj/vcpu.h"
#include "kernel/sched/deadline.h"
#include "kernel/sched/posted.h"
#include "kernel/sched/sched.h"

/* Undo a wait: the instruction is executed again, with nobody to answer. */
static void wait_undo(struct thread *thread)
{
    thread->frame.pc -= INSTRUCTION_BYTES;
    thread->frame.x[REG_CALL] = CALL_reply_wait;
    thread->frame.x[REG_CAP] = BH_WAIT_ONLY;
    thread->frame.x[REG_SEND] = 0;
    thread->frame.x[REG_SLOT] = thread->recv_slot;
    thread->recv_slot = 0;
    thread->receptive = NULL;
}

void thread_suspend(struct thread *thread)
{
    bool calls = thread->state == THREAD_CALLING;
    if (thread->state == THREAD_SUSPENDED) {
        return;
    }
    if (calls && thread->awaits != BH_EVENT_MESSAGE) {
        ipc_orphan_callee(thread);
    }
    if (calls || thread->state == THREAD_RETRY) {
        ipc_abort(thread, BH_CANCELED);
    } else if (thread->state == THREAD_WAITING) {
        wait_undo(thread);
    }
    deadline_set(thread, 0);
    thread->state = THREAD_SUSPENDED;
    ipc_fail_caller(thread);
    sched_block(thread);
    mail_again(thread->cpu, &thread->queue);
}

status thread_stop(struct thread *thread)
{
    struct cpu *cpu = cpu_this();
    if (thread->state != THREAD_AWAY) {
        thread_suspend(thread);
        return BH_OK;
    }
    atomic_write(&thread->stop, 1);
    if (thread->held == cpu) {
        ipc_recall(thread);
    }
    cpu->where = atomic_read_acquire(&thread->at);
    return STATUS_MOVE;
}

/* What wakes it may have come before it did. */
static enum thread_state state_here(struct thread *thread)
{
    bool awake = thread->coming == THREAD_IDLE && arch_virq_deliverable(vcpu_of(thread));
    return awake ? THREAD_READY : (enum thread_state)thread->coming;
}

void thread_arrive(struct thread *thread, struct cpu *cpu)
{
    enum thread_state state = state_here(thread);
    bool stop = atomic_take(&thread->stop, 0) || state == THREAD_SUSPENDED;
    thread->state = (uint8_t)(stop ? THREAD_READY : state);
    cpu->aside_until = cpu->groups[0].count;
    if (stop) {
        thread_suspend(thread);
        return;
    }
    if (thread->verdict != BH_RESUME) {
        ipc_verdict(thread, (enum bh_action)thread->verdict);
    }
    if (state == THREAD_WAITING || state == THREAD_IDLE) { /* it moved here */
        deadline_set(thread, thread->words[0]);
        bool plain = state == THREAD_WAITING && thread->recv_slot == 0 && thread->signals == 0 &&
                     !trace_on(thread);
        thread->receptive = plain ? cpu : NULL;
    }
    sched_wake(thread);
}

/* Undo a call that is not under way yet: its instruction is executed again. */
static void retry_undo(struct thread *thread)
{
    if (thread->state == THREAD_RETRY) {
        thread->frame.pc -= thread->awaits == BH_EVENT_MESSAGE ? INSTRUCTION_BYTES : 0;
        thread->state = THREAD_READY;
    }
}

status thread_move(struct thread *thread, struct cpu *to)
{
    if (thread->state == THREAD_CALLING || thread->state == THREAD_AWAY || thread->caller) {
        return BH_BUSY;
    }
    to->homes++; /* it stays on, whoever has the lock in between */
    lock_release();
    arch_thread_leave(thread);
    lock_take();
    retry_undo(thread);
    thread->words[0] = thread->deadline.when;
    thread->coming = thread->state;
    thread->verdict = BH_RESUME;
    thread->receptive = NULL;
    thread->moves = 1;
    atomic_fence(); /* seen before its budget is gone */
    (void)cap_unbind(&thread->budget_slot);
    lock_release();
    budget_settle(thread->cpu); /* now: what it sends to the thread comes along */
    lock_take();
    deadline_set(thread, 0);
    mail_again(thread->cpu, &thread->queue);
    thread->cpu->homes--;
    thread->state = THREAD_AWAY;
    atomic_write_release(&thread->cpu, to);
    mail_home(thread);
    return BH_OK;
}

void thread_resume(struct thread *thread)
{
    if (thread->state == THREAD_SUSPENDED) {
        thread->state = THREAD_READY;
        sched_wake(thread);
    }
}

bool thread_stopped(const struct thread *thread)
{
    const struct cpu *cpu = cpu_this();
    bool served = thread->state == THREAD_CALLING ||
                  (thread->state == THREAD_AWAY && thread->mail.kind == MAIL_SEND &&
                   (thread->cpu == cpu || (thread->held == cpu && thread->callee)));
    return thread->state == THREAD_SUSPENDED ||
           (served && (thread->awaits & ~AWAITS_REMOTE) != BH_EVENT_MESSAGE);
}

/* What is not zero in the registers of one that is new. */
static void thread_reset(struct thread *thread)
{
    /* A vCPU starts at EL1h with all interrupts masked, as after reset. */
    thread->frame.psr = psr_build(thread->is_vcpu, thread->is_vcpu ? PSR_EL1H | PSR_DAIF : 0);
    if (thread->is_vcpu) {
        arch_vcpu_reset(vcpu_of(thread));
    }
}

void thread_set(struct thread *thread, uint64_t pc, uint64_t sp, uint64_t arg)
{
    thread->frame = (struct frame){0};
    arch_fp_forget(thread);
    if (thread->fp) {
        *thread->fp = (struct fp_state){0};
    }
    if (thread->is_vcpu) {
        struct vcpu *vcpu = vcpu_of(thread);
        (void)arch_vcpu_forget(vcpu);
        words_zero(vcpu->virqs, UINT64_C(1) << vcpu->virq_order);
        vcpu->arch = (struct arch_vcpu){0};
        posted_reset(vcpu);
        /* Who loaded the guest's code could clean it to memory, but not invalidate what the
         * instruction cache has of the guest's last life. */
        arch_icache_invalidate();
    }
    thread_reset(thread);
    thread->frame.x[0] = arg;
    thread->frame.sp = sp;
    thread->frame.pc = pc;
}

/* Those that native threads have are all words of the frame, by number. */
static_assert(BH_REG_SP == 31 && BH_REG_TLS + 1 == BH_REG_SCTLR &&
                  BH_REG_SP * 8 == offsetof(struct frame, sp) &&
                  BH_REG_PC * 8 == offsetof(struct frame, pc) &&
                  BH_REG_PSR * 8 == offsetof(struct frame, psr) &&
                  BH_REG_TLS * 8 == offsetof(struct frame, tls),
              "in the order of their numbers");

static uint64_t *thread_word(const struct thread *thread, uint64_t index)
{
    uint64_t offset = arch_nospec(index, BH_REG_SCTLR) * sizeof(uint64_t);
    return (uint64_t *)((uintptr_t)&thread->frame + offset);
}

uint64_t thread_read(struct thread *thread, uint64_t index)
{
    if (index < BH_REG_SCTLR) {
        return *thread_word(thread, index);
    }
    return thread->is_vcpu ? arch_vcpu_register(vcpu_of(thread), index) : 0;
}

status thread_write(struct thread *thread, uint64_t index, uint64_t value)
{
    if (index >= BH_REG_SCTLR) {
        return BH_BAD_ARG;
    }
    *thread_word(thread, index) = index == BH_REG_PSR ? psr_build(thread->is_vcpu, value) : value;
    return BH_OK;
}

/* What a vCPU has and a native thread has not. */
static void vcpu_begin(struct vcpu *vcpu, const struct parts *parts, struct cell *cell,
                       uint64_t count)
{
    vcpu->virqs = parts->at[1];
    vcpu->virq_count = (uint16_t)count;
    vcpu->virq_order = parts->order[1];
    vcpu->index = (uint8_t)__builtin_ctz(~(unsigned)cell->vcpus);
    cell->vcpus |= (uint8_t)(1u << vcpu->index);
    vcpu->thread.is_vcpu = 1;
    vcpu->thread.heavy = HEAVY_VCPU | HEAVY_AWAY;
    vcpu->thread.fp = &vcpu->fp;
}

static void cell_enter(struct cell *cell, struct thread *thread)
{
    thread->cell_next = cell->threads;
    thread->cell_link = &cell->threads;
    if (cell->threads) {
        cell->threads->cell_link = &thread->cell_next;
    }
    atomic_write_release(&cell->threads, thread); /* siblings on other cores look at the list */
    cell->thread_count++;
    thread->number = ++cell->threads_made;
}

void thread_make(const struct parts *parts, struct cell *cell, struct cpu *cpu, uint64_t terms)
{
    struct thread *thread = parts->at[0];
    if (cell->vm) {
        vcpu_begin(vcpu_of(thread), parts, cell, terms);
    } else if (terms & BH_THREAD_FP) {
        thread->fp = &((struct thread_fp *)thread)->fp;
    }
    thread->cell = cell;
    thread->cpu = thread->at = cpu;
    cpu->homes++;
    mail_ring(&thread->queue);
    cell_enter(cell, thread);
    thread_reset(thread);
}

void thread_leave_cell(struct thread *thread)
{
    struct cell *cell = thread->cell;
    *thread->cell_link = thread->cell_next;
    if (thread->cell_next) {
        thread->cell_next->cell_link = thread->cell_link;
    }
    cell->thread_count--;
    thread->cpu->homes--;
    if (thread->is_vcpu) {
        cell->vcpus &= (uint8_t) ~(1u << vcpu_of(thread)->index);
    }
}

void thread_free(struct thread *thread)
{
    struct vcpu *vcpu = vcpu_of(thread);
    struct virq *virqs = thread->is_vcpu ? vcpu->virqs : NULL;
    if (virqs) {
        vcpu->virqs = NULL;
        pool_wipe(thread->object.pool, virqs, UINT64_C(1) << vcpu->virq_order);
    } else {
        pool_release(&thread->object, thread);
    }
}
