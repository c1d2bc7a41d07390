/* SPDX-License-Identifier: Apache-2.0 */
/* Mutexes: order, inheritance through chains, what is left after an unlock, and deadlocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests/rtos/mutex.h"
#include "tests/unit/rtos/world.h"

static struct mutex a, b;

static int open_world(void **state)
{
    (void)state;
    world_open();
    mutex_open(&a);
    mutex_open(&b);
    return 0;
}

static void need(bool yes, const char *what)
{
    if (!yes) {
        world_note("WRONG:");
        world_note(what);
    }
}

/* What a task does, one letter a step:
 * A, B lock; a, b unlock; w works 100; s sleeps 50; p notes its priority; others are noted. */
static void step(char what)
{
    char text[8];

    switch (what) {
    case 'A':
        need(mutex_lock(&a), "lock a");
        break;
    case 'B':
        need(mutex_lock(&b), "lock b");
        break;
    case 'a':
        need(mutex_unlock(&a), "unlock a");
        break;
    case 'b':
        need(mutex_unlock(&b), "unlock b");
        break;
    case 'w':
        world_work(100);
        break;
    case 's':
        (void)task_sleep_until(port_now() + 50);
        break;
    case 'p':
        snprintf(text, sizeof(text), "%u", task_current->priority);
        world_note(text);
        break;
    default:
        world_note((char[]){what, '\0'});
    }
}

static void script(void *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        step(*at);
    }
    world_end();
}

static void excludes(void **state)
{
    (void)state;
    (void)task_create("low", 5, script, "A1w2a");
    (void)task_create("high", 9, script, "sA3a");
    world_run();
    assert_string_equal(world_trace(), "1 2 3 ");
}

/* Without inheritance the middle one would run before the high one. */
static void inversion_is_bounded(void **state)
{
    (void)state;
    (void)task_create("low", 5, script, "A1w2a6");
    (void)task_create("middle", 7, script, "s4w5");
    (void)task_create("high", 9, script, "sA3a");
    world_run();
    assert_string_equal(world_trace(), "1 2 3 4 5 6 ");
}

static void priority_goes_up_and_back(void **state)
{
    (void)state;
    (void)task_create("low", 5, script, "pApwpap");
    (void)task_create("high", 9, script, "sApa");
    world_run();
    assert_string_equal(world_trace(), "5 5 9 9 5 ");
}

/* high waits for middle, which waits for low: low has the priority of high. */
static void inherits_through_a_chain(void **state)
{
    (void)state;
    (void)task_create("low", 5, script, "Awwpap");
    (void)task_create("middle", 7, script, "sBApabp");
    (void)task_create("high", 9, script, "ssBHb");
    world_run();
    assert_string_equal(world_trace(), "9 9 H 7 5 ");
}

/* With two mutexes, what is inherited through the one goes with it, the other's stays. */
static void keeps_what_the_other_gives(void **state)
{
    (void)state;
    (void)task_create("low", 5, script, "ABwpbpap");
    (void)task_create("six", 6, script, "sAa");
    (void)task_create("nine", 9, script, "sBb");
    world_run();
    assert_string_equal(world_trace(), "9 6 5 ");
}

static void best_waiter_is_next(void **state)
{
    (void)state;
    (void)task_create("low", 5, script, "Awa");
    (void)task_create("six", 6, script, "sA6a");
    (void)task_create("eight", 8, script, "sA8a");
    (void)task_create("seven", 7, script, "sA7a");
    world_run();
    assert_string_equal(world_trace(), "8 7 6 ");
}

/* six waits for A before seven; then nine waits for six: six overtakes seven. */
static void waiter_is_moved_up(void **state)
{
    (void)state;
    (void)task_create("low", 5, script, "Awwwwa");
    (void)task_create("six", 6, script, "BsA6ab");
    (void)task_create("seven", 7, script, "sA7a");
    (void)task_create("nine", 9, script, "ssB9b");
    world_run();
    assert_string_equal(world_trace(), "6 9 7 ");
}

/* What middle waited for, it has now: nine, which wants another of its mutexes, just waits. */
static void who_has_it_waits_no_more(void **state)
{
    (void)state;
    (void)task_create("low", 5, script, "Awa");
    (void)task_create("middle", 7, script, "BsAww7ab");
    (void)task_create("nine", 9, script, "ssssBp");
    world_run();
    assert_string_equal(world_trace(), "7 9 ");
}

/* Going back to its own priority, it has not given way to its equals. */
static void lowered_stays_first(void **state)
{
    (void)state;
    (void)task_create("low", 5, script, "Awa1");
    (void)task_create("equal", 5, script, "2");
    (void)task_create("high", 9, script, "sAa");
    world_run();
    assert_string_equal(world_trace(), "1 2 ");
}

static void locks_twice(void *unused)
{
    (void)unused;
    need(mutex_lock(&a), "lock");
    need(!mutex_lock(&a), "locked twice");
    need(mutex_unlock(&a), "unlock");
    need(!mutex_unlock(&a), "unlocked twice");
    world_note("end");
    world_end();
}

static void own_mutex_is_refused(void **state)
{
    (void)state;
    (void)task_create("one", 5, locks_twice, NULL);
    world_run();
    assert_string_equal(world_trace(), "end ");
}

static void finds_cycle(void *unused)
{
    (void)unused;
    need(mutex_lock(&b), "lock b");
    (void)task_sleep_until(100);
    need(!mutex_lock(&a), "cycle");
    world_note("refused");
    need(mutex_unlock(&b), "unlock b");
    world_end();
}

static void cycle_is_refused(void **state)
{
    (void)state;
    (void)task_create("one", 5, script, "AsB1ba");
    (void)task_create("two", 6, finds_cycle, NULL);
    world_run();
    assert_string_equal(world_trace(), "refused 1 ");
}

static void unlocks_foreign(void *unused)
{
    (void)unused;
    (void)task_sleep_until(10);
    need(!mutex_unlock(&a), "unlock of another's");
    world_note("end");
    world_end();
}

static void only_the_owner_unlocks(void **state)
{
    (void)state;
    (void)task_create("one", 5, script, "Asa");
    (void)task_create("two", 6, unlocks_foreign, NULL);
    world_run();
    assert_string_equal(world_trace(), "end ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(excludes, open_world),
        cmocka_unit_test_setup(inversion_is_bounded, open_world),
        cmocka_unit_test_setup(priority_goes_up_and_back, open_world),
        cmocka_unit_test_setup(inherits_through_a_chain, open_world),
        cmocka_unit_test_setup(keeps_what_the_other_gives, open_world),
        cmocka_unit_test_setup(best_waiter_is_next, open_world),
        cmocka_unit_test_setup(waiter_is_moved_up, open_world),
        cmocka_unit_test_setup(who_has_it_waits_no_more, open_world),
        cmocka_unit_test_setup(lowered_stays_first, open_world),
        cmocka_unit_test_setup(own_mutex_is_refused, open_world),
        cmocka_unit_test_setup(cycle_is_refused, open_world),
        cmocka_unit_test_setup(only_the_owner_unlocks, open_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
