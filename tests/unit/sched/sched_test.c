/* SPDX-License-Identifier: Apache-2.0 */
/* Who runs: priority, first come first served, slices, and chains that follow. */
#include "tests/unit/world.h"

static void test_priority(void **state)
{
    (void)state;
    uint64_t low = world_thread(90), equal = world_thread(MACHINE_PRIORITY),
             high = world_thread(101);
    (void)DO(thread_resume, low);
    (void)DO(thread_resume, equal);
    assert_ptr_equal(machine_current(), world_warden());
    (void)DO(thread_resume, high);
    assert_runs(high);
    assert_false(cpu_this()->resched); /* it is decided */
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_false(cpu_this()->resched);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_runs(equal);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_runs(low);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_null(machine_current());
}

static void test_yield(void **state)
{
    (void)state;
    (void)DO(yield, 0);
    assert_ptr_equal(machine_current(), world_warden());
    uint64_t a = world_thread(MACHINE_PRIORITY), b = world_thread(MACHINE_PRIORITY);
    (void)DO(thread_resume, a);
    (void)DO(thread_resume, b);
    (void)DO(yield, 0);
    assert_runs(a);
    (void)DO(yield, 0);
    assert_runs(b);
    (void)DO(yield, 0);
    assert_ptr_equal(machine_current(), world_warden());
}

static uint64_t sliced(uint64_t slice)
{
    uint64_t thread = world_thread(0),
             budget = world_make(BH_BUDGET, WARDEN_CORE, BH_BUDGET_ORDER(120, slice), 0);
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    return thread;
}

static void test_slices(void **state)
{
    (void)state;
    uint64_t a = sliced(100), b = sliced(50), warden_slot = WARDEN_THREAD;
    (void)warden_slot;
    (void)DO(thread_resume, a);
    assert_runs(a);
    (void)DO(thread_resume, b);
    assert_runs(a);
    world_time(99);
    assert_runs(a);
    world_time(1);
    assert_runs(b);
    world_time(50);
    assert_runs(a);
    world_time(100);
    assert_runs(b);
}

/* One that is alone goes on, with a new slice. */
static void test_slice_alone(void **state)
{
    (void)state;
    uint64_t a = sliced(100);
    (void)DO(thread_resume, a);
    world_time(100);
    assert_runs(a);
    assert_int_equal(cpu_this()->stop, host.now + 100);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(cpu_this()->stop, 0);
}

static void test_endless_slice(void **state)
{
    (void)state;
    uint64_t a = sliced(UINT32_MAX);
    (void)DO(thread_resume, a);
    assert_true(cpu_this()->stop > host.now);
    world_time(1000000);
    assert_runs(a);
}

/* The server runs on its caller's budget: nothing in the queue moves. */
static void test_callers_budget(void **state)
{
    (void)state;
    uint64_t server = world_waiting(10), endpoint = world_endpoint(server),
             equal = world_thread(MACHINE_PRIORITY);
    (void)DO(thread_resume, equal);
    (void)world_send(endpoint, 0, 0, 0);
    assert_runs(server);
    assert_ptr_equal(cpu_this()->budget, world_warden()->budget);
    assert_int_equal(world_thread_at(server)->budget->queued, 0);
    (void)world_wait(BH_REPLY, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
}

/* All 256 priorities are different. */
static void test_all_priorities(void **state)
{
    (void)state;
    struct cpu *cpu = cpu_this();
    for (unsigned p = 0; p < 256; p += 17) {
        uint64_t thread = world_thread(0), budget = world_make(BH_BUDGET, WARDEN_CORE, p, 0);
        assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
        (void)DO(thread_resume, thread);
        assert_int_equal(cpu->ready.bitmap[p / 64] >> p % 64 & 1, 1);
        if (p > MACHINE_PRIORITY) {
            assert_runs(thread);
            (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
            assert_int_equal(cpu->ready.bitmap[p / 64] >> p % 64 & 1, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_priority),       WORLD_TEST(test_yield),
        WORLD_TEST(test_slices),         WORLD_TEST(test_slice_alone),
        WORLD_TEST(test_endless_slice),  WORLD_TEST(test_callers_budget),
        WORLD_TEST(test_all_priorities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
