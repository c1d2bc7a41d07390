/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the events of the cells that this one traces, as lines of text. */
#include "cells/lib/call.h"
#include "cells/lib/counter.h"
#include "cells/lib/format.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"
#include "cells/lib/stream.h"
#include "cells/lib/trace_ring.h"
#include "cells/trace/text.h"

#define CORES_MAX 8

/* A core's ring; ring.ring is NULL where there is none. */
struct source {
    struct trace_ring ring;
    uint64_t told; /* of the records that it lost; may be less than 0 */
};

static const struct start_info *info;
static struct source sources[CORES_MAX];
static unsigned cores; /* the highest one with a ring, and one */
static bool going;     /* records are written as they come */
static bool down;      /* nobody takes the text */

static void put(const char *line, size_t size)
{
    down = down || print_text(line, size) != BH_OK;
}

static bool open_rings(void)
{
    for (unsigned i = 0; i < CORES_MAX; i++) {
        const struct start_memory *memory;
        char name[BH_NAME_MAX];

        format(name, sizeof(name), "trace-%u", i);
        memory = start_find_memory(info, name);
        if (memory != NULL &&
            trace_ring_open(&sources[i].ring, (const void *)(uintptr_t)memory->address,
                            memory->size)) {
            cores = i + 1;
        }
    }
    return cores != 0;
}

/* The next cell under this trace, from row *i of the capabilities on; its number, 0: no more. */
static unsigned next_cell(uint32_t *i, const struct start_cap **cap)
{
    while (*i < info->cap_count) {
        const struct start_cap *row = start_cap_at(info, (*i)++);
        uint64_t number = row->type == BH_CELL ? start_value_or(info, row->name, 0) : 0;

        if (number > 0 && number <= BH_TRACE_CELLS) {
            *cap = row;
            return (unsigned)number;
        }
    }
    return 0;
}

static void put_header(void)
{
    const struct start_cap *cap;
    uint32_t i = 0;
    char line[TRACE_TEXT];

    put(line, trace_text_header(line, counter_frequency(), cores));
    for (unsigned number = next_cell(&i, &cap); number != 0; number = next_cell(&i, &cap)) {
        put(line, trace_text_cell(line, number, cap->name));
    }
}

static void put_record(unsigned core, const struct bh_trace_record *record)
{
    struct source *source = &sources[core];
    char line[TRACE_TEXT];

    if (source->ring.lost != source->told) {
        put(line, trace_text_lost(line, core, source->ring.lost - source->told));
        source->told = down ? source->told : source->ring.lost;
    }
    put(line, trace_text_record(line, core, record));
    source->told -= down; /* one more that is to be told as lost */
}

/* What is in the rings, but no more than they have room for: what is written may be cause of more.
 */
static void put_records(void)
{
    for (unsigned core = 0; core < cores; core++) {
        struct trace_ring *ring = &sources[core].ring;
        struct bh_trace_record record;

        for (uint32_t i = 0; i < ring->records && !down && trace_ring_read(ring, &record); i++) {
            put_record(core, &record);
        }
    }
}

/* What the kernel counts for each cell, for people; time only if it has a budget or a slice. */
static void put_counters(void)
{
    const struct start_cap *cap;
    uint32_t i = 0;

    while (next_cell(&i, &cap) != 0) {
        uint64_t has[6];

        if (bh_cell_info(cap->slot, has) == BH_OK) {
            print("%.32s: %lu of %lu slots, %lu threads, %lu faults, %lu calls refused, %lu us\n",
                  cap->name, (unsigned long)has[1], (unsigned long)has[0], (unsigned long)has[2],
                  (unsigned long)has[3], (unsigned long)has[4],
                  (unsigned long)(has[5] * 1000 / (counter_frequency() / 1000)));
        } else {
            print("%.32s: the cell that this was is gone\n", cap->name);
        }
    }
}

static void obey(char letter)
{
    switch (letter) {
    case 'g':
    case 's':
        going = letter == 'g';
        break;
    case 'd':
        put_header();
        put_records();
        break;
    case 'c':
        put_counters();
        break;
    case '\r':
    case '\n':
        break;
    default:
        print("g: go on writing records, s: stop, d: those that are there now, c: counters\n");
    }
}

static void take_keys(void)
{
    struct stream *tty = print_stream();
    char key;

    while (tty != NULL && stream_read(tty, &key, 1) == 1) {
        obey(key);
    }
}

void cell_main(const struct start_info *start)
{
    uint64_t period = start_value_or(start, "period", 100);
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    info = start;
    if (!open_rings()) {
        print_stop("needs a ring of events, trace-0 for core 0: its description must say which "
                   "cells it traces");
    }
    going = period != 0;
    put_header();
    for (;;) {
        struct bh_received r;
        struct bh_wait wait = {0};

        down = false;
        take_keys();
        if (going) {
            put_records();
            wait.deadline = counter_after(period != 0 ? period : 100);
        }
        action = bh_reply_wait_with(action, &m, &r, wait) == BH_OK ? server_refuse(&m, &r)
                                                                   : BH_WAIT_ONLY;
    }
}
