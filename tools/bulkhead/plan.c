/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that build the system, in which order things are made. */
#include "tools/bulkhead/plan.h"

#include <stddef.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/partition.h"

const char *call_name(uint32_t call)
{
    static const char *const names[] = {
#define CALL(number, name, types, rights, arguments, in, results, out, doc) [number] = #name,
#include "abi/calls.def"
    };

    if (call == PLAN_WRITE) {
        return "write";
    }
    return call < sizeof names / sizeof names[0] && names[call] != NULL ? names[call] : "unknown";
}

static void op(struct system *system, struct plan_op call)
{
    struct plan_op *copy = arena_alloc(&system->arena, sizeof *copy);

    *copy = call;
    list_add(&system->arena, &system->ops, copy);
}

/* Argument c of a thread is its core; that of what has no core is 0. */
static void op_create(struct system *system, const struct object *object)
{
    uint32_t pool = object->cell == NULL ? (uint32_t)WARDEN_POOL : object->cell->pool_object.slot;
    uint64_t of = object->of == NULL ? 0 : object->of->slot;
    struct plan_op call = {
        CALL_pool_create, pool, {object->type, object->slot, of, object->number, object->extra, 0}};

    if (object->type == BH_POOL || object->type == BH_CELL || object->type == BH_MEMORY) {
        call.args[2] = object->number;
        call.args[3] = object->extra;
    }
    if (object->type == BH_CELL || object->type == BH_MEMORY) {
        call.args[4] = 0;
    }
    op(system, call);
}

static void op_derive(struct system *system, const struct object *object, const uint64_t to[2],
                      const uint64_t what[2])
{
    op(system,
       (struct plan_op){CALL_cap_derive, object->slot, {to[0], to[1], what[0], what[1], 0, 0}});
}

static void op_one(struct system *system, enum call call, const struct object *object,
                   uint64_t argument)
{
    op(system, (struct plan_op){call, object->slot, {argument, 0, 0, 0, 0, 0}});
}

static void plan_cap(struct system *system, const struct cell *cell, const struct cap *cap)
{
    op_derive(system, cap->object, (uint64_t[]){cell->cell_object.slot, cap->slot},
              (uint64_t[]){cap->rights, cap->type == BH_IRQ ? 0 : cap->badge});
    if (cap->access != 0) {
        op(system, (struct plan_op){CALL_memory_map,
                                    cell->cell_object.slot,
                                    {cap->slot, cap->ipa, cap->access, 0, 0, 0}});
    }
}

/* When the object of a capability is there: it may belong to a cell that is built later. */
static uint32_t object_since(const struct object *object)
{
    return object->owner != NULL ? object->owner->index : 0;
}

/* All capabilities whose cell and object are both there once this cell is built. */
static void plan_caps(struct system *system, const struct cell *now)
{
    for (unsigned i = 1; i < system->cells.count; i++) {
        const struct cell *cell = system->cells.items[i];
        for (unsigned k = 0; k < cell->caps.count && cell->index <= now->index; k++) {
            const struct cap *cap = cell->caps.items[k];
            if (cap->object == NULL) {
                continue;
            }
            uint32_t since = object_since(cap->object);
            if ((since > cell->index ? since : cell->index) == now->index) {
                plan_cap(system, cell, cap);
            }
        }
    }
}

static void plan_zero(struct system *system, const struct cell *owner)
{
    for (unsigned i = 0; i < system->memories.count; i++) {
        const struct memory *memory = system->memories.items[i];
        if (memory->owner == owner && memory->zero) {
            op_one(system, CALL_memory_clean, &memory->object, BH_ZERO);
        }
    }
}

static void plan_doors(struct system *system, const struct cell *cell)
{
    for (unsigned i = 0; i < system->endpoints.count; i++) {
        const struct endpoint *endpoint = system->endpoints.items[i];
        if (endpoint->server == cell) {
            op_one(system, CALL_endpoint_bind, &endpoint->object, cell->processors[0].thread.slot);
        }
    }
    if (cell->signal_bits != 0) {
        op_one(system, CALL_signal_bind, &cell->signal_object, cell->processors[0].thread.slot);
    }
    for (unsigned i = 0; i < system->pulses.count; i++) {
        const struct pulse *pulse = system->pulses.items[i];
        if (pulse->line->owner == cell) {
            op_one(system, CALL_signal_bind, &pulse->signal, pulse->line->slot);
        }
    }
    for (unsigned i = 0; i < system->irqs.count; i++) {
        const struct irq *irq = system->irqs.items[i];
        if (irq->owner == cell) {
            op_derive(system, &cell->signal_object, (uint64_t[]){0, irq->bound_slot},
                      (uint64_t[]){BH_SIGNAL_SEND, irq->bits});
            op_one(system, CALL_irq_bind, &irq->object, irq->bound_slot);
        }
    }
}

