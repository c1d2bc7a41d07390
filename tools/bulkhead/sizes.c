/* SPDX-License-Identifier: Apache-2.0 */
/* How many bytes of a pool the kernel takes for each thing, from the kernel's own headers.
 *
 * The structures are the same on every 64-bit machine: no bit fields across words, no pointers of
 * another size. The machine's own part of a vCPU comes from arch/aarch64. */
#include "tools/bulkhead/sizes.h"

#include "kernel/cap/slot.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/cell_ops.h"
#include "kernel/obj/core.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/irq.h"
#include "kernel/obj/line.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/signal.h"
#include "kernel/obj/trace.h"
#include "kernel/obj/vcpu.h"
#include "offsets.h"

static_assert(sizeof(void *) == 8, "the tool runs on 64-bit machines, as the kernel does");

const struct kernel_sizes kernel_sizes = {
    .cell = sizeof(struct cell),
    .table_slot = sizeof(struct slot),
    .thread = sizeof(struct thread),
    .thread_fp = sizeof(struct thread_fp),
    .vcpu = sizeof(struct vcpu),
    .virq = sizeof(struct virq),
    .endpoint = sizeof(struct endpoint),
    .signal = sizeof(struct signal),
    .irq = sizeof(struct irq),
    .line = sizeof(struct line),
    .budget = sizeof(struct budget),
    .limited_budget = sizeof(struct budget) + offsetof(struct limit, parent),
    .core = sizeof(struct core),
    .cpu_block = UINT64_C(1) << CPU_BLOCK_ORDER,
    .memory = sizeof(struct memory),
    .trace = sizeof(struct trace),
};

const uint64_t kernel_pool_max = UINT64_C(1) << POOL_ORDER_MAX;
const uint64_t kernel_child_max = UINT64_C(1) << POOL_CHILD_MAX;
const uint64_t kernel_slots_max = CELL_SLOTS_MAX;
const uint64_t kernel_memory_max = MEMORY_MAX;

uint64_t block_size(uint64_t size)
{
    uint64_t block = UINT64_C(1) << POOL_ORDER_MIN;

    while (block < size) {
        block *= 2;
    }
    return block;
}

uint64_t pool_header(uint64_t size)
{
    return block_size(sizeof(struct pool) + size / 512);
}
