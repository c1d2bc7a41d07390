/* SPDX-License-Identifier: Apache-2.0 */
/* How a guest without libraries finds its start page (abi/start.h), and what is named there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "abi/start.h"
#include "guests/bare/sysreg.h"

#define START_PAGE_DTB       UINT64_C(0x40000000) /* of an ELF guest: where its RAM starts */
#define START_PAGE_DTB_MAGIC 0xedfe0dd0U          /* big-endian d00dfeed */

static inline bool start_page_same(const char *a, const char *b)
{
    for (; *a != '\0' && *a == *b; a++, b++) {
    }
    return *a == *b;
}

/* The big-endian word at an address. */
static inline uint32_t start_page_word(uint64_t at)
{
    return __builtin_bswap32(mmio_read(at));
}

/* From the node of the device tree that is compatible with "bulkhead,start": its reg is the
 * property behind this value. NULL: there is no such tree or node. */
static inline const struct start_info *start_page_find(uint64_t dtb)
{
    uint64_t end = mmio_read(dtb) == START_PAGE_DTB_MAGIC ? dtb + start_page_word(dtb + 4) : 0;

    for (uint64_t at = dtb + start_page_word(dtb + 8); at + 64 < end; at += 4) {
        if (start_page_same((const char *)at, "bulkhead,start")) {
            return (const struct start_info *)((uint64_t)start_page_word(at + 16 + 12) << 32 |
                                               start_page_word(at + 16 + 16));
        }
    }
    return NULL;
}

/* Row NAME of a table; every row begins with its name. NULL: there is none. */
static inline const void *start_page_row(const void *table, uint32_t count, size_t row,
                                         const char *name)
{
    const char *at = table;

    for (uint32_t i = 0; i < count; i++, at += row) {
        if (start_page_same(at, name)) {
            return at;
        }
    }
    return NULL;
}

static inline const struct start_cap *start_page_cap(const struct start_info *start,
                                                     const char *name)
{
    return start_page_row((const char *)start + start->cap_offset, start->cap_count,
                          sizeof(struct start_cap), name);
}

static inline const struct start_memory *start_page_memory(const struct start_info *start,
                                                           const char *name)
{
    return start_page_row((const char *)start + start->memory_offset, start->memory_count,
                          sizeof(struct start_memory), name);
}

static inline const struct start_value *start_page_value(const struct start_info *start,
                                                         const char *name)
{
    return start_page_row((const char *)start + start->value_offset, start->value_count,
                          sizeof(struct start_value), name);
}
