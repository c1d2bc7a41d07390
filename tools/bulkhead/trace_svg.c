/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as a picture: for each core a row for each thread, time to the right, the windows of a
 * plan as bands. */
#include "tools/bulkhead/svg.h"
#include "tools/bulkhead/trace.h"

enum {
    MARGIN = 16,
    LABELS = 180,
    CHART = 1200,
    TOP = 76,
    ROW = 22,
    BAR = 14,
    HEAD = 26,
    AXIS = 20
};

struct picture {
    struct trace *trace;
    FILE *out;
    struct list spans, tracks;
    uint64_t begin, length; /* ticks */
    unsigned y;
};

static unsigned x_of(const struct picture *picture, uint64_t time)
{
    uint64_t ticks = time < picture->begin ? 0 : time - picture->begin;

    ticks = ticks > picture->length ? picture->length : ticks;
    return MARGIN + LABELS + (unsigned)((double)ticks * CHART / (double)picture->length);
}

static unsigned rows_of(const struct picture *picture, unsigned core)
{
    unsigned rows = 0;

    for (unsigned i = 0; i < picture->tracks.count; i++) {
        rows += ((const struct trace_span *)picture->tracks.items[i])->core == core;
    }
    return rows;
}

/* 1, 2 or 5 times a power of ten: about twelve of them are the picture. */
static uint64_t step_of(uint64_t nanoseconds)
{
    static const unsigned char factors[] = {1, 2, 5};
    uint64_t ten = 1;

    for (unsigned i = 0;; i = (i + 1) % 3) {
        if (factors[i] * ten >= nanoseconds / 12 || ten > UINT64_MAX / 100) {
            return factors[i] * ten;
        }
        ten *= i == 2 ? 10 : 1;
    }
}

static void draw_axis(struct picture *picture, unsigned bottom)
{
    uint64_t begin = trace_nanoseconds(picture->trace, picture->begin);
    uint64_t total = trace_nanoseconds(picture->trace, picture->begin + picture->length) - begin;
    uint64_t step = step_of(total), first = (begin + step - 1) / step;

    for (uint64_t i = first; i <= (begin + total) / step; i++) {
        uint64_t at = i * step;
        unsigned x = MARGIN + LABELS +
                     (unsigned)((double)(at - begin) * CHART / (double)(total + (total == 0)));
        svg_line(picture->out, "drop", (struct svg_box){x, TOP - 6, 0, bottom - TOP + 6});
        svg_text(picture->out, SVG_CENTRE, x, TOP - 10,
                 arena_format(&picture->trace->arena, step % 1000 == 0 ? "%llu us" : "%llu ns",
                              (unsigned long long)(step % 1000 == 0 ? at / 1000 : at)));
    }
}

/* A window is known from the threads that begin to run in it; where it begins, only if it follows
 * one that is known. */
static void draw_windows(struct picture *picture, unsigned core, unsigned height)
{
    uint64_t last = 0; /* word b of the window before */

    for (unsigned i = 0; i < picture->spans.count; i++) {
        const struct trace_span *span = picture->spans.items[i];
        if (span->core != core || span->in == NULL || span->in->record.b == 0 ||
            span->in->record.b == last) {
            continue;
        }
        uint64_t word = span->in->record.b;
        bool next = last != 0 && BH_TRACE_WINDOW(last) + 1 == BH_TRACE_WINDOW(word);
        unsigned from = x_of(picture, next ? BH_TRACE_WINDOW_END(last) : span->from);
        unsigned to = x_of(picture, BH_TRACE_WINDOW_END(word));
        last = word;
        if (to > from) {
            svg_box(picture->out, "shared", (struct svg_box){from, picture->y, to - from, height});
            svg_text(picture->out, SVG_FAINT, from + 2, picture->y - 4,
                     to - from < 14
                         ? ""
                         : arena_format(&picture->trace->arena, "%u", BH_TRACE_WINDOW(word)));
        }
    }
}

static void draw_spans(struct picture *picture, const struct trace_span *track)
{
    for (unsigned i = 0; i < picture->spans.count; i++) {
        const struct trace_span *span = picture->spans.items[i];
        if (span->core == track->core && span->thread == track->thread) {
            unsigned from = x_of(picture, span->from), to = x_of(picture, span->to);
            bool lent = span->in != NULL && span->in->record.a == BH_TRACE_OTHER;
            svg_box(picture->out, lent ? "lent" : "run",
                    (struct svg_box){from, picture->y + (ROW - BAR) / 2, to > from ? to - from : 1,
                                     BAR});
        }
    }
}

/* The line that an event gets; NULL: none. */
static const char *mark_of(unsigned event)
{
    switch (event) {
    case BH_TRACE_FAULT:
    case BH_TRACE_EXHAUSTED:
        return "alarm";
    case BH_TRACE_IRQ:
    case BH_TRACE_WAKE:
        return "note";
    default:
        return NULL;
    }
}

static void draw_marks(struct picture *picture, const struct trace_span *track)
{
    for (unsigned i = 0; i < picture->trace->entries.count; i++) {
        const struct trace_entry *entry = picture->trace->entries.items[i];
        const char *mark = mark_of(entry->record.event);
        unsigned x = x_of(picture, entry->record.time);
        if (mark != NULL && entry->record.core == track->core && entry->thread == track->thread) {
            svg_line(picture->out, mark, (struct svg_box){x, picture->y + 1, 0, ROW - 2});
        }
    }
}

static void draw_core(struct picture *picture, unsigned core)
{
    unsigned height = rows_of(picture, core) * ROW;

    svg_text(picture->out, SVG_BOLD, MARGIN, picture->y + HEAD - 9,
             arena_format(&picture->trace->arena, "core %u", core));
    picture->y += HEAD;
    draw_windows(picture, core, height);
    for (unsigned i = 0; i < picture->tracks.count; i++) {
        const struct trace_span *track = picture->tracks.items[i];
        if (track->core == core) {
            svg_text(picture->out, SVG_PLAIN, MARGIN, picture->y + 15,
                     trace_thread_name(picture->trace, track->thread));
            svg_line(picture->out, "drop",
                     (struct svg_box){MARGIN + LABELS, picture->y + ROW, CHART, 0});
            draw_spans(picture, track);
            draw_marks(picture, track);
            picture->y += ROW;
        }
    }
}

void trace_write_svg(struct trace *trace, FILE *out)
{
    struct list spans = trace_spans(trace);
    const struct trace_entry *first = trace->entries.items[0];
    const struct trace_entry *last = trace->entries.items[trace->entries.count - 1];
    uint64_t length = last->record.time - first->record.time;
    struct picture picture = {.trace = trace,
                              .out = out,
                              .spans = spans,
                              .tracks = trace_tracks(trace, spans),
                              .begin = first->record.time,
                              .length = length == 0 ? 1 : length,
                              .y = TOP};
    unsigned bottom = TOP + trace->cores * HEAD + picture.tracks.count * ROW + AXIS;

    svg_open(out, LABELS + CHART + 4 * MARGIN, bottom + MARGIN);
    svg_text(out, SVG_TITLE, MARGIN, 28, "What ran when");
    svg_text(out, SVG_FAINT, MARGIN, 48,
             arena_format(&trace->arena,
                          "dark: on its own budget; light: for somebody else; red: faults and used "
                          "up budgets; green: wake-ups and interrupts; %llu records lost",
                          (unsigned long long)trace->lost));
    draw_axis(&picture, bottom);
    for (unsigned core = 0; core < trace->cores; core++) {
        draw_core(&picture, core);
    }
    svg_close(out);
}
