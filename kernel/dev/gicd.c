/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the registers by which interrupts are enabled, prioritised and deactivated (IHI 0069,
 * 12.9). */
#include "kernel/dev/gicd.h"

#include "kernel/dev/mmio.h"

#define TYPER      0x004
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

static uint64_t word(uint64_t bank, uint32_t offset, uint32_t intid)
{
    return bank + offset + intid / 32 * 4;
}

static uint32_t bit(uint32_t intid)
{
    return UINT32_C(1) << intid % 32;
}

COLD void gicd_reset(uint64_t bank, uint32_t first, uint32_t end)
{
    /* bound: boot: interrupts of the board; 32 when a core comes up */
    for (uint32_t i = first; i < end; i += 32) {
        mmio_write32(word(bank, ICENABLER, i), ~UINT32_C(0));
        mmio_write32(word(bank, ICPENDR, i), ~UINT32_C(0));
        mmio_write32(word(bank, ICACTIVER, i), ~UINT32_C(0));
    }
    /* bound: boot: interrupts of the board; 32 when a core comes up */
    for (uint32_t i = first; i < end; i += 4) {
        mmio_write32(bank + IPRIORITYR + i, PRIORITY_WORD);
    }
}

void gicd_enable(uint64_t bank, uint32_t intid, bool edge)
{
    uint64_t config = bank + ICFGR + intid / 16 * 4;
    uint32_t edge_bit = UINT32_C(2) << intid % 16 * 2;
    uint32_t value = mmio_read32(config) & ~edge_bit;
    mmio_write32(config, value | (edge ? edge_bit : 0));
    mmio_write32(word(bank, ISENABLER, intid), bit(intid));
}

void gicd_disable(uint64_t bank, uint32_t intid)
{
    mmio_write32(word(bank, ICENABLER, intid), bit(intid));
    mmio_write32(word(bank, ICACTIVER, intid), bit(intid));
}

void gicd_set_active(uint64_t bank, uint32_t intid, bool active)
{
    mmio_write32(word(bank, active ? ISACTIVER : ICACTIVER, intid), bit(intid));
}

BOOT_ONLY uint32_t gicd_count(uint64_t gicd)
{
    uint32_t lines = ((mmio_read32(gicd + TYPER) & 31) + 1) * 32;
    return lines > 1020 ? 1020 : lines;
}
