/* SPDX-License-Identifier: Apache-2.0 */
/* One virtual address, the same ASID, and on each processor another page behind it. */
#include "guests/crowd/crowd.h"

#define RAM        UINT64_C(0x40000000)
#define SHARED_VA  ((volatile uint32_t *)0x80000000) /* the third GiB */
#define ASID       (UINT64_C(5) << 48)
#define NOT_GLOBAL 0x800
#define ROUNDS     200

static uint64_t tables[CPUS_MAX][3][512] __attribute__((aligned(4096)));
static uint32_t pages[CPUS_MAX][1024] __attribute__((aligned(4096)));

/* Gigabytes 0 and 1 where they are, and this processor's page at SHARED_VA. Caches stay off. */
static void mmu_on(const struct processor *self)
{
    uint64_t(*t)[512] = tables[self->index];

    t[0][0] = 0x401;
    t[0][1] = RAM | 0x405;
    t[0][2] = (uint64_t)t[1] | 3;
    t[1][0] = (uint64_t)t[2] | 3;
    t[2][0] = (uint64_t)pages[self->index] | NOT_GLOBAL | 0x407;
    sysreg_write("mair_el1", 0x4400); /* 0: device, 1: normal, not cached */
    sysreg_write("tcr_el1", 25 | UINT64_C(1) << 23 | UINT64_C(1) << 36); /* 39 bits, ASIDs of 16 */
    sysreg_write("ttbr0_el1", (uint64_t)t[0] | ASID);
    tlb_flush();
    sysreg_write("sctlr_el1", sysreg_read("sctlr_el1") | 1);
}

static void mmu_off(void)
{
    sysreg_write("sctlr_el1", sysreg_read("sctlr_el1") & ~UINT64_C(1));
}

/* Writes and reads it, while the others do the same, over many changes of processor. */
static void use_page(struct processor *self)
{
    uint32_t wrong = 0;

    mmu_on(self);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t value = self->index << 16 | i;
        *SHARED_VA = value;
        gic_send(4, 1U << (self->index + 1) % cpu_count);
        for (unsigned k = 0; k < 5; k++) {
            pause_long();
            wrong += *SHARED_VA != value;
        }
    }
    mmu_off();
    self->number = wrong;
}

void crowd_memory(void)
{
    bool right = true;

    for (uint32_t i = cpu_count; i-- > 0;) {
        tell(i, use_page, 0);
    }
    right = within_time(all_idle());
    for (uint32_t i = 0; i < cpu_count; i++) {
        right = right && processors[i].number == 0 && pages[i][0] == (i << 16 | (ROUNDS - 1));
    }
    check("one ASID, one address, another page on each processor", right);
}
