/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what a GICv2 and a GICv3 need before the first interrupt. */
#include "guests/bare/gic.h"

#include "guests/bare/sysreg.h"

#define GICR     UINT64_C(0x080a0000)
#define GICR_SGI (GICR + 0x10000)

static unsigned gic_version;

static void open_v2(void)
{
    mmio_write(GICD, 1);        /* CTLR: forward */
    mmio_write(GICC + 4, 0xff); /* PMR: any priority */
    mmio_write(GICC, 1);        /* CTLR: signal */
}

static void open_v3(void)
{
    mmio_write(GICD, 0x12);                                /* CTLR: affinity routing, group 1 */
    mmio_write(GICR + 0x14, mmio_read(GICR + 0x14) & ~2U); /* WAKER: not asleep */
    while ((mmio_read(GICR + 0x14) & 4) != 0) {
        cpu_pause();
    }
    mmio_write(GICR_SGI + 0x80, ~0U); /* IGROUPR0: all in group 1 */
    sysreg_write(ICC_SRE_EL1, 7);
    sysreg_write(ICC_PMR_EL1, 0xff);
    sysreg_write(ICC_IGRPEN1_EL1, 1);
}

unsigned gic_open(void)
{
    gic_version = (sysreg_read("id_aa64pfr0_el1") >> 24 & 0xf) != 0 ? 3 : 2;
    if (gic_version == 3) {
        open_v3();
    } else {
        open_v2();
    }
    return gic_version;
}

void gic_enable(uint32_t interrupt)
{
    uint64_t frame = gic_version == 3 ? GICR_SGI : GICD;

    mmio_write_byte(frame + 0x400 + interrupt, 0x80); /* IPRIORITYR */
    mmio_write(frame + 0x100, 1U << interrupt);       /* ISENABLER0 */
}

uint32_t gic_acknowledge(void)
{
    return gic_version == 3 ? (uint32_t)sysreg_read(ICC_IAR1_EL1) : mmio_read(GICC + 0xc);
}

void gic_end(uint32_t interrupt)
{
    if (gic_version == 3) {
        sysreg_write(ICC_EOIR1_EL1, interrupt);
    } else {
        mmio_write(GICC + 0x10, interrupt);
    }
}
