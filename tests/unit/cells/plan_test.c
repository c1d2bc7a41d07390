/* SPDX-License-Identifier: Apache-2.0 */
/* The warden's plan: what is refused, what is made, and what one failing call takes along. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells/lib/start.h"
#include "cells/warden/plan.h"
#include "cells/warden/report.h"

#define CELLS 3
#define OPS   12 /* two of no cell, then three of each, then one of none */

struct image {
    struct plan plan;
    struct plan_cell cells[CELLS];
    struct plan_op ops[OPS];
    struct plan_copy copies[2];
    struct plan_switch switches[2];
};

static struct image *image;
static struct start_memory memory;
static char said[4096];
static uint32_t made[OPS];
static unsigned made_count;
static uint32_t failing; /* bit i: call i of the plan fails */
static struct plan_op last;

const struct start_memory *start_find_memory(const struct start_info *start, const char *name)
{
    (void)start;
    assert_string_equal(name, "plan");
    return memory.access == 0 ? NULL : &memory;
}

void report(const char *text, ...)
{
    va_list list;

    va_start(list, text);
    vsnprintf(said + strlen(said), sizeof(said) - strlen(said), text, list);
    va_end(list);
}

enum bh_status plan_make(const struct plan_op *op)
{
    made[made_count++] = op->cap;
    last = *op;
    return (failing >> op->cap & 1) != 0 ? BH_NO_MEMORY : BH_OK;
}

static int start(void **state)
{
    (void)state;
    image = calloc(1, sizeof(*image));
    image->plan = (struct plan){.magic = BH_PLAN_MAGIC,
                                .version = BH_PLAN_VERSION,
                                .size = sizeof(*image),
                                .cell_count = CELLS,
                                .cell_offset = offsetof(struct image, cells),
                                .op_count = OPS,
                                .op_offset = offsetof(struct image, ops),
                                .copy_count = 2,
                                .copy_offset = offsetof(struct image, copies),
                                .switch_count = 2,
                                .switch_offset = offsetof(struct image, switches)};
    image->switches[0] = (struct plan_switch){.cell = 1, .core = 20, .page = 21};
    image->switches[1] = (struct plan_switch){.cell = 2, .core = 22, .page = 23};
    for (uint32_t i = 0; i < CELLS; i++) {
        snprintf(image->cells[i].name, sizeof(image->cells[i].name), "cell%u", i);
        image->cells[i].first_op = 2 + 3 * i;
        image->cells[i].op_count = 3;
    }
    for (uint32_t i = 0; i < OPS; i++) {
        image->ops[i] = (struct plan_op){.call = 21, .cap = i};
    }
    memory = (struct start_memory){
        .address = (uintptr_t)image, .size = sizeof(*image), .access = BH_MAP_READ};
    said[0] = '\0';
    made_count = 0;
    failing = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(image);
    return 0;
}

static void expect_failures(const struct plan_view *plan, unsigned cells, unsigned calls)
{
    struct plan_failures failed = plan_execute(plan);

    assert_int_equal(failed.cells, cells);
    assert_int_equal(failed.calls, calls);
}

static void test_all(void **state)
{
    struct plan_view plan;

    (void)state;
    assert_true(plan_open(&plan, NULL));
    expect_failures(&plan, 0, 0);
    assert_int_equal(made_count, OPS);
    for (uint32_t i = 0; i < OPS; i++) {
        assert_int_equal(made[i], i);
    }
    assert_string_equal(said, "");
}

/* A failing call takes the rest of its cell along, and nothing else. */
static void test_failing_cell(void **state)
{
    static const uint32_t wanted[] = {0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11};
    struct plan_view plan;

    (void)state;
    failing = 1U << 6; /* the second of cell1's: 5, 6, 7 */
    assert_true(plan_open(&plan, NULL));
    expect_failures(&plan, 1, 0);
    assert_int_equal(made_count, sizeof(wanted) / sizeof(wanted[0]));
    assert_memory_equal(made, wanted, sizeof(wanted));
    assert_non_null(
        strstr(said, "building cell cell1 failed at call 6 of the plan: memory_map(cap 6"));
    assert_non_null(strstr(said, "NO_MEMORY"));
}

