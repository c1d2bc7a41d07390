/* SPDX-License-Identifier: Apache-2.0 */
/* How many bytes of a pool the kernel takes for each thing, from the kernel's own headers. */
#pragma once

#include <stdint.h>

struct kernel_sizes {
    uint64_t cell, table_slot, thread, thread_fp, vcpu, virq;
    uint64_t endpoint, signal, irq, line, budget, limited_budget, core, cpu_block, memory, trace;
};
extern const struct kernel_sizes kernel_sizes;

/* The block that holds size bytes: a power of two of at least 64. */
uint64_t block_size(uint64_t size);

/* What a pool of size bytes spends on itself. */
uint64_t pool_header(uint64_t size);

/* Limits of pool_create and of mappings. */
extern const uint64_t kernel_pool_max, kernel_child_max, kernel_slots_max, kernel_memory_max;
