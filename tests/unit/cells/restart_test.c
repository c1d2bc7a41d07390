/* SPDX-License-Identifier: Apache-2.0 */
/* Restarts: which calls take a cell apart and build it again, on whose budget, and when no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "abi/boot.h"
#include "cells/lib/status_name.h"
#include "cells/warden/report.h"
#include "cells/warden/restart.h"

/* Slots of the warden. */
enum {
    POOL = 10,
    CELL,
    THREAD,
    BUDGET,
    HANDLER,
    OTHER_CELL,
    OTHER_THREAD,
    IRQ,
    BOUND,
    FAULTS,
    MEMORY
};

static const struct plan_op ops[] = {
    {CALL_pool_create, WARDEN_POOL, {BH_BUDGET, BUDGET}}, /* of no cell */
    {CALL_pool_create, WARDEN_POOL, {BH_POOL, POOL}},     /* 1: cell 0 */
    {CALL_pool_create, POOL, {BH_CELL, CELL}},
    {CALL_pool_create, POOL, {BH_THREAD, THREAD}},
    {CALL_cap_derive, MEMORY, {CELL, 1, 3, 0}},
    {CALL_memory_map, CELL, {1, 0x1000, 3}},
    {CALL_cap_derive, THREAD, {OTHER_CELL, 7, 1, 0}}, /* 6: a supervisor's */
    {CALL_cap_derive, FAULTS, {0, HANDLER, 1, 0}},
    {CALL_irq_bind, IRQ, {BOUND}},
    {CALL_thread_budget, THREAD, {BUDGET}},                     /* 9 */
    {CALL_pool_create, WARDEN_POOL, {BH_THREAD, OTHER_THREAD}}, /* 10: cell 1 */
    {CALL_cap_derive, OTHER_THREAD, {CELL, 2, 1, 0}},           /* 11: what cell 0 has of it */
    {CALL_cap_derive, FAULTS, {0, 99, 1, 0}},
    {CALL_thread_resume, THREAD, {0}}, /* 13: of no cell */
};
#define OPS (sizeof(ops) / sizeof(ops[0]))

static char data[8], pristine[8] = "as new";
static struct plan_copy copies[1];
static struct plan_cell cells[] = {
    {.name = "victim",
     .first_op = 1,
     .op_count = 9,
     .pool = POOL,
     .cell = CELL,
     .thread = THREAD,
     .budget = BUDGET,
     .flags = PLAN_CELL_RESTART,
     .copy_count = 1},
    {.name = "other", .first_op = 10, .op_count = 3, .cell = 0, .thread = OTHER_THREAD},
};
static const struct plan_view plan = {.cells = cells,
                                      .ops = ops,
                                      .copies = copies,
                                      .cell_count = 2,
                                      .op_count = OPS,
                                      .copy_count = 1};

static char said[4096];
static char made[2048]; /* "name(cap,argument,argument) ..." */
static int failing;     /* the call of the plan that fails; -1: none */

void report(const char *text, ...)
{
    va_list list;

    va_start(list, text);
    vsnprintf(said + strlen(said), sizeof(said) - strlen(said), text, list);
    va_end(list);
}

void plan_report(const struct plan_view *view, const struct plan_cell *cell, uint32_t i,
                 enum bh_status status)
{
    (void)view;
    report("%s failed at %u: %d", cell->name, i, (int)status);
}

enum bh_status plan_make(const struct plan_op *op)
{
    size_t size = strlen(made);

    snprintf(made + size, sizeof(made) - size, "%s(%u,%u,%u) ", call_name(op->call), op->cap,
             (unsigned)op->args[0], (unsigned)op->args[1]);
    return failing >= 0 && op == &ops[failing] ? BH_NO_MEMORY : BH_OK;
}

uint64_t plan_pool_free(void)
{
    return 1000;
}

