/* SPDX-License-Identifier: Apache-2.0 */
/* What the portable part (task, timer, mutex, queue) asks of the processor. port.c is for EL1; the
 * unit tests have another one, with contexts of the build machine. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TIME_NOW   UINT64_C(0)
#define TIME_NEVER UINT64_MAX

/* Registers of a task that does not run; start.S knows the offsets. */
struct frame {
    uint64_t x[31];
    uint64_t sp;
    uint64_t pc;
    uint64_t psr;
};

_Static_assert(sizeof(struct frame) == 272, "start.S saves and loads it");

struct task;

/* Mask interrupts; the lock is the processor's, so it nests. */
uint64_t port_lock(void);
void port_unlock(uint64_t was);

/* An interrupt handler runs: what it makes ready is looked at when it ends. */
bool port_in_interrupt(void);

/* From a task, locked: go on with the task that task_pick() says; returns when it says this one. */
void port_switch(void);

/* Make a new task start at entry(argument); stack_top is aligned to 16. */
void port_prepare(struct task *task, void (*entry)(void *), void *argument, uint8_t *stack_top);

/* Counter ticks, and the one alarm (TIME_NEVER: none), which calls timer_interrupt(). */
uint64_t port_now(void);
void port_alarm(uint64_t deadline);

/* After the end of an interrupt: an alarm that is due already comes for certain. QEMU's GICv2
 * forgets a line that was high all the time when the guest ended its interrupt. */
void port_alarm_again(void);

/* Wait for an interrupt; what the idle task does. */
void port_idle(void);

/* Who shares this processor learns how urgent the running task is; nothing without somebody who
 * does. In an interrupt: as urgent as this guest may be. */
void port_post(unsigned priority);
void port_post_interrupt(void);

/* No access to this page from now on. */
void port_guard(uint8_t *page);
