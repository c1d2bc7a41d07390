/* SPDX-License-Identifier: Apache-2.0 */
/* How long the current budget has run, and may run. Budgets without slice and limit cost nothing:
 * they are not counted. */
#pragma once

#include "kernel/core/cpu.h"

/* Another budget's running is counted from now on (NULL: nobody's); what the one before has used is
 * charged to it. */
void count_switch(struct cpu *cpu, struct budget *budget);

/* An exhausted budget that is not queued wants time. True: it has some. Else it waits for its next
 * refill. */
bool count_has_time(struct budget *budget);
