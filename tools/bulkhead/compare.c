/* SPDX-License-Identifier: Apache-2.0 */
/* Whether cells ran as the plan of their core says: a trace against a description.
 *
 * One record says when the frame began; from then on only the description's numbers count, for the
 * whole trace. So windows that drift, a thread outside of its windows, and, if the cells are said
 * to be busy, a window that is not its cells' from begin to end, are each a sentence. */
#include "tools/bulkhead/compare.h"

#include <stdarg.h>

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/partition.h"
#include "tools/bulkhead/trace.h"

#define SENTENCES 10 /* that are written, of those that could be */

#define TURNS_MOST 30000000 /* that are looked at, one by one: three days of 10 ms each */

typedef unsigned long long ull;

/* What became of a turn in all frames; ticks. */
struct account {
    bool expected;   /* a traced cell has it by its name */
    uint64_t frames; /* in which it was seen from begin to end */
    uint64_t late;   /* its cells began, at most, behind its begin */
    uint64_t least;  /* that its cells had of it */
    uint64_t over;   /* its cells went on behind its end, at most */
};

struct comparison {
    struct system *system;
    struct trace *trace;
    const struct time_plan *plan;
    struct turn turns[BH_PLAN_WINDOWS];
    struct account accounts[BH_PLAN_WINDOWS];
    unsigned count;
    uint64_t frame;  /* ticks */
    uint64_t origin; /* when a frame began, 0: not known yet */
    uint64_t limit;  /* ticks */
    uint64_t end;    /* of the trace of this core */

    /* the turn that is being looked at: its number from the origin on */
    uint64_t now;
    uint64_t used, began; /* of it by its cells so far, and since when; 0: not yet */
    unsigned wrong;
};

__attribute__((format(printf, 3, 4))) static void wrong(struct comparison *c, uint64_t time,
                                                        const char *format, ...)
{
    va_list list;

    if (c->wrong++ >= SENTENCES) {
        return;
    }
    fprintf(stderr, "bulkhead: plan '%s', %llu ns of the trace: ", c->plan->name,
            (ull)trace_nanoseconds(c->trace, time));
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fprintf(stderr, "\n");
}

static ull duration(const struct comparison *c, uint64_t ticks)
{
    return (ull)trace_duration(c->trace, ticks);
}

static const char *turn_name(const struct turn *turn)
{
    return turn->window == NULL ? "(nobody's)" : turn->window->name;
}

/* ---- turns since the origin ---- */

static uint64_t turn_begin(const struct comparison *c, uint64_t number)
{
    return c->origin + number / c->count * c->frame + c->turns[number % c->count].from;
}

static uint64_t turn_end(const struct comparison *c, uint64_t number)
{
    return c->origin + number / c->count * c->frame + c->turns[number % c->count].to;
}

static uint64_t turn_at(const struct comparison *c, uint64_t time)
{
    uint64_t number = (time - c->origin) / c->frame * c->count;

    while (turn_end(c, number) <= time) {
        number++;
    }
    return number;
}

static bool admits(const struct comparison *c, uint64_t number, const struct cell *cell)
{
    const struct window *window = c->turns[number % c->count].window;

    return window != NULL && partition_admits(c->plan, window, cell);
}

/* ---- accounts ---- */

static struct cell *cell_of(const struct comparison *c, unsigned number)
{
    return build_find_cell(c->system, trace_cell_name(c->trace, number));
}

/* A traced cell has the window by its name. */
static bool is_expected(const struct comparison *c, const struct turn *turn)
{
    for (unsigned i = 0; turn->window != NULL && i < c->trace->cells.count; i++) {
        const struct trace_cell *traced = c->trace->cells.items[i];
        const struct cell *cell = cell_of(c, traced->number);
        if (cell->groups[c->plan->core] != 0 && partition_has_core(cell, c->plan->core) &&
            partition_admits(c->plan, turn->window, cell)) {
            return true;
        }
    }
    return false;
}

