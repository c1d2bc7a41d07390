/* SPDX-License-Identifier: Apache-2.0 */
/* What the tool tells a native cell: x0 of its first thread is the address of this read-only
 * page. */
#pragma once

#include <assert.h>
#include <stdint.h>

#include "abi/device.h"

#define BH_START_MAGIC UINT64_C(0x7472617473686221) /* "!bhstart" */
#define BH_NAME_MAX    32

/* One capability in the cell's table. */
struct start_cap {
    char name[BH_NAME_MAX]; /* as in the description: "echo", "console", "uart-irq" */
    uint32_t slot;
    uint32_t type; /* enum bh_type */
    uint64_t badge;
};

/* One mapped memory. */
struct start_memory {
    char name[BH_NAME_MAX];
    uint64_t address; /* in the cell's space */
    uint64_t size;    /* bytes */
    uint32_t slot;
    uint32_t access; /* enum bh_access */
};

/* One number from the description: property name and value. */
struct start_value {
    char name[BH_NAME_MAX];
    uint64_t value;
};

struct start_info {
    uint64_t magic;
    char cell[BH_NAME_MAX];
    uint32_t cap_count, cap_offset; /* offsets count from the start of start_info */
    uint32_t memory_count, memory_offset;
    uint32_t value_count, value_offset;
};
static_assert(sizeof(struct start_cap) == 48 && sizeof(struct start_memory) == 56 &&
                  sizeof(struct start_value) == 40,
              "written by the tool, read by the cells");
