/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's few words: boot ladder, counted notes, and the last words before it halts. */
#pragma once

#include "kernel/lib/types.h"

void log_puts(const char *text);
/* A text in which each % stands for the next value in hexadecimal, each # for it in decimal. */
void log_values(const char *text, const uint64_t *values);

/* A broken invariant of the kernel itself: no core runs a cell any more. Nothing that a cell or
 * guest does can reach it. */
NORETURN COLD void panic(const char *cause);

/* Kept in release builds: cheap checks of the kernel's own invariants, which say where. */
#define ASSERT(condition)          ASSERT_AT(condition, __LINE__)
#define ASSERT_AT(condition, line) ASSERT_IN(condition, line) /* its number */
#define ASSERT_IN(condition, line) (likely(condition) ? (void)0 : panic(__FILE_NAME__ ":" #line))
