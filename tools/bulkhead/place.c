/* SPDX-License-Identifier: Apache-2.0 */
/* Which physical address every memory gets: the image in one piece, then large things before
 * small. */
#include "tools/bulkhead/place.h"

#include <stdlib.h>
#include <string.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/cost.h"

static void space_delete(struct space *space, unsigned at)
{
    memmove(&space->free[at], &space->free[at + 1], (space->count - at - 1) * sizeof(struct range));
    space->count--;
}

static void space_insert(struct space *space, unsigned at, struct range range)
{
    memmove(&space->free[at + 1], &space->free[at], (space->count - at) * sizeof(struct range));
    space->free[at] = range;
    space->count++;
}

void space_remove(struct space *space, struct range range)
{
    uint64_t end = range.base + range.size;

    for (unsigned i = 0; i < space->count;) {
        struct range hole = space->free[i];
        uint64_t hole_end = hole.base + hole.size;
        if (hole_end <= range.base || hole.base >= end) {
            i++;
            continue;
        }
        space_delete(space, i);
        if (hole.base < range.base) {
            space_insert(space, i++, (struct range){hole.base, range.base - hole.base});
        }
        if (hole_end > end && space->count < space->room) {
            space_insert(space, i++, (struct range){end, hole_end - end});
        }
    }
}

bool space_take(struct space *space, uint64_t size, uint64_t alignment, uint64_t *base)
{
    uint64_t best = UINT64_MAX;

    for (unsigned i = 0; i < space->count; i++) {
        const struct range *hole = &space->free[i];
        uint64_t start = align_up(hole->base, alignment);
        if (start >= hole->base && start - hole->base <= hole->size &&
            hole->size - (start - hole->base) >= size && hole->size < best) {
            best = hole->size;
            *base = start;
        }
    }
    if (best != UINT64_MAX) {
        space_remove(space, (struct range){*base, size});
    }
    return best != UINT64_MAX;
}

uint64_t space_total(const struct space *space)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < space->count; i++) {
        total += space->free[i].size;
    }
    return total;
}

uint64_t space_largest(const struct space *space)
{
    uint64_t largest = 0;

    for (unsigned i = 0; i < space->count; i++) {
        largest = space->free[i].size > largest ? space->free[i].size : largest;
    }
    return largest;
}

/* At most one hole between any two extents, and one at each end of RAM, of what is reserved, of the
 * pool and of what only boot needs. */
static unsigned holes_most(const struct system *system)
{
    return system->memories.count + system->board.ram.count + system->board.reserved.count + 6;
}

uint64_t place_info_size(const struct system *system)
{
    return align_up(sizeof(struct boot_info) +
                        (system->memories.count + holes_most(system)) * sizeof(struct boot_extent) +
                        system->irqs.count * sizeof(struct boot_irq) +
                        board_core_count(&system->board) * sizeof(struct boot_core),
                    PAGE);
}

/* Puts either what is mapped page by page or what is mapped in blocks into the image from 'at' on;
 * returns the end. */
static uint64_t place_pieces(struct system *system, bool blocks, uint64_t at)
{
    for (unsigned i = 0; i < system->memories.count; i++) {
        struct memory *memory = system->memories.items[i];
        if (memory->place == PLACE_IMAGE && memory->aligned == blocks) {
            memory->base = blocks ? align_up(at, BLOCK) : at;
            at = memory->base + memory->size;
        }
    }
    return at;
}

/* What is loaded is not free; the gaps between large pieces are, as soon as the kernel runs. */
static void remove_image(const struct system *system, struct space *space, uint64_t small)
{
    space_remove(space, (struct range){system->board.load, small});
    for (unsigned i = 0; i < system->memories.count; i++) {
        const struct memory *memory = system->memories.items[i];
        if (memory->place == PLACE_IMAGE) {
            space_remove(space, (struct range){memory->base, memory->size});
        }
    }
}

/* The last piece of a guest's RAM need not be there to its end. */
static uint64_t file_size(const struct system *system, uint64_t small)
{
    uint64_t end = small;

    for (unsigned i = 0; i < system->memories.count; i++) {
        const struct memory *memory = system->memories.items[i];
        uint64_t size = memory->rough ? align_up(memory->byte_count, PAGE) : memory->size;
        uint64_t last = memory->base - system->board.load + size;
        if (memory->place == PLACE_IMAGE && last > end) {
            end = last;
        }
    }
    return end;
}

/* What is free again when the kernel has booted: its own code for that, and boot_info. */
static struct range boot_part(const struct system *system)
{
    uint64_t end = align_up(system->kernel_size, PAGE) + place_info_size(system);

    return (struct range){system->board.load + system->kernel_resident,
                          end - system->kernel_resident};
}

