/* SPDX-License-Identifier: Apache-2.0 */
/* The calls on pools, endpoints, signals, interrupts, lines, cells and cores. */
#include "kernel/arch/arch.h"
#include "kernel/cap/destroy.h"
#include "kernel/core/calls.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/cell_ops.h"
#include "kernel/obj/core.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/irq.h"
#include "kernel/obj/line.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/signal.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/trace.h"
#include "kernel/obj/vcpu.h"
#include "kernel/sched/plan.h"

#define SLOTS_MIN      2
#define INTERRUPTS_MIN 32
#define INTERRUPTS_MAX 1020
static_assert((int)BH_THREAD_BIND == (int)BH_VCPU_BIND &&
                  (int)BH_THREAD_BIND == (int)BH_LINE_BIND &&
                  (int)BH_CORE_SCHED == (int)BH_BUDGET_DERIVE,
              "one right in a row of abi/arguments.def");

/* The arguments of pool_create behind type and slot. */
struct creation {
    struct request *request;
    struct pool *pool;
    struct slot *part; /* the capability that a names */
    uint64_t a, b, c;
    struct object *made;
};

static status create_pool(struct creation *creation)
{
    return pool_make(creation->pool, creation->a, &creation->made);
}

static status create_memory(struct creation *creation)
{
    return memory_make_pooled(creation->pool, creation->a, &creation->made);
}

static status create_cell(struct creation *creation)
{
    if (creation->a < SLOTS_MIN || creation->a > CELL_SLOTS_MAX || creation->b > 1) {
        return BH_BAD_ARG;
    }
    return cell_make(creation->pool, creation->a, creation->b == 1, &creation->made);
}

/* In a cell of its kind, on a core that is on. */
static status create_runner(struct creation *creation, bool vm, uint64_t least, uint64_t most)
{
    struct thread_spec spec = {cell_of(slot_object(creation->part)), core_cpu(creation->c),
                               creation->b};
    if (spec.cell->vm != vm || !spec.cpu || creation->b < least || creation->b > most) {
        return BH_BAD_ARG;
    }
    return cpu_online(spec.cpu) ? thread_make(creation->pool, &spec, &creation->made) : BH_DOWN;
}

static status create_thread(struct creation *creation)
{
    return create_runner(creation, false, 0, BH_THREAD_FP);
}

static status create_vcpu(struct creation *creation)
{
    return create_runner(creation, true, INTERRUPTS_MIN, INTERRUPTS_MAX);
}

static status create_line(struct creation *creation)
{
    return line_make(creation->pool, creation->part, creation->b, &creation->made);
}

/* Of a core, or a part of another budget. */
static status create_budget(struct creation *creation)
{
    struct slot *cap = creation->part;
    struct budget *budget = NULL;
    struct budget_terms terms = {creation->b, creation->c};
    status result = BH_OK;
    if (!budget_good(terms)) {
        return BH_BAD_ARG;
    }
    if (slot_type(cap) == BH_CORE) {
        budget = budget_make(creation->pool, core_of(slot_object(cap))->cpu, terms);
        result = budget ? BH_OK : BH_NO_MEMORY;
    } else if (!cpu_online(budget_of(slot_object(cap))->cpu)) {
        result = BH_DOWN;
    } else if (budget_of(slot_object(cap))->cpu != creation->request->cpu) {
        creation->request->cpu->where = budget_of(slot_object(cap))->cpu;
        result = STATUS_MOVE;
    } else {
        result = budget_derive(creation->pool, cap, terms, &budget);
    }
    creation->made = budget ? &budget->object : NULL;
    return result;
}

/* By enum bh_type: what makes it, of what, out of how many arguments. */
static const struct creator {
    status (*run)(
        struct creation *creation); /* NULL: it is only a header and slots, zero at first */
    uint16_t size;                  /* of such a one; 0: not made by a call */
    uint16_t types;                 /* what a names; 0: no capability */
    uint8_t rights, used;
} creators[] = {
    [BH_POOL].run = create_pool,
    [BH_CELL].run = create_cell,
    [BH_MEMORY].run = create_memory,
    [BH_THREAD].run = create_thread,
    [BH_VCPU].run = create_vcpu,
    [BH_ENDPOINT].size = sizeof(struct endpoint),
    [BH_SIGNAL].size = sizeof(struct signal),
    [BH_LINE].run = create_line,
    [BH_BUDGET].run = create_budget,
    [BH_TRACE].size = sizeof(struct trace),
#define ARGUMENT(call, place, types, rights, how)
#define CREATION(TYPE, arguments, b) [BH_##TYPE].used = (arguments),
#define PART(TYPE, of, needed)       [BH_##TYPE].types = (of), [BH_##TYPE].rights = (needed),
#include "abi/arguments.def"
};
#define CREATORS (sizeof(creators) / sizeof(creators[0]))

/* What it is made of, and nothing in the arguments that it does not look at. */
static status creation_check(struct creation *creation, const struct creator *creator)
{
    status result = BH_OK;
    if (creator->types != 0) {
        struct cap_need need = {creator->types, creator->rights, 0};
        result = request_cap(creation->request, creation->a, &need, &creation->part);
    }
    bool rest = (creator->used < 1 && creation->a != 0) ||
                (creator->used < 2 && creation->b != 0) || (creator->used < 3 && creation->c != 0);
    return result == BH_OK && rest ? BH_BAD_ARG : result;
}

