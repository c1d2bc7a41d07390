/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the picture that says who has how much RAM, and for what. */
#include <string.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/draw.h"
#include "tools/bulkhead/map.h"

#define ROW        20u
#define HEAD       26u
#define SIZE_X     200u /* columns, from the left */
#define BAR_X      290u
#define PARTS_X    600u
#define BAR_DOUBLE 14u /* pixels for each doubling of a page */

/* What one owner has. */
struct share {
    const char *owner;
    const char *class;
    uint64_t size;
    const char *parts; /* "stack 8 KiB, text 4 KiB" */
    struct map rows;
};

const char *draw_class(const struct cell *cell)
{
    return cell->kind == CELL_VM       ? "vm"
           : cell->kind == CELL_WARDEN ? "warden"
           : cell->vm != NULL          ? "vmm"
           : cell->devices.count != 0  ? "driver"
                                       : "native";
}

static bool is_spare(const struct map_row *row)
{
    return row->memory != NULL && row->memory->place == PLACE_FIXED;
}

static const char *class_of(struct system *system, const char *owner)
{
    const struct cell *cell = build_find_cell(system, owner);

    return cell != NULL                   ? draw_class(cell)
           : strcmp(owner, "shared") == 0 ? "shared"
           : strcmp(owner, "(free)") == 0 ? "spare"
                                          : "kernel";
}

static struct share *share_of(struct system *system, struct list *shares, const char *owner,
                              unsigned room)
{
    for (unsigned i = 0; i < shares->count; i++) {
        struct share *share = shares->items[i];
        if (strcmp(share->owner, owner) == 0) {
            return share;
        }
    }
    struct share *share = arena_alloc(&system->arena, sizeof *share);
    share->owner = owner;
    share->class = class_of(system, owner);
    share->parts = "";
    share->rows.rows = arena_alloc(&system->arena, room * sizeof(struct map_row));
    list_add(&system->arena, shares, share);
    return share;
}

/* Largest first; the sum of extents of one use. */
static void share_add(struct share *share, const struct map_row *row)
{
    struct map *map = &share->rows;
    unsigned at = 0;

    share->size += row->range.size;
    while (at < map->count && strcmp(map->rows[at].use, row->use) != 0) {
        at++;
    }
    if (at == map->count) {
        map->rows[map->count++] = *row;
    } else {
        map->rows[at].range.size += row->range.size;
    }
    struct map_row grown = map->rows[at];
    for (; at > 0 && map->rows[at - 1].range.size < grown.range.size; at--) {
        map->rows[at] = map->rows[at - 1];
    }
    map->rows[at] = grown;
}

struct draw_memory draw_memory_of(struct system *system)
{
    struct map map = map_of(system);
    struct list shares = {NULL, 0, 0};

    share_of(system, &shares, "kernel", map.count);
    for (unsigned i = 0; i < system->cells.count; i++) {
        share_of(system, &shares, ((struct cell *)system->cells.items[i])->name, map.count);
    }
    for (unsigned i = 0; i < map.count; i++) {
        const struct map_row *row = &map.rows[i];
        if (row->memory == NULL || row->memory->kind != BH_DEVICE) {
            const char *owner = is_spare(row) ? "(free)" : row->owner;
            share_add(share_of(system, &shares, owner, map.count), row);
        }
    }
    return (struct draw_memory){shares};
}

unsigned draw_memory_height(const struct draw_memory *memory)
{
    return HEAD + memory->shares.count * ROW;
}

static unsigned bar_of(uint64_t size)
{
    unsigned width = 4;

    for (; size > PAGE; size /= 2) {
        width += BAR_DOUBLE;
    }
    return width;
}

/* As many parts as there is room for. */
static const char *parts_of(struct system *system, const struct share *share, unsigned room)
{
    const char *text = "";
    char size[SIZE_TEXT];

    for (unsigned i = 0; i < share->rows.count; i++) {
        const struct map_row *row = &share->rows.rows[i];
        const char *more = arena_format(&system->arena, "%s%s%s %s", text, i == 0 ? "" : ", ",
                                        row->use, size_text(size, row->range.size));
        if (svg_width(more) > room) {
            return arena_format(&system->arena, "%s, ...", text);
        }
        text = more;
    }
    return text;
}

void draw_memory_rows(struct system *system, const struct draw_memory *memory, FILE *out,
                      struct svg_box place)
{
    char size[SIZE_TEXT];

    svg_text(out, SVG_BOLD, place.x, place.y + 14, "RAM: whose it is, and for what");
    svg_text(out, SVG_FAINT, place.x + BAR_X, place.y + 14, "(bar: logarithm of the size)");
    for (unsigned i = 0; i < memory->shares.count; i++) {
        const struct share *share = memory->shares.items[i];
        unsigned y = place.y + HEAD + i * ROW;
        if (i % 2 == 0) {
            svg_box(out, "band", (struct svg_box){place.x, y, place.width, ROW});
        }
        svg_text(out, SVG_PLAIN, place.x + 4, y + 14, share->owner);
        svg_text(out, SVG_PLAIN, place.x + SIZE_X, y + 14, size_text(size, share->size));
        svg_box(out, share->class,
                (struct svg_box){place.x + BAR_X, y + 4, bar_of(share->size), ROW - 8});
        svg_text(out, SVG_FAINT, place.x + PARTS_X, y + 14,
                 parts_of(system, share, place.width - PARTS_X - svg_width(", ...")));
    }
}