static void plan_made(struct system *system, const struct list *objects, const struct cell *cell)
{
    for (unsigned i = 0; i < objects->count; i++) {
        const struct object *object = objects->items[i];
        if (object->owner == cell) {
            op_create(system, object);
        }
    }
}

/* A vmm knows the processor that exits by its badge, its number + 1. */
static void plan_handlers(struct system *system, const struct cell *cell)
{
    for (unsigned i = 0; i < cell->cpus; i++) {
        const struct processor *processor = &cell->processors[i];
        op_derive(
            system, &cell->handler->object, (uint64_t[]){0, processor->handler_slot},
            (uint64_t[]){BH_ENDPOINT_SEND, cell->kind == CELL_VM ? i + UINT64_C(1) : cell->index});
        op_one(system, CALL_thread_handler, &processor->thread, processor->handler_slot);
    }
}

static void plan_threads(struct system *system, const struct cell *cell)
{
    for (unsigned i = 0; i < cell->cpus; i++) {
        op_create(system, &cell->processors[i].thread);
        if (!cell_restarts(cell)) {
            op_create(system, &cell->processors[i].budget);
        }
    }
}

/* Group 0 is what a budget has anyway. */
static void plan_group(struct system *system, const struct cell *cell, const struct object *budget)
{
    unsigned core = 0;

    while (core + 1 < CORES_MAX && build_core(system, core) != budget->of) {
        core++;
    }
    if (cell->groups[core] != 0) {
        op(system, (struct plan_op){
                       CALL_budget_group, budget->slot, {budget->of->slot, cell->groups[core]}});
    }
}

/* All its budgets are admitted where it is. */
static void plan_groups(struct system *system, const struct cell *cell)
{
    for (unsigned i = 0; i < cell->cpus; i++) {
        plan_group(system, cell, &cell->processors[i].budget);
    }
    for (unsigned i = 0; i < system->extras.count; i++) {
        const struct object *object = system->extras.items[i];
        if (object->type == BH_BUDGET && object->owner == cell) {
            plan_group(system, cell, object);
        }
    }
}

/* Time and a program counter come last: a cell that cannot be completed does not run. */
static void plan_cell(struct system *system, struct cell *cell)
{
    struct plan_cell *row = &system->plan_cells[cell->index];

    row->first_op = system->ops.count;
    op_create(system, &cell->pool_object);
    op_create(system, &cell->cell_object);
    plan_threads(system, cell);
    plan_made(system, &system->lines, cell);
    plan_made(system, &system->extras, cell);
    plan_groups(system, cell);
    for (unsigned i = 0; i < cell->pages.count; i++) {
        op_one(system, CALL_vcpu_page, &cell->processors[i].thread,
               ((const struct memory *)cell->pages.items[i])->object.slot);
    }
    if (cell->tracer != NULL) { /* among its own calls: when it is restarted it is traced again */
        op(system, (struct plan_op){CALL_trace_watch,
                                    cell->tracer->trace.slot,
                                    {cell->cell_object.slot, cell->traced, 0, 0, 0, 0}});
    }
    plan_zero(system, cell);
    plan_caps(system, cell);
    plan_handlers(system, cell);
    plan_doors(system, cell);
    for (unsigned i = 0; i < cell->cpus; i++) {
        op_one(system, CALL_thread_budget, &cell->processors[i].thread,
               cell->processors[i].budget.slot);
    }
    if (cell->kind == CELL_NATIVE) {
        op(system, (struct plan_op){CALL_thread_set,
                                    cell->processors[0].thread.slot,
                                    {cell->elf.entry, cell->sp, cell->start_ipa, 0, 0, 0}});
    }
    row->op_count = system->ops.count - row->first_op;
}

/* Once every cell has its capabilities: from then on nobody gives a sealed cell any. */
static void plan_seal(struct system *system, const struct cell *cell)
{
    for (unsigned i = 0; i < cell->caps.count; i++) {
        const struct cap *cap = cell->caps.items[i];
        if (build_sealed(cell, cap)) {
            op_one(system, CALL_memory_seal, &cell->cell_object, cap->slot);
        }
    }
}

static void plan_resume(struct system *system, struct cell *cell);

static void plan_resume_servers(struct system *system, const struct cell *cell)
{
    for (unsigned i = 0; i < cell->calls.count; i++) {
        struct endpoint *endpoint = build_find_endpoint(system, cell->calls.items[i].target);
        if (endpoint != NULL) {
            plan_resume(system, endpoint->server);
        }
    }
}

