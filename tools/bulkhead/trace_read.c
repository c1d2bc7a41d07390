/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the lines of cells/trace among all that is on a console: they start as the first one does.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/bulkhead/number.h"
#include "tools/bulkhead/trace.h"

#define VERSION 1
#define HEADER  "~trace "

#define FREQUENCY_LEAST 1000000 /* Hz, as of a board */
#define FREQUENCY_MOST  1000000000
#define TIME_MOST       ((UINT64_C(1) << 56) - 1) /* as of a window's end */

struct reader {
    struct trace *trace;
    const char *prefix;         /* what stands before each of its lines; NULL: none has come */
    unsigned line, header;      /* where it is, and where the last header was */
    uint64_t lost[TRACE_CORES]; /* before the next record */
    uint64_t last[TRACE_CORES]; /* time of the last record */
    bool fresh; /* a header came and no record since: the machine may have started again */
};

static void wrong(struct reader *reader, const char *what)
{
    if (reader->trace->wrong == NULL) {
        reader->trace->wrong = what;
        reader->trace->line = reader->line;
    }
}

/* ---- words of a line; each takes what it finds and goes on behind it ---- */

static bool take(const char **at, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*at, word, length) != 0) {
        return false;
    }
    *at += length;
    return true;
}

/* ---- lines ---- */

/* Everything of the time before the last header. */
static void forget(struct reader *reader)
{
    struct trace *trace = reader->trace;
    struct list cells = trace->cells;

    trace->entries = trace->cells = (struct list){NULL, 0, 0};
    for (unsigned i = 0; i < cells.count; i++) {
        if (((const struct trace_cell *)cells.items[i])->line >= reader->header) {
            list_add(&trace->arena, &trace->cells, cells.items[i]);
        }
    }
    trace->machines++;
    trace->lost = 0;
    for (unsigned i = 0; i < TRACE_CORES; i++) {
        trace->lost += reader->lost[i];
        reader->last[i] = 0;
    }
}

/* A header: of the system that it was, perhaps anew, or of another one. */
static void begin(struct reader *reader, uint64_t frequency, unsigned cores)
{
    struct trace *trace = reader->trace;

    reader->header = reader->line;
    if (trace->cores != 0 && (trace->frequency != frequency || trace->cores != cores)) {
        memset(reader->lost, 0, sizeof reader->lost);
        forget(reader);
    }
    trace->frequency = frequency;
    trace->cores = cores;
    reader->fresh = true;
}

static void read_header(struct reader *reader, const char *at)
{
    uint64_t version, frequency, cores;

    if (!number_take(&at, 10, UINT32_MAX, &version)) {
        wrong(reader, "the line with which a trace begins is damaged; capture the console anew");
    } else if (version != VERSION) {
        wrong(reader, "the trace is of another version than this tool; use those of one version");
    } else if (!take(&at, " hz ") || !number_take(&at, 10, FREQUENCY_MOST, &frequency) ||
               !take(&at, " cores ") || !number_take(&at, 10, TRACE_CORES, &cores) || *at != 0 ||
               frequency < FREQUENCY_LEAST || cores == 0) {
        wrong(reader, "the line with which a trace begins is damaged; capture the console anew");
    } else {
        begin(reader, frequency, (unsigned)cores);
    }
}

static struct trace_cell *find_cell(const struct trace *trace, uint64_t number)
{
    for (unsigned i = 0; i < trace->cells.count; i++) {
        struct trace_cell *cell = trace->cells.items[i];
        if (cell->number == number) {
            return cell;
        }
    }
    return NULL;
}

static bool name_good(const char *name)
{
    for (const char *c = name; *c != 0; c++) {
        if (*c <= ' ' || *c > '~' || strchr("<>&\"\\", *c) != NULL) {
            return false;
        }
    }
    return *name != 0;
}

static void read_cell(struct reader *reader, const char *at)
{
    struct trace *trace = reader->trace;
    uint64_t number;

    if (!number_take(&at, 10, BH_TRACE_CELLS, &number) || !take(&at, " ") || !name_good(at)) {
        wrong(reader, "a line with the name of a cell is damaged; capture the console anew");
        return;
    }
    struct trace_cell *cell = find_cell(trace, number);
    if (cell == NULL) {
        cell = arena_alloc(&trace->arena, sizeof *cell);
        list_add(&trace->arena, &trace->cells, cell);
    }
    *cell = (struct trace_cell){(unsigned)number, arena_copy(&trace->arena, at), reader->line};
}

static void read_lost(struct reader *reader, const char *at)
{
    uint64_t core, count;

    if (!number_take(&at, 10, reader->trace->cores - 1, &core) || !take(&at, " ") ||
        !number_take(&at, 10, UINT32_MAX, &count) || *at != 0) {
        wrong(reader, "a line about lost records is damaged; capture the console anew");
        return;
    }
    reader->lost[core] += count;
    reader->trace->lost += count;
}

/* Core, time, event, cell, thread, a and b of a record, and what stands before each. */
enum { PARTS = 7 };

/* False: one of them is not a number, or too large. */
static bool scan_record(const char *at, struct bh_trace_record *record, uint64_t cores)
{
    static const char *const before[PARTS] = {"", " ", " ", " ", ".", " ", " "};
    const uint64_t most[PARTS] = {cores - 1,  TIME_MOST,  UINT8_MAX, BH_TRACE_CELLS,
                                  UINT32_MAX, UINT64_MAX, UINT64_MAX};
    uint64_t parts[PARTS];

    for (unsigned i = 0; i < PARTS; i++) {
        if (!take(&at, before[i]) || !number_take(&at, i == 0 ? 10 : 16, most[i], &parts[i])) {
            return false;
        }
    }
    *record = (struct bh_trace_record){.core = (uint8_t)parts[0],
                                       .time = parts[1],
                                       .event = (uint8_t)parts[2],
                                       .cell = (uint16_t)parts[3],
                                       .thread = (uint32_t)parts[4],
                                       .a = parts[5],
                                       .b = parts[6]};
    return *at == 0;
}

