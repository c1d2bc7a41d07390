/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives until the tool ends, and lists of pointers in it. */
#pragma once

#include <stddef.h>

struct arena {
    struct arena_block *blocks;
};

/* A growing array of pointers; the things pointed at never move. */
struct list {
    void **items;
    unsigned count;
    unsigned room;
};

/* Zeroed memory. Ends the program with a message if there is none. */
void *arena_alloc(struct arena *arena, size_t size);
void arena_free(struct arena *arena);
char *arena_copy(struct arena *arena, const char *text);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void list_add(struct arena *arena, struct list *list, void *item);
