/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the kernel's stage 1 at EL2 (Arm ARM D8.3): a flat map of the image, the root pool, the
 * GIC, the
 * UART and, until boot is over, boot_info; and the per-core window that cleans and zeroes single
 * pages. */
#include "mmu.h"

#include "arch_fast.h"
#include "barrier.h"
#include "kernel/arch/arch.h"
#include "sysreg.h"

#define ENTRIES          512u
#define BLOCK_SIZE       (UINT64_C(1) << 21)
#define GIGA_SHIFT       30
#define ADDRESS_BITS_MIN 31u /* fewer would start the walk at level 2 */
#define ADDRESS_BITS_MAX 36u
#define TABLES           4u /* QEMU virt: devices, RAM, the image's 2 MiB; one to spare */

#define PTE_VALID   UINT64_C(1)
#define PTE_TABLE   UINT64_C(3)
#define PTE_PAGE    UINT64_C(3)
#define PTE_BLOCK   UINT64_C(1)
#define PTE_ADDRESS (((UINT64_C(1) << 48) - 1) & ~(PAGE_SIZE - 1))
/* AP[1] is RES1 at EL2 (bit 6), inner shareable, accessed. */
#define PTE_COMMON    (UINT64_C(1) << 6 | UINT64_C(3) << 8 | UINT64_C(1) << 10)
#define PTE_READ_ONLY (UINT64_C(1) << 7)
#define PTE_XN        (UINT64_C(1) << 54)
#define PTE_NORMAL    (UINT64_C(1) << 2) /* MAIR attribute 1 */

#define MAP_CODE   (PTE_COMMON | PTE_NORMAL | PTE_READ_ONLY)
#define MAP_CONST  (PTE_COMMON | PTE_NORMAL | PTE_READ_ONLY | PTE_XN)
#define MAP_DATA   (PTE_COMMON | PTE_NORMAL | PTE_XN)
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

extern char image_start[], image_rodata[], image_data[], image_end[];

/* One entry per GiB; its size and alignment are those of a 36-bit address space. */
static uint64_t root[1u << (ADDRESS_BITS_MAX - GIGA_SHIFT)] __attribute__((aligned(512)));
static uint64_t tables[TABLES][ENTRIES] __attribute__((section(".tables"), aligned(4096)));
static uint32_t tables_used;
static uint64_t *window_entry; /* level 3, of the image's 2 MiB */
static uint64_t window_address;

/* A range to map; block: device registers, whose 2 MiB surroundings may be mapped too. */
struct mapping {
    uint64_t base;
    uint64_t size;
    uint64_t attributes;
};