static const struct trace_thread *thread_of(struct trace *trace,
                                            const struct bh_trace_record *record)
{
    for (unsigned i = trace->threads.count; i-- > 0;) {
        const struct trace_thread *thread = trace->threads.items[i];
        if (thread->cell == record->cell && thread->number == record->thread) {
            return thread;
        }
    }
    struct trace_thread *thread = arena_alloc(&trace->arena, sizeof *thread);
    *thread = (struct trace_thread){trace->threads.count, record->cell, record->thread};
    list_add(&trace->arena, &trace->threads, thread);
    return thread;
}

static void read_record(struct reader *reader, const char *at)
{
    struct trace *trace = reader->trace;
    struct bh_trace_record record = {0};

    if (!scan_record(at, &record, trace->cores)) {
        wrong(reader, "a record is damaged; capture the console anew");
        return;
    }
    if (record.time < reader->last[record.core]) {
        if (!reader->fresh) {
            wrong(reader, "a record is older than the one of its core before it: lines are out of "
                          "order or damaged; capture the console anew");
            return;
        }
        forget(reader);
    }
    if (find_cell(trace, record.cell) == NULL) {
        wrong(reader, "a record is of a cell that has no name before; capture the console from the "
                      "line ~trace on");
        return;
    }
    struct trace_entry *entry = arena_alloc(&trace->arena, sizeof *entry);
    *entry = (struct trace_entry){record, thread_of(trace, &record), reader->lost[record.core],
                                  reader->line};
    list_add(&trace->arena, &trace->entries, entry);
    reader->lost[record.core] = 0;
    reader->last[record.core] = record.time;
    reader->fresh = false;
}

/* Index of the last byte of an escape sequence that begins at i. */
static size_t sequence_end(const char *text, size_t size, size_t i)
{
    if (i + 1 < size && text[i + 1] == '[') {
        for (i += 2; i < size && (text[i] < '@' || text[i] > '~'); i++) {
        }
    }
    return i;
}

/* Without what only a terminal obeys, and from the last return to the line's start on. */
static const char *plain(struct trace *trace, const char *text, size_t size)
{
    char *line = arena_alloc(&trace->arena, size + 1);
    size_t length = 0;

    while (size > 0 && text[size - 1] == '\r') {
        size--;
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\r') {
            length = 0;
        } else if (text[i] == '\x1b') {
            i = sequence_end(text, size, i);
        } else if (text[i] != 0) {
            line[length++] = text[i];
        }
    }
    line[length] = 0;
    return line;
}

static void read_line(struct reader *reader, const char *line)
{
    struct trace *trace = reader->trace;

    if (reader->prefix == NULL) {
        const char *found = strstr(line, HEADER);
        if (found == NULL) {
            return;
        }
        reader->prefix = arena_format(&trace->arena, "%.*s", (int)(found - line), line);
    }
    if (!take(&line, reader->prefix)) {
        return;
    }
    if (take(&line, HEADER)) {
        read_header(reader, line);
    } else if (take(&line, "~cell ")) {
        read_cell(reader, line);
    } else if (take(&line, "~lost ")) {
        read_lost(reader, line);
    } else if (take(&line, "~")) {
        read_record(reader, line);
    }
}

static int by_time(const void *a, const void *b)
{
    const struct trace_entry *x = *(const struct trace_entry *const *)a;
    const struct trace_entry *y = *(const struct trace_entry *const *)b;

    if (x->record.time != y->record.time) {
        return x->record.time < y->record.time ? -1 : 1;
    }
    return x->line < y->line ? -1 : x->line > y->line;
}

bool trace_read(struct trace *trace, const char *text, size_t size)
{
    struct reader reader = {.trace = trace};

    for (size_t at = 0; at < size && trace->wrong == NULL;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end == NULL ? size - at : (size_t)(end - (text + at));
        reader.line++;
        if (end != NULL || reader.prefix == NULL) { /* a last line without an end may be cut */
            read_line(&reader, plain(trace, text + at, length));
        }
        at += length + 1;
    }
    if (trace->wrong == NULL && trace->entries.count == 0) {
        reader.line = 0;
        wrong(&reader,
              reader.prefix == NULL
                  ? "there is no trace in it: no line has ~trace; is it the console of a "
                    "system with a cell of the program 'trace'?"
                  : "the trace has no records: nothing happened, or nobody asked for them");
    }
    if (trace->wrong == NULL) {
        qsort(trace->entries.items, trace->entries.count, sizeof(void *), by_time);
        trace->origin = ((const struct trace_entry *)trace->entries.items[0])->record.time;
    }
    return trace->wrong == NULL;
}

bool trace_cut(struct trace *trace, uint64_t from, uint64_t to)
{
    struct list all = trace->entries;

    trace->entries = (struct list){NULL, 0, 0};
    for (unsigned i = 0; i < all.count; i++) {
        const struct trace_entry *entry = all.items[i];
        uint64_t time = trace_nanoseconds(trace, entry->record.time) / 1000;
        if (from <= time && time <= to) {
            list_add(&trace->arena, &trace->entries, all.items[i]);
        }
    }
    return trace->entries.count != 0;
}
