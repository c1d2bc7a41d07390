/* SPDX-License-Identifier: Apache-2.0 */
/* Circular lists through a link inside each item; the head is a link as well. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct link {
    struct link *next;
    struct link *prev;
};

#define list_item(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void list_open(struct link *head)
{
    head->next = head;
    head->prev = head;
}

/* Also: a link that is in no list. */
static inline bool list_empty(const struct link *head)
{
    return head->next == head;
}

static inline void list_insert(struct link *before, struct link *item)
{
    item->next = before;
    item->prev = before->prev;
    before->prev->next = item;
    before->prev = item;
}

/* Nothing happens to a link that is in no list. */
static inline void list_remove(struct link *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_open(item);
}
