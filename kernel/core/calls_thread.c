/* SPDX-License-Identifier: Apache-2.0 */
/* The calls on threads, vCPUs, and what is bound to them. */
#include "kernel/arch/arch.h"
#include "kernel/core/calls.h"
#include "kernel/core/ipc.h"
#include "kernel/lib/atomic.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/vcpu_ops.h"
#include "kernel/sched/posted.h"
#include "kernel/sched/sched.h"

#define READ_COUNT 6

static struct thread *request_thread(const struct request *request)
{
    return thread_of(request->object);
}

static NOINLINE status yield_to_others(struct budget *budget)
{
    posted_look(budget);
    if (budget->next != budget) {
        sched_rotate(budget->cpu);
    }
    return BH_OK;
}

status do_yield(struct request *request)
{
    struct budget *budget = request->cpu->budget;
    bool alone = !budget || (budget->next == budget && budget->timed == 0);
    return alone ? BH_OK : yield_to_others(budget);
}

status do_thread_set(struct request *request)
{
    struct thread *thread = request_thread(request);
    if (thread->state != THREAD_SUSPENDED) {
        return BH_BUSY;
    }
    thread_set(thread, request->x[0], request->x[1], request->x[2]);
    return BH_OK;
}

/* A budget of another core takes the thread there; the call goes on at its new home. */
status do_thread_budget(struct request *request)
{
    struct slot *cap = request->argument;
    struct thread *thread = request_thread(request);
    const struct budget *budget = cap ? budget_of(slot_object(cap)) : NULL;
    if (!budget || budget->cpu == request->cpu) {
        status bound = budget_bind(thread, cap);
        if (budget && bound == BH_OK) {
            call_unlock(request->cpu);
            budget_bound(thread);
        }
        return bound;
    }
    if (thread == request->current || !cpu_online(budget->cpu)) {
        return BH_OTHER_CORE;
    }
    status result = budget->thread ? BH_BUSY : thread_move(thread, budget->cpu);
    request->cpu->where = budget->cpu;
    return result == BH_OK ? STATUS_MOVE : result;
}

status do_thread_handler(struct request *request)
{
    return cap_bind(&request_thread(request)->handler, request->argument);
}

status do_vcpu_page(struct request *request)
{
    struct vcpu *vcpu = vcpu_of(request_thread(request));
    struct slot *cap = request->argument;
    if (cap && !memory_of(slot_object(cap))->pooled) {
        return BH_BAD_ARG;
    }
    status result = cap_bind(&vcpu->page, cap);
    if (result == BH_OK) {
        vcpu->words = cap ? memory_kernel(memory_of(slot_object(cap))) : NULL;
        posted_reset(vcpu);
    }
    return result;
}

status do_thread_resume(struct request *request)
{
    struct thread *thread = request_thread(request);
    atomic_write(&thread->stop, 0); /* if it is away */
    thread_resume(thread);
    return BH_OK;
}

status do_thread_suspend(struct request *request)
{
    if (request_thread(request) == request->current) {
        return BH_BAD_ARG;
    }
    return thread_stop(request_thread(request));
}

status do_thread_cancel(struct request *request)
{
    struct thread *thread = request_thread(request);
    if (thread->state != THREAD_AWAY) {
        if (thread->awaits == BH_EVENT_MESSAGE) {
            ipc_abort(thread, BH_CANCELED);
        }
        return BH_OK;
    }
    if (thread->mail.kind != MAIL_SEND || (thread->awaits & ~AWAITS_REMOTE) != BH_EVENT_MESSAGE) {
        return BH_OK;
    }
    if (thread->held == request->cpu) {
        ipc_recall(thread);
        return BH_OK;
    }
    request->cpu->where = atomic_read_acquire(&thread->at); /* behind it */
    return STATUS_MOVE;
}

status do_thread_read(struct request *request)
{
    struct thread *thread = request_thread(request);
    uint64_t first = request->x[0];
    if (first >= BH_REG_COUNT) {
        return BH_BAD_ARG;
    }
    if (!thread_stopped(thread)) {
        return BH_BUSY;
    }
    /* bound: 6 registers */
    for (unsigned i = 0; i < READ_COUNT; i++) {
        request->x[i] = thread_read(thread, first + i);
    }
    return BH_OK;
}

status do_thread_write(struct request *request)
{
    struct thread *thread = request_thread(request);
    if (request->x[0] >= BH_REG_SCTLR) {
        return BH_BAD_ARG;
    }
    return thread_stopped(thread) ? thread_write(thread, request->x[0], request->x[1]) : BH_BUSY;
}

status do_vcpu_irq(struct request *request)
{
    return vcpu_irq(vcpu_of(request_thread(request)), request->x[0], request->x[1]);
}

status do_vcpu_irq_state(struct request *request)
{
    return vcpu_irq_state(vcpu_of(request_thread(request)), request->x[0], &request->x[1],
                          &request->x[0]);
}
