/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a system that went wrong: one clear report, then a reset. */
#pragma once

#include <stdint.h>

/* Once, with caches on. Then: how often the system has started since power-on. */
void report_open(void);
uint64_t report_starts(void);

/* Let no task run on and on: one that has not given way for half a second is the end. frequency: of
 * the counter, Hz. */
void report_watch(uint64_t frequency);

/* Switch the machine off, or start it anew. */
__attribute__((noreturn)) void report_off(void);
__attribute__((noreturn)) void report_reset(void);