static void test_failing_system(void **state)
{
    struct plan_view plan;

    (void)state;
    failing = 1U << 1 | 1U << 11;
    assert_true(plan_open(&plan, NULL));
    expect_failures(&plan, 0, 2);
    assert_int_equal(made_count, OPS);
    assert_non_null(strstr(said, "building the system failed at call 1"));
    assert_non_null(strstr(said, "building the system failed at call 11"));
}

/* The last ones wait until they are asked for. */
static void test_last(void **state)
{
    struct plan_view plan;

    (void)state;
    image->plan.last_count = 1;
    assert_true(plan_open(&plan, NULL));
    expect_failures(&plan, 0, 0);
    assert_int_equal(made_count, OPS - 1);
    failing = 1U << (OPS - 1);
    plan_execute_last(&plan);
    assert_int_equal(made_count, OPS);
    assert_int_equal(last.cap, OPS - 1);
    assert_non_null(strstr(said, "building the system failed at call 11"));
}

/* Who calls by which badge can have the rows that are his. */
static void test_switch(void **state)
{
    struct plan_view plan;

    (void)state;
    assert_true(plan_open(&plan, NULL));
    assert_int_equal(plan_switch(&plan, 2, (uint64_t[]){1, PLAN_SWITCH_AT_ONCE}), BH_OK);
    assert_int_equal(last.call, 50);
    assert_int_equal(last.cap, 22);
    assert_int_equal(last.args[0], 23);
    assert_int_equal(last.args[1], 1);
    assert_int_equal(plan_switch(&plan, 1, (uint64_t[]){0, PLAN_SWITCH_AT_END}), BH_OK);
    assert_int_equal(last.cap, 20);
    assert_int_equal(last.args[1], 0);
    made_count = 0;
    assert_int_equal(plan_switch(&plan, 1, (uint64_t[]){1, 0}), BH_NO_RIGHT);
    assert_int_equal(plan_switch(&plan, 0, (uint64_t[]){0, 0}), BH_NO_RIGHT);
    assert_int_equal(plan_switch(&plan, 2, (uint64_t[]){2, 0}), BH_NO_RIGHT);
    assert_int_equal(plan_switch(&plan, 2, (uint64_t[]){UINT64_MAX, 0}), BH_NO_RIGHT);
    assert_int_equal(plan_switch(&plan, 2, (uint64_t[]){UINT64_C(1) << 32 | 1, 0}), BH_NO_RIGHT);
    assert_int_equal(made_count, 0);
}

static void refused(void)
{
    struct plan_view plan;

    said[0] = '\0';
    assert_false(plan_open(&plan, NULL));
    assert_non_null(strstr(said, "nothing is built"));
    end(NULL);
    start(NULL);
}

static void test_refused(void **state)
{
    (void)state;
    memory.access = 0;
    refused();
    memory.size = sizeof(struct plan) - 1;
    refused();
    memory.size = sizeof(*image) - 1;
    refused();
    image->plan.magic++;
    refused();
    image->plan.version++;
    refused();
    image->plan.cell_count = PLAN_CELLS_MAX + 1;
    refused();
    image->plan.cell_count = CELLS + 20;
    refused();
    image->plan.op_count = OPS + 2;
    refused();
    image->plan.op_count = UINT32_MAX;
    refused();
    image->plan.copy_count = 4;
    refused();
    image->plan.switch_count = 3;
    refused();
    image->plan.switch_offset = sizeof(*image) + 8;
    refused();
    image->plan.last_count = OPS + 1;
    refused();
    image->cells[1].copy_count = 3;
    refused();
    image->plan.op_offset = sizeof(*image) + 8;
    refused();
    image->plan.op_offset = UINT32_MAX - 7;
    refused();
    image->plan.cell_offset += 4;
    refused();
    image->cells[1].first_op = OPS + 1;
    refused();
    image->cells[1].op_count = OPS;
    refused();
    image->cells[1].op_count = 0U - image->cells[1].first_op; /* would end at call 0 */
    refused();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all, start, end),
        cmocka_unit_test_setup_teardown(test_failing_cell, start, end),
        cmocka_unit_test_setup_teardown(test_failing_system, start, end),
        cmocka_unit_test_setup_teardown(test_last, start, end),
        cmocka_unit_test_setup_teardown(test_switch, start, end),
        cmocka_unit_test_setup_teardown(test_refused, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
