/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how changes of a cell's address space reach the TLBs (Arm ARM D8.13, D8.14). */
#include "arch_fast.h"
#include "barrier.h"
#include "kernel/arch/arch.h"
#include "machine.h"
#include "sysreg.h"

#define VMID_SHIFT 48

/* TLB operations act on the VMID in VTTBR_EL2. While it is another cell's, TGE must be 1: no walk
 * of a guest's stage 1 may be tagged with that VMID (speculative AT errata, docs/design.md). */
struct PAIR borrowed {
    uint64_t vttbr;
    uint64_t hcr;
};

static struct borrowed vmid_borrow(uint64_t vttbr)
{
    struct borrowed old = {sysreg_read(vttbr_el2), sysreg_read(hcr_el2)};
    if (old.vttbr != vttbr) {
        sysreg_write(hcr_el2, HCR_NATIVE);
        isb();
        sysreg_write(vttbr_el2, vttbr);
        isb();
    }
    return old;
}

static void vmid_return(struct borrowed old, uint64_t vttbr)
{
    if (old.vttbr != vttbr) {
        sysreg_write(vttbr_el2, old.vttbr);
        isb();
        sysreg_write(hcr_el2, old.hcr);
    }
    isb();
}

uint64_t arch_vttbr(paddr root, uint16_t vmid)
{
    return (uint64_t)vmid << VMID_SHIFT | root.raw;
}

/* VMID 0 belongs to the idle thread. */
uint32_t arch_vmid_count(void)
{
    return (UINT32_C(1) << machine.vmid_bits) - 1;
}

BOOT_ONLY uint32_t arch_physical_bits(void)
{
    return machine.physical_bits;
}

/* An entry that was invalid is not in any TLB: the walkers only have to see the store. The isb
 * spares this core a fault on its own new mapping. */
void arch_stage2_publish(void)
{
    dsb_ishst();
    isb();
}

/* The entry is 0 already. Combined entries hold the result of both stages, so the stage-1 part
 * goes too. */
void arch_stage2_flush(uint64_t vttbr, ipa address, uint64_t size)
{
    (void)size; /* one operation takes away the entry of a block of any size */
    dsb_ishst();
    struct borrowed old = vmid_borrow(vttbr);
    tlbi_ipas2e1is(address.raw >> PAGE_SHIFT);
    dsb_ish();
    tlbi_vmalle1is();
    dsb_ish();
    vmid_return(old, vttbr);
}

void arch_stage2_flush_all(uint64_t vttbr)
{
    dsb_ishst();
    struct borrowed old = vmid_borrow(vttbr);
    tlbi_vmalls12e1is();
    dsb_ish();
    vmid_return(old, vttbr);
}

void arch_icache_invalidate(void)
{
    dsb_ish();
    ic_ialluis();
    dsb_ish();
    isb();
}
