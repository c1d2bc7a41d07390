/* SPDX-License-Identifier: Apache-2.0 */
/* Limited budgets: what is used comes back one period later, whoever runs on them and however they
 * are interrupted; nobody gets more than his amount in any period. */
#include "kernel/sched/count.h"

#include "tests/unit/world.h"

/* A thread with a limited budget, suspended; *budget: the budget's slot. */
static uint64_t limited(unsigned priority, uint64_t amount, uint64_t period, uint64_t *budget)
{
    uint64_t thread = world_thread(0);
    *budget = world_make(BH_BUDGET, WARDEN_CORE, priority, BH_BUDGET_LIMIT(amount, period));
    assert_int_equal(DO(thread_budget, thread, *budget), BH_OK);
    return thread;
}

static uint64_t limited_running(unsigned priority, uint64_t amount, uint64_t period)
{
    uint64_t budget, thread = limited(priority, amount, period, &budget);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    return thread;
}

static const struct budget *budget_at(uint64_t thread)
{
    return world_thread_at(thread)->budget;
}

static uint64_t timer(void)
{
    return host.cores[0].timer;
}

static void test_amount_and_period(void **state)
{
    (void)state;
    uint64_t begin = host.now, thread = limited_running(150, 30, 100);
    for (unsigned period = 0; period < 3; period++) {
        assert_runs(thread);
        assert_int_equal(timer(), begin + 30);
        world_time(29);
        assert_runs(thread);
        world_time(1);
        assert_ptr_equal(machine_current(), world_warden());
        assert_int_equal(budget_at(thread)->queued, QUEUED_REFILL);
        assert_int_equal(timer(), begin + 100);
        world_time(70);
        begin += 100;
    }
}

/* The refill counts from where running began, not from where it ended. */
static void test_comes_back_in_pieces(void **state)
{
    (void)state;
    uint64_t start = host.now, thread = limited_running(150, 30, 100), high = world_thread(200);
    world_time(10);
    assert_ptr_equal(cpu_this()->budget, budget_at(thread));
    (void)DO(thread_resume, high);
    assert_runs(high);
    world_time(40);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_runs(thread);
    world_time(20);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(timer(), start + 100);
    world_time(start + 100 - host.now);
    assert_runs(thread);
    world_time(10);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(timer(), start + 150);
}

/* What a late interrupt let it have too much is missing later. */
static void test_debt(void **state)
{
    (void)state;
    uint64_t start = host.now, thread = limited_running(150, 30, 100);
    world_time(45);
    assert_int_equal(budget_at(thread)->available, -15);
    world_time(start + 100 - host.now);
    assert_runs(thread);
    assert_int_equal(timer(), start + 130);
}

/* A machine that stood still is charged one period. */
static void test_stopped_machine(void **state)
{
    (void)state;
    uint64_t thread = limited_running(150, 30, 100);
    world_time(1000000);
    assert_runs(thread);
    assert_int_equal(budget_at(thread)->available, 30);
}

static void test_everything(void **state)
{
    (void)state;
    uint64_t thread = limited_running(150, 100, 100);
    for (unsigned i = 0; i < 50; i++) {
        world_time(37);
        assert_runs(thread);
    }
}

/* However small the pieces: in no period more than the amount, and hardly any time is lost. */
static void test_any_pieces(void **state)
{
    (void)state;
    enum { STEPS = 8000, PERIOD = 1000, AMOUNT = 300 };
    static uint64_t used_at[STEPS];
    uint64_t random = 3, oldest = 0, count = 0, thread = limited_running(150, AMOUNT, PERIOD);
    for (unsigned step = 0; step < STEPS; step++) {
        if (cpu_this()->budget == budget_at(thread)) {
            used_at[count++] = host.now;
        }
        while (oldest < count && used_at[oldest] + PERIOD <= host.now) {
            oldest++;
        }
        assert_true(count - oldest <= AMOUNT);
        world_time(1);
        if (host_random(&random) % 20 == 0) {
            sched_rotate(cpu_this());
            machine_leave(sched_resume(cpu_this()));
        }
    }
    assert_in_range(count, STEPS * (AMOUNT - 10) / PERIOD, STEPS * AMOUNT / PERIOD);
}

