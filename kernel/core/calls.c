/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a call number becomes a method with a checked capability. */
#include "kernel/core/calls.h"

#include "kernel/arch/arch.h"
#include "kernel/core/ipc.h"
#include "kernel/core/lock.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/core.h"
#include "kernel/obj/signal.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/trace.h"
#include "kernel/sched/sched.h"

static_assert(BH_TRACE < 15, "T_ANY covers all types");

/* How a capability is given as an argument: abi/arguments.def. */
enum argument_how { NEEDED, OPTIONAL, THEIRS };

struct method {
    status (*run)(struct request *request); /* NULL: no such call */
    uint16_t types;
    uint8_t rights;
    uint8_t flags;  /* enum method_flag */
    uint16_t other; /* types of the argument; 0: there is none */
    uint8_t other_rights;
    uint8_t place : 4; /* its register */
    uint8_t how : 4;   /* enum argument_how */
};
static_assert(sizeof(struct method) == 16, "no word more than it says");

/* CLOSED: of a sealed cell, to others. HOT: no lock. CORE: what it names has a core. HOME: that is
 * its home, also while it is away. */
enum method_flag { METHOD_CLOSED = 1, METHOD_HOT = 2, METHOD_CORE = 4, METHOD_HOME = 8 };
static_assert(CALL_LIMIT < 64, "numbers of calls are bits");
#define CALL_BIT(name) (UINT64_C(1) << CALL_##name)

/* Calls that change what a sealed cell is, or see what it knows. */
#define CLOSED_CALLS                                                                               \
    (CALL_BIT(cap_delete) | CALL_BIT(memory_map) | CALL_BIT(memory_unmap) | CALL_BIT(thread_set) | \
     CALL_BIT(thread_read) | CALL_BIT(thread_write))

/* Calls that change only what belongs to the core that makes them: no lock. */
#define HOT_CALLS                                                                       \
    (CALL_BIT(yield) | CALL_BIT(signal_send) | CALL_BIT(irq_ack) | CALL_BIT(line_set) | \
     CALL_BIT(vcpu_irq) | CALL_BIT(vcpu_irq_state) | CALL_BIT(thread_read) | CALL_BIT(thread_set))

/* Calls on a thread's or vCPU's scheduling and interrupts, which stay at its home while it is away,
 * as do a vCPU's registers of EL1. */
#define HOME_CALLS                                                                \
    (CALL_BIT(thread_budget) | CALL_BIT(thread_handler) | CALL_BIT(thread_read) | \
     CALL_BIT(vcpu_irq) | CALL_BIT(vcpu_irq_state) | CALL_BIT(vcpu_page))

/* What has a core at all. */
#define CORE_TYPES (T_THREAD | T_VCPU | T_BUDGET | T_IRQ)

#define FLAGS_OF(number, of)                                                            \
    ((CLOSED_CALLS >> (number)&1 ? METHOD_CLOSED : 0) |                                 \
     (HOT_CALLS >> (number)&1 ? METHOD_HOT : 0) |                                       \
     ((of)&CORE_TYPES && (of) != T_ANY && (number) != CALL_irq_ack ? METHOD_CORE : 0) | \
     (HOME_CALLS >> (number)&1 ? METHOD_HOME : 0))

/* entry_call takes these two before the table is asked. */
#define do_call       NULL
#define do_reply_wait NULL

