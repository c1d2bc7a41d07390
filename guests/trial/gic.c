/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller, either version, and the one interrupt handler. */
#include "guests/trial/trial.h"

unsigned gic_version;
volatile uint32_t irq_last = NO_IRQ;
volatile unsigned irq_count;
void (*volatile irq_handler)(uint32_t irq);

volatile unsigned fiq_count;

void trial_interrupt(void);
void trial_fast_interrupt(void);

void trial_interrupt(void)
{
    uint32_t irq = gic_version == 3 ? (uint32_t)sysreg_read(ICC_IAR1_EL1) : mmio_read(GICC + 0xc);

    irq_last = irq;
    irq_count++;
    if (irq_handler != 0) {
        irq_handler(irq);
    }
    if (gic_version == 3) {
        sysreg_write(ICC_EOIR1_EL1, irq);
    } else {
        mmio_write(GICC + 0x10, irq);
    }
}

/* Group 0: the same, by its own registers. */
void trial_fast_interrupt(void)
{
    fiq_count++;
    if (gic_version == 3) {
        irq_last = (uint32_t)sysreg_read(ICC_IAR0_EL1);
        sysreg_write(ICC_EOIR0_EL1, irq_last);
    } else {
        irq_last = mmio_read(GICC + 0xc);
        mmio_write(GICC + 0x10, irq_last);
    }
}

void gic_start(void)
{
    gic_version = (sysreg_read("id_aa64pfr0_el1") >> 24 & 0xf) != 0 ? 3 : 2;
    if (gic_version == 3) {
        mmio_write(GICR + 0x14, 0);
        mmio_write(GICR_SGI + 0x80, ~0U);
        for (unsigned i = 1; i <= (mmio_read(GICD + 4) & 0x1f); i++) {
            mmio_write(GICD + 0x80 + 4 * i, ~0U);
        }
        mmio_write(GICD, 0x12);
        sysreg_write(ICC_SRE_EL1, 7);
        sysreg_write(ICC_IGRPEN1_EL1, 1);
    } else {
        mmio_write(GICD, 1);
        mmio_write(GICC, 1);
    }
    gic_mask(0xff);
}

void gic_mask(uint8_t priority)
{
    if (gic_version == 3) {
        sysreg_write(ICC_PMR_EL1, priority);
    } else {
        mmio_write(GICC + 4, priority);
    }
}

/* Priority, trigger, enabled. */
void gic_set(uint32_t irq, uint8_t priority, bool edge)
{
    uint64_t frame = gic_version == 3 && irq < 32 ? GICR_SGI : GICD;
    uint64_t trigger = frame + 0xc00 + irq / 16 * 4;
    uint32_t bit = 2U << irq % 16 * 2;

    mmio_write_byte(frame + 0x400 + irq, priority);
    mmio_write(trigger, edge ? mmio_read(trigger) | bit : mmio_read(trigger) & ~bit);
    mmio_write(frame + 0x100 + irq / 32 * 4, 1U << irq % 32);
}