/* Somebody more urgent comes far more often than there are refills: hardly any time is lost. */
static void test_many_pieces(void **state)
{
    (void)state;
    enum { PIECES = 1400, PIECE = 50, GAP = 2, PERIOD = 1000, AMOUNT = 700 };
    uint64_t begin = host.now, used = 0, thread = limited_running(150, AMOUNT, PERIOD);
    uint64_t high = world_thread(200);
    for (unsigned i = 0; i < PIECES; i++) {
        for (unsigned t = 0; t < PIECE; t++) {
            used += cpu_this()->budget == budget_at(thread);
            world_time(1);
        }
        (void)DO(thread_resume, high);
        assert_runs(high);
        world_time(GAP);
        (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
        (void)DO(thread_suspend, high);
    }
    uint64_t most = (host.now - begin) * AMOUNT / PERIOD;
    assert_in_range(used, most * 99 / 100, most + AMOUNT);
}

/* The counter goes on while the kernel works: a refill may come between two looks at it. */
static void test_time_goes_on(void **state)
{
    (void)state;
    uint64_t random = 5, used = 0, thread = limited_running(150, 30, 100);
    host.creep = 1;
    for (unsigned step = 0; step < 5000; step++) {
        uint64_t before = host.now;
        bool runs = machine_current() == world_thread_at(thread);
        world_time(1 + host_random(&random) % 7);
        used += runs ? host.now - before : 0;
        assert_int_not_equal(budget_at(thread)->queued, QUEUED_NO);
        if (host_random(&random) % 4 == 0) {
            sched_rotate(cpu_this());
            machine_leave(sched_resume(cpu_this()));
        }
    }
    host.creep = 0;
    assert_true(used > 5000);
}

static void test_told_once(void **state)
{
    (void)state;
    uint64_t budget, thread = limited(150, 30, 100, &budget), watcher = world_waiting(180);
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0), badged = world_derive(signal, BH_ALL, 4);
    assert_int_equal(DO(signal_bind, signal, watcher), BH_OK);
    assert_int_equal(DO(budget_signal, budget, badged), BH_OK);
    (void)DO(thread_resume, thread);
    world_time(29);
    assert_runs(thread);
    world_time(1);
    assert_runs(watcher);
    assert_int_equal(world_thread_at(watcher)->frame.x[0], 4);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    world_time(69);
    assert_ptr_equal(machine_current(), world_warden());
    world_time(1);
    assert_runs(thread);
    (void)DO(budget_signal, budget, 0);
    world_time(30);
    assert_ptr_equal(machine_current(), world_warden());
}

static void test_signal_arguments(void **state)
{
    (void)state;
    uint64_t budget, thread = limited(150, 30, 100, &budget),
                     signal = world_make(BH_SIGNAL, 0, 0, 0);
    uint64_t unlimited = world_make(BH_BUDGET, WARDEN_CORE, 150, 0);
    assert_int_equal(DO(budget_signal, unlimited, signal), BH_BAD_ARG);
    assert_int_equal(DO(budget_signal, budget, thread), BH_BAD_TYPE);
    assert_int_equal(DO(budget_signal, budget, world_derive(signal, BH_SIGNAL_BIND, 0)),
                     BH_NO_RIGHT);
    assert_int_equal(DO(budget_signal, world_derive(budget, BH_DESTROY, 0), signal), BH_NO_RIGHT);
    assert_int_equal(DO(budget_signal, budget, signal), BH_OK);
    (void)DO(object_destroy, signal);
    assert_int_equal(budget_of(world_object(budget))->limit->signal.word, 0);
}

/* A binding dies with its budget. */
static void test_budget_with_signal_destroyed(void **state)
{
    (void)state;
    uint64_t budget, thread = limited(150, 30, 100, &budget),
                     signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(budget_signal, budget, signal), BH_OK);
    (void)DO(thread_resume, thread);
    world_time(30);
    assert_int_equal(DO(object_destroy, budget), BH_OK);
    assert_null(cpu_this()->refills.first);
    assert_false(cap_has_children(machine_slot(world_warden(), signal)));
    world_time(100);
    assert_ptr_equal(machine_current(), world_warden());
}

