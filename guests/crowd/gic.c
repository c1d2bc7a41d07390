/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller, either version, and the one interrupt handler. */
#include "guests/crowd/crowd.h"

#define GICD          UINT64_C(0x08000000)
#define GICC          UINT64_C(0x08010000)
#define GICR          UINT64_C(0x080a0000)
#define GICR_STRIDE   UINT64_C(0x20000)
#define GICR_SGI      UINT64_C(0x10000)
#define ICC_SGI1R_EL1 "s3_0_c12_c11_5"
#define SGI_OTHERS    (UINT64_C(1) << 40)

unsigned gic_version;

void crowd_interrupt(void);

static uint64_t frame_of(uint32_t irq)
{
    return gic_version == 3 && irq < 32 ? GICR + self_get()->index * GICR_STRIDE + GICR_SGI : GICD;
}

/* What quiets each interrupt. */
static void quiet(uint32_t irq)
{
    if (irq == VTIMER) {
        sysreg_write("cntv_ctl_el0", 0);
    } else if (irq == UART_IRQ) {
        mmio_write(UART + 0x44, 0x20); /* ICR: TX */
    }
}

void crowd_interrupt(void)
{
    struct processor *self = self_get();
    uint32_t value = gic_version == 3 ? (uint32_t)sysreg_read(ICC_IAR1_EL1) : mmio_read(GICC + 0xc);
    uint32_t irq = value & 0x3ff;

    if (irq >= IRQS_COUNT) {
        return;
    }
    quiet(irq);
    self->senders[irq] |= 1U << (gic_version == 3 ? 0 : value >> 10 & 7);
    if (gic_version == 3) {
        sysreg_write(ICC_EOIR1_EL1, value);
    } else {
        mmio_write(GICC + 0x10, value);
    }
    self->taken[irq]++;
}

void gic_start(void)
{
    gic_version = (sysreg_read("id_aa64pfr0_el1") >> 24 & 0xf) != 0 ? 3 : 2;
    for (unsigned i = 1; gic_version == 3 && i <= (mmio_read(GICD + 4) & 0x1f); i++) {
        mmio_write(GICD + 0x80 + 4 * i, ~0U);
    }
    mmio_write(GICD, gic_version == 3 ? 0x12 : 1);
    gic_start_own();
}

void gic_start_own(void)
{
    if (gic_version == 3) {
        uint64_t own = GICR + self_get()->index * GICR_STRIDE;
        mmio_write(own + 0x14, 0);
        mmio_write(own + GICR_SGI + 0x80, ~0U);
        mmio_write(own + GICR_SGI + 0x100, 0xffff);
        sysreg_write(ICC_SRE_EL1, 7);
        sysreg_write(ICC_PMR_EL1, 0xff);
        sysreg_write(ICC_IGRPEN1_EL1, 1);
    } else {
        mmio_write(GICC + 4, 0xff);
        mmio_write(GICC, 1);
    }
    for (uint32_t i = 0; i < 16; i++) {
        mmio_write_byte(frame_of(i) + 0x400 + i, 0x80);
    }
}

void gic_send(uint32_t sgi, uint32_t targets)
{
    barrier_dsb();
    if (gic_version == 3) {
        sysreg_write(ICC_SGI1R_EL1, (uint64_t)sgi << 24 | targets);
    } else {
        mmio_write(GICD + 0xf00, targets << 16 | sgi);
    }
}

void gic_send_others(uint32_t sgi)
{
    barrier_dsb();
    if (gic_version == 3) {
        sysreg_write(ICC_SGI1R_EL1, SGI_OTHERS | (uint64_t)sgi << 24);
    } else {
        mmio_write(GICD + 0xf00, 1U << 24 | sgi);
    }
}

void gic_enable(uint32_t irq, bool edge)
{
    uint64_t frame = frame_of(irq);
    uint64_t trigger = frame + 0xc00 + irq / 16 * 4;
    uint32_t bit = 2U << irq % 16 * 2;

    mmio_write_byte(frame + 0x400 + irq, 0x80);
    mmio_write(trigger, edge ? mmio_read(trigger) | bit : mmio_read(trigger) & ~bit);
    mmio_write(frame + 0x100 + irq / 32 * 4, 1U << irq % 32);
}

void gic_pend(uint32_t irq)
{
    mmio_write(frame_of(irq) + 0x200 + irq / 32 * 4, 1U << irq % 32);
}

void gic_route(uint32_t irq, uint32_t cpu)
{
    if (gic_version == 3) {
        mmio_write(GICD + 0x6000 + 8 * irq, cpu);
        mmio_write(GICD + 0x6004 + 8 * irq, 0);
    } else {
        mmio_write_byte(GICD + 0x800 + irq, (uint8_t)(1U << cpu));
    }
}

uint32_t gic_route_read(uint32_t irq)
{
    if (gic_version == 3) {
        return mmio_read(GICD + 0x6000 + 8 * irq);
    }
    return (uint32_t)__builtin_ctz(mmio_read(GICD + 0x800 + irq / 4 * 4) >> irq % 4 * 8 | 0x100);
}
