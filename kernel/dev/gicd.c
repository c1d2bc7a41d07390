/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the registers by which interrupts are enabled, prioritised and deactivated (IHI 0069,
 * 12.9). */
#include "kernel/dev/gicd.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/dev/gic.h"
#include "kernel/dev/mmio.h"

#define TYPER      0x004
#define IGROUPR    0x080
#define ISENABLER  0x100
#define ICENABLER  0x180
#define ICPENDR    0x280
#define ISACTIVER  0x300
#define ICACTIVER  0x380
#define IPRIORITYR 0x400
#define ICFGR      0xc00

#define PRIORITY \
    0xa0u /* the same for all: threads have priorities, interrupts do not preempt each other */
#define PRIORITY_WORD (PRIORITY * 0x01010101u)

uint64_t gicd;
uint32_t gicd_count;

static uint64_t bank(uint32_t intid)
{
    return intid < GIC_SPI_FIRST ? cpu_this()->arch.gic : gicd;
}

/* Write one interrupt's bit to a register that sets or clears. */
static void bit_write(uint32_t offset, uint32_t intid)
{
    mmio_write32(bank(intid) + offset + intid / 32 * 4, UINT32_C(1) << intid % 32);
}

COLD void gicd_reset(uint32_t first, uint32_t end, bool group1)
{
    /* bound: boot: interrupts of the board; 32 when a core comes up */
    for (uint32_t i = first; i < end; i += 4) {
        uint64_t word = bank(i) + i / 32 * 4;
        mmio_write32(word + ICENABLER, ~UINT32_C(0));
        mmio_write32(word + ICPENDR, ~UINT32_C(0));
        mmio_write32(word + ICACTIVER, ~UINT32_C(0));
        mmio_write32(bank(i) + IPRIORITYR + i, PRIORITY_WORD);
        if (group1) {
            mmio_write32(word + IGROUPR, ~UINT32_C(0));
        }
    }
}

void arch_irq_enable(uint32_t intid, bool edge)
{
    uint64_t config = bank(intid) + ICFGR + intid / 16 * 4;
    uint32_t edge_bit = UINT32_C(2) << intid % 16 * 2;
    uint32_t value = mmio_read32(config) & ~edge_bit;
    mmio_write32(config, value | (edge ? edge_bit : 0));
    bit_write(ISENABLER, intid);
}

void arch_irq_disable(uint32_t intid)
{
    bit_write(ICENABLER, intid);
    bit_write(ICACTIVER, intid);
}

void gicd_set_active(uint32_t intid, bool active)
{
    bit_write(active ? ISACTIVER : ICACTIVER, intid);
}

BOOT_ONLY uint32_t arch_irq_count(void)
{
    return gicd_count;
}

BOOT_ONLY void gicd_init(uint64_t base)
{
    uint32_t lines = ((mmio_read32(base + TYPER) & 31) + 1) * 32;
    gicd = base;
    gicd_count = lines > GIC_SPECIAL ? GIC_SPECIAL : lines;
}
