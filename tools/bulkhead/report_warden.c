/* SPDX-License-Identifier: Apache-2.0 */
/* The report's part about the warden's own table: what the plan leaves in it. */
#include "tools/bulkhead/build.h"
#include "tools/bulkhead/plan.h"
#include "tools/bulkhead/report.h"
#include "tools/bulkhead/rights.h"

/* A slot of the warden's table. */
struct held {
    const struct object *object; /* NULL: empty */
    uint64_t badge;
};

static void hold_boot(const struct system *system, struct held *table)
{
    for (uint32_t i = WARDEN_CELL; i < WARDEN_FREE; i++) {
        table[i].object = &system->boot[i];
    }
    for (unsigned i = 1; i < board_core_count(&system->board); i++) {
        table[system->cores[i].slot].object = &system->cores[i];
    }
    for (unsigned i = 0; i < system->memories.count; i++) {
        const struct memory *memory = system->memories.items[i];
        table[memory->object.slot].object = &memory->object;
    }
    for (unsigned i = 0; i < system->irqs.count; i++) {
        const struct irq *irq = system->irqs.items[i];
        table[irq->object.slot].object = &irq->object;
    }
}

static const struct object *object_in(const struct system *system, uint64_t slot)
{
    for (unsigned i = 0; i < system->given.count; i++) {
        const struct object *object = system->given.items[i];
        if (object->slot == slot) {
            return object;
        }
    }
    return NULL;
}

/* Makes a call of the plan on a table instead of the kernel. */
static void hold(const struct system *system, struct held *table, const struct plan_op *op)
{
    if (op->call == CALL_pool_create) {
        table[op->args[1]].object = object_in(system, op->args[1]);
    } else if (op->call == CALL_cap_derive && op->args[0] == 0) {
        table[op->args[1]] = (struct held){table[op->cap].object, op->args[3]};
    } else if (op->call == CALL_cap_delete && op->cap == 0) {
        table[op->args[0]].object = NULL;
    }
}

/* "text of /cells/echo": memories of different cells have the same names. */
static const char *name_of(struct system *system, const struct object *object)
{
    for (unsigned i = 0; i < system->memories.count; i++) {
        const struct memory *memory = system->memories.items[i];
        if (&memory->object == object) {
            return arena_format(&system->arena, "%s of %s", memory->use, memory->path);
        }
    }
    return object->name;
}

void report_warden(struct system *system, FILE *out)
{
    struct held *table = arena_alloc(&system->arena, system->warden_slots * sizeof *table);

    hold_boot(system, table);
    for (unsigned i = 0; i < system->ops.count; i++) {
        hold(system, table, system->ops.items[i]);
    }
    fprintf(out, "\nThe warden's table once the system is built (all rights, but those of boot are "
                 "not to destroy)\n");
    for (uint32_t i = 0; i < system->warden_slots; i++) {
        const struct object *object = table[i].object;
        if (object == NULL) {
            continue;
        }
        fprintf(out, "  %4u  %-9s %s", i, type_name(object->type), name_of(system, object));
        if (table[i].badge != 0) {
            fprintf(out, ", badge %llu, to send", (unsigned long long)table[i].badge);
        }
        fprintf(out, "\n");
    }
}
