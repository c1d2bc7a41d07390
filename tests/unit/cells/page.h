/* SPDX-License-Identifier: Apache-2.0 */
/* Start pages for unit tests, and the kernel calls of who runs on one. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "abi/start.h"
#include "abi/types.h"
#include "cells/lib/call.h"

#define PAGE_ROWS 16

struct page {
    struct start_info info;
    struct start_cap caps[PAGE_ROWS];
    struct start_memory memories[PAGE_ROWS];
    struct start_value values[PAGE_ROWS];
};

/* What the kernel was asked for, and what it shall answer. */
struct kernel {
    unsigned signals[64];    /* sent, by slot */
    uint64_t budgets[64];    /* bound, by slot of the thread */
    enum bh_status bind[64]; /* answer, by slot of the budget */
    unsigned calls;
    struct bh_message last; /* message of the last call */
    enum bh_status (*call)(struct bh_message *m);
    enum bh_status (*wait)(enum bh_action action, struct bh_message *m, struct bh_received *r,
                           struct bh_wait wait);
};

extern struct kernel kernel;

void page_reset(struct page *page, const char *cell);
void page_cap(struct page *page, const char *name, uint32_t slot, uint32_t type, uint64_t badge);
void page_memory(struct page *page, const char *name, void *memory, size_t size);
void page_value(struct page *page, const char *name, uint64_t value);

/* All that one end of a channel finds: the signal in this slot, the bit that wakes it. */
void page_channel(struct page *page, const char *name, void *memory, size_t size, unsigned side,
                  uint32_t slot, uint64_t bits);
