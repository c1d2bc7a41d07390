/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how records of one core become times at which a thread ran there. */
#include "tools/bulkhead/trace.h"

struct spans {
    struct trace *trace;
    struct list list;
    struct trace_span *open; /* runs, as far as is known */
    uint64_t since;          /* what was before is not known */
};

static void begin(struct spans *spans, const struct trace_entry *at, bool in)
{
    struct trace_span *span = arena_alloc(&spans->trace->arena, sizeof *span);

    *span = (struct trace_span){.in = in ? at : NULL,
                                .from = in ? at->record.time : spans->since,
                                .to = at->record.time,
                                .thread = at->thread,
                                .core = at->record.core};
    list_add(&spans->trace->arena, &spans->list, span);
    spans->open = span;
}

/* What a thread does itself tells that it runs; the others are done to it. */
static bool shows_running(unsigned event)
{
    return event == BH_TRACE_CALL || event == BH_TRACE_FAULT || event == BH_TRACE_EXIT;
}

static void follow(struct spans *spans, const struct trace_entry *at)
{
    const struct bh_trace_record *record = &at->record;

    if (at->lost != 0) { /* it ran until the last record that is there */
        spans->open = NULL;
        spans->since = record->time;
    }
    if (record->event == BH_TRACE_IN) {
        begin(spans, at, true);
    } else if (record->event == BH_TRACE_OUT) {
        if (spans->open == NULL || spans->open->thread != at->thread) {
            begin(spans, at, false);
        }
        spans->open->to = record->time;
        spans->open->out = at;
        spans->open = NULL;
    } else if (spans->open == NULL && shows_running(record->event)) {
        begin(spans, at, false);
    }
    if (spans->open != NULL) {
        spans->open->to = record->time;
    }
}

struct list trace_spans(struct trace *trace)
{
    struct spans spans = {.trace = trace};

    for (unsigned core = 0; core < trace->cores; core++) {
        bool first = true;
        spans.open = NULL;
        for (unsigned i = 0; i < trace->entries.count; i++) {
            const struct trace_entry *entry = trace->entries.items[i];
            if (entry->record.core == core) {
                spans.since = first ? entry->record.time : spans.since;
                first = false;
                follow(&spans, entry);
            }
        }
    }
    return spans.list;
}

struct list trace_tracks(struct trace *trace, struct list spans)
{
    struct list tracks = {NULL, 0, 0};

    for (unsigned i = 0; i < spans.count; i++) {
        const struct trace_span *span = spans.items[i];
        unsigned k = 0;
        for (; k < tracks.count; k++) {
            const struct trace_span *other = tracks.items[k];
            if (other->core == span->core && other->thread == span->thread) {
                break;
            }
        }
        if (k == tracks.count) {
            list_add(&trace->arena, &tracks, spans.items[i]);
        }
    }
    return tracks;
}
