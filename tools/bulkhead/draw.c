/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of a system: a column for each cell, below it a lane for each thing that connects
 * cells, below those its RAM. A cell has a part in a lane where its column carries a mark. */
#include "tools/bulkhead/draw.h"

#include <stdarg.h>
#include <string.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/lane.h"

#define MARGIN    20u
#define GAP       18u /* between columns; the frame of a VM and its vmm needs 6 on each side */
#define FRAME     6u
#define TOP       74u
#define LINE      15u
#define PADDING   8u
#define LANE      22u
#define HEAD      30u
#define LINES_MAX 10u
#define LEAST     1100u /* width of the memory rows */

struct column {
    struct cell *cell;
    const char *lines[LINES_MAX]; /* the first is the name */
    unsigned line_count;
    unsigned x, width, bottom; /* bottom: where its line ends */
};

struct drawing {
    struct system *system;
    FILE *out;
    struct column *columns;
    unsigned count;
    unsigned labels;     /* width of the labels of lanes */
    unsigned box_height; /* of all cells */
    unsigned width, lanes_y, memory_y;
    struct lane_section sections[LANE_SECTIONS];
    struct draw_memory memory;
};

/* ---- what is said in a box ---- */

__attribute__((format(printf, 3, 4))) static void say(struct drawing *drawing,
                                                      struct column *column, const char *text, ...)
{
    char line[128];
    va_list list;

    va_start(list, text);
    vsnprintf(line, sizeof line, text, list);
    va_end(list);
    if (column->line_count < LINES_MAX) {
        column->lines[column->line_count++] = arena_copy(&drawing->system->arena, line);
    }
}

static void say_devices(struct drawing *drawing, struct column *column)
{
    const struct cell *cell = column->cell;

    for (unsigned i = 0; i < cell->devices.count; i++) {
        const char *name = cell->devices.items[i].target;
        const struct device *device = build_find_device(drawing->system, name);
        const char *text = arena_format(&drawing->system->arena, "device %s", name);
        for (unsigned k = 0; device != NULL && k < device->interrupts.count; k++) {
            text = arena_format(&drawing->system->arena, "%s%s %llu", text, k == 0 ? ", irq" : "",
                                (unsigned long long)device->interrupts.items[k]);
        }
        say(drawing, column, "%s", text);
    }
}

static void say_cell(struct drawing *drawing, struct column *column)
{
    const struct cell *cell = column->cell;
    char pool[SIZE_TEXT];
    char ram[SIZE_TEXT];

    say(drawing, column, "%s", cell->name);
    if (cell->kind == CELL_VM) {
        say(drawing, column, "VM, guest %s", cell->guest);
        say(drawing, column, "RAM %s", size_text(ram, cell->ram));
    } else {
        const char *slash = strrchr(cell->program, '/');
        say(drawing, column, "program %s", slash == NULL ? cell->program : slash + 1);
    }
    say(drawing, column, "priority %llu", (unsigned long long)cell->priority);
    if (board_core_count(&drawing->system->board) > 1) {
        say(drawing, column, "core %llu", (unsigned long long)cell->core);
    }
    if (cell->slice != 0) {
        say(drawing, column, "slice %llu us", (unsigned long long)cell->slice);
    }
    say(drawing, column, "pool %s", size_text(pool, cell->pool));
    say_devices(drawing, column);
    if (cell->restart) {
        say(drawing, column, "restarted");
    }
}

/* ---- where things are ---- */

static void column_add(struct drawing *drawing, struct cell *cell)
{
    drawing->columns[drawing->count++].cell = cell;
}

static bool comes_before(const struct cell *a, const struct cell *b)
{
    return a->priority > b->priority || (a->priority == b->priority && a->index < b->index);
}

