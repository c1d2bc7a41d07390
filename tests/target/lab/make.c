/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a test program makes objects, threads and cells from its pool, core and RAM. */
#include "cells/lib/string.h"
#include "tests/target/lab/lab.h"

#define MAP_FIRST UINT64_C(0x40000000)

uint32_t lab_create(uint32_t pool, enum bh_type type, const uint64_t args[3])
{
    uint32_t slot = lab_slot();

    lab_need("pool_create", bh_pool_create(pool, type, slot, args[0], args[1], args[2]));
    return slot;
}

uint32_t lab_child_pool(uint64_t bytes)
{
    return lab_create(lab.pool, BH_POOL, (uint64_t[]){bytes, 0, 0});
}

uint32_t lab_make(uint32_t pool, enum bh_type type)
{
    return lab_create(pool, type, (uint64_t[]){0, 0, 0});
}

uint32_t lab_budget(uint32_t pool, uint64_t priority)
{
    return lab_create(pool, BH_BUDGET, (uint64_t[]){lab.core, priority, 0});
}

uint32_t lab_derive(uint32_t cap, uint64_t rights, uint64_t badge)
{
    uint32_t slot = lab_slot();

    lab_need("cap_derive", bh_cap_derive(cap, 0, slot, rights, badge));
    return slot;
}

uint32_t lab_ram(uint64_t bytes)
{
    const char *name = bytes == 0x2000 ? "ram-8k" : bytes == 0x4000 ? "ram-16k" : "ram-32k";
    uint32_t ram = start_need_cap(lab.start, name, BH_MEMORY);

    lab_need("memory_clean", bh_memory_clean(ram, BH_ZERO, 0));
    return ram;
}

void *lab_map(uint32_t memory, uint32_t access)
{
    static uint64_t next = MAP_FIRST;
    uint64_t info[4], at = next;

    lab_need("memory_info", bh_memory_info(memory, info));
    lab_need("memory_map", bh_memory_map(0, memory, at, access));
    next += info[0] + LAB_PAGE; /* a hole behind it */
    return (void *)(uintptr_t)at;
}

/* ---- cells ---- */

static bool is_image(const struct start_memory *memory)
{
    return strncmp(memory->name, "text", 4) == 0 || strncmp(memory->name, "rodata", 6) == 0 ||
           strncmp(memory->name, "data", 4) == 0;
}

static const struct start_memory *memory_row(uint32_t i)
{
    return (const struct start_memory *)(uintptr_t)((uintptr_t)lab.start +
                                                    lab.start->memory_offset) +
           i;
}

uint32_t lab_image_slots(void)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < lab.start->memory_count; i++) {
        count += is_image(memory_row(i));
    }
    return count;
}

uint32_t lab_cell(uint32_t pool, uint64_t slots, bool vm)
{
    uint32_t cell = lab_create(pool, BH_CELL, (uint64_t[]){slots, vm, 0}), to = 1;

    for (uint32_t i = 0; i < lab.start->memory_count; i++) {
        const struct start_memory *row = memory_row(i);
        if (is_image(row)) {
            lab_need("cap_derive", bh_cap_derive(row->slot, cell, to, row->access, 0));
            lab_need("memory_map", bh_memory_map(cell, to, row->address, row->access));
            to++;
        }
    }
    return cell;
}

/* ---- threads ---- */

void lab_restart(struct lab_thread thread, void (*entry)(uint64_t arg), uint64_t arg, void *stack)
{
    lab_need("thread_set",
             bh_thread_set(thread.thread, (uintptr_t)entry, (uintptr_t)stack + LAB_STACK, arg));
}

struct lab_thread lab_thread(const struct lab_spec *spec)
{
    struct lab_thread made;

    made.thread =
        lab_create(spec->pool, BH_THREAD, (uint64_t[]){spec->cell, spec->flags, spec->home});
    made.budget = lab_create(spec->pool, BH_BUDGET,
                             (uint64_t[]){spec->home_cap != 0 ? spec->home_cap : lab.core,
                                          BH_BUDGET_ORDER(spec->priority, 0), 0});
    if (spec->handler != 0) {
        lab_need("thread_handler", bh_thread_handler(made.thread, spec->handler));
    }
    lab_restart(made, spec->entry, spec->arg, spec->stack);
    lab_need("thread_budget", bh_thread_budget(made.thread, made.budget));
    return made;
}

struct lab_thread lab_run(const struct lab_spec *spec)
{
    struct lab_thread made = lab_thread(spec);

    lab_need("thread_resume", bh_thread_resume(made.thread));
    return made;
}

void lab_thread_end(struct lab_thread thread)
{
    lab_need("object_destroy", bh_object_destroy(thread.thread));
    lab_need("object_destroy", bh_object_destroy(thread.budget));
    lab_drop(thread.thread);
    lab_drop(thread.budget);
}
