/* SPDX-License-Identifier: Apache-2.0 */
/* The system at its start: the warden, and all memory and interrupts in its table. */
#include <string.h>

#include "abi/boot.h"
#include "proofs/model/parts.h"

#define PAGE_ORDER 12
/* What exists from boot is never made again, so nobody may destroy it. */
#define BOOT_RIGHTS (BH_ALL & ~BH_DESTROY)

static uint32_t take(struct model *m, int pool, uint8_t order)
{
    uint32_t offset = 0;
    (void)m_pool_take(m, pool, order, &offset);
    return offset;
}

static int give_warden(struct model *m, int cell, uint32_t slot, int object)
{
    int cap = m_cap_add(m, 0, object, cell, (int)slot);
    m->caps[cap].rights = BOOT_RIGHTS;
    return cap;
}

static int boot_pool(struct model *m, uint8_t order)
{
    int pool = m_object_add(m, BH_POOL, 0, 0);
    m->objects[pool].part = 1;
    m->pools[1].object = pool;
    m_pool_begin(&m->pools[1], order, m->sizes.pool_header);
    return pool;
}

static int boot_cell(struct model *m, int pool, uint32_t slots)
{
    struct model_cell *c = &m->cells[1];
    uint32_t offset = take(m, pool, m->sizes.object[BH_CELL]);
    int cell = m_object_add(m, BH_CELL, pool, offset);
    m->objects[cell].part = 1;
    c->object = cell;
    c->slot_count = slots;
    c->table_bytes = UINT32_C(1) << order_of((uint64_t)slots << m->sizes.slot_order);
    c->root_offset = take(m, pool, PAGE_ORDER);
    c->table_offset = take(m, pool, order_of(c->table_bytes));
    return cell;
}

static int boot_thread(struct model *m, int pool, int cell, const struct model_boot *boot)
{
    int thread = m_object_add(m, BH_THREAD, pool, take(m, pool, m->sizes.object[BH_THREAD]));
    m->objects[thread].part = 1;
    m->threads[1] = (struct model_thread){.object = thread, .cell = cell};
    m_thread_fresh(&m->threads[1], boot->entry, boot->sp, boot->arg);
    return thread;
}

static void boot_cores(struct model *m, int pool, int cell, const struct model_boot *boot)
{
    for (uint32_t i = 1; i < m->sizes.cores; i++) {
        int core = m_object_add(m, BH_CORE, pool, take(m, pool, m->sizes.object[BH_CORE]));
        m->objects[core].core = i;
        (void)give_warden(m, cell, boot->cores[i - 1], core);
    }
}

static void boot_resources(struct model *m, int pool, int cell, const struct model_boot *boot)
{
    for (unsigned i = 0; i < boot->extent_count; i++) {
        const struct model_extent *e = &boot->extents[i];
        int memory = m_object_add(m, BH_MEMORY, pool, take(m, pool, m->sizes.object[BH_MEMORY]));
        m->objects[memory].base = e->base;
        m->objects[memory].size = e->size;
        m->objects[memory].kind = e->kind;
        (void)give_warden(m, cell, e->slot, memory);
    }
    for (unsigned i = 0; i < boot->irq_count; i++) {
        int irq = m_object_add(m, BH_IRQ, pool, take(m, pool, m->sizes.object[BH_IRQ]));
        m->objects[irq].number = boot->irqs[2 * i];
        (void)give_warden(m, cell, boot->irqs[2 * i + 1], irq);
    }
}

void model_boot(struct model *m, const struct model_sizes *sizes, const struct model_boot *boot)
{
    memset(m, 0, sizeof *m);
    m->sizes = *sizes;
    m->units = UINT64_MAX;
    int pool = boot_pool(m, boot->pool_order);
    (void)take(m, pool, boot->irq_table_order);
    int core = m_object_add(m, BH_CORE, pool, take(m, pool, sizes->object[BH_CORE]));
    int budget = m_object_add(m, BH_BUDGET, pool, take(m, pool, sizes->object[BH_BUDGET]));
    int cell = boot_cell(m, pool, boot->warden_slots);
    int thread = boot_thread(m, pool, cell, boot);
    m->objects[budget].priority = m->objects[budget].ceiling = boot->warden_priority;
    m->posts[0].power = POWER_ON;
    (void)give_warden(m, cell, WARDEN_CELL, cell);
    (void)give_warden(m, cell, WARDEN_THREAD, thread);
    (void)give_warden(m, cell, WARDEN_POOL, pool);
    (void)give_warden(m, cell, WARDEN_CORE, core);
    int budget_cap = give_warden(m, cell, WARDEN_BUDGET, budget);
    boot_cores(m, pool, cell, boot);
    boot_resources(m, pool, cell, boot);
    (void)m_binding_make(m, thread, ROLE_BUDGET, budget_cap);
    m_thread_resume(m, thread);
    m_schedule(m);
}
