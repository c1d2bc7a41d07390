/* SPDX-License-Identifier: Apache-2.0 */
/* Knows every EL2 register and the value that it has for good. At entry they are UNKNOWN (Arm ARM
 * D1.2): what is not written here, in mmu.c, timer.c or kernel/dev is written on every change of
 * world. */
#include "barrier.h"
#include "exception.h"
#include "kernel/arch/arch.h"
#include "machine.h"
#include "mmu.h"
#include "sysreg.h"

struct machine machine;

/* MDCR_EL2: registers that guests are not offered trap. E2PB and E2TB = 0 trap SPE and TRBE
 * buffers; TDE stays 0, a guest's BRK is its own. */
#define MDCR_TRAPS                                                                                 \
    (UINT64_C(1) << 5 /* TPMCR */ | UINT64_C(1) << 6 /* TPM */ | UINT64_C(1) << 9 /* TDA */ |      \
     UINT64_C(1) << 10 /* TDOSA */ | UINT64_C(1) << 11 /* TDRA */ | UINT64_C(1) << 14 /* TPMS */ | \
     UINT64_C(1) << 17 /* HPMD */ | UINT64_C(1) << 19 /* TTRF */)

/* CTR_EL0: sizes of cache lines, and what is coherent without maintenance. */
#define CTR_LINES UINT64_C(0x300f000f)

/* 39-bit input, walk from level 1, inner and outer write-back, inner shareable, 4 KiB. */
#define VTCR_VALUE                                                                  \
    (UINT64_C(1) << 31 | UINT64_C(3) << 12 | UINT64_C(1) << 10 | UINT64_C(1) << 8 | \
     UINT64_C(1) << 6 | (64 - IPA_BITS))

#define MPAMHCR_TRAP (UINT64_C(1) << 31) /* MPAMIDR_EL1 */
#define MPAMIDR_HCR  (UINT64_C(1) << 17) /* there is an MPAMHCR_EL2 */

/* ID fields: shift in its register. */
enum id_shift {
    PFR0_RAS = 28,
    PFR0_MPAM = 40,
    PFR0_AMU = 44,
    PFR1_SME = 24,
    DFR0_PMU = 8,
    MMFR0_FGT = 56,
    MMFR1_VMID = 4
};

static bool pmu_present(void)
{
    uint64_t version = id_field(sysreg_read(id_aa64dfr0_el1), DFR0_PMU);
    return version != 0 && version != 15;
}

/* Registers of extensions. SVE and SME are opened to write theirs, then closed for good. */
static void init_optional(void)
{
    const uint64_t pfr0 = sysreg_read(id_aa64pfr0_el1), pfr1 = sysreg_read(ID_AA64PFR1);
    const uint64_t mmfr0 = sysreg_read(id_aa64mmfr0_el1), mmfr1 = sysreg_read(ID_AA64MMFR1);
    const uint64_t dfr0 = sysreg_read(id_aa64dfr0_el1);
    sysreg_write(cptr_el2, CPTR_OPEN & ~(UINT64_C(1) << 8 | UINT64_C(1) << 12));
    isb();
#define OPTIONAL(id, shift, least, name, value, doc) \
    if (id_field(id, shift) >= (least)) {            \
        sysreg_write(name, value);                   \
    }
#include "registers.def"
    if (id_field(pfr0, PFR0_MPAM) != 0 && (sysreg_read(MPAMIDR_EL1) & MPAMIDR_HCR)) {
        sysreg_write(MPAMHCR_EL2, MPAMHCR_TRAP);
    }
    if (id_field(pfr0, PFR0_AMU) != 0 && id_field(mmfr0, MMFR0_FGT) != 0) {
        sysreg_write(HAFGRTR_EL2, 0);
    }
    sysreg_write(cptr_el2, CPTR_CLOSED);
    isb();
}

/* Debug and PMU: closed for EL1 and EL0, and silent. */
static void init_debug(void)
{
    if (pmu_present()) {
        sysreg_write(pmcr_el0, 0);
        sysreg_write(pmcntenclr_el0, ~UINT64_C(0));
        sysreg_write(pmintenclr_el1, ~UINT64_C(0));
        sysreg_write(pmuserenr_el0, 0);
    }
    sysreg_write(osdlr_el1, 0);
    sysreg_write(oslar_el1, 0);
}

static void init_base(void)
{
    sysreg_write(hcr_el2, HCR_NATIVE);
#define CONSTANT(name, value, doc) sysreg_write(name, value);
#include "registers.def"
    sysreg_write(amair_el2, 0);
    sysreg_write(afsr0_el2, 0);
    sysreg_write(afsr1_el2, 0);
    sysreg_write(esr_el2, 0);
    sysreg_write(far_el2, 0);
    sysreg_write(hpfar_el2, 0);
    sysreg_write(elr_el2, 0);
    sysreg_write(spsr_el2, 0);
    sysreg_write(vmpidr_el2, UINT64_C(0x80000000));
    sysreg_write(vtcr_el2, machine.vtcr);
    sysreg_write(cnthp_ctl_el2, 0);
    sysreg_write(cnthp_cval_el2, 0);
}

/* EL1 as a native thread needs it; a vCPU loads all of EL1 before it runs. */
static void init_el1(void)
{
#define EAGER(name, mask, neutral, doc) sysreg_write(name, neutral);
#include "registers.def"
}

/* What decisions for all cores are made from. */
static struct machine features(void)
{
    uint64_t range = id_field(sysreg_read(id_aa64mmfr0_el1), 0);
    struct machine found = {
        .midr = sysreg_read(midr_el1),
        .lines = sysreg_read(ctr_el0) & CTR_LINES,
        .mdcr = MDCR_TRAPS,
        .vmid_bits = id_field(sysreg_read(ID_AA64MMFR1), MMFR1_VMID) == 2 ? 16 : 8,
        .physical_bits = mmu_physical_bits(range),
        .sme = id_field(sysreg_read(ID_AA64PFR1), PFR1_SME) != 0,
        .ras = id_field(sysreg_read(id_aa64pfr0_el1), PFR0_RAS) != 0,
    };
    if (pmu_present()) { /* HPMN: all counters are EL1's, none runs */
        found.mdcr |= sysreg_read(pmcr_el0) >> 11 & 31;
    }
    /* PS: at most 44 bits, so that VTTBR_NOWHERE of world.c is beyond it */
    found.vtcr = VTCR_VALUE | (range > 4 ? 4 : range) << 16 |
                 (found.vmid_bits == 16 ? UINT64_C(1) << 19 : 0);
    return found;
}

BOOT_ONLY void el2_find(bool phys_timer, bool smc)
{
    machine = features();
    machine.cnthctl = phys_timer ? 3 : 1;
    machine.phys_timer = phys_timer;
    machine.smc = smc;
    id_registers_init();
}

bool el2_fits(void)
{
    struct machine here = features();
    return here.vmid_bits >= machine.vmid_bits && here.physical_bits >= machine.physical_bits &&
           here.mdcr >= machine.mdcr && here.lines == machine.lines && here.sme == machine.sme &&
           here.ras == machine.ras && id_registers_fit();
}

void el2_init(void)
{
    init_base();
    init_optional();
    init_debug();
    init_el1();
    isb();
}
