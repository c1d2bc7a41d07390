/* SPDX-License-Identifier: Apache-2.0 */
/* How cells find each other by name: endpoints, signals, capabilities. */
#include "tools/bulkhead/build.h"

#include <string.h>

#include "tools/bulkhead/partition.h"

#define ROOM_FOR_NAMES 64
#define SHARED_SLICE   1000 /* microseconds */

struct cell *build_find_cell(const struct system *system, const char *name)
{
    for (unsigned i = 1; i < system->cells.count; i++) {
        struct cell *cell = system->cells.items[i];
        if (strcmp(cell->name, name) == 0) {
            return cell;
        }
    }
    return NULL;
}

struct endpoint *build_find_endpoint(const struct system *system, const char *name)
{
    for (unsigned i = 0; i < system->endpoints.count; i++) {
        struct endpoint *endpoint = system->endpoints.items[i];
        if (!endpoint->exits && strcmp(endpoint->object.name, name) == 0) {
            return endpoint;
        }
    }
    return NULL;
}

struct notice *build_find_notice(const struct system *system, const char *name)
{
    for (unsigned i = 0; i < system->notices.count; i++) {
        struct notice *notice = system->notices.items[i];
        if (strcmp(notice->name, name) == 0) {
            return notice;
        }
    }
    return NULL;
}

struct device *build_find_device(const struct system *system, const char *name)
{
    for (unsigned i = 0; i < system->board.devices.count; i++) {
        struct device *device = system->board.devices.items[i];
        if (strcmp(device->name, name) == 0) {
            return device;
        }
    }
    return NULL;
}

struct shared *build_find_shared(const struct list *shareds, const char *name)
{
    for (unsigned i = 0; i < shareds->count; i++) {
        struct shared *shared = shareds->items[i];
        if (strcmp(shared->name, name) == 0) {
            return shared;
        }
    }
    return NULL;
}

/* A name that was made from another, "uart-irq1", may have become too long for the start page. */
static void check_length(struct system *system, const struct cell *cell, const char *name)
{
    if (strlen(name) >= BH_NAME_MAX) {
        fault(&system->faults, RULE_name_long, cell->path,
              "it would find something by the name '%s', which is longer than %d characters; "
              "shorten the name that it is made from",
              name, BH_NAME_MAX - 1);
    }
}

struct cap *build_cap(struct system *system, struct cell *cell, const char *name,
                      struct object *object)
{
    bool memory = object != NULL && object->type == BH_MEMORY;

    check_length(system, cell, name);
    for (unsigned i = 0; i < cell->caps.count; i++) {
        const struct cap *other = cell->caps.items[i];
        if (object != NULL && other->object != NULL && (other->memory != NULL) == memory &&
            strcmp(other->name, name) == 0) {
            fault(&system->faults, RULE_name_duplicate, cell->path,
                  "it would find two %s by the name '%s'; rename one of them here: \"another=%s\"",
                  memory ? "memories" : "capabilities", name, name);
        }
    }
    struct cap *cap = arena_alloc(&system->arena, sizeof *cap);
    cap->name = name;
    cap->object = object;
    cap->type = object == NULL ? BH_EMPTY : object->type;
    list_add(&system->arena, &cell->caps, cap);
    return cap;
}

struct entry *build_value(struct system *system, struct cell *cell, const char *name,
                          uint64_t number)
{
    check_length(system, cell, name);
    for (unsigned i = 0; i < cell->values.count; i++) {
        const struct entry *other = cell->values.items[i];
        if (strcmp(other->name, name) == 0) {
            fault(&system->faults, RULE_name_duplicate, cell->path,
                  "it would find two values by the name '%s'; rename one of them", name);
        }
    }
    struct entry *entry = arena_alloc(&system->arena, sizeof *entry);
    *entry = (struct entry){name, cell->path, number};
    list_add(&system->arena, &cell->values, entry);
    return entry;
}

