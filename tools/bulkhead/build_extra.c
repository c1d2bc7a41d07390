/* SPDX-License-Identifier: Apache-2.0 */
/* The capabilities below caps { }: any object, with rights that are spelled out. */
#include <string.h>
#include <strings.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/rights.h"

static void unknown(struct system *system, const struct extra *extra, const char *what)
{
    bool cell = strcmp(what, "cell") == 0;

    fault(&system->faults, RULE_cap_unknown, extra->path,
          "it is a capability to nothing: there is no %s '%s'%s%s%s; correct the name", what,
          extra->target, cell ? " (there is " : "", cell ? build_cell_names(system) : "",
          cell ? ")" : "");
}

static struct object *made(struct system *system, struct object object)
{
    struct object *copy = arena_alloc(&system->arena, sizeof *copy);

    *copy = object;
    list_add(&system->arena, &system->extras, copy);
    return copy;
}

static struct object *find_endpoint(struct system *system, struct extra *extra, struct cell *cell)
{
    struct endpoint *endpoint = build_find_endpoint(system, extra->target);

    (void)cell;
    if (endpoint == NULL) {
        unknown(system, extra, "endpoint");
    }
    return endpoint == NULL ? NULL : &endpoint->object;
}

static struct object *find_signal(struct system *system, struct extra *extra, struct cell *cell)
{
    struct notice *notice = build_find_notice(system, extra->target);

    (void)cell;
    if (notice == NULL) {
        unknown(system, extra, "signal");
        return NULL;
    }
    if (extra->badge == 0) {
        extra->badge = notice->wake.badge;
    }
    return notice->wake.signal;
}

static struct object *find_irq(struct system *system, struct extra *extra, struct cell *cell)
{
    const struct device *device = build_find_device(system, extra->target);

    (void)cell;
    for (unsigned i = 0; device != NULL && i < system->irqs.count; i++) {
        struct irq *irq = system->irqs.items[i];
        if (device->interrupts.count != 0 && irq->intid == device->interrupts.items[0]) {
            return &irq->object;
        }
    }
    fault(&system->faults, RULE_cap_unknown, extra->path,
          "there is no interrupt of a device '%s' that a cell owns; list the device in the devices "
          "of its owner",
          extra->target);
    return NULL;
}

static struct object *find_cell(struct system *system, struct extra *extra, struct cell *cell)
{
    struct cell *target = build_find_cell(system, extra->target);

    (void)cell;
    if (target == NULL) {
        unknown(system, extra, "cell");
        return NULL;
    }
    return extra->type == BH_CELL ? &target->cell_object : &target->processors[0].thread;
}

static struct object *find_memory(struct system *system, struct extra *extra, struct cell *cell)
{
    if (extra->target == NULL) {
        struct entry as = {extra->name, extra->path, extra->number};
        struct memory *ram = build_ram(system, cell, as);
        return &ram->object;
    }
    struct shared *shared = build_find_shared(&system->shareds, extra->target);
    if (shared == NULL) {
        unknown(system, extra, "memory");
        return NULL;
    }
    return &build_shared(system, shared)->object;
}

static struct object *find_line(struct system *system, struct extra *extra, struct cell *cell)
{
    struct cell *vm = build_find_cell(system, extra->target);

    (void)cell;
    if (vm == NULL || vm->kind != CELL_VM) {
        unknown(system, extra, "VM");
        return NULL;
    }
    struct object *line = build_line(system, vm, extra->number);
    if (build_find_pulse(system, line) != NULL) {
        fault(&system->faults, RULE_vm_interrupts, extra->path,
              "virtual interrupt %llu of '%s' is that of a signal; use a lower one",
              (unsigned long long)extra->number, extra->target);
    }
    return line;
}

static struct object *make_pool(struct system *system, struct extra *extra, struct cell *cell)
{
    return made(system,
                (struct object){
                    .type = BH_POOL, .name = extra->path, .owner = cell, .number = extra->number});
}

static struct object *make_budget(struct system *system, struct extra *extra, struct cell *cell)
{
    if (extra->number > 255) {
        fault(&system->faults, RULE_priority_range, extra->path,
              "its priority is %llu; priorities are 0 (lowest) to 255",
              (unsigned long long)extra->number);
    }
    return made(system, (struct object){.type = BH_BUDGET,
                                        .name = extra->name,
                                        .cell = cell,
                                        .owner = cell,
                                        .of = build_core(system, cell->core),
                                        .number = extra->number});
}

static struct object *find_core(struct system *system, struct extra *extra, struct cell *cell)
{
    uint64_t core = extra->flag ? cell->core : extra->number;

    return check_core(system, extra->path, core) ? build_core(system, core) : NULL;
}

/* How to find or make the object of each kind, and the rights if none are said. */
static const struct {
    enum bh_type type;
    uint8_t rights;
    struct object *(*object)(struct system *system, struct extra *extra, struct cell *cell);
} kinds[] = {
    {BH_ENDPOINT, BH_ENDPOINT_SEND, find_endpoint},
    {BH_SIGNAL, BH_SIGNAL_SEND, find_signal},
    {BH_IRQ, BH_IRQ_ACK, find_irq},
    {BH_CELL, BH_CELL_INFO, find_cell},
    {BH_THREAD, BH_THREAD_CONTROL | BH_THREAD_READ, find_cell},
    {BH_MEMORY, BH_MEMORY_READ | BH_MEMORY_WRITE, find_memory},
    {BH_LINE, BH_LINE_SEND, find_line},
    {BH_POOL, BH_POOL_CREATE | BH_POOL_INFO, make_pool},
    {BH_BUDGET, BH_BUDGET_BIND, make_budget},
    {BH_CORE, BH_CORE_POWER, find_core},
};

/* What is there from boot cannot be made again: the kernel gives nobody the right to destroy it. */
static uint8_t rights_offered(enum bh_type type)
{
    bool boot = type == BH_MEMORY || type == BH_IRQ || type == BH_CORE;

    return boot ? (uint8_t)~BH_DESTROY : 0xff;
}

static uint8_t rights_of(struct system *system, const struct extra *extra, enum bh_type type,
                         uint8_t otherwise)
{
    uint8_t offered = rights_offered(type);
    uint8_t rights = 0;

    for (unsigned i = 0; i < extra->rights.count; i++) {
        const char *name = extra->rights.items[i].target;
        uint8_t right = right_find(type, name) & offered;
        if (right == 0) {
            fault(&system->faults, RULE_cap_rights, extra->path,
                  "this %s has no right '%s'; it has %s", type_name(type), name,
                  rights_text(&system->arena, type, offered));
        }
        rights |= right;
    }
    return extra->rights.count == 0 ? otherwise : rights;
}

static void build_extra(struct system *system, struct cell *cell, struct extra *extra)
{
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (extra->type != kinds[i].type) {
            continue;
        }
        struct object *object = kinds[i].object(system, extra, cell);
        if (object == NULL) {
            return;
        }
        if (extra->badge != 0 && object->type != BH_ENDPOINT && object->type != BH_SIGNAL) {
            fault(&system->faults, RULE_number_range, extra->path,
                  "a %s has no badge, only endpoints and signals do; leave it out",
                  type_name(object->type));
        }
        struct cap *cap = build_cap(system, cell, extra->name, object);
        cap->rights = rights_of(system, extra, object->type, kinds[i].rights);
        cap->badge = extra->badge;
        object->kept = true;
    }
}

void build_extras(struct system *system, struct cell *cell)
{
    for (unsigned i = 0; i < cell->extras.count; i++) {
        build_extra(system, cell, cell->extras.items[i]);
    }
}
