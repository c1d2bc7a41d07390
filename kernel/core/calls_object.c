/* SPDX-License-Identifier: Apache-2.0 */
/* The calls on pools, endpoints, signals, interrupts, lines, cells and cores. */
#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/cap/destroy.h"
#include "kernel/core/calls.h"
#include "kernel/core/lock.h"
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

/* A pool_create under way. */
struct creation {
    struct request *request;
    struct pool *pool;
    const uint64_t *args; /* a, b, c */
    struct slot *slot;    /* where the capability goes */
    struct slot *part;    /* the capability that a names */
    struct parts parts;
};

/* These check the arguments and what they name, and say what parts the object has; once the parts
 * are there, they make it of them. */

static bool is_block(uint64_t size, uint64_t most)
{
    return size >= PAGE_SIZE && size <= most && (size & (size - 1)) == 0;
}

static status create_pool(struct creation *creation)
{
    uint8_t nesting = (uint8_t)(creation->pool->nesting + 1), order = pool_order(creation->args[0]);
    if (!is_block(creation->args[0], UINT64_C(1) << POOL_CHILD_MAX) || nesting >= POOL_NESTING) {
        return BH_BAD_ARG;
    }
    creation->parts.order[0] = order;
    if (creation->parts.at[0]) {
        pool_init(creation->parts.at[0], order)->nesting = nesting;
    }
    return BH_OK;
}

static status create_memory(struct creation *creation)
{
    struct memory *memory = creation->parts.at[0];
    if (!is_block(creation->args[0], MEMORY_POOL_MAX)) {
        return BH_BAD_ARG;
    }
    creation->parts.order[1] = pool_order(creation->args[0]);
    if (memory) {
        memory->base = arch_physical(creation->parts.at[1]);
        memory->size = creation->args[0];
        memory->pooled = 1; /* and its kind is 0, BH_RAM */
    }
    return BH_OK;
}

static status create_cell(struct creation *creation)
{
    uint64_t slots = creation->args[0], vm = creation->args[1];
    if (slots < SLOTS_MIN || slots > CELL_SLOTS_MAX || vm > 1) {
        return BH_BAD_ARG;
    }
    if (cell_vmids_free() == 0) {
        return BH_NO_VMID;
    }
    creation->parts.order[1] = PAGE_SHIFT;
    creation->parts.order[2] = pool_order(slots * sizeof(struct slot));
    if (creation->parts.at[0]) {
        cell_make(&creation->parts, (uint32_t)slots, vm == 1);
    }
    return BH_OK;
}

/* A thread or vCPU, in a cell of its kind, on a core that is on. */
static status create_runner(struct creation *creation)
{
    static const uint16_t range[2][2] = {{0, BH_THREAD_FP}, {INTERRUPTS_MIN, INTERRUPTS_MAX}};
    struct cell *cell = cell_of(slot_object(creation->part));
    struct cpu *cpu = core_cpu(creation->args[2]);
    uint64_t terms = creation->args[1];
    bool vm = creation->request->x[0] == BH_VCPU;
    if (cell->vm != vm || !cpu || terms < range[vm][0] || terms > range[vm][1]) {
        return BH_BAD_ARG;
    }
    if (vm) {
        creation->parts.order[1] = pool_order(terms * sizeof(struct virq));
    } else if (terms & BH_THREAD_FP) {
        creation->parts.order[0] = POOL_ORDER(sizeof(struct thread_fp));
    }
    bool full = cell->vcpus == (1u << VCPU_MAX) - 1;
    status result = !cpu_online(cpu) ? BH_DOWN : full ? BH_BUSY : BH_OK;
    if (result == BH_OK && creation->parts.at[0]) {
        thread_make(&creation->parts, cell, cpu, terms);
    }
    return result;
}

static status create_line(struct creation *creation)
{
    struct slot *vcpu = creation->part;
    struct line *line = creation->parts.at[0];
    if (creation->args[1] >= vcpu_of(thread_of(slot_object(vcpu)))->virq_count) {
        return BH_BAD_ARG;
    }
    status result = cap_closed(vcpu) ? BH_BUSY : BH_OK;
    if (line && result == BH_OK) { /* what is not made stays zero */
        line->interrupt = (uint32_t)creation->args[1];
        result = cap_bind(&line->vcpu, vcpu);
    }
    return result;
}

/* Of a core, or a part of another budget. */
static status create_budget(struct creation *creation)
{
    struct slot *cap = creation->part;
    struct object *part = slot_object(cap);
    struct budget_terms terms = {creation->args[1], creation->args[2]};
    bool derived = slot_type(cap) == BH_BUDGET;
    struct cpu *cpu = derived ? budget_of(part)->cpu : core_of(part)->cpu;
    status result = budget_good(terms) ? BH_OK : BH_BAD_ARG;
    if (result == BH_OK && derived) {
        creation->request->cpu->where = cpu;
        result = !cpu_online(cpu)                ? BH_DOWN
                 : cpu != creation->request->cpu ? STATUS_MOVE
                                                 : budget_derivable(cap, terms);
    }
    creation->parts.order[0] = derived ? POOL_ORDER(sizeof(struct budget) + sizeof(struct limit))
                               : terms.limit != 0 ? POOL_ORDER(BUDGET_LIMITED)
                                                  : POOL_ORDER(sizeof(struct budget));
    if (result == BH_OK && creation->parts.at[0]) {
        budget_make(creation->parts.at[0], cpu, terms);
        if (derived) {
            budget_derive(creation->parts.at[0], cap, terms);
        }
    }
    return result;
}

