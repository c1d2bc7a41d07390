/* SPDX-License-Identifier: Apache-2.0 */
/* A processor for the RTOS on the build machine: each task a context, time that only moves when a
 * task works or all of them wait, and a trace of what happened in which order. */
#pragma once

#include <stdint.h>

#include "guests/rtos/task.h"

/* A fresh RTOS at time 0. */
void world_open(void);

/* Until every task waits for something that no deadline brings. */
void world_run(void);

/* From a task: take so many ticks of processor time; deadlines interrupt it. */
void world_work(uint64_t ticks);

/* From a task: do nothing more. */
__attribute__((noreturn)) void world_end(void);

/* From a task: the handler runs as in an interrupt, now. */
void world_interrupt(void (*handler)(void));

/* The handlers of deadlines are entered so many ticks late from now on. */
void world_set_latency(uint64_t ticks);

/* What was posted last: a task's priority, or WORLD_INTERRUPT. */
#define WORLD_INTERRUPT 99u
unsigned world_posted(void);

void world_note(const char *text);
const char *world_trace(void);

/* How many guard pages there are. */
unsigned world_guards(void);
