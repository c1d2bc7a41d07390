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

/* How a capability is given as an argument: abi/arguments.def. Beside its register's number. */
enum argument_how { NEEDED, OPTIONAL = 16, THEIRS = 32 };

struct method {
    status (*run)(struct request *request); /* NULL: no such call */
    uint16_t types;
    uint8_t rights;
    uint8_t flags;  /* enum flag */
    uint16_t other; /* types of the argument; 0: there is none */
    uint8_t other_rights;
    uint8_t place; /* its register | enum argument_how */
};
static_assert(sizeof(struct method) == 16, "no word more than it says");

/* SEAL: of a sealed cell, to others. HOT: no lock. CORE: what it names has a core. HOME: that is
 * its home, also while it is away. OWN: capability 0 is the caller's own cell. */
enum flag { METHOD_SEAL = 1, METHOD_HOT = 2, METHOD_CORE = 4, METHOD_HOME = 8, METHOD_OWN = 16 };
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

#define FLAGS_OF(number, of)                                                                       \
    ((CLOSED_CALLS >> (number)&1 ? METHOD_SEAL : 0) | (HOT_CALLS >> (number)&1 ? METHOD_HOT : 0) | \
     ((of)&CORE_TYPES && (of) != T_ANY && (number) != CALL_irq_ack ? METHOD_CORE : 0) |            \
     (HOME_CALLS >> (number)&1 ? METHOD_HOME : 0) | ((of) == T_SELF_OR_CELL ? METHOD_OWN : 0))
/* An interrupted destroy is continued by the next one. */
#define TYPES_OF(number, of) \
    ((of) == T_SELF_OR_CELL ? T_CELL : (of) | ((number) == CALL_object_destroy ? TYPE_DYING : 0))

/* entry_call takes these two before the table is asked. */
#define do_call       NULL
#define do_reply_wait NULL