static uint64_t address_of(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

/* The table that an entry names; a new one if the entry is empty. NULL: none left, or a block is
 * there. */
static uint64_t *next_table(uint64_t *entry)
{
    if (*entry == 0) {
        if (tables_used == TABLES) {
            return NULL;
        }
        *entry = address_of(tables[tables_used++]) | PTE_TABLE;
    }
    return (*entry & PTE_TABLE) == PTE_TABLE ? (uint64_t *)(uintptr_t)(*entry & PTE_ADDRESS) : NULL;
}

static uint64_t *page_entry(uint64_t address)
{
    uint64_t *table = next_table(&root[address >> GIGA_SHIFT]);
    table = table ? next_table(&table[address / BLOCK_SIZE % ENTRIES]) : NULL;
    return table ? &table[address / PAGE_SIZE % ENTRIES] : NULL;
}

/* Map the block or page at address; returns its size, 0 if there is no table left for it. */
static uint64_t map_step(uint64_t address, uint64_t size, uint64_t attributes)
{
    if (is_aligned(address, BLOCK_SIZE) && size >= BLOCK_SIZE) {
        uint64_t *table = next_table(&root[address >> GIGA_SHIFT]);
        if (!table) {
            return 0;
        }
        table[address / BLOCK_SIZE % ENTRIES] = address | attributes | PTE_BLOCK;
        return BLOCK_SIZE;
    }
    uint64_t *entry = page_entry(address);
    if (!entry) {
        return 0;
    }
    *entry = address | attributes | PTE_PAGE;
    return PAGE_SIZE;
}

static bool map(struct mapping m)
{
    if (m.size > UINT64_C(1) << ADDRESS_BITS_MAX ||
        m.base > (UINT64_C(1) << ADDRESS_BITS_MAX) - m.size) {
        return false;
    }
    while (m.size != 0) {
        uint64_t done = map_step(m.base, m.size, m.attributes);
        if (done == 0) {
            return false;
        }
        m.base += done;
        m.size = m.size > done ? m.size - done : 0;
    }
    return true;
}

/* Device registers: never executed, never speculated, so the rest of their 2 MiB does no harm and a
 * table is saved. */
static bool map_device(uint64_t base, uint64_t size)
{
    uint64_t from = base & ~(BLOCK_SIZE - 1);
    uint64_t to = (base + size + BLOCK_SIZE - 1) & ~(BLOCK_SIZE - 1);
    return base == 0 || map((struct mapping){from, to - from, MAP_DEVICE});
}

static bool map_image(void)
{
    uint64_t code = address_of(image_start), constants = address_of(image_rodata);
    uint64_t data = address_of(image_data), end = address_of(image_end);
    return map((struct mapping){code, constants - code, MAP_CODE}) &&
           map((struct mapping){constants, data - constants, MAP_CONST}) &&
           map((struct mapping){data, end - data, MAP_DATA});
}

static struct mapping boot_mapping(const struct boot_info *info)
{
    uint64_t base = address_of(info) & ~(PAGE_SIZE - 1);
    uint64_t end = (address_of(info) + info->size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    return (struct mapping){base, end - base, MAP_CONST};
}

/* Everything of the image's 2 MiB that nothing was mapped to belongs to cells: the window's virtual
 * address may be any of it. */
static bool window_place(void)
{
    window_address = address_of(image_start) | (BLOCK_SIZE - PAGE_SIZE);
    for (uint32_t i = 0; i < ENTRIES; i++, window_address -= PAGE_SIZE) {
        window_entry = page_entry(window_address);
        if (!window_entry || *window_entry == 0) {
            break;
        }
    }
    return window_entry && *window_entry == 0;
}

/* The stack's guard page: whoever runs over the stack gets an exception instead of other data. */
static void unmap_guard(void)
{
    uint64_t guard = address_of(cpu_this()) - 2 * PAGE_SIZE;
    *page_entry(guard) = 0;
}

static bool map_gic(const struct boot_gic *gic)
{
    return map_device(gic->gicd, 0x10000) && map_device(gic->gicc, 0x2000) &&
           map_device(gic->gich, 0x1000) && map_device(gic->gicr, gic->gicr_size);
}

uint32_t mmu_physical_bits(void)
{
    static const uint8_t bits[8] = {32, 36, 40, 42, 44, 48, 48, 48};
    return bits[id_field(sysreg_read(id_aa64mmfr0_el1), 0) & 7];
}

static uint64_t address_bits(void)
{
    uint64_t last = 0;
    for (uint64_t i = 0; i < sizeof(root) / sizeof(root[0]); i++) {
        last = root[i] ? i : last;
    }
    uint64_t bits = GIGA_SHIFT + (last ? 64 - (uint64_t)__builtin_clzll(last) : 0);
    return bits < ADDRESS_BITS_MIN ? ADDRESS_BITS_MIN : bits;
}

static void mmu_enable(void)
{
    uint64_t physical = id_field(sysreg_read(id_aa64mmfr0_el1), 0);
    sysreg_write(mair_el2, MAIR_VALUE);
    sysreg_write(tcr_el2, TCR_VALUE | (physical > 5 ? 5 : physical) << 16 | (64 - address_bits()));
    sysreg_write(ttbr0_el2, address_of(root));
    dsb_sy();
    isb();
    tlbi_alle2();
    tlbi_alle1();
    ic_iallu();
    dsb_sy();
    isb();
    sysreg_write(sctlr_el2, SCTLR_VALUE);
    isb();
}

const char *mmu_start(const struct boot_info *info)
{
    if (!map_image() || !map(boot_mapping(info)) ||
        !map((struct mapping){info->pool_base, info->pool_size, MAP_DATA}) ||
        !map_gic(&info->gic) || !map_device(info->uart, 0x1000)) {
        return "kernel, pool and devices lie too far apart for its tables (mmu.c: TABLES), or "
               "above 64 GiB";
    }
    if (!window_place()) {
        return "no free page beside the kernel for its window";
    }
    unmap_guard();
    mmu_enable();
    return NULL;
}

static void forget(uint64_t address, uint64_t *entry)
{
    *entry = 0;
    dsb_ishst();
    tlbi_vae2(address >> PAGE_SHIFT);
    dsb_nsh();
    isb();
}

void mmu_forget_boot(const struct boot_info *info)
{
    struct mapping m = boot_mapping(info);
    for (uint64_t done = 0; done < m.size; done += PAGE_SIZE) {
        forget(m.base + done, page_entry(m.base + done));
    }
}

/* ---- the window ---- */

static void window_open(paddr page)
{
    *window_entry = page.raw | MAP_DATA | PTE_PAGE;
    dsb_ishst();
    isb();
}

/* Clean and invalidate what the window shows to the point of coherency, then close it. */
static void window_close(void)
{
    uint64_t line = UINT64_C(4) << (sysreg_read(ctr_el0) >> 16 & 15);
    for (uint64_t at = window_address; at < window_address + PAGE_SIZE; at += line) {
        dc_civac(at);
    }
    dsb_sy();
    forget(window_address, window_entry);
}

void arch_page_clean(paddr page)
{
    window_open(page);
    window_close();
}

void arch_page_zero(paddr page)
{
    uint64_t block = UINT64_C(4) << (sysreg_read(dczid_el0) & 15);
    window_open(page);
    for (uint64_t at = window_address; at < window_address + PAGE_SIZE; at += block) {
        dc_zva(at);
    }
    window_close();
}

void *arch_pointer(paddr address)
{
    return (void *)(uintptr_t)address.raw;
}

paddr arch_physical(const void *pointer)
{
    return (paddr){address_of(pointer)};
}

paddr arch_kernel_end(void)
{
    return arch_physical(image_end);
}