uint64_t build_bit(struct system *system, struct cell *cell)
{
    if (cell->signal_bits == 64) {
        fault(&system->faults, RULE_signal_count, cell->path,
              "it awaits more than 64 signals and interrupts; give some of them to another cell");
        return 1;
    }
    if (cell->signal_bits == 0) {
        cell->signal_object = (struct object){.type = BH_SIGNAL, .name = cell->name};
    }
    return UINT64_C(1) << cell->signal_bits++;
}

struct wake build_wake(struct system *system, struct cell *cell, const char *name)
{
    if (cell->kind == CELL_VM) {
        return build_pulse(system, cell, name);
    }
    uint64_t bits = build_bit(system, cell);
    return (struct wake){&cell->signal_object, bits, bits};
}

/* "echo, console": the names that would have been right. */
const char *build_names(struct system *system, const struct list *list,
                        const char *(*name)(const void *item))
{
    const char *text = "";

    for (unsigned i = 0; i < list->count && i < ROOM_FOR_NAMES; i++) {
        const char *one = name(list->items[i]);
        if (one != NULL) {
            text = arena_format(&system->arena, "%s%s%s", text, *text == 0 ? "" : ", ", one);
        }
    }
    return *text == 0 ? "none" : text;
}

static const char *cell_name(const void *item)
{
    return ((const struct cell *)item)->name;
}

const char *build_cell_names(struct system *system)
{
    struct list cells = {system->cells.items + 1, system->cells.count - 1, 0};

    return build_names(system, &cells, cell_name);
}

static const char *endpoint_name(const void *item)
{
    const struct endpoint *endpoint = item;

    return endpoint->exits ? NULL : endpoint->object.name;
}

static const char *notice_name(const void *item)
{
    return ((const struct notice *)item)->name;
}

static void build_served(struct system *system, struct cell *cell)
{
    for (unsigned i = 0; i < cell->serves.count; i++) {
        const char *name = cell->serves.items[i].target;
        const struct endpoint *other = build_find_endpoint(system, name);
        if (other != NULL) {
            fault(&system->faults, RULE_name_duplicate, cell->path,
                  "it serves endpoint '%s', which %s serves already; an endpoint has one server, "
                  "rename one of them",
                  name, other->server->path);
            continue;
        }
        struct endpoint *endpoint = arena_alloc(&system->arena, sizeof *endpoint);
        endpoint->object = (struct object){.type = BH_ENDPOINT, .name = name};
        endpoint->server = cell;
        list_add(&system->arena, &system->endpoints, endpoint);
    }
}

static void build_awaited(struct system *system, struct cell *cell)
{
    for (unsigned i = 0; i < cell->awaits.count; i++) {
        const struct name *name = &cell->awaits.items[i];
        const struct notice *other = build_find_notice(system, name->target);
        if (other != NULL) {
            fault(&system->faults, RULE_signal_unknown, cell->path,
                  "it awaits signal '%s', which %s awaits already; a signal has one receiver, "
                  "rename one of them",
                  name->target, other->receiver->path);
            continue;
        }
        struct notice *notice = arena_alloc(&system->arena, sizeof *notice);
        *notice = (struct notice){name->target, cell, build_wake(system, cell, name->local)};
        list_add(&system->arena, &system->notices, notice);
        build_value(system, cell, name->local, notice->wake.value);
    }
}

