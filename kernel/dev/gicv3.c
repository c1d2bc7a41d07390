/* SPDX-License-Identifier: Apache-2.0 */
/* Knows GICv3 (IHI 0069) with system registers: distributor, redistributors, ICC and ICH; and asks
 * gicv2.c instead, where the machine has a GICv2. */
#include "arch_fast.h"
#include "barrier.h"
#include "kernel/arch/arch.h"
#include "kernel/dev/gic.h"
#include "kernel/dev/gicd.h"
#include "kernel/dev/mmio.h"
#include "sysreg.h"

#define GICD_CTLR    0x0000
#define GICD_IROUTER 0x6000
#define CTLR_GROUP1  (1u << 1)
#define CTLR_ARE     (1u << 4)
#define CTLR_RWP     (1u << 31)

#define GICR_TYPER     0x0008
#define GICR_WAKER     0x0014
#define GICR_SGI_FRAME 0x10000
#define GICR_FRAMES    0x20000 /* RD and SGI frame */
#define TYPER_LAST     (UINT64_C(1) << 4)
#define TYPER_VLPIS    (UINT64_C(1) << 1)
#define WAKER_SLEEP    (1u << 1)
#define WAKER_ASLEEP   (1u << 2)

/* SRE, DFB, DIB; Enable = 0: EL1 may not ask for the old interface */
#define SRE_ON           UINT64_C(7)
#define ICC_CTLR_EOIMODE UINT64_C(2)
#define PATIENCE         1000000u

static uint64_t gicr, gicr_end;
static unsigned apr_count;
unsigned gic_lr_count;

const char *gic_lr_found(unsigned number)
{
    number = number > GIC_LR_MAX ? GIC_LR_MAX : number;
    gic_lr_count = gic_lr_count == 0 ? number : gic_lr_count;
    return number < gic_lr_count ? "it has fewer list registers than core 0" : NULL;
}

/* A core's redistributor: the frame of its affinity. 0: none. */
static COLD uint64_t redistributor_find(uint64_t mpidr)
{
    uint64_t affinity = (mpidr & 0xffffff) | (mpidr >> 8 & 0xff000000);
    /* bound: 8 redistributors, when a core comes up */
    for (uint64_t at = gicr; at < gicr_end;) {
        uint64_t typer = mmio_read64(at + GICR_TYPER);
        if (typer >> 32 == affinity) {
            return at;
        }
        if (typer & TYPER_LAST) {
            break;
        }
        at += typer & TYPER_VLPIS ? 2 * GICR_FRAMES : GICR_FRAMES;
    }
    return 0;
}

static COLD bool wait_clear(uint64_t address, uint32_t bits)
{
    /* bound: PATIENCE, when a core comes up */
    for (unsigned i = 0; i < PATIENCE; i++) {
        if ((mmio_read32(address) & bits) == 0) {
            return true;
        }
        cpu_relax();
    }
    return false;
}

BOOT_ONLY static void distributor_init(void)
{
    uint64_t self = cpu_this()->arch.mpidr;
    mmio_write32(gicd + GICD_CTLR, 0);
    (void)wait_clear(gicd + GICD_CTLR, CTLR_RWP);
    gicd_reset(GIC_SPI_FIRST, gicd_count, true);
    mmio_write32(gicd + GICD_CTLR, CTLR_ARE | CTLR_GROUP1);
    /* bound: boot */
    for (uint32_t i = GIC_SPI_FIRST; i < gicd_count; i++) {
        mmio_write64(gicd + GICD_IROUTER + 8 * (uint64_t)i, self);
    }
    (void)wait_clear(gicd + GICD_CTLR, CTLR_RWP);
}

static COLD void interface_init(void)
{
    sysreg_write(icc_sre_el2, SRE_ON);
    isb();
    sysreg_write(icc_sre_el1, SRE_ON);
    isb();
    sysreg_write(icc_pmr_el1, 0xff);
    sysreg_write(icc_bpr1_el1, 0);
    sysreg_write(icc_ap1r0_el1, 0);
    sysreg_write(icc_ctlr_el1, ICC_CTLR_EOIMODE);
    sysreg_write(icc_igrpen1_el1, 1);
    sysreg_write(ich_hcr_el2, 0);
    isb();
}

BOOT_ONLY void gicv3_init(const struct boot_gic *info)
{
    gicr = info->gicr;
    gicr_end = gicr + info->gicr_size;
    distributor_init();
}

/* ICC_SGI1R_EL1: Aff3, Aff2 and Aff1 in their places, of Aff0 a set of 16 and a bit in it. */
static COLD uint64_t sgi_target(uint64_t mpidr)
{
    uint64_t cluster = (mpidr & UINT64_C(0xff00000000)) << 16 | (mpidr & 0xff0000) << 16 |
                       (mpidr & 0xff00) << 8 | (mpidr & 0xf0) << 40;
    return cluster | (uint64_t)GIC_SGI_KICK << 24 | UINT64_C(1) << (mpidr & 15);
}

