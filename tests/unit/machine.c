/* SPDX-License-Identifier: Apache-2.0 */
/* Knows a small board and how a core goes in and out of the kernel. */
#include "tests/unit/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/arch/host/maintenance.h"
#include "kernel/core/boot.h"
#include "kernel/obj/core.h"
#include "kernel/obj/pool.h"

#define PAGES(n) ((n)*PAGE_SIZE)
#define RAM(page, pages, number)                                                    \
    {                                                                               \
        .base = HOST_USER_BASE + PAGES(page), .size = PAGES(pages), .kind = BH_RAM, \
        .slot = SLOT_RAM + (number)                                                 \
    }

const struct boot_extent machine_extents[MACHINE_EXTENTS] = {
    RAM(0, 1, 0),
    RAM(1, 2, 1),
    RAM(3, 1, 2),
    RAM(8, 8, 3),
    RAM(16, 3, 4),
    RAM(32, 16, 5),
    RAM(64, 1, 6),
    RAM(1024, 514, 7), /* a block of 2 MiB and two pages */
    {.base = HOST_USER_BASE + PAGES(4096),
     .size = PAGES(2),
     .kind = BH_UNCACHED,
     .slot = SLOT_UNCACHED},
    {.base = UINT64_C(0x100000000), .size = PAGES(1), .kind = BH_DEVICE, .slot = SLOT_DEVICE},
    {.base = UINT64_C(0x4000000000),
     .size = UINT64_C(0x80000000),
     .kind = BH_DEVICE,
     .slot = SLOT_WINDOW},
};

const struct boot_irq machine_irqs[MACHINE_IRQS] = {
    {.intid = MACHINE_INTID, .slot = SLOT_IRQ},
    {.intid = MACHINE_INTID + 1, .slot = SLOT_IRQ + 1, .edge = 1},
    {.intid = MACHINE_INTID + 2, .slot = SLOT_IRQ + 2},
    {.intid = 28, .slot = SLOT_IRQ + 3}, /* a private one */
};

static struct {
    struct boot_info info;
    struct boot_extent extents[MACHINE_EXTENTS];
    struct boot_irq irqs[MACHINE_IRQS];
    struct boot_core cores[HOST_CORES];
} image;

bool machine_alone;

struct boot_info *machine_info(void)
{
    memcpy(image.extents, machine_extents, sizeof image.extents);
    memcpy(image.irqs, machine_irqs, sizeof image.irqs);
    for (unsigned i = 0; i < HOST_CORES; i++) {
        image.cores[i] = (struct boot_core){.mpidr = i, .slot = SLOT_CORES + i};
    }
    image.cores[0].slot = WARDEN_CORE;
    image.info = (struct boot_info){
        .magic = BH_BOOT_MAGIC,
        .version = BH_BOOT_VERSION,
        .size = sizeof image,
        .load = HOST_KERNEL_BASE,
        .image_size = PAGE_SIZE,
        .pool_base = HOST_POOL_BASE,
        .pool_size = MACHINE_POOL,
        .extent_count = MACHINE_EXTENTS,
        .extent_offset = offsetof(__typeof__(image), extents),
        .irq_count = MACHINE_IRQS,
        .irq_offset = offsetof(__typeof__(image), irqs),
        .core_count = 1,
        .core_offset = offsetof(__typeof__(image), cores),
        .warden_slots = MACHINE_SLOTS,
        .warden_entry = MACHINE_ENTRY,
        .warden_sp = 0x800000,
        .warden_arg = 0x7000,
        .warden_priority = MACHINE_PRIORITY,
    };
    return &image.info;
}

void machine_start(uint64_t seed)
{
    host_reset(MACHINE_POOL, seed);
    if (image.info.core_count == 1 &&
        !machine_alone) { /* it is there, but the warden does not know it */
        cpu_init(&host.cores[1].cpu);
        core_add(&host.cores[1].cpu);
        host.cores[1].cpu.power = CPU_ON;
    }
    machine_leave(kernel_start(host_use_core(0), &image.info));
}

void machine_boot(uint64_t seed)
{
    (void)machine_info();
    machine_start(seed);
}

static void check_free(const struct pool *pool)
{
    for (unsigned order = POOL_ORDER_MIN; order < pool->order; order++) {
        const uint64_t *block = (const void *)pool->blocks[order - POOL_ORDER_MIN];
        for (; block; block = (const void *)(uintptr_t)block[0]) {
            for (uint64_t i = 2; i < (UINT64_C(1) << order) / sizeof block[0]; i++) {
                if (block[i] != 0) {
                    host_violation("free memory that is not zero", (uintptr_t)&block[i]);
                }
            }
        }
    }
    for (const struct object *object = pool->objects; object; object = object->next) {
        if (object->type == BH_POOL) {
            check_free(container_of(object, const struct pool, object));
        }
    }
}

void machine_check_free(void)
{
    check_free((const struct pool *)link_base);
}

struct thread *machine_current(void)
{
    struct cpu *cpu = cpu_this();
    return cpu->current == &cpu->idle ? NULL : cpu->current;
}

void machine_leave(struct resume resume)
{
    struct cpu *cpu = cpu_this();
    if (resume.thread != cpu->current) {
        host_violation("the kernel resumes a thread that is not the core's current one", cpu->id);
    }
    if (resume.words != resume.thread->frame.x) {
        memcpy(resume.thread->frame.x, resume.words, BH_MESSAGE_WORDS * sizeof resume.words[0]);
    }
    host_steps_begin();
    host.polls_left = 0; /* the interrupt is taken */
    arch_check(cpu, resume.thread);
    maintenance_end();
    mmu_check();
}

void machine_svc(void)
{
    struct cpu *cpu = cpu_this();
    cpu->current->frame.pc += 4;
    machine_leave(entry_call(cpu->current, cpu));
}

/* Every core that was asked for attention gets it, until none is. */
void machine_pump(void)
{
    unsigned here = cpu_this()->id;
    bool more = true;
    while (more) {
        more = false;
        for (unsigned i = 0; i < HOST_CORES; i++) {
            struct cpu *cpu = host_use_core(i);
            if (host_kicked()) {
                mail_irq(cpu);
                machine_leave(sched_resume(cpu));
                more = true;
            }
        }
    }
    (void)host_use_core(here);
}

struct slot *machine_slot(const struct thread *thread, uint64_t index)
{
    return &thread->cell->table[index];
}
