/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how the first cell, the warden, comes to be from what the tool wrote into the image. */
#include "abi/boot.h"

#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/core/boot.h"
#include "kernel/lib/log.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/cell_ops.h"
#include "kernel/obj/core.h"
#include "kernel/obj/irq.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/sched/sched.h"

/* What exists from boot is never made again, so nobody may destroy it. */
#define BOOT_RIGHTS ((uint64_t)BH_ALL & ~(uint64_t)BH_DESTROY)

void boot_require(bool condition, const char *fact, const char *cure)
{
    if (!condition) {
        log_puts("bh: cannot boot: ");
        log_puts(fact);
        log_puts("; ");
        log_puts(cure);
        log_puts("\n");
        arch_halt();
    }
}

void boot_step(unsigned number, const char *text)
{
    log_values("bh: # ", (uint64_t[]){number});
    log_puts(text);
    log_puts("\n");
}

static const void *info_table(const struct boot_info *info, uint32_t offset)
{
    return (const char *)info + offset;
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

static void check_extents(const struct boot_info *info)
{
    const struct boot_extent *extents = info_table(info, info->extent_offset);
    uint64_t kernel_size = arch_kernel_end().raw - info->load, free_from = 0;
    /* bound: boot */
    for (uint32_t i = 0; i < info->extent_count; i++) {
        const struct boot_extent *e = &extents[i];
        bool good = is_aligned(e->base | e->size, PAGE_SIZE) && e->size != 0 &&
                    e->size <= MEMORY_MAX && e->base >= free_from && e->base + e->size > e->base &&
                    (e->base + e->size - 1) >> arch_physical_bits() == 0 &&
                    e->kind <= BH_UNCACHED && !overlap(e->base, e->size, info->load, kernel_size) &&
                    !overlap(e->base, e->size, info->pool_base, info->pool_size);
        boot_require(good, "an extent of boot_info is not sorted, overlaps, or is not whole pages",
                     "build the image again with this kernel's own tool");
        free_from = e->base + e->size;
    }
}

static void check_info(const struct boot_info *info)
{
    boot_require(info->magic == BH_BOOT_MAGIC && info->version == BH_BOOT_VERSION,
                 "the image has no boot_info of this version",
                 "boot an image made by 'bulkhead build', not kernel.bin");
    boot_require(is_aligned(info->pool_base, info->pool_size) && info->pool_size >= PAGE_SIZE &&
                     info->pool_size <= UINT64_C(1) << POOL_ORDER_MAX &&
                     (info->pool_size & (info->pool_size - 1)) == 0,
                 "the root pool is not an aligned power of two", "build the image again");
    boot_require(info->core_count >= 1 && info->core_count <= CPU_MAX,
                 "boot_info has no core, or too many", "build the image again");
    check_extents(info);
}

static void warden_put(struct thread *warden, uint32_t slot, struct object *object)
{
    struct slot *empty = cap_find_empty(warden->cell, slot);
    boot_require(empty != NULL,
                 "two of the warden's capabilities have one slot, or its table is too small",
                 "build the image again");
    cap_put_first(empty, warden->cell, object, BOOT_RIGHTS);
}

static void warden_memory(struct thread *warden, const struct boot_extent *extent)
{
    enum bh_memory_kind kind = (enum bh_memory_kind)extent->kind;
    struct memory *memory =
        memory_make(warden->object.pool, (paddr){extent->base}, extent->size, kind);
    boot_require(memory, "the root pool is too small for the memory objects",
                 "give the node /kernel a larger pool");
    warden_put(warden, extent->slot, &memory->object);
    if (extent->access != 0) {
        status mapped = STATUS_AGAIN;
        /* bound: boot */
        while (mapped == STATUS_AGAIN) {
            mapped =
                memory_map(&warden->cell->table[extent->slot], (ipa){extent->ipa}, extent->access);
        }
        boot_require(mapped == BH_OK, "the warden's memory cannot be mapped",
                     "build the image again");
    }
}

static void warden_resources(struct thread *warden, const struct boot_info *info)
{
    const struct boot_extent *extents = info_table(info, info->extent_offset);
    const struct boot_irq *irqs = info_table(info, info->irq_offset);
    /* bound: boot */
    for (uint32_t i = 0; i < info->extent_count; i++) {
        warden_memory(warden, &extents[i]);
    }
    /* bound: boot */
    for (uint32_t i = 0; i < info->irq_count; i++) {
        struct irq *irq = irq_make(warden->object.pool, irqs[i].intid, irqs[i].edge != 0);
        boot_require(irq,
                     "an interrupt does not exist on this board, is listed twice, or is the "
                     "kernel's own",
                     "correct the interrupts of the description");
        warden_put(warden, irqs[i].slot, &irq->object);
    }
}

/* The cores that may be switched on later. */
static void warden_cores(struct thread *warden, const struct boot_info *info)
{
    const struct boot_core *cores = info_table(info, info->core_offset);
    /* bound: boot */
    for (uint32_t i = 1; i < info->core_count; i++) {
        struct cpu *cpu = arch_cpu_make(warden->object.pool, cores[i].mpidr);
        boot_require(cpu, "the root pool is too small for the cores",
                     "give the node /kernel a larger pool");
        cpu->id = i;
        cpu_init(cpu);
        core_add(cpu);
        warden_put(warden, cores[i].slot, &core_make(warden->object.pool, cpu)->object);
    }
}

/* The warden's cell, thread and budget. */
static struct thread *warden_make(struct cpu *cpu, struct pool *pool, const struct boot_info *info)
{
    struct parts parts[] = {
        {.order = {POOL_ORDER(sizeof(struct cell)), PAGE_SHIFT,
                   pool_order(info->warden_slots * sizeof(struct slot))}},
        {.order = {POOL_ORDER(sizeof(struct thread))}},
    };
    bool room = pool_take(pool, &parts[0]) && pool_take(pool, &parts[1]);
    struct core *core = core_make(pool, cpu);
    struct budget *budget = room ? pool_object(pool, BH_BUDGET, sizeof(struct budget)) : NULL;
    boot_require(budget, "the root pool is too small for the warden",
                 "give the node /kernel a larger pool");
    struct cell *cell = cell_of(pool_adopt(pool, &parts[0], BH_CELL, 0));
    struct thread *warden = parts[1].at[0];
    (void)pool_adopt(pool, &parts[1], BH_THREAD, offsetof(struct thread, object));
    cell_make(&parts[0], info->warden_slots, false);
    thread_make(&parts[1], cell, cpu, 0);
    budget_make(budget, cpu, (struct budget_terms){info->warden_priority, 0});
    warden_put(warden, WARDEN_CELL, &cell->object);
    warden_put(warden, WARDEN_THREAD, &warden->object);
    warden_put(warden, WARDEN_POOL, &pool->object);
    warden_put(warden, WARDEN_CORE, &core->object);
    warden_put(warden, WARDEN_BUDGET, &budget->object);
    return warden;
}

struct resume kernel_start(struct cpu *cpu, const struct boot_info *info)
{
    check_info(info);
    boot_step(6, "boot_info checked");
    link_base = (uintptr_t)arch_pointer((paddr){info->pool_base});
    arch_zero(arch_pointer((paddr){info->pool_base}), info->pool_size);
    struct pool *pool =
        pool_init(arch_pointer((paddr){info->pool_base}), pool_order(info->pool_size));
    pool->object.type = BH_POOL;
    cpu_init(cpu);
    cpu->power = CPU_ON;
    core_add(cpu);
    irq_boot(pool, arch_irq_count() > 32 ? arch_irq_count() - 32 : 0);
    struct thread *warden = warden_make(cpu, pool, info);
    warden_cores(warden, info);
    boot_step(7, "root pool and warden cell");
    warden_resources(warden, info);
    boot_step(8, "memory and interrupts");
    thread_set(warden, info->warden_entry, info->warden_sp, info->warden_arg);
    status bound = budget_bind(warden, &warden->cell->table[WARDEN_BUDGET]);
    ASSERT(bound == BH_OK);
    budget_bound(warden);
    thread_resume(warden);
    boot_step(9, "handed over to the warden");
    return sched_next(cpu);
}

void cpu_init(struct cpu *cpu)
{
    cpu->idle.cpu = cpu;
    cpu->idle.state = THREAD_READY;
    cpu->current = &cpu->idle;
    mail_ring(&cpu->inbox);
}