/* The last one is what a number beyond them stands for: no call. */
static const struct method methods[CALL_LIMIT + 1] = {
#define CALL(number, name, of, right, argc, args, resc, results, doc)           \
    [number].run = do_##name, [number].types = (of), [number].rights = (right), \
    [number].flags = FLAGS_OF(number, of),
#include "abi/calls.def"
#define ARGUMENT(call, reg, of, right, means)                                                      \
    [CALL_##call].other = (of), [CALL_##call].other_rights = (right), [CALL_##call].place = (reg), \
    [CALL_##call].how = (means),
#define CREATION(TYPE, used, b)
#define PART(TYPE, types, rights)
#include "abi/arguments.def"
};

/* True if a capability names a sealed cell, or a thread of one, to somebody else. */
static COLD bool request_sealed(const struct request *request, uint64_t word)
{
    enum bh_type type = (enum bh_type)(word >> 56);
    struct object *object = word_object(word);
    const struct cell *cell = type == BH_CELL     ? cell_of(object)
                              : type == BH_THREAD ? thread_of(object)->cell
                                                  : request->current->cell;
    return cell->sealed && cell != request->current->cell;
}

status request_cap(const struct request *request, uint64_t index, struct cap_need *need,
                   struct slot **found)
{
    status result = cap_find(request->current->cell, index, need, found);
    return result == BH_OK && request_sealed(request, need->word) ? BH_NO_RIGHT : result;
}

/* The capability, or the cell, that x9 names. */
static status request_decode(struct request *request, const struct method *method)
{
    uint64_t index = request->x[REG_CAP], number = request->x[REG_CALL];
    bool or_self = method->types == T_SELF_OR_CELL;
    struct cap_need need = {or_self ? (uint32_t)T_CELL : method->types, method->rights, 0};
    request->cell = request->current->cell;
    if (method->types == T_NONE || (or_self && index == 0)) {
        return BH_OK;
    }
    if (number == CALL_object_destroy) {
        need.types |= TYPE_DYING; /* an interrupted destroy is continued by the next one */
    }
    status result = method->flags & METHOD_CLOSED
                        ? request_cap(request, index, &need, &request->cap)
                        : cap_find(request->cell, index, &need, &request->cap);
    request->word = need.word;
    request->object = word_object(need.word);
    if (result == BH_OK && or_self) {
        request->cell = cell_of(request->object);
    }
    return result;
}

/* The capability that another register names. */
static COLD status request_argument(struct request *request, const struct method *method)
{
    uint64_t index = request->x[method->place];
    struct cap_need need = {method->other, method->other_rights, 0};
    if (method->how == OPTIONAL && index == 0) {
        return BH_OK;
    }
    status result = method->how == THEIRS
                        ? cap_find(request->cell, index, &need, &request->argument)
                        : request_cap(request, index, &need, &request->argument);
    request->other = need.word;
    return result;
}

/* What is checked without the lock. */
static status request_check(struct request *request, const struct method *method)
{
    if (!method->run) {
        return BH_BAD_CALL;
    }
    status result = request_decode(request, method);
    return result == BH_OK && method->other != 0 ? request_argument(request, method) : result;
}

/* With the lock: another core has changed that since. */
static bool cap_changed(const struct slot *slot, uint64_t word, bool may_die)
{
    return slot && (slot->word != word || (word_object(word)->dying && !may_die));
}

/* The core that a call on an object must be made on; NULL: any. */
static struct cpu *request_core(const struct request *request, const struct method *method)
{
    return method->flags & METHOD_HOME ? atomic_read_acquire(&thread_of(request->object)->cpu)
                                       : core_holding(request->object);
}

static status call_run(struct request *request, const struct method *method)
{
    if (method->flags & METHOD_CORE) {
        struct cpu *core = request_core(request, method);
        if (core && core != request->cpu) {
            request->cpu->where = core;
            return STATUS_MOVE;
        }
    }
    return method->run(request);
}

void call_failed(const struct thread *thread, status result)
{
    (void)atomic_add(&thread->cell->refused, result >= BH_NO_CAP && result <= BH_STALE);
    trace_event(thread, BH_TRACE_FAIL, result, 0);
}

void call_unlock(struct cpu *cpu)
{
    if (cpu->early != LOCK_FREE) {
        cpu->early = LOCK_FREE;
        lock_release();
        budget_settle(cpu);
    }
}

static ALWAYS_INLINE void call_release(struct cpu *cpu)
{
    if (likely(cpu->early == 0)) {
        lock_release();
        return;
    }
    call_unlock(cpu);
    cpu->early = 0;
}

/* Make the call that is in a thread's registers, on this core. MOVE: it goes on elsewhere; posted
 * under the lock, so that the other core cannot be switched off in between. */
static COLD status call_make(struct thread *thread, struct cpu *cpu)
{
    uint64_t number = thread->frame.x[REG_CALL];
    struct request request = {.current = thread, .cpu = cpu, .x = thread->frame.x};
    number = number < CALL_LIMIT ? number : CALL_LIMIT;
    const struct method *method = &methods[arch_nospec(number, CALL_LIMIT + 1)];
    status result = request_check(&request, method);
    bool locked = result == BH_OK && !(method->flags & METHOD_HOT);
    if (locked) {
        cpu->work = 0;
        lock_take();
        bool changed = cap_changed(request.cap, request.word, number == CALL_object_destroy) ||
                       cap_changed(request.argument, request.other, false);
        result = changed ? STATUS_AGAIN : BH_OK;
    }
    if (result == BH_OK) {
        result = call_run(&request, method);
    }
    if (unlikely(result == STATUS_MOVE)) {
        if (thread->state == THREAD_AWAY) {
            mail_forward(thread, cpu->where, MAIL_CALL);
        } else {
            mail_leave(thread, cpu->where, MAIL_CALL);
        }
    } else if (result == STATUS_AGAIN) {
        thread->frame.pc -= INSTRUCTION_BYTES;
    } else {
        thread->frame.x[REG_STATUS] = result;
        call_ended(thread, result);
    }
    if (locked) {
        call_release(cpu);
    }
    return result;
}

struct resume call_method(struct thread *current, struct cpu *cpu)
{
    if (unlikely(trace_on(current))) {
        trace_call(current);
    }
    (void)call_make(current, cpu);
    return sched_resume(cpu);
}

void call_arrive(struct thread *thread, struct cpu *cpu)
{
    /* What a method takes away must not be in use on this core, whoever it interrupted. */
    arch_switch_full(&cpu->idle, cpu);
    cpu->resched = 1;
    if (atomic_read(&thread->stop)) {
        thread->frame.pc -= INSTRUCTION_BYTES;
        mail_home(thread);
    } else if (call_make(thread, cpu) != STATUS_MOVE) {
        mail_home(thread);
    }
}
