/* SPDX-License-Identifier: Apache-2.0 */
/* Cyclic time partitions: what is said below /plans, and what the kernel is told of it. */
#pragma once

#include <stdio.h>

#include "abi/plan_page.h"
#include "tools/bulkhead/model.h"

/* The numbers of all plans: frames, windows. Then windows are in the order of time. */
void partition_check(struct system *system);

/* The page of each plan, before cells ask for it. No plan has the name of a memory. */
void partition_make(struct system *system);

/* Once all cells are there: groups, the warden's view of the pages, who may switch. */
void partition_build(struct system *system);

struct time_plan *partition_find(const struct system *system, const char *name);

/* Whether a cell has time on a core, and whether a window of a plan is its: by its name, or as one
 * of the others. */
bool partition_has_core(const struct cell *cell, uint64_t core);
bool partition_admits(const struct time_plan *plan, const struct window *window,
                      const struct cell *cell);

/* From when to when a window of the kernel's lasts, in ticks from the frame's begin; window: NULL
 * between windows, when nobody runs. */
struct turn {
    const struct window *window;
    uint64_t from, to;
};

/* The windows as the kernel turns from one to the next. turns: room for 2 * windows + 1. */
unsigned partition_turns(const struct system *system, const struct time_plan *plan,
                         struct turn *turns);

/* Who is admitted: a bit for each group. */
uint32_t partition_open(const struct system *system, const struct time_plan *plan,
                        const struct window *window);

/* Microseconds that a plan admits a cell in any so many, at best. */
uint64_t partition_given(const struct time_plan *plan, const struct cell *cell, uint64_t period);

/* report_partition.c: plans as tables. draw_partition.c: as a picture. */
void report_partitions(struct system *system, FILE *out);
void draw_partitions(struct system *system, FILE *out);
