/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the kernel's stage 1 at EL2 (Arm ARM D8.3): a flat map of the image, the root pool, the
 * GIC, the UART and, until boot is over, boot_info. Only boot needs this file: window.c changes the
 * map later. */
#include "mmu.h"

#include "barrier.h"
#include "kernel/arch/arch.h"
#include "sysreg.h"

#define ENTRIES          MMU_ENTRIES
#define BLOCK_SIZE       (UINT64_C(1) << 21)
#define GIGA_SHIFT       30
#define ADDRESS_BITS_MIN 31u /* fewer would start the walk at level 2 */
#define ADDRESS_BITS_MAX 36u

#define MAP_CODE   (PTE_COMMON | PTE_NORMAL | PTE_READ_ONLY)
#define MAP_CONST  (PTE_COMMON | PTE_NORMAL | PTE_READ_ONLY | PTE_XN)
#define MAP_DEVICE (PTE_COMMON | PTE_XN)

/* MAIR_EL2: attribute 0 Device-nGnRE, attribute 1 normal write-back. */
#define MAIR_VALUE UINT64_C(0xff04)
/* Inner and outer write-back, inner shareable, 4 KiB; RES1 bits 31 and 23. */
#define TCR_VALUE                                                                    \
    (UINT64_C(1) << 31 | UINT64_C(1) << 23 | UINT64_C(3) << 12 | UINT64_C(1) << 10 | \
     UINT64_C(1) << 8)
/* RES1 bits; WXN, I, SA, C, M. */
#define SCTLR_VALUE \
    (UINT64_C(0x30c50830) | UINT64_C(1) << 19 | UINT64_C(1) << 12 | UINT64_C(1) << 3 | UINT64_C(5))

extern char image_start[], image_data[], image_boot[], image_end[];

/* One entry per GiB; its size and alignment are those of a 36-bit address space. */
static uint64_t root[1u << (ADDRESS_BITS_MAX - GIGA_SHIFT)]
    __attribute__((section(".root"), aligned(512)));
static uint64_t blocks[ENTRIES] MMU_TABLE;

/* All GiBs share one table of level 2, as long as nothing in them is at the same place: an address
 * also shows, with the same rights, what is there in another GiB. A page of tables is saved. */
static uint64_t *block_entry(uint64_t address)
{
    root[address >> GIGA_SHIFT] = address_of(blocks) | PTE_TABLE;
    return &blocks[address / BLOCK_SIZE % ENTRIES];
}

/* Map the block or page at address; returns its size, 0 if its place is taken. Pages are mapped in
 * the image's 2 MiB only. */
static uint64_t map_step(uint64_t address, uint64_t size, uint64_t attributes)
{
    uint64_t *entry = block_entry(address);
    uint64_t near = address_of(mmu_pages) | PTE_TABLE;
    if (is_aligned(address, BLOCK_SIZE) && size >= BLOCK_SIZE) {
        uint64_t wanted = address | attributes | PTE_BLOCK;
        if (*entry != 0 && *entry != wanted) {
            return 0;
        }
        *entry = wanted;
        return BLOCK_SIZE;
    }
    if (address / BLOCK_SIZE != address_of(image_start) / BLOCK_SIZE ||
        (*entry != 0 && *entry != near)) {
        return 0;
    }
    *entry = near;
    *mmu_page_entry(address) = address | attributes | PTE_PAGE;
    return PAGE_SIZE;
}

static bool map(uint64_t base, uint64_t size, uint64_t attributes)
{
    if (size > UINT64_C(1) << ADDRESS_BITS_MAX || base > (UINT64_C(1) << ADDRESS_BITS_MAX) - size) {
        return false;
    }
    /* bound: boot */
    while (size != 0) {
        uint64_t done = map_step(base, size, attributes);
        if (done == 0) {
            return false;
        }
        base += done;
        size = size > done ? size - done : 0;
    }
    return true;
}

/* Device registers: never executed, never speculated, so the rest of their 2 MiB does no harm and a
 * table is saved. */
static bool map_device(uint64_t base, uint64_t size)
{
    uint64_t from = base & ~(BLOCK_SIZE - 1);
    uint64_t to = (base + size + BLOCK_SIZE - 1) & ~(BLOCK_SIZE - 1);
    return base == 0 || map(from, to - from, MAP_DEVICE);
}

static bool map_image(void)
{
    uint64_t code = address_of(image_start), data = address_of(image_data);
    uint64_t boot = address_of(image_boot);
    return map(code, data - code, MAP_CODE) && map(data, boot - data, MAP_DATA) &&
           map(boot, address_of(image_end) - boot, MAP_CODE);
}

/* boot_info, which cells get as RAM, too. */
static bool map_info(const struct boot_info *info)
{
    uint64_t base = address_of(info) & ~(PAGE_SIZE - 1);
    mmu_boot_end.raw = (address_of(info) + info->size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    return map(base, mmu_boot_end.raw - base, MAP_CONST);
}

uint64_t mmu_window(uint64_t above)
{
    uint64_t first = address_of(image_start) & ~(BLOCK_SIZE - 1);
    uint64_t at = above != 0 ? above : first + BLOCK_SIZE;
    /* bound: boot */
    while (at > first) {
        at -= PAGE_SIZE;
        if (*mmu_page_entry(at) == 0) {
            return at;
        }
    }
    return 0;
}

static bool map_gic(const struct boot_gic *gic)
{
    return map_device(gic->gicd, 0x10000) && map_device(gic->gicc, 0x2000) &&
           map_device(gic->gich, 0x1000) && map_device(gic->gicr, gic->gicr_size);
}

static uint64_t address_bits(void)
{
    uint64_t last = 0;
    /* bound: boot */
    for (uint64_t i = 0; i < sizeof(root) / sizeof(root[0]); i++) {
        last = root[i] ? i : last;
    }
    uint64_t bits = GIGA_SHIFT + (last ? 64 - (uint64_t)__builtin_clzll(last) : 0);
    return bits < ADDRESS_BITS_MIN ? ADDRESS_BITS_MIN : bits;
}

static void mmu_enable(void)
{
    uint64_t physical = id_field(sysreg_read(id_aa64mmfr0_el1), 0);
    mmu_registers.mair = MAIR_VALUE;
    mmu_registers.tcr = TCR_VALUE | (physical > 5 ? 5 : physical) << 16 | (64 - address_bits());
    mmu_registers.ttbr0 = address_of(root);
    mmu_registers.sctlr = SCTLR_VALUE;
    dsb_sy();
    mmu_on();
}

const char *mmu_start(const struct boot_info *info)
{
    if (!map_image() || !map_info(info) || !map(info->pool_base, info->pool_size, MAP_DATA) ||
        !map_gic(&info->gic) || !map_device(info->uart, 0x1000)) {
        return "kernel, pool and devices do not fit its tables: a pool below 2 MiB must be in the "
               "kernel's 2 MiB, nothing above 64 GiB, and no two in the same 2 MiB of their GiBs";
    }
    mmu_enable();
    return NULL;
}