static bool place_image(struct system *system, struct space *space)
{
    const struct board *board = &system->board;
    uint64_t head = align_up(system->kernel_size, PAGE) + place_info_size(system);
    uint64_t small = place_pieces(system, false, board->load + head) - board->load;
    uint64_t size = place_pieces(system, true, board->load + small) - board->load;
    char image[SIZE_TEXT];
    char room[SIZE_TEXT];

    system->image_size = size;
    system->file_size = file_size(system, small);
    for (unsigned i = 0; i < space->count; i++) {
        const struct range *hole = &space->free[i];
        if (board->load >= hole->base && board->load - hole->base < hole->size) {
            uint64_t left = hole->size - (board->load - hole->base);
            if (left >= size) {
                remove_image(system, space, small);
                return true;
            }
            fault(&system->faults, RULE_image_large, board->path,
                  "the image has %s (%s), and from its load address 0x%llx there are only %s of "
                  "RAM; make programs or guests smaller",
                  size_text(image, size), place_owners(system, true),
                  (unsigned long long)board->load, size_text(room, left));
            return false;
        }
    }
    return false; /* said already: the load address is not in RAM */
}

static void space_add(struct space *space, struct range range)
{
    unsigned at = 0;

    while (at < space->count && space->free[at].base < range.base) {
        at++;
    }
    space_insert(space, at, range);
}

static bool space_has(const struct space *space, struct range range)
{
    for (unsigned i = 0; i < space->count; i++) {
        const struct range *hole = &space->free[i];
        if (hole->base <= range.base && range.base + range.size <= hole->base + hole->size) {
            return true;
        }
    }
    return false;
}

/* The kernel maps pages only in the 2 MiB that it is in, everything else in blocks: a small pool is
 * there, or it has 2 MiB. */
static bool place_pool(struct system *system, struct space *space)
{
    uint64_t near = system->board.load & ~(BLOCK - 1);
    struct range pool = {near, system->pool.size};

    for (; pool.base + pool.size < near + BLOCK; pool.base += pool.size) {
        if (space_has(space, pool)) {
            space_remove(space, pool);
            system->pool = pool;
            return true;
        }
    }
    system->pool.size = pool.size < BLOCK ? BLOCK : pool.size;
    return space_take(space, system->pool.size, system->pool.size, &system->pool.base);
}

static int by_size(const void *a, const void *b)
{
    const struct memory *const *x = a;
    const struct memory *const *y = b;

    return (*x)->size < (*y)->size ? 1 : (*x)->size > (*y)->size ? -1 : 0;
}

static void place_ram(struct system *system, struct space *space)
{
    struct memory **order =
        arena_alloc(&system->arena, (system->memories.count + 1) * sizeof(struct memory *));
    unsigned count = 0;

    for (unsigned i = 0; i < system->memories.count; i++) {
        struct memory *memory = system->memories.items[i];
        if (memory->place == PLACE_RAM) {
            order[count++] = memory;
        }
    }
    qsort(order, count, sizeof *order, by_size);
    for (unsigned i = 0; i < count; i++) {
        if (!space_take(space, order[i]->size, order[i]->aligned ? BLOCK : PAGE, &order[i]->base)) {
            place_full(system, space, order[i]);
        }
    }
}

static void place_spare(struct system *system, const struct space *space)
{
    struct cell *warden = system->cells.items[0];

    for (unsigned i = 0; i < space->count; i++) {
        struct memory *memory = build_memory(system, warden, "spare", space->free[i].size);
        memory->place = PLACE_FIXED;
        memory->base = space->free[i].base;
        memory->object.slot = system->warden_slots++;
    }
}

void place_system(struct system *system)
{
    const struct board *board = &system->board;
    struct space space = {.room = 2 * holes_most(system) + 2};
    char size[SIZE_TEXT];
    char total[SIZE_TEXT];
    char hole[SIZE_TEXT];

    space.free = arena_alloc(&system->arena, space.room * sizeof(struct range));
    for (unsigned i = 0; i < board->ram.count; i++) {
        space_add(&space, board->ram.items[i]);
    }
    for (unsigned i = 0; i < board->reserved.count; i++) {
        space_remove(&space, board->reserved.items[i]);
    }
    space_remove(&space, PLACE_NOWHERE);
    if (!place_image(system, &space)) {
        return;
    }
    cost_root(system, system->memories.count + holes_most(system));
    if (system->faults.count == 0 && !place_pool(system, &space)) {
        fault(&system->faults, RULE_memory_full, "/kernel",
              "no place for its pool of %s is left at a multiple of that: of %s, the largest piece "
              "has %s; give the board more RAM, or the cells smaller pools",
              size_text(size, system->pool.size), size_text(total, space_total(&space)),
              size_text(hole, space_largest(&space)));
    }
    space_add(&space, boot_part(system)); /* behind the pool's place: it is written in boot */
    place_ram(system, &space);
    if (system->faults.count == 0) {
        place_spare(system, &space);
    }
}