/* By number and one: the first is what a number beyond them stands for, no call. */
#define ROW(number) ((number) + 1)
static const struct method methods[ROW(CALL_LIMIT)] = {
#define CALL(number, name, of, right, argc, args, resc, results, doc)          \
    [ROW(number)].run = do_##name, [ROW(number)].types = TYPES_OF(number, of), \
    [ROW(number)].rights = (right), [ROW(number)].flags = FLAGS_OF(number, of),
#include "abi/calls.def"
#define ARGUMENT(call, reg, of, right, means)                                   \
    [ROW(CALL_##call)].other = (of), [ROW(CALL_##call)].other_rights = (right), \
    [ROW(CALL_##call)].place = (reg) | (means),
#define CREATION(TYPE, used, b)
#define PART(TYPE, types, rights)
#include "abi/arguments.def"
};

/* True if a capability names a sealed cell, or a thread of one, to somebody else. */
static bool request_sealed(const struct request *request, uint64_t word)
{
    enum bh_type type = (enum bh_type)(word >> 56);
    struct object *object = word_object(word);
    const struct cell *cell = type == BH_CELL     ? cell_of(object)
                              : type == BH_THREAD ? thread_of(object)->cell
                                                  : NULL;
    return cell && cell->sealed && cell != request->current->cell;
}

struct cap_found request_cap(const struct request *request, uint64_t index, uint32_t types,
                             uint32_t rights)
{
    struct cap_found found = cap_find(request->current->cell, index, types, rights);
    return found.slot && request_sealed(request, found.word) ? (struct cap_found){NULL, BH_NO_RIGHT}
                                                             : found;
}

/* The capability, or the cell, that x9 names. */
static ALWAYS_INLINE status request_decode(struct request *request, const struct method *method)
{
    uint64_t index = request->x[REG_CAP];
    request->cell = request->current->cell;
    request->cap = request->argument = NULL;
    if (!method->run) {
        return BH_BAD_CALL;
    }
    if (method->types == T_NONE || (index == 0 && method->flags & METHOD_OWN)) {
        return BH_OK;
    }
    struct cap_found found = method->flags & METHOD_SEAL
                                 ? request_cap(request, index, method->types, method->rights)
                                 : cap_find(request->cell, index, method->types, method->rights);
    request->cap = found.slot;
    request->word = found.word;
    request->object = word_object(found.word);
    if (method->flags & METHOD_OWN) {
        request->cell = cell_of(request->object);
    }
    return cap_status(found);
}

/* The capability that another register names. */
static status request_argument(struct request *request, const struct method *method)
{
    uint64_t index = request->x[method->place % OPTIONAL];
    if ((method->place & OPTIONAL) && index == 0) {
        return BH_OK;
    }
    struct cap_found found =
        method->place & THEIRS ? cap_find(request->cell, index, method->other, method->other_rights)
                               : request_cap(request, index, method->other, method->other_rights);
    request->argument = found.slot;
    request->other = found.word;
    return cap_status(found);
}

/* With the lock: another core has changed that since. */
static bool cap_changed(const struct slot *slot, uint64_t word, bool may_die)
{
    return slot && (slot->word != word || (word_object(word)->dying && !may_die));
}

/* Where its object's core is, if it has one. */
static status call_run(struct request *request, const struct method *method)
{
    if (method->flags & METHOD_CORE) {
        struct cpu *core = method->flags & METHOD_HOME
                               ? atomic_read_acquire(&thread_of(request->object)->cpu)
                               : core_holding(request->object);
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

/* It has no end here yet, or a bad one. MOVE: it goes on elsewhere; posted under the lock, so that
 * the other core cannot be switched off in between. */
static COLD void call_unusual(struct thread *thread, struct cpu *cpu, status result)
{
    if (result == STATUS_MOVE) {
        (thread->state == THREAD_AWAY ? mail_forward : mail_leave)(thread, cpu->where, MAIL_CALL);
    } else if (result == STATUS_AGAIN) {
        thread->frame.pc -= INSTRUCTION_BYTES;
    } else {
        thread->frame.x[REG_STATUS] = result;
        call_failed(thread, result);
    }
}

/* Make the call that is in a thread's registers, on this core. */
static NOINLINE status call_make(struct thread *thread, struct cpu *cpu)
{
    const struct method method =
        methods[arch_nospec(ROW(thread->frame.x[REG_CALL]), ROW(CALL_LIMIT))];
    struct request request;
    request.current = thread;
    request.cpu = cpu;
    request.x = thread->frame.x;
    status result = request_decode(&request, &method);
    if (result == BH_OK && method.other != 0) {
        result = request_argument(&request, &method);
    }
    bool locked = result == BH_OK && !(method.flags & METHOD_HOT);
    if (locked) {
        cpu->work = 0;
        lock_take();
        bool changed = cap_changed(request.cap, request.word, method.types & TYPE_DYING) ||
                       cap_changed(request.argument, request.other, false);
        result = changed ? STATUS_AGAIN : BH_OK;
    }
    if (result == BH_OK) {
        result = call_run(&request, &method);
    }
    if (likely(result == BH_OK)) {
        thread->frame.x[REG_STATUS] = BH_OK;
    } else {
        call_unusual(thread, cpu, result);
    }
    if (locked && likely(cpu->early == 0)) {
        lock_release();
    } else if (locked) {
        call_unlock(cpu);
        cpu->early = 0;
    }
    return result;
}

static COLD struct resume call_traced(struct thread *current, struct cpu *cpu)
{
    trace_call(current);
    (void)call_make(current, cpu);
    return sched_resume(cpu);
}

struct resume call_method(struct thread *current, struct cpu *cpu)
{
    if (unlikely(trace_on(current))) {
        return call_traced(current, cpu);
    }
    (void)call_make(current, cpu);
    return sched_resume(cpu_this()); /* cpu: without a register that would have to be saved */
}

void call_arrive(struct thread *thread, struct cpu *cpu)
{
    /* What a method takes away must not be in use on this core, whoever it interrupted. */
    arch_switch_full(&cpu->idle, cpu);
    cpu->resched = 1;
    bool stopped = atomic_read(&thread->stop);
    thread->frame.pc -= stopped ? INSTRUCTION_BYTES : 0;
    if (stopped || call_make(thread, cpu) != STATUS_MOVE) {
        mail_home(thread);
    }
}
