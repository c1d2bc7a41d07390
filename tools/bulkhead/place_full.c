/* SPDX-License-Identifier: Apache-2.0 */
/* What is said when RAM is not enough: what was asked, what is free, where the rest went. */
#include <stdlib.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/place.h"

#define NAMED 5 /* owners at most */

struct use {
    const char *owner;
    uint64_t size;
};

static int by_size(const void *a, const void *b)
{
    const struct use *x = a;
    const struct use *y = b;

    return x->size < y->size ? 1 : x->size > y->size ? -1 : 0;
}

static bool counts(const struct memory *memory, bool image)
{
    return memory->base != 0 &&
           (memory->place == PLACE_IMAGE || (memory->place == PLACE_RAM && !image));
}

const char *place_owners(struct system *system, bool image)
{
    struct use *uses = arena_alloc(&system->arena, (system->cells.count + 2) * sizeof *uses);
    unsigned count = system->cells.count;
    char size[SIZE_TEXT];
    char *text = arena_copy(&system->arena, "");

    for (unsigned i = 0; i < count; i++) {
        uses[i].owner = ((const struct cell *)system->cells.items[i])->name;
    }
    uses[count] = (struct use){"shared", 0};
    uses[count + 1] = (struct use){"kernel", system->kernel_size};
    uses[count + 1].size += image ? place_info_size(system) : system->pool.size;
    for (unsigned i = 0; i < system->memories.count; i++) {
        const struct memory *memory = system->memories.items[i];
        if (counts(memory, image)) {
            uses[memory->owner == NULL ? count : memory->owner->index].size += memory->size;
        }
    }
    qsort(uses, count + 2, sizeof *uses, by_size);
    for (unsigned i = 0; i < NAMED && i < count + 2 && uses[i].size != 0; i++) {
        text = arena_format(&system->arena, "%s%s%s %s", text, i == 0 ? "" : ", ", uses[i].owner,
                            size_text(size, uses[i].size));
    }
    return text;
}

void place_full(struct system *system, const struct space *space, const struct memory *memory)
{
    char size[SIZE_TEXT];
    char total[SIZE_TEXT];
    char hole[SIZE_TEXT];

    fault(
        &system->faults, RULE_memory_full, memory->path,
        "memory '%s' of %s does not fit: %s of RAM left, the largest hole %s (where it went: %s); "
        "make one of them smaller, or give the board more RAM",
        memory->use, size_text(size, memory->size), size_text(total, space_total(space)),
        size_text(hole, space_largest(space)), place_owners(system, false));
}
