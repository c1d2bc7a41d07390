/* SPDX-License-Identifier: Apache-2.0 */
/* Plans as a picture: a Gantt chart of one frame each, a row for each cell. */
#include <string.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/draw.h"
#include "tools/bulkhead/partition.h"
#include "tools/bulkhead/svg.h"

#define MARGIN 20
#define LABEL  200 /* of names, left of the frame */
#define FRAME  900
#define ROW    22
#define HEAD   44 /* a plan's title and the names of its windows */
#define FOOT   40 /* its scale, and some space */

typedef unsigned long long ull;

/* A plan's place in the picture. */
struct chart {
    struct system *system;
    const struct time_plan *plan;
    FILE *out;
    unsigned top;
};

static unsigned x_of(const struct chart *chart, uint64_t microseconds)
{
    return MARGIN + LABEL + (unsigned)(microseconds * FRAME / chart->plan->frame);
}

/* The cells of a plan's core. */
static bool has_row(const struct chart *chart, const struct cell *cell)
{
    return cell->kind != CELL_WARDEN && partition_has_core(cell, chart->plan->core);
}

static unsigned rows_of(const struct chart *chart)
{
    unsigned rows = 0;

    for (unsigned i = 0; i < chart->system->cells.count; i++) {
        rows += has_row(chart, chart->system->cells.items[i]);
    }
    return rows;
}

static unsigned height_of(const struct chart *chart)
{
    return HEAD + rows_of(chart) * ROW + FOOT;
}

static void draw_row(const struct chart *chart, const struct cell *cell, unsigned y)
{
    svg_box(chart->out, "band", (struct svg_box){MARGIN + LABEL, y, FRAME, ROW - 4});
    svg_text(chart->out, SVG_PLAIN, MARGIN, y + 13, cell->name);
    for (unsigned i = 0; i < chart->plan->windows.count; i++) {
        const struct window *window = chart->plan->windows.items[i];
        unsigned x = x_of(chart, window->at);
        if (partition_admits(chart->plan, window, cell)) {
            unsigned end = x_of(chart, window->at + window->length);
            svg_box(chart->out, draw_class(cell), (struct svg_box){x, y, end - x, ROW - 4});
        }
    }
}

/* Names of windows above, where they fit; a line where each begins, and when that is below. */
static void draw_windows(const struct chart *chart, unsigned bottom)
{
    unsigned top = chart->top + HEAD, named = 0, timed = 0;

    for (unsigned i = 0; i <= chart->plan->windows.count; i++) {
        bool end = i == chart->plan->windows.count;
        const struct window *window = end ? NULL : chart->plan->windows.items[i];
        uint64_t at = end ? chart->plan->frame : window->at;
        const char *when = arena_format(&chart->system->arena, "%llu us", (ull)at);
        unsigned x = x_of(chart, at);
        svg_line(chart->out, "drop", (struct svg_box){x, top, 0, bottom - top});
        if (x >= timed) {
            svg_text(chart->out, SVG_FAINT, x, bottom + 14, when);
            timed = x + svg_width(when) + 4;
        }
        if (!end && x >= named) {
            svg_text(chart->out, SVG_FAINT, x, top - 6, window->name);
            named = x + svg_width(window->name) + 4;
        }
    }
}

static void draw_plan(const struct chart *chart)
{
    unsigned y = chart->top + HEAD;
    const struct time_plan *plan = chart->plan;

    svg_text(chart->out, SVG_BOLD, MARGIN, chart->top + 14,
             arena_format(&chart->system->arena, "%s: core %llu, a frame of %llu us%s", plan->name,
                          (ull)plan->core, (ull)plan->frame,
                          plan->starts ? ", from the start" : ""));
    for (unsigned i = 0; i < chart->system->cells.count; i++) {
        const struct cell *cell = chart->system->cells.items[i];
        if (has_row(chart, cell)) {
            draw_row(chart, cell, y);
            y += ROW;
        }
    }
    draw_windows(chart, y);
}

void draw_partitions(struct system *system, FILE *out)
{
    struct chart chart = {.system = system, .out = out, .top = MARGIN};
    unsigned height = 2 * MARGIN;

    for (unsigned i = 0; i < system->plans.count; i++) {
        chart.plan = system->plans.items[i];
        height += height_of(&chart);
    }
    svg_open(out, 2 * MARGIN + LABEL + FRAME + 60, height);
    for (unsigned i = 0; i < system->plans.count; i++) {
        chart.plan = system->plans.items[i];
        draw_plan(&chart);
        chart.top += height_of(&chart);
    }
    svg_close(out);
}
