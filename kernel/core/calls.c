/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a call number becomes a method with a checked capability. */
#include "kernel/core/calls.h"

#include "kernel/arch/arch.h"
#include "kernel/core/ipc.h"
#include "kernel/obj/signal.h"
#include "kernel/sched/sched.h"

/* Types that a method's capability may have, as abi/calls.def writes them. */
#define OBJECT(number, NAME, name, doc) T_##NAME = TYPE_BIT(number),
#define RIGHT(NAME, bit, RIGHT_NAME, doc)
enum method_types {
#include "abi/objects.def"
    T_NONE = 0,
    T_ANY = TYPE_ANY,
    T_SELF_OR_CELL = 0x10000
};

static_assert(BH_CORE < 15, "T_ANY covers all types");

struct method {
    status (*run)(struct request *request); /* NULL: no such call */
    uint32_t types;
    uint8_t rights;
    bool closed; /* of a sealed cell, to others */
};

/* Calls that change what a sealed cell is, or see what it knows. */
static_assert(CALL_LIMIT <= 64, "numbers of calls are bits");
#define CALL_BIT(name) (UINT64_C(1) << CALL_##name)
#define SEALED_CALLS                                                                               \
    (CALL_BIT(cap_delete) | CALL_BIT(memory_map) | CALL_BIT(memory_unmap) | CALL_BIT(thread_set) | \
     CALL_BIT(thread_read) | CALL_BIT(thread_write))

static const struct method methods[CALL_LIMIT] = {
#define CALL(number, name, types, rights, argc, args, resc, results, doc) \
    [number] = {do_##name, types, rights, (SEALED_CALLS >> number & 1) != 0},
#include "abi/calls.def"
};

/* True if a capability names a sealed cell, or a thread of one, to somebody else. */
static COLD bool request_sealed(const struct request *request, const struct slot *cap)
{
    enum bh_type type = slot_type(cap);
    struct object *object = slot_object(cap);
    const struct cell *cell = type == BH_CELL     ? cell_of(object)
                              : type == BH_THREAD ? thread_of(object)->cell
                                                  : request->current->cell;
    return cell->sealed && cell != request->current->cell;
}

status request_cap(const struct request *request, uint64_t index, struct cap_need need,
                   struct slot **found)
{
    status result = cap_find(request->current->cell, index, need, found);
    return result == BH_OK && request_sealed(request, *found) ? BH_NO_RIGHT : result;
}

/* The capability, or the cell, that x9 names. */
static status request_decode(struct request *request, const struct method *method)
{
    uint64_t index = request->x[REG_CAP], number = request->x[REG_CALL];
    bool or_self = method->types == T_SELF_OR_CELL;
    struct cap_need need = {or_self ? (uint32_t)T_CELL : method->types, method->rights};
    request->cell = request->current->cell;
    if (method->types == T_NONE || (or_self && index == 0)) {
        return BH_OK;
    }
    if (number == CALL_object_destroy) {
        need.types |= TYPE_DYING; /* an interrupted destroy is continued by the next one */
    }
    status result = method->closed ? request_cap(request, index, need, &request->cap)
                                   : cap_find(request->current->cell, index, need, &request->cap);
    if (result == BH_OK && or_self) {
        request->cell = cell_of(slot_object(request->cap));
    }
    return result;
}

static NOINLINE struct resume call_checked(struct thread *current, struct cpu *cpu)
{
    uint64_t number = current->frame.x[REG_CALL];
    struct request request = {.current = current, .cpu = cpu, .x = current->frame.x};
    status result = BH_BAD_CALL;
    if (number < CALL_LIMIT) {
        const struct method *method = &methods[arch_nospec(number, CALL_LIMIT)];
        result = method->run ? request_decode(&request, method) : BH_BAD_CALL;
        if (result == BH_OK) {
            result = method->run(&request);
        }
    }
    if (result == STATUS_AGAIN) {
        current->frame.pc -= 4;
    } else {
        current->frame.x[REG_STATUS] = result;
    }
    return sched_resume(cpu);
}

/* signal_send where the capability is as it should be. */
static ALWAYS_INLINE bool call_signal(struct thread *current)
{
    const struct slot *cap = cap_slot_or_empty(current->cell, current->frame.x[REG_CAP]);
    if (unlikely(!slot_allows(cap, BH_SIGNAL, BH_SIGNAL_SEND) || slot_object(cap)->dying)) {
        return false;
    }
    current->frame.x[REG_STATUS] = signal_send(signal_of(slot_object(cap)), cap->badge);
    return true;
}

struct resume call_method(struct thread *current, struct cpu *cpu)
{
    if (current->frame.x[REG_CALL] == CALL_signal_send && likely(call_signal(current))) {
        return sched_resume(cpu);
    }
    return call_checked(current, cpu);
}
