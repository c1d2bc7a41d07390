/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as lines of text, which `bulkhead trace` reads (README.md). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "abi/trace.h"

#define TRACE_TEXT_VERSION 1
#define TRACE_TEXT         128 /* bytes of a line, at most */

/* Each writes one line with its newline and a NUL, and returns its length. */
size_t trace_text_header(char line[TRACE_TEXT], uint64_t frequency, unsigned cores);
size_t trace_text_cell(char line[TRACE_TEXT], unsigned number, const char *name);
size_t trace_text_record(char line[TRACE_TEXT], unsigned core,
                         const struct bh_trace_record *record);
size_t trace_text_lost(char line[TRACE_TEXT], unsigned core, uint64_t records);