COLD const char *gic_start(struct cpu *cpu)
{
    if (gic_is_v2()) {
        return gicv2_start(cpu);
    }
    uint64_t redistributor = redistributor_find(cpu->arch.mpidr);
    if (redistributor == 0) {
        return "no GICv3 redistributor has its affinity";
    }
    uint64_t waker = redistributor + GICR_WAKER;
    mmio_write32(waker, mmio_read32(waker) & ~WAKER_SLEEP);
    if (!wait_clear(waker, WAKER_ASLEEP)) {
        return "its GICv3 redistributor does not wake up";
    }
    cpu->arch.gic = redistributor + GICR_SGI_FRAME;
    cpu->arch.target = sgi_target(cpu->arch.mpidr);
    gicd_reset(0, GIC_SPI_FIRST, true);
    interface_init();
    uint64_t type = sysreg_read(ich_vtr_el2);
    apr_count = 1u << ((type >> 26 & 7) - 4);
    /* bound: 16 list registers, when a core comes up */
    for (unsigned i = 0; i < GIC_LR_MAX && i <= (type & 0x1f); i++) {
        gic_lr_write(i, 0);
    }
    return gic_lr_found((unsigned)(type & 0x1f) + 1);
}

void arch_irq_route(uint32_t intid, const struct cpu *cpu)
{
    if (gic_is_v2()) {
        gicv2_route(intid, cpu);
    } else {
        mmio_write64(gicd + GICD_IROUTER + 8 * (uint64_t)intid, cpu->arch.mpidr);
    }
}

void arch_irq_deactivate(uint32_t iar)
{
    if (unlikely(gic_is_v2())) {
        gicv2_deactivate(iar);
    } else {
        sysreg_write(icc_dir_el1, iar);
    }
}

void arch_cpu_kick(const struct cpu *cpu)
{
    dsb_ishst(); /* what it is to look at is there before it is told (IHI 0069, 8.2.5) */
    if (unlikely(gic_is_v2())) {
        gicv2_kick(cpu);
    } else {
        sysreg_write(icc_sgi1r_el1, cpu->arch.target);
        isb();
    }
}

static_assert(GIC_LR_MAX == 4, "the first is asked for most");

uint64_t gic_lr_read(unsigned index)
{
    if (unlikely(gic_is_v2())) {
        return gicv2_lr_read(index);
    }
    return likely(index == 0) ? sysreg_read(ich_lr0_el2)
           : index == 1       ? sysreg_read(ich_lr1_el2)
           : index == 2       ? sysreg_read(ich_lr2_el2)
                              : sysreg_read(ich_lr3_el2);
}

void gic_lr_write(unsigned index, uint64_t value)
{
    if (unlikely(gic_is_v2())) {
        gicv2_lr_write(index, value);
    } else if (likely(index == 0)) {
        sysreg_write(ich_lr0_el2, value);
    } else if (index == 1) {
        sysreg_write(ich_lr1_el2, value);
    } else if (index == 2) {
        sysreg_write(ich_lr2_el2, value);
    } else {
        sysreg_write(ich_lr3_el2, value);
    }
}

uint32_t gic_lr_empty(void)
{
    return unlikely(gic_is_v2()) ? gicv2_read(GICH_ELRSR) : (uint32_t)sysreg_read(ich_elrsr_el2);
}

uint32_t gic_control(void)
{
    return unlikely(gic_is_v2()) ? gicv2_read(GICH_HCR) : (uint32_t)sysreg_read(ich_hcr_el2);
}

void gic_set_control(uint32_t control)
{
    if (unlikely(gic_is_v2())) {
        gicv2_set_control(control);
    } else {
        sysreg_write(ich_hcr_el2, control);
    }
}

uint32_t gic_vmcr(void)
{
    return unlikely(gic_is_v2()) ? gicv2_read(GICH_VMCR) & ~VMCR_RESERVED
                                 : (uint32_t)sysreg_read(ich_vmcr_el2);
}

/* Active priority registers that this implementation has: 1, 2 or 4 of each group. */
#define APRS(X)          \
    X(0)                 \
    if (apr_count > 1) { \
        X(1)             \
    }                    \
    if (apr_count > 2) { \
        X(2)             \
        X(3)             \
    }

void gic_save(struct gic_interface *interface)
{
    interface->vmcr = gic_vmcr();
    if (gic_is_v2()) {
        gicv2_save(interface);
        return;
    }
#define APR(n)                                                       \
    interface->apr[0][n] = (uint32_t)sysreg_read(ich_ap0r##n##_el2); \
    interface->apr[1][n] = (uint32_t)sysreg_read(ich_ap1r##n##_el2);
    APRS(APR)
#undef APR
}

void gic_load(const struct gic_interface *interface)
{
    if (gic_is_v2()) {
        gicv2_load(interface);
        return;
    }
    sysreg_write(ich_vmcr_el2, interface->vmcr);
#define APR(n)                                             \
    sysreg_write(ich_ap0r##n##_el2, interface->apr[0][n]); \
    sysreg_write(ich_ap1r##n##_el2, interface->apr[1][n]);
    APRS(APR)
#undef APR
}