/* Nothing more happens in the turn that is looked at. */
static void close_turn(struct comparison *c)
{
    const struct turn *turn = &c->turns[c->now % c->count];
    struct account *account = &c->accounts[c->now % c->count];
    uint64_t begin = turn_begin(c, c->now), length = turn->to - turn->from;

    if (account->expected && turn_end(c, c->now) <= c->end) {
        uint64_t late = c->began == 0 ? length : c->began - begin;
        account->least =
            account->frames == 0 || c->used < account->least ? c->used : account->least;
        account->late = late > account->late ? late : account->late;
        account->frames++;
        if (c->system->options->busy && c->used + c->limit < length) {
            wrong(c, begin, "its cells had %llu of the %llu ns of window '%s', which begins then",
                  duration(c, c->used), duration(c, length), turn_name(turn));
        }
    }
    c->now++;
    c->used = c->began = 0;
}

static void advance(struct comparison *c, uint64_t number)
{
    while (c->now < number) {
        close_turn(c);
    }
}

/* A server runs on its callers' time, in their windows. */
static bool is_own(const struct trace_span *span)
{
    return span->in == NULL || span->in->record.a != BH_TRACE_OTHER;
}

/* A thread ran in a part of a turn that admits it, or behind its own: on from there, or the timer
 * was late and it began when its window was just over. */
static void count_part(struct comparison *c, const struct trace_span *span, struct range part)
{
    const struct cell *cell = cell_of(c, span->thread->cell);
    struct account *before = &c->accounts[(c->now + c->count - 1) % c->count];

    if (admits(c, c->now, cell) || !is_own(span)) { /* whose time that is, is not known */
        c->began = c->began == 0 ? part.base : c->began;
        c->used += part.size;
        return;
    }
    uint64_t begin = turn_begin(c, c->now), over = part.base + part.size - begin;
    bool behind = part.base == begin || (c->now > 0 && admits(c, c->now - 1, cell));
    before->over = behind && over > before->over ? over : before->over;
    if (over > c->limit || !behind) {
        wrong(c, part.base, "%s runs for %llu ns in window '%s', which does not admit it",
              trace_thread_name(c->trace, span->thread), duration(c, part.size),
              turn_name(&c->turns[c->now % c->count]));
    }
}

/* The first word says when a frame began. A window that is over already, before its late timer
 * came, does not; one that is still to last for longer than the description's is another plan's. */
static void find_origin(struct comparison *c, const struct bh_trace_record *in)
{
    unsigned window = BH_TRACE_WINDOW(in->b);
    uint64_t end = BH_TRACE_WINDOW_END(in->b);

    if (end < in->time) {
        return;
    }
    if (window >= c->count || end - in->time > c->turns[window].to - c->turns[window].from ||
        end <= c->turns[window].to) {
        wrong(c, in->time, "window %u, for %llu ns from now on, and the plan's has none like that",
              window, duration(c, end - in->time));
        return;
    }
    c->origin = end - c->turns[window].to;
    c->now = turn_at(c, in->time) + 1; /* that one was not seen from its begin */
}

/* What the kernel said of the window in which it let a thread run. */
static void check_word(struct comparison *c, const struct bh_trace_record *in)
{
    unsigned window = BH_TRACE_WINDOW(in->b);
    uint64_t end = BH_TRACE_WINDOW_END(in->b);

    if (c->origin == 0) {
        find_origin(c, in);
    } else {
        uint64_t number = turn_at(c, in->time);
        if (number > 0 && end == turn_end(c, number - 1) && in->time - end <= c->limit) {
            number--; /* it was over before the record was written */
        }
        if (end != turn_end(c, number) || window != number % c->count) {
            wrong(c, in->time, "window %u, until %llu ns, and it is '%s', until %llu ns", window,
                  (ull)trace_nanoseconds(c->trace, end), turn_name(&c->turns[number % c->count]),
                  (ull)trace_nanoseconds(c->trace, turn_end(c, number)));
        }
    }
}

static void follow(struct comparison *c, const struct trace_span *span)
{
    if (span->in != NULL) {
        check_word(c, &span->in->record);
    }
    if (c->origin == 0) {
        return;
    }
    uint64_t from = span->from > turn_begin(c, c->now) ? span->from : turn_begin(c, c->now);
    while (from < span->to) {
        uint64_t number = turn_at(c, from), end = turn_end(c, number);
        advance(c, number);
        end = end < span->to ? end : span->to;
        count_part(c, span, (struct range){from, end - from});
        from = end;
    }
}

/* ---- the whole ---- */