/* By enum bh_type: what makes it, of what, out of how many arguments. */
static const struct creator {
    status (*run)(struct creation *creation); /* NULL: only a header and slots, zero at first */
    uint16_t types;                           /* what a names; 0: no capability */
    uint16_t header;                          /* where it is in the first part */
    uint8_t order;                            /* of that part; 0: not made by a call */
    uint8_t rights, used;
} creators[] = {
#define CREATOR(TYPE, by, of, at) \
    [BH_##TYPE].run = (by), [BH_##TYPE].order = POOL_ORDER(of), [BH_##TYPE].header = (at)
    CREATOR(POOL, create_pool, PAGE_SIZE, 0),
    CREATOR(CELL, create_cell, sizeof(struct cell), 0),
    CREATOR(MEMORY, create_memory, sizeof(struct memory), 0),
    CREATOR(THREAD, create_runner, sizeof(struct thread), offsetof(struct thread, object)),
    CREATOR(VCPU, create_runner, sizeof(struct vcpu), offsetof(struct thread, object)),
    CREATOR(ENDPOINT, NULL, sizeof(struct endpoint), 0),
    CREATOR(SIGNAL, NULL, sizeof(struct signal), 0),
    CREATOR(LINE, create_line, sizeof(struct line), 0),
    CREATOR(BUDGET, create_budget, sizeof(struct budget), 0),
    CREATOR(TRACE, NULL, sizeof(struct trace), 0),
#define ARGUMENT(call, place, types, rights, how)
#define CREATION(TYPE, arguments, b) [BH_##TYPE].used = (arguments),
#define PART(TYPE, of, needed)       [BH_##TYPE].types = (of), [BH_##TYPE].rights = (needed),
#include "abi/arguments.def"
};
#define CREATORS (sizeof(creators) / sizeof(creators[0]))

/* What capabilities it is about, as long as nobody else has the lock. */
static status creation_look(struct creation *creation, const struct creator *creator)
{
    struct request *request = creation->request;
    if (request->cap->word != request->word || pool_ends(creation->pool)) {
        return BH_STALE;
    }
    creation->slot = cap_find_empty(request->current->cell, request->x[1]);
    status result = creation->slot ? BH_OK : BH_NO_SLOT;
    if (result == BH_OK && creator->types != 0) {
        struct cap_found part =
            request_cap(request, creation->args[0], creator->types, creator->rights);
        creation->part = part.slot;
        result = cap_status(part);
    }
    const uint64_t *args = creation->args;
    unsigned used = creator->used;
    if (result != BH_OK) {
        return result;
    }
    if (((used < 1 ? args[0] : 0) | (used < 2 ? args[1] : 0) | (used < 3 ? args[2] : 0)) != 0) {
        return BH_BAD_ARG;
    }
    return creator->run ? creator->run(creation) : BH_OK;
}

/* All of it, but for the capability. Others may have the lock before its parts are taken, and
 * before they are put together. */
static status creation_run(struct creation *creation, const struct creator *creator)
{
    struct pool *pool = creation->pool;
    lock_pass(&pool->takers);
    status result = pool_take(pool, &creation->parts) ? BH_OK : BH_NO_MEMORY;
    lock_pass(&pool->takers);
    if (result == BH_OK && LOCK_PASSED(cpu_this())) {
        result = creation_look(creation, creator);
    } else if (result == BH_OK && creator->run) {
        result = creator->run(creation);
    }
    if (result != BH_OK) {
        pool_give(pool, &creation->parts);
    }
    return result;
}

status do_pool_create(struct request *request)
{
    const uint64_t *x = request->x;
    struct pool *pool = pool_of(request->object);
    const struct creator *creator = &creators[arch_nospec(x[0], CREATORS)];
    if (x[0] >= CREATORS || creator->order == 0) {
        return BH_BAD_ARG;
    }
    status result = object_settle(pool);
    bool late = request->cpu->work > ARCH_ENTRY_WORK / 4; /* making it is an entry of its own */
    if (late || result != BH_OK) {
        return result == BH_OK ? STATUS_AGAIN : result;
    }
    struct creation creation = {.request = request, .pool = pool, .args = &x[2]};
    creation.parts.order[0] = creator->order;
    result = creation_look(&creation, creator);
    if (result == BH_OK) {
        result = creation_run(&creation, creator);
    }
    if (result == BH_OK) {
        struct object *made =
            pool_adopt(pool, &creation.parts, (enum bh_type)x[0], creator->header);
        cap_put_first(creation.slot, request->current->cell, made, BH_ALL);
        if (made->type == BH_BUDGET) {
            call_unlock(request->cpu);
            budget_begin(budget_of(made), (uint32_t)x[4]);
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
