/* SPDX-License-Identifier: Apache-2.0 */
/* The warden's own line to the outside: a UART that it polls, to depend on no other cell. */
#pragma once

#include "abi/plan.h"
#include "abi/start.h"
#include "abi/types.h"

/* Finds the memory named "uart"; without it the warden works on, silently. */
void report_open(const struct start_info *start);

/* Prints what is formatted as by format(), at most 255 characters. */
__attribute__((format(printf, 1, 2))) void report(const char *text, ...);

/* One report of a fault. count: how many this cell has had, this one included. next: what becomes
 * of the cell. */
struct report_outcome {
    unsigned count;
    const char *next;
};
void report_overrun(const struct plan_cell *cell, uint64_t pc, struct report_outcome outcome);
void report_fault(const struct plan_cell *cell, const struct bh_fault_words *fault,
                  struct report_outcome outcome);