/* The server runs on its callers' budgets: when that of one is used up in the middle of a request,
 * the next caller helps it out, on his own. */
static void test_helps_exhausted_client(void **state)
{
    (void)state;
    uint64_t server = world_waiting(0), endpoint = world_endpoint(server);
    uint64_t client = limited_running(150, 30, 1000);
    (void)world_send(endpoint, 1, 0, 0);
    assert_runs(server);
    world_time(30);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(world_thread_at(client)->state, THREAD_CALLING);
    uint64_t high = world_running(200);
    (void)world_send(endpoint, 2, 0, 0);
    assert_runs(server);
    assert_ptr_equal(cpu_this()->budget, budget_at(high));
    (void)world_wait(BH_REPLY, 0, 0, 0, 0); /* the client's request */
    assert_runs(server);                    /* now with that of the other one */
    assert_int_equal(machine_current()->frame.x[0], 2);
    (void)world_wait(BH_REPLY, 0, 0, 0, 0);
    assert_runs(high);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(),
                     world_warden()); /* the client has its answer, but no time */
    assert_int_equal(world_thread_at(client)->state, THREAD_READY);
    world_time(970);
    assert_runs(client);
}

/* Giving a budget away and taking it back makes nothing of what was used undone. */
static void test_bound_again(void **state)
{
    (void)state;
    uint64_t budget, thread = limited(150, 30, 100, &budget), other = world_thread(0);
    (void)DO(thread_resume, thread);
    world_time(20);
    (void)DO(thread_budget, thread, 0);
    assert_int_equal(budget_of(world_object(budget))->available, 10);
    (void)DO(thread_resume, other);
    (void)DO(thread_budget, other, budget);
    assert_runs(other);
    world_time(10);
    assert_ptr_equal(machine_current(), world_warden());
    (void)DO(thread_budget, other, 0);
    (void)DO(thread_budget, thread, budget);
    assert_ptr_equal(machine_current(), world_warden());
    world_time(70);
    assert_runs(thread);
}

/* While it waits for its refill its thread may stop and go on: it still waits. */
static void test_suspended_meanwhile(void **state)
{
    (void)state;
    uint64_t thread = limited_running(150, 30, 100);
    world_time(30);
    (void)DO(thread_suspend, thread);
    assert_null(cpu_this()->refills.first);
    world_time(10);
    (void)DO(thread_resume, thread);
    assert_int_equal(budget_at(thread)->queued, QUEUED_REFILL);
    (void)DO(thread_suspend, thread);
    world_time(60);
    (void)DO(thread_resume, thread);
    assert_runs(thread);
}

/* A slice and a limit: whatever ends first. */
static void test_slice_and_limit(void **state)
{
    (void)state;
    uint64_t a = world_thread(0), b = world_thread(150);
    uint64_t budget =
        world_make(BH_BUDGET, WARDEN_CORE, BH_BUDGET_ORDER(150, 20), BH_BUDGET_LIMIT(30, 200));
    (void)DO(thread_budget, a, budget);
    (void)DO(thread_resume, a);
    (void)DO(thread_resume, b);
    assert_runs(a);
    world_time(20);
    assert_runs(b);
    (void)DO(yield, 0);
    assert_runs(a);
    assert_int_equal(timer(), host.now + 10);
    world_time(10);
    assert_runs(b);
    (void)DO(yield, 0);
    assert_runs(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_amount_and_period),
        WORLD_TEST(test_comes_back_in_pieces),
        WORLD_TEST(test_debt),
        WORLD_TEST(test_stopped_machine),
        WORLD_TEST(test_everything),
        WORLD_TEST(test_any_pieces),
        WORLD_TEST(test_many_pieces),
        WORLD_TEST(test_time_goes_on),
        WORLD_TEST(test_told_once),
        WORLD_TEST(test_signal_arguments),
        WORLD_TEST(test_budget_with_signal_destroyed),
        WORLD_TEST(test_helps_exhausted_client),
        WORLD_TEST(test_bound_again),
        WORLD_TEST(test_suspended_meanwhile),
        WORLD_TEST(test_slice_and_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
