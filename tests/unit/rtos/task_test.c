/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks and deadlines: who runs, in which order, and what an interrupt changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/rtos/world.h"

static int open_world(void **state)
{
    (void)state;
    world_open();
    return 0;
}

static void say_and_end(void *text)
{
    world_note(text);
    world_end();
}

static void highest_first_equals_in_order(void **state)
{
    (void)state;
    assert_non_null(task_create("low", 3, say_and_end, "low"));
    assert_non_null(task_create("high", 31, say_and_end, "high"));
    assert_non_null(task_create("a", 7, say_and_end, "a"));
    assert_non_null(task_create("b", 7, say_and_end, "b"));
    world_run();
    assert_string_equal(world_trace(), "high a b low ");
}

static void yields(void *text)
{
    for (int i = 0; i < 3; i++) {
        world_note(text);
        task_yield();
    }
    world_end();
}

static void yield_lets_equals_run(void **state)
{
    (void)state;
    (void)task_create("a", 7, yields, "a");
    (void)task_create("b", 7, yields, "b");
    (void)task_create("low", 6, yields, "low");
    world_run();
    assert_string_equal(world_trace(), "a b a b a b low low low ");
}

static void sleeps(void *ticks)
{
    char text[32];

    snprintf(text, sizeof(text), "%u@%u", (unsigned)(uintptr_t)ticks,
             (unsigned)task_sleep_until((uintptr_t)ticks));
    world_note(text);
    world_end();
}

static void deadlines_in_their_order(void **state)
{
    (void)state;
    for (uintptr_t i = 0; i < 5; i++) {
        (void)task_create("sleeper", 5, sleeps, (void *)(i * 7 % 5 * 100 + 100));
    }
    world_run();
    assert_string_equal(world_trace(), "100@100 200@200 300@300 400@400 500@500 ");
}

static void sleeps_and_says(void *text)
{
    (void)task_sleep_until(100);
    say_and_end(text);
}

static void equal_deadlines_first_come_first(void **state)
{
    (void)state;
    (void)task_create("a", 5, sleeps_and_says, "a");
    (void)task_create("b", 5, sleeps_and_says, "b");
    (void)task_create("c", 5, sleeps_and_says, "c");
    world_run();
    assert_string_equal(world_trace(), "a b c ");
}

static void periodic(void *unused)
{
    (void)unused;
    for (uint64_t at = 100; at <= 300; at += 100) {
        char text[32];

        snprintf(text, sizeof(text), "p%u", (unsigned)task_sleep_until(at));
        world_note(text);
    }
    world_end();
}

static void works(void *unused)
{
    (void)unused;
    world_note("starts");
    world_work(250);
    world_note("ends");
    world_end();
}

static void deadline_interrupts_work(void **state)
{
    (void)state;
    (void)task_create("worker", 5, works, NULL);
    (void)task_create("periodic", 20, periodic, NULL);
    world_run();
    assert_string_equal(world_trace(), "starts p100 p200 ends p300 ");
}

static void woken_below_waits(void **state)
{
    (void)state;
    (void)task_create("worker", 20, works, NULL);
    (void)task_create("periodic", 5, periodic, NULL);
    world_run();
    /* Its first deadline passed while the other worked: it comes back at once. */
    assert_string_equal(world_trace(), "starts ends p250 p250 p300 ");
}

static void preempted_task_stays_first(void **state)
{
    (void)state;
    (void)task_create("worker", 5, works, NULL);
    (void)task_create("equal", 5, say_and_end, "equal");
    (void)task_create("periodic", 20, periodic, NULL);
    world_run();
    assert_string_equal(world_trace(), "starts p100 p200 ends equal p300 ");
}

static void entry_is_what_sleep_returns(void **state)
{
    (void)state;
    (void)task_create("periodic", 20, periodic, NULL);
    world_set_latency(7);
    world_run();
    assert_string_equal(world_trace(), "p107 p207 p307 ");
}

/* The handler entered 30 late finds the second deadline as well: it was there at its time. */
static void deadline_during_the_handler(void **state)
{
    (void)state;
    (void)task_create("one", 5, sleeps, (void *)100);
    (void)task_create("two", 5, sleeps, (void *)120);
    world_set_latency(30);
    world_run();
    assert_string_equal(world_trace(), "100@130 120@130 ");
}

static void past_deadline_does_not_block(void **state)
{
    (void)state;
    (void)task_create("sleeper", 5, sleeps, (void *)0);
    world_run();
    assert_string_equal(world_trace(), "0@0 ");
}

static void creates_another(void *unused)
{
    (void)unused;
    world_note("before");
    (void)task_create("high", 30, say_and_end, "high");
    (void)task_create("low", 1, say_and_end, "low");
    world_note("after");
    world_end();
}

static void created_above_runs_at_once(void **state)
{
    (void)state;
    (void)task_create("creator", 10, creates_another, NULL);
    world_run();
    assert_string_equal(world_trace(), "before high after low ");
}

static void limits(void **state)
{
    (void)state;
    assert_null(task_create("too high", TASK_PRIORITIES, say_and_end, "x"));
    for (int i = 1; i < TASK_MAX; i++) { /* one is the idle task's */
        assert_non_null(task_create("n", 1, say_and_end, "n"));
    }
    assert_null(task_create("too many", 1, say_and_end, "x"));
    assert_int_equal(world_guards(), TASK_MAX);
}

static void posts(void *unused)
{
    (void)unused;
    assert_int_equal(world_posted(), 20);
    uint64_t was = port_lock();

    task_set_priority(task_current, 25);
    assert_int_equal(world_posted(), 25);
    task_set_priority(task_current, 5); /* somebody else is better now: that is who counts */
    assert_int_equal(world_posted(), 7);
    task_reschedule();
    port_unlock(was);
    world_note("back");
    assert_int_equal(world_posted(), 5);
    world_end();
}

static void posts_seven(void *unused)
{
    (void)unused;
    assert_int_equal(world_posted(), 7);
    world_note("seven");
    world_end();
}

/* Whoever shares the processor is told the priority of who runs, or is about to. */
static void running_priority_is_posted(void **state)
{
    (void)state;
    (void)task_create("posts", 20, posts, NULL);
    (void)task_create("seven", 7, posts_seven, NULL);
    world_run();
    assert_string_equal(world_trace(), "seven back ");
    assert_int_equal(world_posted(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(highest_first_equals_in_order, open_world),
        cmocka_unit_test_setup(yield_lets_equals_run, open_world),
        cmocka_unit_test_setup(deadlines_in_their_order, open_world),
        cmocka_unit_test_setup(equal_deadlines_first_come_first, open_world),
        cmocka_unit_test_setup(deadline_interrupts_work, open_world),
        cmocka_unit_test_setup(woken_below_waits, open_world),
        cmocka_unit_test_setup(preempted_task_stays_first, open_world),
        cmocka_unit_test_setup(entry_is_what_sleep_returns, open_world),
        cmocka_unit_test_setup(deadline_during_the_handler, open_world),
        cmocka_unit_test_setup(past_deadline_does_not_block, open_world),
        cmocka_unit_test_setup(created_above_runs_at_once, open_world),
        cmocka_unit_test_setup(limits, open_world),
        cmocka_unit_test_setup(running_priority_is_posted, open_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