/* Servers run before their clients. A vCPU is left to its vmm. */
static void plan_resume(struct system *system, struct cell *cell)
{
    if (cell->resumed || cell->kind != CELL_NATIVE) {
        return;
    }
    cell->resumed = true;
    plan_resume_servers(system, cell);
    if (cell->vm != NULL) {
        plan_resume_servers(system, cell->vm);
    }
    op_one(system, CALL_thread_resume, &cell->processors[0].thread, 0);
}

/* What others have derived capabilities from, which would go with it, stays without rights: the
 * warden binds, sends and maps nothing more. */
static void plan_restrict(struct system *system)
{
    for (unsigned i = 0; i < system->endpoints.count; i++) {
        op_one(system, CALL_cap_restrict, &((struct endpoint *)system->endpoints.items[i])->object,
               0);
    }
    for (unsigned i = 0; i < system->extras.count; i++) {
        op_one(system, CALL_cap_restrict, system->extras.items[i], 0);
    }
    for (unsigned i = 0; i < system->memories.count; i++) {
        const struct memory *memory = system->memories.items[i];
        if (memory->boot_access == 0 && memory->owner != system->cells.items[0]) {
            op_one(system, CALL_cap_restrict, &memory->object, 0);
        }
    }
}

/* Rule 8: from here on the graph can only shrink. */
static void plan_freeze(struct system *system)
{
    bool rebuild = false;

    for (unsigned i = 1; i < system->cells.count; i++) {
        struct cell *cell = system->cells.items[i];
        if (cell_restarts(cell)) {
            rebuild = true;
            continue;
        }
        op_one(system, CALL_cap_delete, &system->nobody, cell->pool_object.slot);
        system->plan_cells[i].pool = 0;
        if (cell->cell_object.kept) {
            op_one(system, CALL_cap_restrict, &cell->cell_object, BH_CELL_INFO);
        } else {
            op_one(system, CALL_cap_delete, &system->nobody, cell->cell_object.slot);
        }
        system->plan_cells[i].cell = 0;
    }
    if (!rebuild) {
        op_one(system, CALL_cap_delete, &system->nobody, WARDEN_POOL);
        plan_restrict(system);
    }
    op_one(system, CALL_cap_delete, &system->nobody, WARDEN_CELL);
}

static void plan_rows(struct system *system)
{
    system->plan_cells =
        arena_alloc(&system->arena, system->cells.count * sizeof(struct plan_cell));
    for (unsigned i = 0; i < system->cells.count; i++) {
        const struct cell *cell = system->cells.items[i];
        struct plan_cell *row = &system->plan_cells[i];
        for (unsigned k = 0; k < BH_NAME_MAX - 1 && cell->name[k] != 0; k++) {
            row->name[k] = cell->name[k];
        }
        row->pool = i == 0 ? (uint32_t)WARDEN_POOL : cell->pool_object.slot;
        row->cell = i == 0 ? (uint32_t)WARDEN_CELL : cell->cell_object.slot;
        row->thread = cell->processors[0].thread.slot;
        row->budget = cell->processors[0].budget.slot;
        row->overrun = cell->overrun_slot;
        row->overrun_bit = cell->overrun_bit;
        row->amount = (uint32_t)cell_budget(cell, 0);
        row->period = (uint32_t)cell_budget(cell, 1);
        row->flags = cell->kind == CELL_VM ? (uint32_t)PLAN_CELL_VM : 0;
        if (cell_restarts(cell)) {
            row->flags |= PLAN_CELL_RESTART;
        }
        row->first_copy = system->copies.count;
        row->copy_count = cell->copies.count;
        for (unsigned k = 0; k < cell->copies.count; k++) {
            list_add(&system->arena, &system->copies, cell->copies.items[k]);
        }
    }
}

#define POWER_ON 3 /* operation of core_power */

/* Cores come up before something is made there. */
static void plan_cores(struct system *system)
{
    uint32_t used = 0;

    for (unsigned i = 0; i < system->cells.count; i++) {
        used |= ((const struct cell *)system->cells.items[i])->cores_used;
    }
    for (unsigned i = 1; i < CORES_MAX; i++) {
        if ((used >> i & 1) != 0) {
            op_one(system, CALL_core_power, &system->cores[i], POWER_ON);
        }
    }
}

static void plan_rings(struct system *system)
{
    for (unsigned i = 1; i < system->cells.count; i++) {
        const struct cell *cell = system->cells.items[i];
        for (unsigned k = 0; k < CORES_MAX && cell->rings[k] != NULL; k++) {
            op(system, (struct plan_op){CALL_trace_ring,
                                        cell->trace.slot,
                                        {k, cell->rings[k]->object.slot, 0, 0, 0, 0}});
        }
    }
}

