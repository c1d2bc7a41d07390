/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how the lines of a trace look: most are short enough for one entry of a stream. */
#include "cells/trace/text.h"

#include "cells/lib/format.h"

size_t trace_text_header(char line[TRACE_TEXT], uint64_t frequency, unsigned cores)
{
    return format(line, TRACE_TEXT, "~trace %u hz %lu cores %u\n", TRACE_TEXT_VERSION,
                  (unsigned long)frequency, cores);
}

size_t trace_text_cell(char line[TRACE_TEXT], unsigned number, const char *name)
{
    return format(line, TRACE_TEXT, "~cell %u %.32s\n", number, name);
}

size_t trace_text_record(char line[TRACE_TEXT], unsigned core, const struct bh_trace_record *record)
{
    return format(line, TRACE_TEXT, "~%u %lx %x %x.%x %lx %lx\n", core, (unsigned long)record->time,
                  record->event, record->cell, record->thread, (unsigned long)record->a,
                  (unsigned long)record->b);
}

size_t trace_text_lost(char line[TRACE_TEXT], unsigned core, uint64_t records)
{
    return format(line, TRACE_TEXT, "~lost %u %lu\n", core, (unsigned long)records);
}