/* Native cells by priority, each VM behind its vmm. */
static void place_cells(struct drawing *drawing)
{
    const struct list *cells = &drawing->system->cells;
    struct cell *last = NULL;

    for (unsigned k = 1; k < cells->count; k++) {
        struct cell *next = NULL;
        for (unsigned i = 1; i < cells->count; i++) {
            struct cell *cell = cells->items[i];
            if (cell->kind == CELL_NATIVE && (last == NULL || comes_before(last, cell)) &&
                (next == NULL || comes_before(cell, next))) {
                next = cell;
            }
        }
        if (next == NULL) {
            return;
        }
        column_add(drawing, next);
        if (next->vm != NULL) {
            column_add(drawing, next->vm);
        }
        last = next;
    }
}

static void place_labels(struct drawing *drawing)
{
    for (unsigned i = 0; i < LANE_SECTIONS; i++) {
        const struct list *lanes = &drawing->sections[i].lanes;
        unsigned title = svg_width(drawing->sections[i].title) + GAP;
        drawing->labels = title > drawing->labels ? title : drawing->labels;
        for (unsigned k = 0; k < lanes->count; k++) {
            const struct lane *lane = lanes->items[k];
            unsigned width = svg_width(lane->name) + svg_width(lane->detail) + 2 * GAP;
            drawing->labels = width > drawing->labels ? width : drawing->labels;
        }
    }
}

static void place_columns(struct drawing *drawing)
{
    unsigned x = MARGIN + drawing->labels + GAP;
    unsigned lines = 0;

    for (unsigned i = 0; i < drawing->count; i++) {
        struct column *column = &drawing->columns[i];
        say_cell(drawing, column);
        for (unsigned k = 0; k < column->line_count; k++) {
            unsigned width = svg_width(column->lines[k]) + 2 * PADDING;
            column->width = width > column->width ? width : column->width;
        }
        column->x = x;
        x += column->width + GAP;
        lines = column->line_count > lines ? column->line_count : lines;
    }
    drawing->box_height = lines * LINE + 2 * PADDING;
    drawing->lanes_y = TOP + drawing->box_height + GAP;
    drawing->width = x + MARGIN > LEAST + 2 * MARGIN ? x + MARGIN : LEAST + 2 * MARGIN;
}

/* Where a column's line ends: at the last lane in which it has a part. */
static void place_drops(struct drawing *drawing)
{
    unsigned y = drawing->lanes_y;

    for (unsigned i = 0; i < LANE_SECTIONS; i++) {
        const struct list *lanes = &drawing->sections[i].lanes;
        y += lanes->count != 0 ? HEAD : 0;
        for (unsigned k = 0; k < lanes->count; k++, y += LANE) {
            const struct lane *lane = lanes->items[k];
            for (unsigned n = 0; n < drawing->count; n++) {
                struct column *column = &drawing->columns[n];
                if (lane->marks[column->cell->index] != MARK_NONE) {
                    column->bottom = y + LANE / 2;
                }
            }
        }
    }
    drawing->memory_y = y + 2 * GAP;
}

/* ---- ink ---- */

static unsigned middle(const struct column *column)
{
    return column->x + column->width / 2;
}

static void draw_cell(const struct drawing *drawing, const struct column *column)
{
    svg_box(drawing->out, draw_class(column->cell),
            (struct svg_box){column->x, TOP, column->width, drawing->box_height});
    for (unsigned i = 0; i < column->line_count; i++) {
        svg_text(drawing->out, i == 0 ? SVG_CENTRE_BOLD : SVG_CENTRE, middle(column),
                 TOP + PADDING + i * LINE + 11, column->lines[i]);
    }
    if (column->cell->vm != NULL) { /* its VM is the next column */
        svg_box(drawing->out, "pair",
                (struct svg_box){column->x - FRAME, TOP - FRAME,
                                 column->width + GAP + column[1].width + 2 * FRAME,
                                 drawing->box_height + 2 * FRAME});
    }
}

