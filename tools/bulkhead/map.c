/* SPDX-License-Identifier: Apache-2.0 */
/* Whose every byte is: what the tool has placed, what the kernel and the firmware have. */
#include "tools/bulkhead/map.h"

#include <stdlib.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/place.h"

#define ROWS_OF_KERNEL 3 /* program, pool; and the page of null pointers */

static int row_order(const void *a, const void *b)
{
    const struct map_row *x = a;
    const struct map_row *y = b;

    return x->range.base < y->range.base ? -1 : x->range.base > y->range.base ? 1 : 0;
}

static void map_add(struct map *map, struct range range, const char *owner, const char *use)
{
    map->rows[map->count++] = (struct map_row){range, owner, use, NULL};
}

static void map_board(const struct board *board, struct map *map)
{
    for (unsigned i = 0; i < board->reserved.count; i++) {
        map_add(map, board->reserved.items[i], "firmware", "reserved");
    }
    for (unsigned i = 0; i < board->ram.count; i++) {
        if (board->ram.items[i].base == 0) {
            map_add(map, PLACE_NOWHERE, "nobody", "null pointers");
        }
    }
}

static void map_memory(const struct memory *memory, struct map *map)
{
    const char *owner = memory->kind == BH_DEVICE ? "board"
                        : memory->owner == NULL   ? "shared"
                                                  : memory->owner->name;

    map_add(map, (struct range){memory->base, memory->size}, owner, memory->use);
    map->rows[map->count - 1].memory = memory;
}

struct map map_of(struct system *system)
{
    const struct board *board = &system->board;
    unsigned room = system->memories.count + board->reserved.count + ROWS_OF_KERNEL;
    struct map map = {arena_alloc(&system->arena, room * sizeof(struct map_row)), 0};

    map_add(&map, (struct range){board->load, system->kernel_resident}, "kernel", "code and data");
    map_add(&map, system->pool, "kernel", "root pool");
    map_board(board, &map);
    for (unsigned i = 0; i < system->memories.count; i++) {
        map_memory(system->memories.items[i], &map);
    }
    qsort(map.rows, map.count, sizeof(struct map_row), row_order);
    return map;
}
