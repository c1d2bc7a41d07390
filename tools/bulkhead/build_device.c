/* SPDX-License-Identifier: Apache-2.0 */
/* Who has which device, and the two ends of every channel. */
#include "tools/bulkhead/build.h"

#include <string.h>

/* What an end calls the channel: its own word for it, if it has one. */
static const char *end_name(const struct shared *channel, unsigned side)
{
    const struct name *end = &channel->ends.items[side];

    return end->local == end->target ? channel->name : end->local;
}

/* Both ends: the memory, a signal to the other end and the bits that come from it, their side. */
static void build_channel(struct system *system, const struct shared *channel,
                          struct cell *const ends[2])
{
    struct memory *memory =
        build_ram(system, NULL, (struct entry){channel->name, channel->path, channel->size});

    for (unsigned side = 0; side < 2; side++) {
        struct cell *cell = ends[side];
        struct cell *other = ends[1 - side];
        const char *name = end_name(channel, side);
        struct wake wake = build_wake(system, other, end_name(channel, 1 - side));
        struct cap *cap = build_cap(system, cell, name, wake.signal);
        cap->rights = BH_SIGNAL_SEND;
        cap->badge = wake.badge;
        build_view(system, cell, name, memory, BH_MAP_READ | BH_MAP_WRITE);
        build_value(system, cell, arena_format(&system->arena, "%s-side", name), side);
        build_value(system, other, end_name(channel, 1 - side), wake.value);
    }
}

/* The cells at the ends; false, and a sentence, if there are not two. */
static bool find_ends(struct system *system, const struct shared *channel, struct cell *ends[2])
{
    if (channel->ends.count != 2) {
        fault(&system->faults, RULE_channel_ends, channel->path,
              "it has %u ends, and a channel connects two cells; write ends = \"one\", \"other\"",
              channel->ends.count);
        return false;
    }
    for (unsigned i = 0; i < 2; i++) {
        const char *name = channel->ends.items[i].target;
        ends[i] = build_find_cell(system, name);
        if (ends[i] == NULL) {
            fault(&system->faults, RULE_channel_ends, channel->path,
                  "its end '%s' is no cell (there is %s); correct the name", name,
                  build_cell_names(system));
            return false;
        }
    }
    if (ends[0] == ends[1]) {
        fault(&system->faults, RULE_channel_ends, channel->path,
              "both its ends are '%s'; a channel connects two cells, use memory for one alone",
              ends[0]->name);
    }
    return ends[0] != ends[1];
}

void build_channels(struct system *system)
{
    for (unsigned i = 0; i < system->channels.count; i++) {
        const struct shared *channel = system->channels.items[i];
        struct cell *ends[2] = {NULL, NULL};
        if (find_ends(system, channel, ends)) {
            build_channel(system, channel, ends);
        }
    }
}

/* Objects of a device are made when it is first asked for: the warden's console, then its owner. */
static void device_make(struct system *system, struct device *device)
{
    struct arena *arena = &system->arena;
    unsigned count = device->registers.count;

    if (device->memories != NULL) {
        return;
    }
    device->memories = arena_alloc(arena, (count + 1) * sizeof(struct memory *));
    for (unsigned i = 0; i < count; i++) {
        const char *use = i == 0 ? device->name : arena_format(arena, "%s-%u", device->name, i);
        struct memory *memory = build_memory(system, NULL, use, device->registers.items[i].size);
        memory->path = device->path;
        memory->kind = BH_DEVICE;
        memory->place = PLACE_FIXED;
        memory->base = device->registers.items[i].base;
        device->memories[i] = memory;
    }
}

void build_irqs(struct system *system, struct cell *cell, const struct device *device,
                const char *name, bool bits)
{
    for (unsigned i = 0; i < device->interrupts.count; i++) {
        struct irq *irq = arena_alloc(&system->arena, sizeof *irq);
        const char *local = i == 0 ? arena_format(&system->arena, "%s-irq", name)
                                   : arena_format(&system->arena, "%s-irq%u", name, i);
        irq->object = (struct object){.type = BH_IRQ, .name = arena_copy(&system->arena, local)};
        irq->intid = (uint32_t)device->interrupts.items[i];
        irq->edge = device->edge;
        irq->owner = cell;
        irq->bits = build_bit(system, cell);
        list_add(&system->arena, &system->irqs, irq);
        struct cap *cap = build_cap(system, cell, local, &irq->object);
        cap->rights = BH_IRQ_ACK;
        cap->badge = irq->bits;
        build_value(system, cell, local, bits ? irq->bits : irq->intid);
    }
}

bool build_device_type(const struct device *device, enum start_device_type *type)
{
    static const struct {
        const char *compatible;
        enum start_device_type type;
    } types[] = {{"arm,pl011", START_PL011},
                 {"cdns,uart-r1p12", START_CADENCE},
                 {"arm,pl031", START_PL031},
                 {"xlnx,zynqmp-rtc", START_ZYNQMP_RTC}};

    for (unsigned i = 0; device->compatible != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(device->compatible, types[i].compatible) == 0) {
            *type = types[i].type;
            return true;
        }
    }
    return false;
}

static void device_views(struct system *system, struct cell *cell, const struct device *device,
                         const char *name)
{
    enum start_device_type type;

    for (unsigned i = 0; i < device->registers.count; i++) {
        const char *local = i == 0 ? name : arena_format(&system->arena, "%s-%u", name, i);
        build_view(system, cell, local, device->memories[i], BH_MAP_READ | BH_MAP_WRITE);
    }
    if (build_device_type(device, &type)) {
        build_value(system, cell, arena_format(&system->arena, "%s-type", name), type);
    }
}

void build_console(struct system *system)
{
    struct device *device = NULL;

    if (system->board.console != NULL) {
        device = build_find_device(system, system->board.console);
    }
    if (device != NULL) {
        device_make(system, device);
    }
}

static const char *device_name(const void *item)
{
    return ((const struct device *)item)->name;
}

struct device *build_device(struct system *system, struct cell *cell, const char *name)
{
    struct device *device = build_find_device(system, name);

    if (device == NULL) {
        fault(&system->faults, RULE_device_unknown, cell->path,
              "it asks for device '%s', which the board does not have (there is %s); correct the "
              "name, or add it to /board/devices",
              name, build_names(system, &system->board.devices, device_name));
        return NULL;
    }
    if (device->owner != NULL) {
        fault(&system->faults, RULE_device_shared, cell->path,
              "it asks for device '%s', which %s owns already; a device belongs to one cell, let "
              "the other call it",
              name, device->owner->path);
        return NULL;
    }
    device->owner = cell;
    device_make(system, device);
    return device;
}

void build_devices(struct system *system, struct cell *cell)
{
    if (cell->kind == CELL_WARDEN) {
        const struct device *console = NULL;
        if (system->board.console != NULL) {
            console = build_find_device(system, system->board.console);
        }
        if (console != NULL) {
            device_views(system, cell, console, "uart");
        }
        return;
    }
    for (unsigned i = 0; i < cell->devices.count; i++) {
        const struct name *name = &cell->devices.items[i];
        struct device *device = build_device(system, cell, name->target);
        if (device != NULL) {
            device_views(system, cell, device, name->local);
            build_irqs(system, cell, device, name->local, true);
        }
    }
}