static void draw_lane(const struct drawing *drawing, const struct lane *lane, unsigned y)
{
    static const char *const kinds[] = {[MARK_OWNER] = "owner",
                                        [MARK_USER] = "user",
                                        [MARK_END] = "end",
                                        [MARK_READ] = "read",
                                        [MARK_WRITE] = "write"};
    unsigned first = 0;
    unsigned last = 0;

    for (unsigned i = 0; i < drawing->count; i++) {
        const struct column *column = &drawing->columns[i];
        if (lane->marks[column->cell->index] != MARK_NONE) {
            first = first == 0 ? middle(column) : first;
            last = middle(column);
        }
    }
    svg_text(drawing->out, SVG_PLAIN, MARGIN + 4, y + 4, lane->name);
    svg_text(drawing->out, SVG_FAINT, MARGIN + GAP + svg_width(lane->name), y + 4, lane->detail);
    svg_line(drawing->out, "lane", (struct svg_box){first, y, last - first, 0});
    for (unsigned i = 0; i < drawing->count; i++) {
        const struct column *column = &drawing->columns[i];
        enum mark mark = lane->marks[column->cell->index];
        if (mark != MARK_NONE) {
            svg_mark(drawing->out, kinds[mark], middle(column), y);
        }
    }
}

/* Bands first, then the columns' lines, then the lanes on top of both. */
static void draw_lanes(const struct drawing *drawing, bool bands)
{
    unsigned y = drawing->lanes_y;
    unsigned width = drawing->width - 2 * MARGIN;

    for (unsigned i = 0; i < LANE_SECTIONS; i++) {
        const struct lane_section *section = &drawing->sections[i];
        if (section->lanes.count == 0) {
            continue;
        }
        if (!bands) {
            svg_text(drawing->out, SVG_BOLD, MARGIN, y + HEAD - 9, section->title);
        }
        y += HEAD;
        for (unsigned k = 0; k < section->lanes.count; k++, y += LANE) {
            if (!bands) {
                draw_lane(drawing, section->lanes.items[k], y + LANE / 2);
            } else if (k % 2 == 0) {
                svg_box(drawing->out, "band", (struct svg_box){MARGIN, y, width, LANE});
            }
        }
    }
}

static void draw_key(const struct drawing *drawing)
{
    static const struct {
        const char *kind;
        const char *text;
    } keys[] = {{"owner", "serves, receives"},
                {"user", "calls, sends, controls"},
                {"end", "end of a channel, writes"},
                {"read", "reads"}};
    unsigned x = MARGIN + 8;

    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        svg_mark(drawing->out, keys[i].kind, x, 50);
        svg_text(drawing->out, SVG_FAINT, x + 12, 54, keys[i].text);
        x += svg_width(keys[i].text) + 28;
    }
    svg_text(drawing->out, SVG_FAINT, x, 54,
             "cells from left to right by priority; a dashed frame: a VM and its vmm");
}

static void draw(const struct drawing *drawing, const char *title)
{
    FILE *out = drawing->out;
    unsigned end = drawing->memory_y + draw_memory_height(&drawing->memory) + MARGIN;

    svg_open(out, drawing->width, end);
    svg_text(out, SVG_TITLE, MARGIN, 28, title);
    draw_key(drawing);
    draw_lanes(drawing, true);
    for (unsigned i = 0; i < drawing->count; i++) {
        const struct column *column = &drawing->columns[i];
        unsigned top = TOP + drawing->box_height;
        if (column->bottom != 0) {
            svg_line(out, "drop", (struct svg_box){middle(column), top, 0, column->bottom - top});
        }
        draw_cell(drawing, column);
    }
    draw_lanes(drawing, false);
    draw_memory_rows(drawing->system, &drawing->memory, out,
                     (struct svg_box){MARGIN, drawing->memory_y, drawing->width - 2 * MARGIN, 0});
    svg_close(out);
}

void draw_system(struct system *system, FILE *out)
{
    struct arena *arena = &system->arena;
    unsigned count = system->cells.count;
    const char *slash = strrchr(system->options->source, '/');
    struct drawing drawing = {.system = system, .out = out};

    drawing.columns = arena_alloc(arena, count * sizeof(struct column));
    lanes_find(system, drawing.sections);
    drawing.memory = draw_memory_of(system);
    place_cells(&drawing);
    place_labels(&drawing);
    place_columns(&drawing);
    place_drops(&drawing);
    draw(&drawing,
         arena_format(arena, "%s on %s", slash == NULL ? system->options->source : slash + 1,
                      system->board.model == NULL ? "a board" : system->board.model));
}
