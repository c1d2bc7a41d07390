/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the fast paths that are C: what follows where fast.S has found all as usual. */
#include "fast.h"

#include "exception.h"
#include "kernel/arch/arch.h"
#include "kernel/core/calls.h"
#include "kernel/core/event.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/signal.h"
#include "kernel/sched/sched.h"

#define AT(type, member, offset) static_assert(offsetof(struct type, member) == (offset), "fast.S")
#define IS(value, number)        static_assert((int)(value) == (number), "fast.S")

AT(slot, badge, SLOT_BADGE);
AT(endpoint, server, ENDPOINT_SERVER);
AT(signal, target, SIGNAL_TARGET);
AT(object, dying, OBJECT_IS_DYING);
AT(cell, table, CELL_TABLE);
AT(cell, fast_count, CELL_FAST_COUNT);
AT(cell, marks, CELL_MARKS);
AT(cell, vttbr, CELL_VTTBR);
AT(thread, cell, THREAD_CELL);
AT(thread, cpu, THREAD_CPU);
AT(thread, caller, THREAD_CALLER);
AT(thread, callee, THREAD_CALLEE);
AT(thread, budget, THREAD_BUDGET);
AT(thread, signals, THREAD_SIGNALS);
AT(thread, state, THREAD_STATE);
AT(thread, depth, THREAD_STATE + 1);
AT(thread, awaits, THREAD_AWAITS);
AT(thread, heavy, THREAD_HEAVY);
AT(thread, recv_slot, THREAD_RECV_SLOT);
AT(thread, receptive, THREAD_RECEPTIVE);
AT(thread, deadline.when, THREAD_DEADLINE);
AT(thread, object, THREAD_OBJECT);
AT(thread, queue.next, THREAD_QUEUE);
AT(budget, next, BUDGET_NEXT);
AT(budget, queued, BUDGET_QUEUED);
AT(budget, timed, BUDGET_TIMED);
AT(cpu, current, CPU_CURRENT);
AT(cpu, budget, CPU_BUDGET);
AT(cpu, world, CPU_WORLD);
AT(cpu, resched, CPU_RESCHED);
AT(cpu, indirect, CPU_INDIRECT);
AT(cpu, words, CPU_WORDS);
IS(CALL_yield, CALL_NUMBER_YIELD);
IS(CALL_call, CALL_NUMBER_CALL);
IS(CALL_reply_wait, CALL_NUMBER_REPLY_WAIT);
IS(CALL_signal_send, CALL_NUMBER_SIGNAL_SEND);
IS(BH_ENDPOINT, TYPE_ENDPOINT);
IS(BH_SIGNAL, TYPE_SIGNAL);
IS(BH_ENDPOINT_SEND, 1);
IS(BH_SIGNAL_SEND, 1);
IS(THREAD_READY, STATE_READY);
IS(THREAD_CALLING, STATE_CALLING);
IS(THREAD_WAITING, STATE_WAITING);
IS(BH_EVENT_MESSAGE, 0);
IS(BH_EVENT_FAULT, EVENT_FAULT);
IS(BH_EVENT_EXIT, EVENT_EXIT);
IS(BH_REPLY, ACTION_REPLY);
IS(BH_RESUME, ACTION_RESUME);
IS(BH_OK, 0);
IS(BH_CHAIN_MAX, 1 << CHAIN_MAX_SHIFT);
IS(WORLD_FP, 1 << HEAVY_SHIFT);
IS(HEAVY_FP, WORLD_FP);
IS(CPTR_TFP, 1 << CPTR_SHIFT);
IS(CPTR_CLOSED, CPTR_HIGH << 16 | CPTR_LOW);
static_assert(sizeof(struct slot) == 1 << SLOT_SHIFT && SLOT_OBJECT_MASK == SLOT_OBJECT, "fast.S");
static_assert((BH_THREAD & BH_VCPU & ~BH_LINE & 1 << (THREAD_TYPE_BIT - 56)) != 0, "fast.S");

struct resume reply_resume(struct thread *current, struct cpu *cpu);
struct resume signal_done(struct thread *current, struct cpu *cpu, struct thread *to,
                          uint64_t bits);

/* reply_wait with RESUME to a fault or exit; the server then waits plainly, as fast.S has seen. */
struct resume reply_resume(struct thread *current, struct cpu *cpu)
{
    struct thread *caller = current->caller;
    if (likely(caller->awaits == BH_EVENT_EXIT)) {
        arch_exit_complete(vcpu_of(caller), current->frame.x);
    }
    caller->state = THREAD_READY;
    caller->recv_slot = 0;
    current->caller = NULL;
    current->depth = 0;
    current->state = THREAD_WAITING;
    current->receptive = cpu;
    cpu->current = caller;
    return arch_enter(cpu, caller, caller->frame.x);
}

/* signal_send to a thread. */
struct resume signal_done(struct thread *current, struct cpu *cpu, struct thread *to, uint64_t bits)
{
    current->frame.x[REG_STATUS] = signal_thread(to, bits);
    return sched_resume(cpu);
}
