/* SPDX-License-Identifier: Apache-2.0 */
/* Budgets: bound to one thread of their core, taken away, destroyed under a running thread. */
#include "tests/unit/world.h"

static void test_bind(void **state)
{
    (void)state;
    uint64_t a = world_thread(0), b = world_thread(0),
             budget = world_make(BH_BUDGET, WARDEN_CORE, 150, 0);
    assert_int_equal(DO(thread_budget, a, budget), BH_OK);
    assert_ptr_equal(world_thread_at(a)->budget, budget_of(world_object(budget)));
    assert_int_equal(DO(thread_budget, b, budget), BH_BUSY);
    assert_int_equal(DO(thread_budget, a, budget), BH_OK); /* again: the same */
    assert_int_equal(DO(thread_budget, a, 0), BH_OK);
    assert_null(world_thread_at(a)->budget);
    assert_int_equal(DO(thread_budget, b, budget), BH_OK);
}

static void test_arguments(void **state)
{
    (void)state;
    uint64_t weak = world_derive(WARDEN_CORE, BH_CORE_POWER, 0), to = world_slot();
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_BUDGET, to, weak, 5, 0), BH_NO_RIGHT);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_BUDGET, to, WARDEN_CORE, 256, 0), BH_BAD_ARG);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_BUDGET, to, WARDEN_CELL, 5, 0), BH_BAD_TYPE);
    uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, BH_BUDGET_ORDER(255, UINT32_MAX), 0);
    assert_int_equal(budget_of(world_object(budget))->priority, 255);
    static const uint64_t limits[] = {BH_BUDGET_LIMIT(0, 1), BH_BUDGET_LIMIT(1, 0),
                                      BH_BUDGET_LIMIT(101, 100), BH_BUDGET_LIMIT(1, 100),
                                      BH_BUDGET_LIMIT(2, UINT64_C(1) << 31)};
    to = world_slot();
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(DO(pool_create, WARDEN_POOL, BH_BUDGET, to, WARDEN_CORE, 5, limits[i]),
                         BH_BAD_ARG);
    }
    (void)world_make(BH_BUDGET, WARDEN_CORE, 5, BH_BUDGET_LIMIT(INT32_MAX, INT32_MAX));
    (void)world_make(BH_BUDGET, WARDEN_CORE, 5, BH_BUDGET_LIMIT(2, 2));
    uint64_t thread = world_thread(0), blind = world_derive(budget, BH_DESTROY, 0);
    assert_int_equal(DO(thread_budget, thread, blind), BH_NO_RIGHT);
    assert_int_equal(DO(thread_budget, thread, WARDEN_CORE), BH_BAD_TYPE);
}

/* Taken from the thread that runs: somebody else runs. */
static void test_taken_away(void **state)
{
    (void)state;
    uint64_t thread = world_running(150);
    (void)DO(thread_budget, thread, 0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(world_thread_at(thread)->state, THREAD_READY);
    (void)DO(thread_budget, WARDEN_THREAD, 0);
    assert_null(machine_current());
}

static void test_destroyed(void **state)
{
    (void)state;
    uint64_t thread = world_thread(0),
             budget = world_make(BH_BUDGET, WARDEN_CORE, BH_BUDGET_ORDER(150, 40), 0);
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    (void)DO(object_destroy, budget);
    assert_ptr_equal(machine_current(), world_warden());
    assert_null(world_thread_at(thread)->budget);
    assert_int_equal(cpu_this()->stop, 0);
}

/* A signal that waited for time is delivered with it. */
static void test_wakes_with_signal(void **state)
{
    (void)state;
    uint64_t thread = world_waiting(0), signal = world_make(BH_SIGNAL, 0, 0, 0),
             budget = world_make(BH_BUDGET, WARDEN_CORE, 150, 0);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    assert_int_equal(DO(signal_send, signal), BH_OK);
    assert_int_equal(world_thread_at(thread)->state, THREAD_WAITING);
    (void)DO(thread_budget, thread, budget);
    assert_runs(thread);
    assert_int_equal(machine_current()->frame.x[REG_EVENT], BH_EVENT_SIGNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_bind),      WORLD_TEST(test_arguments),         WORLD_TEST(test_taken_away),
        WORLD_TEST(test_destroyed), WORLD_TEST(test_wakes_with_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
