/* SPDX-License-Identifier: Apache-2.0 */
/* A trace, as cells/trace writes it to a console, and what can be made of it.
 *
 *   trace_read    console text -> records, by time
 *   trace_spans   records -> who ran from when to when, where, in which window
 *   trace_write_* either as text, as a picture, for Perfetto */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "abi/trace.h"
#include "tools/bulkhead/arena.h"

#define TRACE_CORES 8u

struct trace_cell {
    unsigned number;
    const char *name;
    unsigned line; /* of the text, where it was said last */
};

/* One number for each that any record names, in the order in which they come. */
struct trace_thread {
    unsigned index;
    uint16_t cell;
    uint32_t number; /* in its cell */
};

struct trace_entry {
    struct bh_trace_record record;
    const struct trace_thread *thread;
    uint64_t lost; /* records of its core that are missing before it */
    unsigned line; /* of the text */
};

struct trace {
    struct arena arena;
    uint64_t frequency; /* ticks per second */
    unsigned cores;
    struct list cells;   /* struct trace_cell */
    struct list threads; /* struct trace_thread */
    struct list entries; /* struct trace_entry, by time; those of one core in their order */
    uint64_t lost;       /* records in all */
    uint64_t origin;     /* time of the first record */
    unsigned machines;   /* how often the machine started; only records of the last time count */
    unsigned line;       /* where it is wrong, 0: as a whole */
    const char *wrong;   /* NULL: it is not */
};

/* A thread on a core. */
struct trace_span {
    const struct trace_entry *in;  /* NULL: before the first record that is there */
    const struct trace_entry *out; /* NULL: not known, later than the last one that is there */
    uint64_t from, to;             /* ticks */
    const struct trace_thread *thread;
    uint8_t core;
};

/* Fill a trace that is all zero. False: *trace says what is wrong, and in which line. */
bool trace_read(struct trace *trace, const char *text, size_t size);

/* The same with a file; false: a sentence on standard error. */
bool trace_open(struct trace *trace, const char *path);

/* struct trace_span, core by core, each by time. */
struct list trace_spans(struct trace *trace);

/* The first of these spans for each thread on each core. */
struct list trace_tracks(struct trace *trace, struct list spans);

const char *trace_cell_name(const struct trace *trace, unsigned number);

/* "client.1" */
const char *trace_thread_name(struct trace *trace, const struct trace_thread *thread);

/* Leave only the records from the one time to the other, in microseconds from the first record on.
 * False: there is none. */
bool trace_cut(struct trace *trace, uint64_t from, uint64_t to);

/* Nanoseconds of so many ticks, and from the first record to a time. */
uint64_t trace_duration(const struct trace *trace, uint64_t ticks);
uint64_t trace_nanoseconds(const struct trace *trace, uint64_t time);

/* What a record says of its thread, as a sentence without a subject. */
const char *trace_words(struct trace *trace, const struct bh_trace_record *record);

/* Its event in one word, "unknown" for a number that is none. */
const char *trace_event_name(unsigned event);

void trace_write_text(struct trace *trace, FILE *out);
void trace_write_svg(struct trace *trace, FILE *out);
void trace_write_json(struct trace *trace, FILE *out);

/* bulkhead trace FILE [--svg | --json] [-o FILE] [--from US] [--to US]: the exit status. */
int trace_command(int count, char **arguments);
