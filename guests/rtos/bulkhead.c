/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the tables of struct start_info. The warden wrote them; they are looked at all the same. */
#include "guests/rtos/bulkhead.h"

#include "abi/start.h"
#include "abi/types.h"
#include "cells/lib/string.h"
#include "guests/rtos/mmu.h"

#define START_MAX (UINT64_C(1) << 20) /* more than any table of names needs */

static const struct start_info *info;

static bool inside(uint32_t offset, uint32_t count, size_t row, uint64_t size)
{
    return offset <= size && count <= (size - offset) / row;
}

void bulkhead_open(const struct board *board)
{
    const struct start_info *start = (const struct start_info *)board->start;
    uint64_t size = board->start_size;

    if (start == NULL || size < sizeof(*start) || size > START_MAX ||
        !mmu_map(board->start, size, MMU_CONSTANTS) || start->magic != BH_START_MAGIC ||
        !inside(start->cap_offset, start->cap_count, sizeof(struct start_cap), size) ||
        !inside(start->memory_offset, start->memory_count, sizeof(struct start_memory), size) ||
        !inside(start->value_offset, start->value_count, sizeof(struct start_value), size)) {
        return;
    }
    info = start;
}

bool bulkhead_present(void)
{
    return info != NULL;
}

/* Row i of a table of this guest's start page; all rows begin with their name. */
static const void *find(uint32_t offset, uint32_t count, size_t row, const char *name)
{
    const char *at = (const char *)info + offset;

    for (uint32_t i = 0; i < count; i++, at += row) {
        if (strncmp(at, name, BH_NAME_MAX) == 0) {
            return at;
        }
    }
    return NULL;
}

uint32_t bulkhead_cap(const char *name, uint32_t type)
{
    const struct start_cap *cap =
        info == NULL ? NULL
                     : find(info->cap_offset, info->cap_count, sizeof(struct start_cap), name);

    return cap == NULL || cap->type != type ? 0 : cap->slot;
}

void *bulkhead_memory(const char *name, size_t *size)
{
    const struct start_memory *memory = info == NULL ? NULL
                                                     : find(info->memory_offset, info->memory_count,
                                                            sizeof(struct start_memory), name);

    if (memory == NULL || (memory->access & BH_MAP_WRITE) == 0 ||
        !mmu_map(memory->address, memory->size, MMU_DATA)) {
        return NULL;
    }
    *size = memory->size;
    return (void *)memory->address;
}

uint64_t bulkhead_value(const char *name, uint64_t otherwise)
{
    const struct start_value *value = info == NULL ? NULL
                                                   : find(info->value_offset, info->value_count,
                                                          sizeof(struct start_value), name);

    return value == NULL ? otherwise : value->value;
}
