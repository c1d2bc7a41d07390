/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines of waits: in order, at most a few at once, without effect once something else came. */
#include "kernel/sched/deadline.h"
#include "tests/unit/world.h"

static uint64_t waiting_until(unsigned priority, uint64_t deadline)
{
    uint64_t thread = world_running(priority);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, deadline);
    return thread;
}

static uint64_t timer(void)
{
    return host.cores[0].timer;
}

static void test_passes(void **state)
{
    (void)state;
    uint64_t thread = waiting_until(150, host.now + 100);
    assert_int_equal(timer(), host.now + 100);
    world_time(99);
    assert_ptr_equal(machine_current(), world_warden());
    world_time(1);
    assert_runs(thread);
    assert_int_equal(machine_current()->frame.x[REG_EVENT], BH_EVENT_DEADLINE);
    assert_int_equal(machine_current()->frame.x[REG_STATUS], BH_OK);
    assert_int_equal(timer(), 0);
}

static void test_passed_already(void **state)
{
    (void)state;
    uint64_t thread = waiting_until(150, host.now);
    assert_runs(thread);
    assert_int_equal(machine_current()->frame.x[REG_EVENT], BH_EVENT_DEADLINE);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 1);
    assert_runs(thread);
}

static void test_order(void **state)
{
    (void)state;
    uint64_t late = waiting_until(150, host.now + 300), soon = waiting_until(150, host.now + 100);
    uint64_t between = waiting_until(150, host.now + 200),
             same = waiting_until(150, host.now + 200);
    const uint64_t expected[] = {soon, between, same, late};
    assert_int_equal(timer(), host.now + 100);
    for (unsigned i = 0; i < 4; i++) {
        world_time(i == 2 ? 0 : 100);
        assert_runs(expected[i]);
        (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    }
    assert_null(cpu_this()->deadlines.first);
}

#define MANY 5

/* More than one entry may serve: the timer rings again for the rest. */
static void test_many(void **state)
{
    (void)state;
    uint64_t threads[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        threads[i] = waiting_until(150 + i, host.now + 100);
    }
    host.now += 100;
    /* an entry serves two; the one that finds less than that decides */
    for (unsigned i = 0; i < MANY / 2; i++) {
        assert_true(time_tick(cpu_this()));
        assert_int_equal(timer(), host.now);
        assert_int_equal(world_thread_at(threads[2 * i + 1])->state, THREAD_READY);
        assert_int_equal(world_thread_at(threads[2 * i + 2])->state, THREAD_WAITING);
    }
    world_time(0);
    assert_runs(threads[MANY - 1]);
    assert_int_equal(timer(), 0);
}

static void test_message_first(void **state)
{
    (void)state;
    uint64_t thread = waiting_until(0 + 150, host.now + 100), endpoint = world_endpoint(thread);
    (void)world_send(endpoint, 0, 0, 0);
    assert_runs(thread);
    world_time(200);
    assert_runs(thread);
    assert_int_equal(machine_current()->frame.x[REG_EVENT], BH_EVENT_MESSAGE);
    assert_null(cpu_this()->deadlines.first);
    assert_int_equal(world_thread_at(thread)->deadline.when, 0);
}

/* Who waits again with the same deadline finds it where it was, and may be called at once. */
static void test_same_again(void **state)
{
    (void)state;
    uint64_t until = host.now + 100;
    uint64_t thread = waiting_until(150, until), endpoint = world_endpoint(thread);
    uint64_t other = waiting_until(151, until);
    for (unsigned i = 0; i < 3; i++) {
        (void)world_send(endpoint, 0, 0, 0);
        assert_runs(thread);
        assert_ptr_equal(cpu_this()->deadlines.first, &world_thread_at(thread)->deadline);
        (void)world_wait(BH_REPLY, 0, 0, 0, until);
        assert_ptr_equal(world_thread_at(thread)->receptive, cpu_this());
        assert_ptr_equal(cpu_this()->deadlines.first, &world_thread_at(thread)->deadline);
        assert_int_equal(world_thread_at(other)->deadline.when, until);
    }
    world_time(100);
    assert_int_equal(world_thread_at(thread)->frame.x[REG_EVENT], BH_EVENT_DEADLINE);
    assert_null(cpu_this()->deadlines.first);
}

/* The next wait counts: with another deadline, or with none. */
static void test_next_wait_counts(void **state)
{
    (void)state;
    uint64_t thread = waiting_until(150, host.now + 100), endpoint = world_endpoint(thread);
    (void)world_send(endpoint, 0, 0, 0);
    (void)world_wait(BH_REPLY, 0, 0, 0, host.now + 300);
    assert_int_equal(timer(), host.now + 300);
    (void)world_send(endpoint, 0, 0, 0);
    (void)world_wait(BH_REPLY, 0, 0, 0, 0);
    assert_null(cpu_this()->deadlines.first);
    world_time(400);
    assert_int_equal(world_thread_at(thread)->state, THREAD_WAITING);
}

/* It is over while the thread does something else: it is told at once when it waits again. */
static void test_over_meanwhile(void **state)
{
    (void)state;
    uint64_t until = host.now + 100;
    uint64_t thread = waiting_until(150, until), endpoint = world_endpoint(thread);
    (void)world_send(endpoint, 0, 0, 0);
    world_time(100);
    (void)world_wait(BH_REPLY, 0, 0, 0, until);
    assert_runs(thread);
    assert_int_equal(machine_current()->frame.x[REG_EVENT], BH_EVENT_DEADLINE);
}

static void test_suspended(void **state)
{
    (void)state;
    uint64_t thread = waiting_until(150, host.now + 100), endpoint = world_endpoint(thread);
    (void)world_send(endpoint, 0, 0, 0);
    thread_suspend(world_thread_at(thread));
    assert_null(cpu_this()->deadlines.first);
}

static void test_signal_first(void **state)
{
    (void)state;
    uint64_t thread = waiting_until(150, host.now + 100), signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    (void)DO(signal_send, signal);
    assert_runs(thread);
    world_time(100);
    assert_int_equal(machine_current()->frame.x[REG_EVENT], BH_EVENT_SIGNAL);
    assert_null(cpu_this()->deadlines.first);
}

/* A slice that ends first sets the timer. */
static void test_slice_and_deadline(void **state)
{
    (void)state;
    (void)waiting_until(150, host.now + 1000);
    uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, BH_BUDGET_ORDER(120, 70), 0),
             thread = world_thread(0);
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    (void)DO(thread_resume, thread);
    assert_int_equal(timer(), host.now + 70);
}

/* Without a budget it is ready then, but runs when it has time. */
static void test_without_budget(void **state)
{
    (void)state;
    uint64_t thread = waiting_until(150, host.now + 100);
    assert_int_equal(DO(thread_budget, thread, 0), BH_OK);
    world_time(100);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(world_thread_at(thread)->state, THREAD_READY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_passes),
        WORLD_TEST(test_passed_already),
        WORLD_TEST(test_order),
        WORLD_TEST(test_many),
        WORLD_TEST(test_message_first),
        WORLD_TEST(test_signal_first),
        WORLD_TEST(test_same_again),
        WORLD_TEST(test_next_wait_counts),
        WORLD_TEST(test_over_meanwhile),
        WORLD_TEST(test_suspended),
        WORLD_TEST(test_slice_and_deadline),
        WORLD_TEST(test_without_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