static void write_table(const struct comparison *c, FILE *out)
{
    uint64_t frames = c->count == 0 || c->origin == 0 ? 0 : c->now / c->count;

    fprintf(out, "plan %s of core %llu, %llu frames of %llu us: %s\n", c->plan->name,
            (ull)c->plan->core, (ull)frames, (ull)c->plan->frame,
            c->wrong == 0 ? "as described" : "not as described");
    fprintf(out, "  window            from ns      to ns   seen  began ns late   had ns of it   "
                 "overrun ns\n");
    for (unsigned i = 0; i < c->count; i++) {
        const struct turn *turn = &c->turns[i];
        const struct account *account = &c->accounts[i];
        fprintf(out, "  %-14s %10llu %10llu %6llu %14llu %14llu %12llu\n", turn_name(turn),
                duration(c, turn->from), duration(c, turn->to), (ull)account->frames,
                duration(c, account->late), duration(c, account->least),
                duration(c, account->over));
    }
}

/* What is known before the first span. False: the trace is too long. */
static bool compare_begin(struct comparison *c)
{
    uint64_t begin = c->trace->origin, frames, most;

    c->count = partition_turns(c->system, c->plan, c->turns);
    c->frame = c->turns[c->count - 1].to;
    c->limit = c->system->options->limit * c->trace->frequency / 1000000000;
    for (unsigned i = 0; i < c->trace->entries.count; i++) {
        const struct trace_entry *entry = c->trace->entries.items[i];
        c->end = entry->record.core == c->plan->core ? entry->record.time : c->end;
    }
    for (unsigned i = 0; i < c->count; i++) {
        c->accounts[i].expected = is_expected(c, &c->turns[i]);
    }
    frames = c->end > begin ? (c->end - begin) / c->frame : 0;
    most = TURNS_MOST / c->count;
    if (frames > most) {
        wrong(c, c->end,
              "that is %llu frames after the first record, and at most %llu are compared; the last "
              "record is damaged, or capture less",
              (ull)frames, (ull)most);
    }
    return frames <= most;
}

static bool compare_plan(struct comparison *c, struct list spans, FILE *out)
{
    uint64_t core = c->plan->core;

    if (!compare_begin(c)) {
        return false;
    }
    for (unsigned i = 0; i < spans.count; i++) {
        const struct trace_span *span = spans.items[i];
        if (span->core == core) {
            follow(c, span);
        }
    }
    if (c->origin == 0) {
        wrong(c, c->end, "no window of it ever begins; trace some of its cells");
    } else if (c->end >= c->origin) {
        advance(c, turn_at(c, c->end));
    }
    write_table(c, out);
    return c->wrong == 0;
}

static bool trace_good(const struct system *system, const struct trace *trace)
{
    for (unsigned i = 0; i < trace->cells.count; i++) {
        const struct trace_cell *cell = trace->cells.items[i];
        if (build_find_cell(system, cell->name) == NULL) {
            fprintf(stderr,
                    "bulkhead: the trace is of a cell '%s', which %s has not; compare it "
                    "with its own description\n",
                    cell->name, system->options->source);
            return false;
        }
    }
    if (trace->frequency != system->board.timer_frequency) {
        fprintf(stderr,
                "bulkhead: the trace counts %llu ticks a second, and the board's timer "
                "%llu; correct timer-frequency\n",
                (ull)trace->frequency, (ull)system->board.timer_frequency);
        return false;
    }
    if (trace->lost != 0) {
        fprintf(stderr,
                "bulkhead: the trace has lost %llu records; let the tracer run more often, "
                "or give it larger rings\n",
                (ull)trace->lost);
        return false;
    }
    return true;
}

bool compare_system(struct system *system, struct trace *trace, FILE *out)
{
    bool good = true, any = false;

    if (!trace_good(system, trace)) {
        return false;
    }
    struct list spans = trace_spans(trace);
    for (unsigned i = 0; i < system->plans.count; i++) {
        const struct time_plan *plan = system->plans.items[i];
        if (plan->starts) {
            struct comparison *c = arena_alloc(&system->arena, sizeof *c);
            *c = (struct comparison){.system = system, .trace = trace, .plan = plan};
            good = compare_plan(c, spans, out) && good;
            any = true;
        }
    }
    if (!any) {
        fprintf(stderr, "bulkhead: no plan of %s starts; there is nothing to compare\n",
                system->options->source);
    }
    return good && any;
}
