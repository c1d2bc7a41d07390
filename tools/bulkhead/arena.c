/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives until the tool ends, and lists of pointers in it. */
#include "tools/bulkhead/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    max_align_t data[];
};

void *arena_alloc(struct arena *arena, size_t size)
{
    struct arena_block *block = NULL;

    if (size <= SIZE_MAX - sizeof *block) {
        block = calloc(1, sizeof *block + size);
    }
    if (block == NULL) {
        fprintf(stderr, "bulkhead: out of memory (%zu bytes asked for)\n", size);
        exit(2);
    }
    block->next = arena->blocks;
    arena->blocks = block;
    return block->data;
}

void arena_free(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
}

char *arena_copy(struct arena *arena, const char *text)
{
    return arena_format(arena, "%s", text);
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int length = vsnprintf(NULL, 0, format, list);
    va_end(list);

    size_t size = length < 0 ? 1 : (size_t)length + 1;
    char *text = arena_alloc(arena, size);
    va_start(list, format);
    vsnprintf(text, size, format, list);
    va_end(list);
    return text;
}

void list_add(struct arena *arena, struct list *list, void *item)
{
    if (list->count == list->room) {
        unsigned room = list->room == 0 ? 8 : 2 * list->room;
        void **items = arena_alloc(arena, room * sizeof *items);
        if (list->count != 0) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = item;
}
