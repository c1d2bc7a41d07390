/* SPDX-License-Identifier: Apache-2.0 */
/* What the cells of the bench agree on: how often, and where the waiter puts its clock (near the
 * program: no new page tables). */
#pragma once

#define BENCH_ROUNDS   1024
#define BENCH_RTC_SLOT 30 /* in the table of the ringer */
#define BENCH_RTC_AT   0x00500000

/* alarms while nobody runs: one each two seconds, which the emulator leaps over */
#define BENCH_IDLE_ROUNDS 32

/* PL031 (Arm DDI 0224): an alarm at the present second interrupts at once. */
enum { RTC_DATA = 0x0, RTC_MATCH = 0x4, RTC_MASK = 0x10, RTC_CLEAR = 0x1c };
