/* SPDX-License-Identifier: Apache-2.0 */
/* Knows GICv3 (IHI 0069) with system registers: distributor, redistributors, ICC and ICH. */
#include "arch_fast.h"
#include "barrier.h"
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

#define LRS(X) X(0) X(1) X(2) X(3)
static_assert(GIC_LR_MAX == 4, "LRS");

static uint64_t v3_lr_read(unsigned index)
{
    switch (index) {
#define LR(n) \
    case n:   \
        return sysreg_read(ich_lr##n##_el2);
        LRS(LR)
#undef LR
    default:
        return 0;
    }
}

static void v3_lr_write(unsigned index, uint64_t value)
{
    switch (index) {
#define LR(n)                                 \
    case n:                                   \
        sysreg_write(ich_lr##n##_el2, value); \
        break;
        LRS(LR)
#undef LR
    default:
        break;
    }
}

BOOT_ONLY void gicv3_init(const struct boot_gic *info)
{
    gicr = info->gicr;
    gicr_end = gicr + info->gicr_size;
    distributor_init();
}

static COLD const char *v3_start(struct cpu *cpu)
{
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
    gicd_reset(0, GIC_SPI_FIRST, true);
    interface_init();
    uint64_t type = sysreg_read(ich_vtr_el2);
    apr_count = 1u << ((type >> 26 & 7) - 4);
    /* bound: 16 list registers, when a core comes up */
    for (unsigned i = 0; i < GIC_LR_MAX && i <= (type & 0x1f); i++) {
        v3_lr_write(i, 0);
    }
    return gic_lr_found((unsigned)(type & 0x1f) + 1);
}

/* ICC_SGI1R_EL1: Aff3, Aff2 and Aff1 in their places, of Aff0 a set of 16 and a bit in it. */
static void v3_kick(const struct cpu *cpu)
{
    uint64_t mpidr = cpu->arch.mpidr;
    uint64_t cluster = (mpidr & UINT64_C(0xff00000000)) << 16 | (mpidr & 0xff0000) << 16 |
                       (mpidr & 0xff00) << 8 | (mpidr & 0xf0) << 40;
    sysreg_write(icc_sgi1r_el1,
                 cluster | (uint64_t)GIC_SGI_KICK << 24 | UINT64_C(1) << (mpidr & 15));
    isb();
}

static void v3_route(uint32_t intid, const struct cpu *cpu)
{
    mmio_write64(gicd + GICD_IROUTER + 8 * (uint64_t)intid, cpu->arch.mpidr);
}

static uint32_t v3_ack(void)
{
    uint32_t iar = (uint32_t)sysreg_read(icc_iar1_el1);
    dsb_sy(); /* the acknowledge is done before the device is touched (IHI 0069, 4.1.1) */
    return iar;
}

static void v3_drop(uint32_t iar)
{
    sysreg_write(icc_eoir1_el1, iar);
}

static void v3_deactivate(uint32_t iar)
{
    sysreg_write(icc_dir_el1, iar);
}

static uint32_t v3_lr_empty(void)
{
    return (uint32_t)sysreg_read(ich_elrsr_el2);
}

static uint32_t v3_control(void)
{
    return (uint32_t)sysreg_read(ich_hcr_el2);
}

static void v3_set_control(uint32_t control)
{
    sysreg_write(ich_hcr_el2, control);
}

static uint32_t v3_vmcr(void)
{
    return (uint32_t)sysreg_read(ich_vmcr_el2);
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

static void v3_save(struct gic_interface *interface)
{
    interface->vmcr = v3_vmcr();
#define APR(n)                                                       \
    interface->apr[0][n] = (uint32_t)sysreg_read(ich_ap0r##n##_el2); \
    interface->apr[1][n] = (uint32_t)sysreg_read(ich_ap1r##n##_el2);
    APRS(APR)
#undef APR
}

static void v3_load(const struct gic_interface *interface)
{
    sysreg_write(ich_vmcr_el2, interface->vmcr);
#define APR(n)                                             \
    sysreg_write(ich_ap0r##n##_el2, interface->apr[0][n]); \
    sysreg_write(ich_ap1r##n##_el2, interface->apr[1][n]);
    APRS(APR)
#undef APR
}

const struct gic gicv3 = {
    .name = "GICv3",
    .start = v3_start,
    .kick = v3_kick,
    .route = v3_route,
    .ack = v3_ack,
    .drop = v3_drop,
    .deactivate = v3_deactivate,
    .lr_read = v3_lr_read,
    .lr_write = v3_lr_write,
    .lr_empty = v3_lr_empty,
    .control = v3_control,
    .set_control = v3_set_control,
    .vmcr = v3_vmcr,
    .save = v3_save,
    .load = v3_load,
};
