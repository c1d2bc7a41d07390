/* SPDX-License-Identifier: Apache-2.0 */
/* The Arm PL031 real-time clock (DDI 0224): a counter of seconds with an alarm. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef volatile uint32_t pl031_registers;

/* From any state: it runs, and interrupts when the next second begins. */
void pl031_open(pl031_registers *rtc);

uint32_t pl031_seconds(pl031_registers *rtc);

/* Takes the interrupt away for good. False if there was none. */
bool pl031_quiet(pl031_registers *rtc);