static void op_write(struct system *system, uint64_t address, uint64_t word)
{
    op(system, (struct plan_op){PLAN_WRITE, 0, {address, word}});
}

/* The page of a plan of windows, in the root pool: the warden writes it. */
static void plan_page(struct system *system, const struct time_plan *plan)
{
    const struct memory *page = plan->page;
    struct turn turns[BH_PLAN_WINDOWS];
    unsigned count = partition_turns(system, plan, turns);

    op_create(system, &page->object);
    op(system, (struct plan_op){
                   CALL_memory_map, 0, {page->object.slot, page->boot_ipa, page->boot_access}});
    op_write(system, page->boot_ipa + offsetof(struct bh_plan, count), count);
    for (unsigned i = 0; i < count; i++) {
        uint64_t open = partition_open(system, plan, turns[i].window);
        op_write(system, page->boot_ipa + offsetof(struct bh_plan, windows[i]),
                 (turns[i].to - turns[i].from) | open << 32);
    }
}

/* Those that start, of the warden's core or of all others. */
static unsigned plan_start_plans(struct system *system, bool own)
{
    unsigned count = 0;

    for (unsigned i = 0; i < system->plans.count; i++) {
        const struct time_plan *plan = system->plans.items[i];
        if (plan->starts && (plan->core == 0) == own) {
            op(system, (struct plan_op){CALL_plan_start,
                                        build_core(system, plan->core)->slot,
                                        {plan->page->object.slot, PLAN_SWITCH_AT_ONCE}});
            count++;
        }
    }
    return count;
}

static void plan_switches(struct system *system)
{
    for (unsigned i = 0; i < system->switches.count; i++) {
        struct plan_switch *row = system->switches.items[i];
        const struct time_plan *plan = system->switched.items[i];
        row->core = build_core(system, plan->core)->slot;
        row->page = plan->page->object.slot;
    }
}

/* What belongs to whoever connects two cells comes from the root pool. */
static void plan_common(struct system *system)
{
    const struct cell *warden = system->cells.items[0];

    op_create(system, &system->fault_endpoint.object);
    op_one(system, CALL_endpoint_bind, &system->fault_endpoint.object,
           warden->processors[0].thread.slot);
    if (system->overrun_count != 0) {
        op_create(system, &system->overruns);
        op_one(system, CALL_signal_bind, &system->overruns, warden->processors[0].thread.slot);
    }
    for (unsigned i = 0; i < system->endpoints.count; i++) {
        op_create(system, &((struct endpoint *)system->endpoints.items[i])->object);
    }
    for (unsigned i = 1; i < system->cells.count; i++) {
        const struct cell *cell = system->cells.items[i];
        if (cell->signal_bits != 0) {
            op_create(system, &cell->signal_object);
        }
        if (cell_restarts(cell)) { /* its repair runs on it */
            op_create(system, &cell->processors[0].budget);
        }
        if (cell->overrun_slot != 0) {
            op_derive(system, &system->overruns, (uint64_t[]){0, cell->overrun_slot},
                      (uint64_t[]){BH_SIGNAL_SEND, cell->overrun_bit});
            op_one(system, CALL_budget_signal, &cell->processors[0].budget, cell->overrun_slot);
        }
    }
    for (unsigned i = 0; i < system->pulses.count; i++) {
        op_create(system, &((struct pulse *)system->pulses.items[i])->signal);
    }
    plan_zero(system, NULL);
    plan_cores(system);
    plan_made(system, &system->extras, NULL);
    plan_rings(system);
    for (unsigned i = 0; i < system->plans.count; i++) {
        plan_page(system, system->plans.items[i]);
    }
}

void plan_system(struct system *system)
{
    plan_rows(system);
    plan_common(system);
    for (unsigned i = 1; i < system->cells.count; i++) {
        plan_cell(system, system->cells.items[i]);
    }
    for (unsigned i = 1; i < system->cells.count; i++) {
        plan_seal(system, system->cells.items[i]);
    }
    plan_start_plans(system, false);
    for (unsigned i = 1; i < system->cells.count; i++) {
        plan_resume(system, system->cells.items[i]);
    }
    plan_freeze(system);
    system->last_ops = plan_start_plans(system, true);
    plan_switches(system);
    system->plan->size =
        align_up(sizeof(struct plan) + system->cells.count * sizeof(struct plan_cell) +
                     system->ops.count * sizeof(struct plan_op) +
                     system->copies.count * sizeof(struct plan_copy) +
                     system->switches.count * sizeof(struct plan_switch),
                 PAGE);
}
