/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the tables of struct start_info, and what to say when something is not in them. */
#include "cells/lib/start.h"

#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/string.h"

/* Row of this name in a table whose rows start with their name. */
static const void *find(const struct start_info *start, uint32_t offset, uint32_t count, size_t row,
                        const char *name)
{
    const char *at = (const char *)start + offset;

    for (uint32_t i = 0; i < count; i++, at += row) {
        if (strncmp(at, name, BH_NAME_MAX) == 0) {
            return at;
        }
    }
    return NULL;
}

const struct start_cap *start_find_cap(const struct start_info *start, const char *name)
{
    for (uint32_t i = 0; i < start->cap_count; i++) {
        const struct start_cap *cap = start_cap_at(start, i);

        if (cap->slot != 0 && strncmp(cap->name, name, BH_NAME_MAX) == 0) {
            return cap;
        }
    }
    return NULL;
}

const struct start_memory *start_find_memory(const struct start_info *start, const char *name)
{
    return find(start, start->memory_offset, start->memory_count, sizeof(struct start_memory),
                name);
}

const struct start_value *start_find_value(const struct start_info *start, const char *name)
{
    return find(start, start->value_offset, start->value_count, sizeof(struct start_value), name);
}

uint32_t start_need_cap(const struct start_info *start, const char *name, uint32_t type)
{
    const struct start_cap *cap = start_find_cap(start, name);

    if (cap == NULL || cap->type != type) {
        print_stop("needs a capability '%s' of type %u, and its description gives %s", name, type,
                   cap == NULL ? "none" : "one of another type");
    }
    return cap->slot;
}

const struct start_memory *start_need_memory(const struct start_info *start, const char *name,
                                             uint32_t access)
{
    const struct start_memory *memory = start_find_memory(start, name);

    if (memory == NULL || (memory->access & access) != access) {
        print_stop("needs memory '%s' mapped%s%s, and its description gives %s", name,
                   (access & BH_MAP_READ) != 0 ? " for reading" : "",
                   (access & BH_MAP_WRITE) != 0 ? " and writing" : "",
                   memory == NULL ? "none" : "it with less");
    }
    return memory;
}

uint64_t start_need_value(const struct start_info *start, const char *name)
{
    const struct start_value *value = start_find_value(start, name);

    if (value == NULL) {
        print_stop("needs the value '%s', which its description does not give", name);
    }
    return value->value;
}

uint64_t start_value_or(const struct start_info *start, const char *name, uint64_t otherwise)
{
    const struct start_value *value = start_find_value(start, name);

    return value == NULL ? otherwise : value->value;
}

const struct start_cap *start_cap_at(const struct start_info *start, uint32_t i)
{
    return (const struct start_cap *)(const void *)((const char *)start + start->cap_offset) + i;
}

const struct start_memory *start_memory_at(const struct start_info *start, uint32_t i)
{
    return (const struct start_memory *)(const void *)((const char *)start + start->memory_offset) +
           i;
}

/* The program has ended; its endpoints, if it serves any, still have clients. */
__attribute__((noreturn)) static void rest(void)
{
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    for (;;) {
        struct bh_received r;

        action = bh_reply_wait(action, &m, &r) == BH_OK ? server_refuse(&m, &r) : BH_WAIT_ONLY;
    }
}

void start_cell(const struct start_info *start)
{
    print_open(start);
    if (start->magic != BH_START_MAGIC) {
        print_stop("its start page is not one: the image was not made by this version of bulkhead");
    }
    cell_main(start);
    rest();
}