static bool is_granted(const struct cell *cell, const char *name)
{
    for (unsigned i = 0; i < cell->grants.count; i++) {
        if (strcmp(cell->grants.items[i].target, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Another client that this server knows by a badge, NULL if it is free. */
static const struct cap *badge_user(const struct cell *server, const struct cell *client,
                                    uint64_t badge)
{
    for (unsigned i = 0; i < server->caps.count; i++) {
        const struct cap *row = server->caps.items[i];
        if (row->object == NULL && row->badge == badge && strcmp(row->name, client->name) != 0) {
            return row;
        }
    }
    return NULL;
}

/* The badge of call i: as said, or the next one that no client of this server has. */
static uint64_t badge_of(struct system *system, const struct cell *cell, unsigned i,
                         struct cell *server)
{
    uint64_t badge = i < cell->badges.count ? cell->badges.items[i] : ++server->next_badge;

    while (i >= cell->badges.count && badge_user(server, cell, badge) != NULL) {
        badge = ++server->next_badge;
    }
    const struct cap *other = badge_user(server, cell, badge);
    if (other != NULL) {
        fault(&system->faults, RULE_name_duplicate, cell->path,
              "'%s' would know it by badge %llu, as it does client '%s'; give it another badge",
              server->name, (unsigned long long)badge, other->name);
    }
    return badge;
}

/* The client's capability, and a line in the server's start page that says which badge is who. */
static void build_call(struct system *system, struct cell *cell, unsigned i)
{
    const struct name *name = &cell->calls.items[i];
    struct endpoint *endpoint = build_find_endpoint(system, name->target);

    if (endpoint == NULL) {
        fault(&system->faults, RULE_endpoint_unknown, cell->path,
              "it calls endpoint '%s', which no cell serves (there is %s); add serves = \"%s\" to "
              "its server",
              name->target, build_names(system, &system->endpoints, endpoint_name), name->target);
        return;
    }
    if (endpoint->server == cell) {
        fault(&system->faults, RULE_endpoint_unknown, cell->path,
              "it calls endpoint '%s', which it serves itself; remove one", name->target);
    }
    struct cap *cap = build_cap(system, cell, name->local, &endpoint->object);
    cap->rights = BH_ENDPOINT_SEND;
    if (is_granted(cell, name->target)) {
        cap->rights |= BH_ENDPOINT_GRANT;
    }
    cap->badge = badge_of(system, cell, i, endpoint->server);
    struct cap *row = build_cap(system, endpoint->server, cell->name, NULL);
    row->type = BH_ENDPOINT;
    row->badge = cap->badge;
}

static void build_calls(struct system *system, struct cell *cell)
{
    for (unsigned i = 0; i < cell->calls.count; i++) {
        build_call(system, cell, i);
    }
    for (unsigned i = 0; i < cell->grants.count; i++) {
        unsigned k = 0;
        while (k < cell->calls.count &&
               strcmp(cell->calls.items[k].target, cell->grants.items[i].target) != 0) {
            k++;
        }
        if (k == cell->calls.count) {
            fault(&system->faults, RULE_endpoint_unknown, cell->path,
                  "grants names endpoint '%s', which is not among its calls; add it there",
                  cell->grants.items[i].target);
        }
    }
}

static void build_notifies(struct system *system, struct cell *cell)
{
    for (unsigned i = 0; i < cell->notifies.count; i++) {
        const struct name *name = &cell->notifies.items[i];
        struct notice *notice = build_find_notice(system, name->target);
        if (notice == NULL) {
            fault(&system->faults, RULE_signal_unknown, cell->path,
                  "it notifies signal '%s', which no cell awaits (there is %s); add awaits = "
                  "\"%s\" to its receiver",
                  name->target, build_names(system, &system->notices, notice_name), name->target);
            continue;
        }
        struct cap *cap = build_cap(system, cell, name->local, notice->wake.signal);
        cap->rights = BH_SIGNAL_SEND;
        cap->badge = notice->wake.badge;
    }
}

/* The warden is told by one signal, with a bit for each cell. */
static void build_overrun(struct system *system, struct cell *cell)
{
    if (system->overrun_count == 64) {
        fault(&system->faults, RULE_number_range, cell->path,
              "more than 64 cells have overrun; leave it out where throttling is enough");
        return;
    }
    system->overruns = (struct object){.type = BH_SIGNAL, .name = "overruns"};
    cell->overrun_bit = UINT64_C(1) << system->overrun_count++;
}

/* Two of its processors have one core. */
static bool cores_are_shared(const struct cell *vm)
{
    for (unsigned i = 0; i < vm->cores.count; i++) {
        for (unsigned k = 0; k < i; k++) {
            if (vm->cores.items[i] == vm->cores.items[k]) {
                return true;
            }
        }
    }
    return vm->cores.count == 0;
}

static struct processor processor_on(struct system *system, struct cell *cell, uint64_t core)
{
    const struct board *board = &system->board;
    enum bh_type type = cell->kind == CELL_VM ? BH_VCPU : BH_THREAD;
    uint64_t fp = cell->fp ? BH_THREAD_FP : 0;

    return (struct processor){
        .thread = {.type = type,
                   .name = cell->name,
                   .cell = cell,
                   .owner = cell,
                   .of = &cell->cell_object,
                   .number = type == BH_VCPU ? cell->interrupts : fp,
                   .extra = core},
        .budget = {.type = BH_BUDGET,
                   .name = cell->name,
                   .cell = cell_restarts(cell) ? NULL : cell,
                   .owner = cell,
                   .of = build_core(system, core),
                   .number = BH_BUDGET_ORDER(cell->priority, board_ticks(board, cell->slice)),
                   .extra = BH_BUDGET_LIMIT(board_ticks(board, cell_budget(cell, 0)),
                                            board_ticks(board, cell_budget(cell, 1)))}};
}

/* The warden has its own from boot. */
static void build_warden(struct system *system, struct cell *warden)
{
    static const uint32_t slots[] = {WARDEN_CELL, WARDEN_THREAD, WARDEN_POOL, WARDEN_CORE,
                                     WARDEN_BUDGET};
    static const enum bh_type types[] = {BH_CELL, BH_THREAD, BH_POOL, BH_CORE, BH_BUDGET};

    for (unsigned i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        system->boot[slots[i]] =
            (struct object){.type = types[i], .name = "warden", .slot = slots[i]};
    }
    warden->processors[0].thread = system->boot[WARDEN_THREAD];
    system->fault_endpoint.object = (struct object){.type = BH_ENDPOINT, .name = "faults"};
    system->fault_endpoint.server = warden;
}

/* The other processors of a VM are as its first one. Processors that share a core take turns: one
 * may wait for another in a loop. */
static void build_processors(struct system *system, struct cell *cell)
{
    if (cell->cpus > 1 && cell->slice == 0 && cores_are_shared(cell)) {
        cell->slice = SHARED_SLICE;
    }
    for (uint64_t i = 0; i < cell->cpus; i++) {
        uint64_t core = i < cell->cores.count ? cell->cores.items[i] : cell->core;
        cell->processors[i] = processor_on(system, cell, core);
    }
}

/* The kernel objects of a cell. */
static void build_objects(struct system *system, struct cell *cell)
{
    if (cell->kind == CELL_WARDEN) {
        build_warden(system, cell);
        return;
    }
    cell->pool_object = (struct object){.type = BH_POOL, .name = cell->name, .owner = cell};
    cell->cell_object =
        (struct object){.type = BH_CELL, .name = cell->name, .cell = cell, .owner = cell};
    cell->cell_object.extra = cell->kind == CELL_VM; /* argument b */
    cell->handler = &system->fault_endpoint;
    if (cell->overrun != NULL) {
        build_overrun(system, cell);
    }
    build_processors(system, cell);
}

static void for_cells(struct system *system,
                      void (*build)(struct system *system, struct cell *cell))
{
    for (unsigned i = 0; i < system->cells.count; i++) {
        struct cell *cell = system->cells.items[i];
        cell->index = i;
        build(system, cell);
    }
}

static void build_native(struct system *system, struct cell *cell)
{
    if (cell->kind != CELL_VM) {
        build_program(system, cell);
        build_memories(system, cell);
        build_devices(system, cell);
    }
}

void build_system(struct system *system)
{
    build_cores(system);
    for_cells(system, build_objects);
    for_cells(system, build_served);
    for_cells(system, build_awaited);
    build_console(system);
    partition_make(system);
    for_cells(system, build_native);
    for_cells(system, build_vm);
    build_channels(system);
    for_cells(system, build_calls);
    for_cells(system, build_notifies);
    for_cells(system, build_extras);
    for_cells(system, build_trace);
    for_cells(system, build_moves);
    partition_build(system);
    for_cells(system, build_fixed);
    for_cells(system, build_guest);
    for_cells(system, build_start);
}
