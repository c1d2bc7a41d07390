/* SPDX-License-Identifier: Apache-2.0 */
/* Which slot of the warden's table holds what. */
#include "tools/bulkhead/plan.h"

static void give(struct system *system, struct object *object)
{
    if (object->type != BH_EMPTY && object->slot == 0) {
        object->slot = system->warden_slots++;
        list_add(&system->arena, &system->given, object);
    }
}

static void give_cell(struct system *system, struct cell *cell)
{
    give(system, &cell->pool_object);
    give(system, &cell->cell_object);
    give(system, &cell->signal_object);
    for (unsigned i = 0; i < cell->cpus && cell->kind != CELL_WARDEN; i++) {
        struct processor *processor = &cell->processors[i];
        give(system, &processor->thread);
        give(system, &processor->budget);
        processor->handler_slot = system->warden_slots++;
    }
    if (cell->kind != CELL_WARDEN) {
        cell->overrun_slot = cell->overrun_bit == 0 ? 0 : system->warden_slots++;
    }
}

void plan_slots(struct system *system)
{
    system->warden_slots = WARDEN_FREE;
    give(system, &system->fault_endpoint.object);
    give(system, &system->overruns);
    for (unsigned i = 1; i < CORES_MAX; i++) {
        give(system, &system->cores[i]);
    }
    for (unsigned i = 0; i < system->memories.count; i++) {
        give(system, &((struct memory *)system->memories.items[i])->object);
    }
    for (unsigned i = 0; i < system->irqs.count; i++) {
        struct irq *irq = system->irqs.items[i];
        give(system, &irq->object);
        irq->bound_slot = system->warden_slots++;
    }
    for (unsigned i = 0; i < system->endpoints.count; i++) {
        give(system, &((struct endpoint *)system->endpoints.items[i])->object);
    }
    for (unsigned i = 0; i < system->cells.count; i++) {
        give_cell(system, system->cells.items[i]);
    }
    for (unsigned i = 0; i < system->lines.count; i++) {
        give(system, system->lines.items[i]);
    }
    for (unsigned i = 0; i < system->pulses.count; i++) {
        give(system, &((struct pulse *)system->pulses.items[i])->signal);
    }
    for (unsigned i = 0; i < system->extras.count; i++) {
        give(system, system->extras.items[i]);
    }
    for (unsigned i = 0; i < system->plans.count; i++) {
        give(system, &((struct time_plan *)system->plans.items[i])->page->object);
    }
    struct cell *warden = system->cells.items[0];
    for (unsigned i = 0; i < warden->caps.count; i++) {
        struct cap *cap = warden->caps.items[i];
        cap->slot = cap->object == NULL ? 0 : cap->object->slot;
    }
}
