/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the registers that a GICv2 and a GICv3 need for one processor's group 1 interrupts. */
#include "guests/rtos/gic.h"

#include "guests/bare/sysreg.h"

#define GICD_CTLR       0x000
#define GICD_TYPER      0x004
#define GICD_IGROUPR    0x080
#define GICD_ISENABLER  0x100
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR  0x800
#define GICC_CTLR       0x000
#define GICC_PMR        0x004
#define GICC_IAR        0x00c
#define GICC_EOIR       0x010
#define GICR_WAKER      0x014
#define GICR_SGI        0x10000 /* the frame with the registers of interrupts 0..31 */

#define V3_ENABLE     0x12 /* CTLR: affinity routing, group 1 */
#define WAKER_SLEEP   2U   /* ProcessorSleep */
#define WAKER_ASLEEP  4U   /* ChildrenAsleep */
#define PRIORITY      0x80
#define PRIORITY_ALL  0xff
#define FIRST_SPI     32
#define IN_GROUP_ONE  (~0U)
#define LINES_MASK    0x1fU
#define BITS_PER_WORD 32

static const struct board *gic;

static void open_v2(void)
{
    mmio_write(gic->gicd + GICD_CTLR, 1);
    mmio_write(gic->gicc + GICC_PMR, PRIORITY_ALL);
    mmio_write(gic->gicc + GICC_CTLR, 1);
}

static void open_v3(void)
{
    uint64_t waker = gic->gicr + GICR_WAKER;

    mmio_write(gic->gicd + GICD_CTLR, V3_ENABLE);
    mmio_write(waker, mmio_read(waker) & ~WAKER_SLEEP);
    while ((mmio_read(waker) & WAKER_ASLEEP) != 0) {
        cpu_pause();
    }
    mmio_write(gic->gicr + GICR_SGI + GICD_IGROUPR, IN_GROUP_ONE);
    for (uint32_t i = 1; i <= (mmio_read(gic->gicd + GICD_TYPER) & LINES_MASK); i++) {
        mmio_write(gic->gicd + GICD_IGROUPR + 4 * i, IN_GROUP_ONE);
    }
    sysreg_write(ICC_SRE_EL1, 7);
    sysreg_write(ICC_PMR_EL1, PRIORITY_ALL);
    sysreg_write(ICC_IGRPEN1_EL1, 1);
}

void gic_open(const struct board *board)
{
    gic = board;
    if (board->gic_version == 3) {
        open_v3();
    } else {
        open_v2();
    }
}

void gic_enable(uint32_t interrupt)
{
    uint64_t frame =
        gic->gic_version == 3 && interrupt < FIRST_SPI ? gic->gicr + GICR_SGI : gic->gicd;

    mmio_write_byte(frame + GICD_IPRIORITYR + interrupt, PRIORITY);
    if (gic->gic_version == 2 && interrupt >= FIRST_SPI) {
        mmio_write_byte(frame + GICD_ITARGETSR + interrupt, 1);
    }
    mmio_write(frame + GICD_ISENABLER + interrupt / BITS_PER_WORD * 4,
               1U << interrupt % BITS_PER_WORD);
}

uint32_t gic_acknowledge(void)
{
    return gic->gic_version == 3 ? (uint32_t)sysreg_read(ICC_IAR1_EL1)
                                 : mmio_read(gic->gicc + GICC_IAR);
}

void gic_end(uint32_t interrupt)
{
    if (gic->gic_version == 3) {
        sysreg_write(ICC_EOIR1_EL1, interrupt);
    } else {
        mmio_write(gic->gicc + GICC_EOIR, interrupt);
    }
}
