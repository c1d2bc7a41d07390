/* SPDX-License-Identifier: Apache-2.0 */
/* The calls on threads, vCPUs, and what is bound to them. */
#include "kernel/arch/arch.h"
#include "kernel/core/calls.h"
#include "kernel/core/ipc.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/vcpu_ops.h"
#include "kernel/sched/posted.h"
#include "kernel/sched/sched.h"

#define READ_COUNT 6

static struct thread *request_thread(const struct request *request)
{
    return thread_of(slot_object(request->cap));
}

/* An optional capability argument: 0 gives NULL. */
static status optional_cap(const struct request *request, struct cap_need need, struct slot **found)
{
    *found = NULL;
    return request->x[0] == 0 ? BH_OK : request_cap(request, request->x[0], need, found);
}

/* Calls that touch a thread's state work on its own core. */
static status on_this_core(const struct request *request)
{
    return request_thread(request)->cpu == request->cpu ? BH_OK : BH_OTHER_CORE;
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

/* entry_call takes these two before the table is asked. */
status do_call(struct request *request)
{
    (void)request;
    return BH_BAD_CALL;
}

status do_reply_wait(struct request *request)
{
    (void)request;
    return BH_BAD_CALL;
}

status do_thread_set(struct request *request)
{
    struct thread *thread = request_thread(request);
    if (thread->state != THREAD_SUSPENDED) {
        return BH_BUSY;
    }
    status result = on_this_core(request);
    if (result == BH_OK) {
        thread_set(thread, request->x[0], request->x[1], request->x[2]);
    }
    return result;
}

status do_thread_budget(struct request *request)
{
    struct slot *cap = NULL;
    status result =
        optional_cap(request, (struct cap_need){TYPE_BIT(BH_BUDGET), BH_BUDGET_BIND}, &cap);
    if (result == BH_OK) {
        result = on_this_core(request);
    }
    return result == BH_OK ? budget_bind(request_thread(request), cap) : result;
}

status do_thread_handler(struct request *request)
{
    struct slot *cap = NULL;
    status result =
        optional_cap(request, (struct cap_need){TYPE_BIT(BH_ENDPOINT), BH_ENDPOINT_SEND}, &cap);
    return result == BH_OK ? cap_bind(&request_thread(request)->handler, cap) : result;
}

status do_vcpu_page(struct request *request)
{
    static const struct cap_need need = {TYPE_BIT(BH_MEMORY), BH_MEMORY_READ | BH_MEMORY_WRITE};
    struct vcpu *vcpu = vcpu_of(request_thread(request));
    struct slot *cap = NULL;
    status result = optional_cap(request, need, &cap);
    if (result == BH_OK && cap && !memory_of(slot_object(cap))->pooled) {
        result = BH_BAD_ARG;
    }
    if (result == BH_OK) {
        result = on_this_core(request);
    }
    if (result == BH_OK) {
        result = cap_bind(&vcpu->page, cap);
    }
    if (result == BH_OK) {
        posted_reset(vcpu);
    }
    return result;
}

status do_thread_resume(struct request *request)
{
    status result = on_this_core(request);
    if (result == BH_OK) {
        thread_resume(request_thread(request));
    }
    return result;
}

status do_thread_suspend(struct request *request)
{
    if (request_thread(request) == request->current) {
        return BH_BAD_ARG;
    }
    status result = on_this_core(request);
    if (result == BH_OK) {
        thread_suspend(request_thread(request));
    }
    return result;
}

status do_thread_cancel(struct request *request)
{
    struct thread *thread = request_thread(request);
    status result = on_this_core(request);
    if (result == BH_OK && thread->awaits == BH_EVENT_MESSAGE) {
        ipc_abort(thread, BH_CANCELED);
    }
    return result;
}

status do_thread_read(struct request *request)
{
    const struct thread *thread = request_thread(request);
    uint64_t first = request->x[0];
    if (first >= BH_REG_COUNT) {
        return BH_BAD_ARG;
    }
    if (on_this_core(request) != BH_OK) {
        return BH_OTHER_CORE;
    }
    if (!thread_stopped(thread)) {
        return BH_BUSY;
    }
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
    if (on_this_core(request) != BH_OK) {
        return BH_OTHER_CORE;
    }
    return thread_stopped(thread) ? thread_write(thread, request->x[0], request->x[1]) : BH_BUSY;
}

status do_vcpu_irq(struct request *request)
{
    status result = on_this_core(request);
    struct vcpu *vcpu = vcpu_of(request_thread(request));
    return result == BH_OK ? vcpu_irq(vcpu, request->x[0], request->x[1]) : result;
}

status do_vcpu_irq_state(struct request *request)
{
    status result = on_this_core(request);
    struct vcpu *vcpu = vcpu_of(request_thread(request));
    return result == BH_OK ? vcpu_irq_state(vcpu, request->x[0], &request->x[1], &request->x[0])
                           : result;
}
