/* SPDX-License-Identifier: Apache-2.0 */
/* The board as the trial guest reaches it, and how it says what it found. */
#pragma once

#include "guests/bare/say.h"

#define GICD      UINT64_C(0x08000000)
#define GICC      UINT64_C(0x08010000)
#define GICR      UINT64_C(0x080a0000)
#define GICR_SGI  (GICR + 0x10000)
#define UART_IRQ  33
#define SPARE_IRQ 40 /* no device has it */
#define VTIMER    27
#define PTIMER    30
#define NO_IRQ    1023

static inline void check(const char *what, bool ok)
{
    say_result("trial", what, ok);
}

extern unsigned gic_version;
extern volatile unsigned fiq_count;
extern volatile uint32_t irq_last;
extern volatile unsigned irq_count;
/* Called from the interrupt, before its end. */
extern void (*volatile irq_handler)(uint32_t irq);

/* Synchronous exceptions since this was last set to 0, and the last one's registers. */
extern volatile bool exceptions_expected;
extern volatile unsigned exception_count;
extern volatile uint64_t exception_esr;
extern volatile uint64_t exception_far;

void gic_start(void);
void gic_set(uint32_t irq, uint8_t priority, bool edge);
void gic_mask(uint8_t priority);

void trial_interrupts(void);
void trial_groups(void);
void trial_uart(void);
void trial_timers(void);
void trial_devices(void);
void trial_firmware(void);
