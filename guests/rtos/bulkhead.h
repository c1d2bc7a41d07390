/* SPDX-License-Identifier: Apache-2.0 */
/* What the system description gave this guest, by name (abi/start.h): nothing on a bare machine. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guests/rtos/board.h"

/* Map the start page and look at it. Present: there is one, and it is sound. */
void bulkhead_open(const struct board *board);
bool bulkhead_present(void);

/* The slot of a capability; 0: it was not given. type: enum bh_type. */
uint32_t bulkhead_cap(const char *name, uint32_t type);

/* A memory, mapped; NULL: it was not given to read and write. */
void *bulkhead_memory(const char *name, size_t *size);

/* From now on, tasks' priorities are posted if the description says so (greedy: the
 * maximum always is). */
void posted_open(bool greedy);

uint64_t bulkhead_value(const char *name, uint64_t otherwise);
