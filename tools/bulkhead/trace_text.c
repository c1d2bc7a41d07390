/* SPDX-License-Identifier: Apache-2.0 */
/* A trace for people: a line for each record, then what each thread got. */
#include "tools/bulkhead/trace.h"

#define NANO UINT64_C(1000000000)

uint64_t trace_duration(const struct trace *trace, uint64_t ticks)
{
    return ticks / trace->frequency * NANO + ticks % trace->frequency * NANO / trace->frequency;
}

uint64_t trace_nanoseconds(const struct trace *trace, uint64_t time)
{
    return trace_duration(trace, time - trace->origin);
}

const char *trace_cell_name(const struct trace *trace, unsigned number)
{
    for (unsigned i = 0; i < trace->cells.count; i++) {
        const struct trace_cell *cell = trace->cells.items[i];
        if (cell->number == number) {
            return cell->name;
        }
    }
    return "?";
}

const char *trace_thread_name(struct trace *trace, const struct trace_thread *thread)
{
    return arena_format(&trace->arena, "%s.%u", trace_cell_name(trace, thread->cell),
                        thread->number);
}

static void write_head(const struct trace *trace, FILE *out)
{
    fprintf(out, "%u records on %u core%s of", trace->entries.count, trace->cores,
            trace->cores == 1 ? "" : "s");
    for (unsigned i = 0; i < trace->cells.count; i++) {
        fprintf(out, "%s %s", i == 0 ? "" : ",",
                ((struct trace_cell *)trace->cells.items[i])->name);
    }
    fprintf(out, "; %llu lost%s\n", (unsigned long long)trace->lost,
            trace->machines != 0 ? "; the machine started again, only the last time is here" : "");
}

static void write_entry(struct trace *trace, const struct trace_entry *entry, FILE *out)
{
    const struct bh_trace_record *record = &entry->record;
    unsigned long long time = trace_nanoseconds(trace, record->time);

    if (entry->lost != 0) {
        fprintf(out, "%33s %llu records of core %u are lost here\n", "---",
                (unsigned long long)entry->lost, record->core);
    }
    fprintf(out, "%10llu.%03llu us  %u  %-16s  %s\n", time / 1000, time % 1000, record->core,
            trace_thread_name(trace, entry->thread), trace_words(trace, record));
}

/* What a thread got on all cores. */
struct share {
    uint64_t ticks, longest, turns;
};

static void write_time(const struct trace *trace, uint64_t ticks, FILE *out)
{
    uint64_t time = trace_duration(trace, ticks);

    fprintf(out, "  %10llu.%03llu", (unsigned long long)time / 1000,
            (unsigned long long)time % 1000);
}

static void write_shares(struct trace *trace, FILE *out)
{
    struct list spans = trace_spans(trace);
    struct share *shares = arena_alloc(&trace->arena, trace->threads.count * sizeof(struct share));

    for (unsigned i = 0; i < spans.count; i++) {
        const struct trace_span *span = spans.items[i];
        struct share *share = &shares[span->thread->index];
        share->ticks += span->to - span->from;
        share->turns++;
        share->longest =
            span->to - span->from > share->longest ? span->to - span->from : share->longest;
    }
    fprintf(out, "\n%-16s  %14s  %14s  %8s\n", "thread", "ran, us", "longest", "turns");
    for (unsigned i = 0; i < trace->threads.count; i++) {
        const struct share *share = &shares[i];
        if (share->turns != 0) {
            fprintf(out, "%-16s", trace_thread_name(trace, trace->threads.items[i]));
            write_time(trace, share->ticks, out);
            write_time(trace, share->longest, out);
            fprintf(out, "  %8llu\n", (unsigned long long)share->turns);
        }
    }
}

void trace_write_text(struct trace *trace, FILE *out)
{
    write_head(trace, out);
    for (unsigned i = 0; i < trace->entries.count; i++) {
        write_entry(trace, trace->entries.items[i], out);
    }
    write_shares(trace, out);
}
