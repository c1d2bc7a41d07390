/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as Chrome's "trace event" JSON, which Perfetto shows: a process for each core, a track
 * for each thread. Names hold nothing that JSON would escape (trace_read sees to it). */
#include "tools/bulkhead/trace.h"

struct json {
    struct trace *trace;
    FILE *out;
    bool more; /* something was written before */
};

/* A track is a number of 32 bits, signed in Perfetto; thread: NULL: the process. */
static void item(struct json *json, const char *phase, unsigned core,
                 const struct trace_thread *thread)
{
    fprintf(json->out, "%s\n{\"ph\":\"%s\",\"pid\":%u,\"tid\":%u", json->more ? "," : "", phase,
            core, thread == NULL ? 0 : thread->index + 1);
    json->more = true;
}

static void time_of(struct json *json, const char *key, uint64_t nanoseconds)
{
    fprintf(json->out, ",\"%s\":%llu.%03llu", key, (unsigned long long)nanoseconds / 1000,
            (unsigned long long)nanoseconds % 1000);
}

static void write_names(struct json *json, struct list tracks)
{
    for (unsigned core = 0; core < json->trace->cores; core++) {
        item(json, "M", core, NULL);
        fprintf(json->out, ",\"name\":\"process_name\",\"args\":{\"name\":\"core %u\"}}", core);
    }
    for (unsigned i = 0; i < tracks.count; i++) {
        const struct trace_span *span = tracks.items[i];
        item(json, "M", span->core, span->thread);
        fprintf(json->out, ",\"name\":\"thread_name\",\"args\":{\"name\":\"%s\"}}",
                trace_thread_name(json->trace, span->thread));
    }
}

static void write_span(struct json *json, const struct trace_span *span)
{
    uint64_t from = trace_nanoseconds(json->trace, span->from);

    item(json, "X", span->core, span->thread);
    time_of(json, "ts", from);
    time_of(json, "dur", trace_nanoseconds(json->trace, span->to) - from);
    fprintf(json->out, ",\"name\":\"%s\",\"args\":{", trace_thread_name(json->trace, span->thread));
    if (span->in != NULL && span->in->record.b != 0) {
        fprintf(json->out, "\"window\":%u,", BH_TRACE_WINDOW(span->in->record.b));
    }
    fprintf(json->out, "\"begins\":\"%s\",\"ends\":\"%s\"}}",
            span->in == NULL ? "unknown" : trace_words(json->trace, &span->in->record),
            span->out == NULL ? "unknown" : trace_words(json->trace, &span->out->record));
}

static void write_instant(struct json *json, const struct trace_entry *entry)
{
    const struct bh_trace_record *record = &entry->record;

    item(json, "i", record->core, entry->thread);
    time_of(json, "ts", trace_nanoseconds(json->trace, record->time));
    fprintf(json->out, ",\"s\":\"t\",\"name\":\"%s\",\"args\":{\"what\":\"%s\"}}",
            trace_event_name(record->event), trace_words(json->trace, record));
}

void trace_write_json(struct trace *trace, FILE *out)
{
    struct list spans = trace_spans(trace);
    struct json json = {trace, out, false};

    fprintf(out, "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"lost\":\"%llu\"},\"traceEvents\":[",
            (unsigned long long)trace->lost);
    write_names(&json, trace_tracks(trace, spans));
    for (unsigned i = 0; i < spans.count; i++) {
        write_span(&json, spans.items[i]);
    }
    for (unsigned i = 0; i < trace->entries.count; i++) {
        const struct trace_entry *entry = trace->entries.items[i];
        if (entry->record.event != BH_TRACE_IN && entry->record.event != BH_TRACE_OUT) {
            write_instant(&json, entry);
        }
    }
    fprintf(out, "\n]}\n");
}