/* A header and slots. */
static status create_plain(struct creation *creation)
{
    uint64_t type = creation->request->x[0];
    creation->made = pool_object(creation->pool, (enum bh_type)type, creators[type].size);
    return creation->made ? BH_OK : BH_NO_MEMORY;
}

status do_pool_create(struct request *request)
{
    const uint64_t *x = request->x;
    struct slot *slot = NULL;
    uint64_t type = x[0];
    if (pool_ends(pool_of(request->object))) {
        return BH_STALE;
    }
    const struct creator *creator = &creators[arch_nospec(type, CREATORS)];
    if (type >= CREATORS || (!creator->run && creator->size == 0)) {
        return BH_BAD_ARG;
    }
    status result = cap_find_empty(request->current->cell, x[1], &slot);
    if (result == BH_OK) {
        result = object_settle(pool_of(request->object));
    }
    if (result != BH_OK) {
        return result;
    }
    struct creation creation = {request, pool_of(request->object), NULL, x[2], x[3], x[4], NULL};
    result = creation_check(&creation, creator);
    if (result == BH_OK) {
        result = creator->run ? creator->run(&creation) : create_plain(&creation);
    }
    if (result == BH_OK) {
        cap_put_first(slot, request->current->cell, creation.made, BH_ALL);
        if (type == BH_BUDGET) {
            call_unlock(request->cpu);
            budget_begin(budget_of(creation.made), (uint32_t)creation.c);
        }
    }
    return result;
}

status do_pool_info(struct request *request)
{
    struct pool *pool = pool_of(request->object);
    status settled = object_settle(pool);
    if (settled != BH_OK) {
        return settled;
    }
    request->x[0] = UINT64_C(1) << pool->order;
    request->x[1] = pool->free;
    request->x[2] = pool->object_count;
    request->x[3] = cell_vmids_free();
    return BH_OK;
}

status do_endpoint_bind(struct request *request)
{
    return cap_bind(&endpoint_of(request->object)->server, request->argument);
}

status do_signal_bind(struct request *request)
{
    return cap_bind(&signal_of(request->object)->target, request->argument);
}

status do_signal_send(struct request *request)
{
    struct slot_view view = {request->word, atomic_read_acquire(&request->cap->badge)};
    return slot_changed(request->cap, view) ? BH_STALE
                                            : signal_send(signal_of(request->object), view.badge);
}

status do_irq_bind(struct request *request)
{
    return irq_bind(irq_of(request->object), request->argument);
}

status do_budget_signal(struct request *request)
{
    struct budget *budget = budget_of(request->object);
    if (budget->period == 0) {
        return BH_BAD_ARG;
    }
    status result = cap_bind(&budget->limit->signal, request->argument);
    if (result == BH_OK) {
        budget->limit->signal.progress = BINDING_QUIET;
    }
    return result;
}

status do_irq_ack(struct request *request)
{
    irq_ack(irq_of(request->object));
    return BH_OK;
}

status do_line_set(struct request *request)
{
    if (request->x[0] > 1) {
        return BH_BAD_ARG;
    }
    return line_do(line_of(request->object),
                   request->x[0] == 1 ? LINE_SET | LINE_HIGH | LINE_ROSE : LINE_SET);
}

status do_cell_info(struct request *request)
{
    const struct cell *cell = cell_of(request->object);
    request->x[0] = cell->slot_count;
    request->x[1] = cell->used_slots;
    request->x[2] = cell->thread_count;
    request->x[3] = cell->fault_count;
    request->x[4] = cell->refused;
    request->x[5] = cell->time;
    return BH_OK;
}

enum core_operation { MACHINE_OFF, MACHINE_RESET, CORE_OFF, CORE_ON };

status do_budget_group(struct request *request)
{
    struct budget *budget = budget_of(request->object);
    if (request->x[1] >= BH_PLAN_GROUPS ||
        core_of(slot_object(request->argument))->cpu != budget->cpu) {
        return BH_BAD_ARG;
    }
    if (budget->cpu != request->cpu) {
        return BH_DOWN; /* the core is off */
    }
    plan_prepare(budget->cpu);
    budget_group(budget, (uint8_t)request->x[1]);
    return BH_OK;
}

status do_plan_start(struct request *request)
{
    struct core *core = core_of(request->object);
    struct slot *cap = request->argument;
    if (request->x[1] > 1 || (cap && !memory_of(slot_object(cap))->pooled)) {
        return BH_BAD_ARG;
    }
    if (core->cpu != request->cpu && cpu_online(core->cpu)) {
        request->cpu->where = core->cpu;
        return STATUS_MOVE;
    }
    return core->cpu == request->cpu ? plan_start(core, cap, request->x[1] == 1) : BH_DOWN;
}

status do_core_power(struct request *request)
{
    struct cpu *cpu = core_of(request->object)->cpu;
    uint64_t operation = request->x[0];
    if (operation > CORE_ON) {
        return BH_BAD_ARG;
    }
    if (operation >= CORE_OFF) {
        return operation == CORE_ON ? core_on(cpu) : core_off(cpu);
    }
    arch_power(operation == MACHINE_RESET);
    return BH_DOWN;
}
