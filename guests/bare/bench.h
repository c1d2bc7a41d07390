/* SPDX-License-Identifier: Apache-2.0 */
/* What things cost as a guest sees them. */
#pragma once

/* Prints a line per row, "BENCH name=... n=... total_ticks=... overhead=...", from which the cost
 * in instructions is total_ticks * 16 / n - overhead. Says that it cannot, and returns, where the
 * counter does not advance by one every sixteen instructions (it does in QEMU with -icount
 * shift=0). */
void bench_run(unsigned gic_version);
