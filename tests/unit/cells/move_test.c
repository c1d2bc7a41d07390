/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell may move, as its start page says it; packing and unpacking with threads that are busy
 * and threads that cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cells/lib/move.h"
#include "tests/unit/cells/page.h"

/* Slots: of threads, and of their time on cores 0 and 1. */
enum { VM = 11, VM_1, DRIVER, OTHER, VM_AT_0 = 21, VM_AT_1, VM_1_AT_0, VM_1_AT_1, DRIVER_AT_1 };

static struct page page;
static struct move move;

/* A VM whose processors are at home on cores 0 and 1, a driver that can only be on core 1, and a
 * thread that is controlled, not moved. */
static int start(void **state)
{
    (void)state;
    page_reset(&page, "mover");
    page_cap(&page, "vm", VM, BH_VCPU, 0);
    page_cap(&page, "vm@0", VM_AT_0, BH_BUDGET, 0);
    page_cap(&page, "vm@1", VM_AT_1, BH_BUDGET, 0);
    page_cap(&page, "vm-1", VM_1, BH_VCPU, 0);
    page_cap(&page, "vm-1@0", VM_1_AT_0, BH_BUDGET, 0);
    page_cap(&page, "vm-1@1", VM_1_AT_1, BH_BUDGET, 0);
    page_cap(&page, "driver", DRIVER, BH_THREAD, 0);
    page_cap(&page, "driver@1", DRIVER_AT_1, BH_BUDGET, 0);
    page_cap(&page, "other", OTHER, BH_THREAD, 0);
    page_cap(&page, "other@0", 40, BH_ENDPOINT, 0);
    page_value(&page, "vm", 0);
    page_value(&page, "vm-1", 1);
    page_value(&page, "driver", 1);
    move_open(&move, &page.info);
    return 0;
}

static void test_open(void **state)
{
    (void)state;
    assert_int_equal(move.count, 3);
    assert_int_equal(move.threads[0].thread, VM);
    assert_int_equal(move.threads[0].time[1], VM_AT_1);
    assert_int_equal(move.threads[0].time[2], 0);
    assert_int_equal(move.threads[1].home, 1);
    assert_int_equal(move.threads[1].at, 1);
    assert_int_equal(move.threads[2].time[0], 0);
}

static void test_many(void **state)
{
    struct {
        struct page page;
        struct start_cap more[2 * MOVE_THREADS];
    } large = {.page = page};

    (void)state;
    page_reset(&large.page, "mover");
    large.page.info.cap_offset = offsetof(typeof(large), more);
    for (uint32_t i = 0; i <= MOVE_THREADS; i++) { /* all of one name: each finds its time */
        large.more[i] = (struct start_cap){"t", i + 1, BH_THREAD, 0};
    }
    large.more[MOVE_THREADS + 1] = (struct start_cap){"t@7", 60, BH_BUDGET, 0};
    large.page.info.cap_count = MOVE_THREADS + 2;
    move_open(&move, &large.page.info);
    assert_int_equal(move.count, MOVE_THREADS);
    assert_int_equal(move.threads[MOVE_THREADS - 1].time[7], 60);
}

static void test_thread(void **state)
{
    (void)state;
    assert_int_equal(move_thread(&move.threads[0], 0), BH_OK); /* it is there */
    assert_int_equal(kernel.calls, 0);
    assert_int_equal(move_thread(&move.threads[0], 2), BH_NO_RIGHT);
    assert_int_equal(move_thread(&move.threads[0], MOVE_CORES), BH_NO_RIGHT);
    kernel.bind[VM_AT_1] = BH_OTHER_CORE;
    assert_int_equal(move_thread(&move.threads[0], 1), BH_OTHER_CORE);
    assert_int_equal(move.threads[0].at, 0);
    kernel.bind[VM_AT_1] = BH_OK;
    assert_int_equal(move_thread(&move.threads[0], 1), BH_OK);
    assert_int_equal(kernel.budgets[VM], VM_AT_1);
    assert_int_equal(move.threads[0].at, 1);
}

static void test_pack(void **state)
{
    (void)state;
    assert_int_equal(move_pack(&move, 1, 1), 0);
    kernel.bind[VM_1_AT_0] = BH_BUSY;
    assert_int_equal(move_pack(&move, 1, 0), 2); /* a busy one, and one that never can */
    assert_int_equal(move.threads[1].at, 1);
    kernel.bind[VM_1_AT_0] = BH_OK;
    assert_int_equal(move_pack(&move, 1, 0), 1);
    assert_int_equal(kernel.budgets[VM_1], VM_1_AT_0);
    assert_int_equal(kernel.budgets[VM], 0); /* was there, and stays */
}

static void test_unpack(void **state)
{
    (void)state;
    assert_int_equal(move_pack(&move, 0, 1), 0);
    assert_int_equal(move_pack(&move, 1, 0), 1);
    assert_int_equal(move_unpack(&move, 1), 0);
    assert_int_equal(kernel.budgets[VM_1], VM_1_AT_1);
    assert_int_equal(move.threads[0].at, 0);
    kernel.bind[VM_AT_1] = BH_OK;
    assert_int_equal(move_pack(&move, 0, 1), 0);
    kernel.bind[VM_AT_0] = BH_BUSY;
    assert_int_equal(move_unpack(&move, 0), 1);
    kernel.bind[VM_AT_0] = BH_OK;
    assert_int_equal(move_unpack(&move, 0), 0);
    assert_int_equal(move_unpack(&move, 0), 0);
    assert_int_equal(kernel.budgets[VM], VM_AT_0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_open, start),   cmocka_unit_test_setup(test_many, start),
        cmocka_unit_test_setup(test_thread, start), cmocka_unit_test_setup(test_pack, start),
        cmocka_unit_test_setup(test_unpack, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
