/* SPDX-License-Identifier: Apache-2.0 */
/* What connects cells, found from who holds which capability. */
#include "tools/bulkhead/lane.h"

#include <string.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/rights.h"

static struct lane *lane_add(struct system *system, struct list *lanes, const char *name,
                             const char *detail)
{
    struct lane *lane = arena_alloc(&system->arena, sizeof *lane);

    lane->name = name;
    lane->detail = detail;
    lane->marks = arena_alloc(&system->arena, system->cells.count * sizeof(enum mark));
    list_add(&system->arena, lanes, lane);
    return lane;
}

static void lane_mark(struct lane *lane, const struct cell *cell, enum mark mark)
{
    if (cell != NULL && lane->marks[cell->index] < mark) {
        lane->marks[cell->index] = mark;
    }
}

/* Everybody who holds a capability to the object; badge 0: with whatever badge. */
static void mark_holders(struct system *system, struct lane *lane, const struct object *object,
                         uint64_t badge)
{
    for (unsigned i = 1; i < system->cells.count; i++) {
        const struct cell *cell = system->cells.items[i];
        for (unsigned k = 0; k < cell->caps.count && lane->marks[i] == MARK_NONE; k++) {
            const struct cap *cap = cell->caps.items[k];
            if (cap->object == object && (badge == 0 || cap->badge == badge)) {
                lane->marks[i] = MARK_USER;
            }
        }
    }
}

static void find_calls(struct system *system, struct list *lanes)
{
    for (unsigned i = 0; i < system->endpoints.count; i++) {
        struct endpoint *endpoint = system->endpoints.items[i];
        struct lane *lane = lane_add(system, lanes, endpoint->object.name, "");
        lane_mark(lane, endpoint->server, MARK_OWNER);
        mark_holders(system, lane, &endpoint->object, 0);
        for (unsigned k = 1; k < system->cells.count; k++) {
            const struct cell *vm = system->cells.items[k];
            if (vm->handler == endpoint) {
                lane_mark(lane, vm, MARK_USER);
            }
        }
    }
}

static const char *size_of(struct system *system, uint64_t size)
{
    char text[SIZE_TEXT];

    return arena_copy(&system->arena, size_text(text, size));
}

static void find_channels(struct system *system, struct list *lanes)
{
    for (unsigned i = 0; i < system->channels.count; i++) {
        const struct shared *channel = system->channels.items[i];
        struct lane *lane = lane_add(system, lanes, channel->name, size_of(system, channel->size));
        for (unsigned k = 0; k < channel->ends.count; k++) {
            lane_mark(lane, build_find_cell(system, channel->ends.items[k].target), MARK_END);
        }
    }
}

static void find_memories(struct system *system, struct list *lanes)
{
    for (unsigned i = 0; i < system->shareds.count; i++) {
        const struct shared *shared = system->shareds.items[i];
        struct lane *lane = lane_add(system, lanes, shared->name, size_of(system, shared->size));
        for (unsigned k = 1; k < system->cells.count && shared->memory != NULL; k++) {
            const struct cell *cell = system->cells.items[k];
            for (unsigned n = 0; n < cell->caps.count; n++) {
                const struct cap *cap = cell->caps.items[n];
                if (cap->object == &shared->memory->object) {
                    bool writes = (cap->rights & BH_MEMORY_WRITE) != 0;
                    lane_mark(lane, cell, writes ? MARK_WRITE : MARK_READ);
                }
            }
        }
    }
}

static void find_signals(struct system *system, struct list *lanes)
{
    for (unsigned i = 0; i < system->notices.count; i++) {
        const struct notice *notice = system->notices.items[i];
        struct lane *lane = lane_add(system, lanes, notice->name, "");
        lane_mark(lane, notice->receiver, MARK_OWNER);
        mark_holders(system, lane, notice->wake.signal, notice->wake.badge);
    }
}

static void find_lines(struct system *system, struct list *lanes)
{
    for (unsigned i = 0; i < system->lines.count; i++) {
        const struct object *object = system->lines.items[i];
        const char *name = arena_format(&system->arena, "%s %llu", object->owner->name,
                                        (unsigned long long)object->number);
        struct lane *lane = lane_add(system, lanes, name, "");
        lane_mark(lane, object->owner, MARK_OWNER);
        mark_holders(system, lane, object, 0);
    }
}

/* "cell, thread": what the holder has of another cell itself; "" for nothing. */
static const char *held(struct system *system, const struct cell *holder, const struct cell *other)
{
    const char *text = "";

    for (unsigned i = 0; i < holder->caps.count; i++) {
        const struct object *object = ((const struct cap *)holder->caps.items[i])->object;
        if (object == &other->cell_object || object == &other->processors[0].thread) {
            text = arena_format(&system->arena, "%s%s%s", text, *text == 0 ? "" : ", ",
                                type_name(object->type));
        }
    }
    return text;
}

static void find_control(struct system *system, struct list *lanes)
{
    for (unsigned i = 1; i < system->cells.count; i++) {
        const struct cell *holder = system->cells.items[i];
        for (unsigned k = 1; k < system->cells.count; k++) {
            const struct cell *other = system->cells.items[k];
            const char *what = i == k ? "" : held(system, holder, other);
            if (*what != 0) {
                struct lane *lane = lane_add(system, lanes, other->name, what);
                lane_mark(lane, other, MARK_OWNER);
                lane_mark(lane, holder, MARK_USER);
            }
        }
    }
}

void lanes_find(struct system *system, struct lane_section sections[LANE_SECTIONS])
{
    static const struct {
        const char *title;
        void (*find)(struct system *system, struct list *lanes);
    } kinds[LANE_SECTIONS] = {
        {"Calls", find_calls},
        {"Channels", find_channels},
        {"Shared memory", find_memories},
        {"Signals", find_signals},
        {"Virtual interrupts", find_lines},
        {"Control", find_control},
    };

    for (unsigned i = 0; i < LANE_SECTIONS; i++) {
        sections[i] = (struct lane_section){kinds[i].title, {NULL, 0, 0}};
        kinds[i].find(system, &sections[i].lanes);
    }
}
