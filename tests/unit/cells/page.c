/* SPDX-License-Identifier: Apache-2.0 */
/* Fills start pages, and answers kernel calls. */
#include "tests/unit/cells/page.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cells/lib/arch/sysreg.h"
#include "cells/lib/start.h"

struct kernel kernel;
uint64_t fake_counter;

static void set_name(char to[BH_NAME_MAX], const char *name)
{
    snprintf(to, BH_NAME_MAX, "%s", name);
}

void page_reset(struct page *page, const char *cell)
{
    *page = (struct page){.info = {
                              .magic = BH_START_MAGIC,
                              .cap_offset = offsetof(struct page, caps),
                              .memory_offset = offsetof(struct page, memories),
                              .value_offset = offsetof(struct page, values),
                          }};
    set_name(page->info.cell, cell);
    kernel = (struct kernel){0};
    fake_counter = 1;
}

void page_cap(struct page *page, const char *name, uint32_t slot, uint32_t type, uint64_t badge)
{
    struct start_cap *row = &page->caps[page->info.cap_count++];

    assert(page->info.cap_count <= PAGE_ROWS);
    *row = (struct start_cap){.slot = slot, .type = type, .badge = badge};
    set_name(row->name, name);
}

void page_memory(struct page *page, const char *name, void *memory, size_t size)
{
    struct start_memory *row = &page->memories[page->info.memory_count++];

    assert(page->info.memory_count <= PAGE_ROWS);
    *row = (struct start_memory){
        .address = (uintptr_t)memory, .size = size, .access = BH_MAP_READ | BH_MAP_WRITE};
    set_name(row->name, name);
}

void page_value(struct page *page, const char *name, uint64_t value)
{
    struct start_value *row = &page->values[page->info.value_count++];

    assert(page->info.value_count <= PAGE_ROWS);
    row->value = value;
    set_name(row->name, name);
}

void page_channel(struct page *page, const char *name, void *memory, size_t size, unsigned side,
                  uint32_t slot, uint64_t bits)
{
    char text[BH_NAME_MAX];

    page_memory(page, name, memory, size);
    page_cap(page, name, slot, BH_SIGNAL, bits);
    page_value(page, name, bits);
    snprintf(text, sizeof(text), "%s-side", name);
    page_value(page, text, side);
}

enum bh_status bh_signal_send(uint32_t signal)
{
    assert(signal < sizeof(kernel.signals) / sizeof(kernel.signals[0]));
    kernel.signals[signal]++;
    return BH_OK;
}

enum bh_status bh_thread_budget(uint32_t thread, uint64_t budget)
{
    assert(thread < sizeof(kernel.budgets) / sizeof(kernel.budgets[0]));
    assert(budget < sizeof(kernel.bind) / sizeof(kernel.bind[0]));
    kernel.calls++;
    if (kernel.bind[budget] == BH_OK) {
        kernel.budgets[thread] = budget;
    }
    return kernel.bind[budget];
}

enum bh_status bh_call(uint32_t endpoint, struct bh_message *m)
{
    (void)endpoint;
    kernel.calls++;
    kernel.last = *m;
    return kernel.call == NULL ? BH_DOWN : kernel.call(m);
}

enum bh_status bh_reply_wait_with(enum bh_action action, struct bh_message *m,
                                  struct bh_received *r, struct bh_wait wait)
{
    assert(kernel.wait != NULL);
    return kernel.wait(action, m, r, wait);
}

/* Programs that are tested in parts have none. */
void cell_main(const struct start_info *start)
{
    (void)start;
    assert(false);
}
