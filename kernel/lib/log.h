/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's few words: boot ladder, counted notes, and the last words before it halts. */
#pragma once

#include "kernel/lib/types.h"

void log_puts(const char *text);
/* A text in which each % stands for the next value in hexadecimal, each # for it in decimal. */
void log_values(const char *text, const uint64_t *values);

/* A broken invariant of the kernel itself: no core runs a cell any more. Nothing that a cell or
 * guest does can reach it. */
NORETURN COLD void panic(const char *cause, const char *file, unsigned line);

/* Kept in release builds: cheap checks of the kernel's own invariants. */
#define ASSERT(condition)                               \
    do {                                                \
        if (unlikely(!(condition))) {                   \
            panic(#condition, __FILE_NAME__, __LINE__); \
        }                                               \
    } while (0)