static int start(void **state)
{
    (void)state;
    made[0] = said[0] = '\0';
    failing = -1;
    memcpy(data, "spoiled", sizeof(data));
    copies[0] = (struct plan_copy){(uintptr_t)data, (uintptr_t)pristine, sizeof(data)};
    return 0;
}

#define TAKEN_APART                                                                    \
    "thread_suspend(12,0,0) thread_budget(12,0,0) thread_budget(2,13,0) "              \
    "object_destroy(10,0,0) cap_delete(0,10,0) cap_delete(0,11,0) cap_delete(0,12,0) " \
    "cap_delete(0,14,0) "

/* As the warden does it. */
static void restart(void)
{
    restart_take_over(&cells[0]);
    restart_cell(&plan, &cells[0]);
}

static void test_restarted(void **state)
{
    (void)state;
    restart();
    assert_string_equal(made, TAKEN_APART "pool_create(3,1,10) pool_create(10,2,11) "
                                          "pool_create(10,4,12) cap_derive(20,11,1) "
                                          "memory_map(11,1,4096) cap_derive(19,0,14) "
                                          "irq_bind(17,18,0) cap_derive(16,11,2) "
                                          "thread_budget(2,5,0) thread_budget(12,13,0) "
                                          "thread_resume(12,0,0) ");
    assert_string_equal(data, "as new");
    assert_non_null(strstr(said, "victim is built again"));
    assert_non_null(strstr(said, "1000 bytes free, as before"));
}

/* It is not started, and the warden has its own time again. */
static void test_failed(void **state)
{
    (void)state;
    failing = 5;
    restart();
    assert_string_equal(made, TAKEN_APART "pool_create(3,1,10) pool_create(10,2,11) "
                                          "pool_create(10,4,12) cap_derive(20,11,1) "
                                          "memory_map(11,1,4096) thread_budget(2,5,0) ");
    assert_string_equal(said, "victim failed at 5: 8");
}

/* What it had of a cell that is gone does not matter. */
static void test_other_gone(void **state)
{
    (void)state;
    failing = 11;
    restart();
    assert_non_null(strstr(made, "thread_resume"));
}

/* What the repair uses of its budget is not held against the cell. */
static void test_budget_signal(void **state)
{
    (void)state;
    cells[0].overrun = 30;
    restart();
    assert_int_equal(strncmp(made, "budget_signal(13,0,0) thread_suspend(", 37), 0);
    assert_non_null(strstr(made, "thread_budget(12,13,0) budget_signal(13,30,0) thread_resume("));
    cells[0].overrun = 0;
}

static void test_given_up(void **state)
{
    (void)state;
    restart_take_over(&cells[0]);
    restart_give_up();
    assert_string_equal(made, "thread_suspend(12,0,0) thread_budget(12,0,0) "
                              "thread_budget(2,13,0) thread_budget(2,5,0) ");
}

#define SECOND 1000

static enum restart_verdict judge(uint64_t now)
{
    return restart_judge(&plan, 0, now, SECOND);
}

static void test_judge(void **state)
{
    (void)state;
    assert_int_equal(restart_judge(&plan, 1, 5, SECOND), RESTART_NEVER);
    for (unsigned i = 0; i < RESTART_MAX; i++) {
        assert_int_equal(judge(100 * SECOND + i), RESTART_NOW);
    }
    assert_int_equal(judge(110 * SECOND - 1), RESTART_TOO_OFTEN);
    assert_int_equal(judge(110 * SECOND), RESTART_NOW); /* the first is 10 s ago */
    assert_int_equal(judge(110 * SECOND), RESTART_TOO_OFTEN);
    assert_int_equal(judge(110 * SECOND + 1), RESTART_NOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_restarted, start),
        cmocka_unit_test_setup(test_failed, start),
        cmocka_unit_test_setup(test_other_gone, start),
        cmocka_unit_test_setup(test_budget_signal, start),
        cmocka_unit_test_setup(test_given_up, start),
        cmocka_unit_test_setup(test_judge, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
