/* SPDX-License-Identifier: Apache-2.0 */
/* The client of the bench: one loop per kernel primitive. Each operation stands between marks, each
 * loop between two readings of the counter, which are printed to be compared with what the marks
 * have counted. */
#include "cells/lib/call.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"
#include "tests/bench/mark.h"
#include "tests/bench/measure.h"
#include "tests/bench/share.h"

static uint32_t server, wake, pool, page;

#define PAGE_AT    0x00510000
#define FREE_SLOT  31
#define BENCH_STOP "the bench is wrong: "

static void loop_empty(void)
{
    for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
        MARK_BEGINS(MARK_EMPTY);
        MARK_ENDS(MARK_EMPTY);
    }
}

static void loop_hundred(void)
{
    for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
        MARK_BEGINS(MARK_HUNDRED);
        __asm__ volatile(".rept 100\n\tnop\n\t.endr");
        MARK_ENDS(MARK_HUNDRED);
    }
}

static void loop_null(void)
{
    for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
        MARK_BEGINS(MARK_NULL);
        (void)bh_yield(0);
        MARK_ENDS(MARK_NULL);
    }
}

/* Nothing is put into the message registers and nothing is read: the reply's words are the next
 * call's. */
static void loop_round_0(void)
{
    struct bh_message m = {{0}};

    for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
        MARK_BEGINS(MARK_CALL);
        MARK_BEGINS(MARK_ROUND_0);
        (void)bh_call(server, &m);
        MARK_ENDS(MARK_ROUND_0);
        MARK_ENDS(MARK_REPLY_WAIT);
    }
}

static void loop_round_8(void)
{
    for (uint64_t i = 0; i < BENCH_ROUNDS; i++) {
        struct bh_message m = {{i, i + 1, i + 2, i + 3, i + 4, i + 5, i + 6, i + 7}};
        enum bh_status status;
        uint64_t wrong = 0;

        MARK_BEGINS(MARK_ROUND_8);
        status = bh_call(server, &m);
        MARK_ENDS(MARK_ROUND_8);
        for (unsigned k = 0; k < BH_MESSAGE_WORDS; k++) {
            wrong |= m.w[k] ^ (i + k);
        }
        if (status != BH_OK || wrong != 0) {
            print_stop(BENCH_STOP "8 words came back changed");
        }
    }
}

static void loop_signal(void)
{
    for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
        MARK_BEGINS(MARK_SIGNAL);
        (void)bh_signal_send(wake);
    }
}

static void loop_map(void)
{
    for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
        enum bh_status mapped;
        enum bh_status unmapped;

        MARK_BEGINS(MARK_MAP);
        mapped = bh_memory_map(0, page, PAGE_AT, BH_MAP_READ | BH_MAP_WRITE);
        MARK_ENDS(MARK_MAP);
        *(volatile uint64_t *)PAGE_AT = i;
        MARK_BEGINS(MARK_UNMAP);
        unmapped = bh_memory_unmap(0, page);
        MARK_ENDS(MARK_UNMAP);
        if (mapped != BH_OK || unmapped != BH_OK) {
            print_stop(BENCH_STOP "a page is not mapped or not unmapped");
        }
    }
}

/* A page that another capability maps as well: it keeps its contents. */
static void loop_unmap_shared(void)
{
    enum bh_status derived = bh_cap_derive(page, 0, FREE_SLOT, BH_MEMORY_READ, 0);
    enum bh_status status = bh_memory_map(0, FREE_SLOT, PAGE_AT + 0x1000, BH_MAP_READ);

    for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
        status |= bh_memory_map(0, page, PAGE_AT, BH_MAP_READ | BH_MAP_WRITE);
        MARK_BEGINS(MARK_UNMAP_SHARED);
        status |= bh_memory_unmap(0, page);
        MARK_ENDS(MARK_UNMAP_SHARED);
    }
    if ((derived | status | bh_cap_delete(0, FREE_SLOT)) != BH_OK) {
        print_stop(BENCH_STOP "a page is not mapped twice or not unmapped");
    }
}

/* Some at a time, as a pool is used: one that holds nothing cuts its largest block each time. */
#define FEW_OBJECTS 8

static void loop_create(void)
{
    for (unsigned i = 0; i < BENCH_ROUNDS; i += FEW_OBJECTS) {
        enum bh_status created = BH_OK;
        enum bh_status destroyed = BH_OK;

        for (uint32_t slot = FREE_SLOT; slot > FREE_SLOT - FEW_OBJECTS; slot--) {
            MARK_BEGINS(MARK_CREATE);
            created |= bh_pool_create(pool, BH_SIGNAL, slot, 0, 0, 0);
            MARK_ENDS(MARK_CREATE);
        }
        for (uint32_t slot = FREE_SLOT; slot > FREE_SLOT - FEW_OBJECTS; slot--) {
            MARK_BEGINS(MARK_DESTROY);
            destroyed |= bh_object_destroy(slot);
            MARK_ENDS(MARK_DESTROY);
        }
        if (created != BH_OK || destroyed != BH_OK) {
            print_stop(BENCH_STOP "a signal is not created or not destroyed");
        }
    }
}

static const struct loop loops[] = {
    {"empty", loop_empty},     {"hundred", loop_hundred}, {"null", loop_null},
    {"round_0", loop_round_0}, {"round_8", loop_round_8}, {"signal", loop_signal},
    {"map", loop_map},         {"create", loop_create},   {"unmap", loop_unmap_shared},
};

void cell_main(const struct start_info *start)
{
    server = start_need_cap(start, "server", BH_ENDPOINT);
    wake = start_need_cap(start, "wake", BH_SIGNAL);
    pool = start_need_cap(start, "pool", BH_POOL);
    page = start_need_cap(start, "page", BH_MEMORY);
    for (unsigned i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        measure(&loops[i]);
    }
}
