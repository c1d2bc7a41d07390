/* SPDX-License-Identifier: Apache-2.0 */
/* Queues: order, both ends waiting, deadlines, interrupts, and many tasks at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests/rtos/queue.h"
#include "tests/unit/rtos/world.h"

#define LENGTH 3

static struct queue queue;
static uint32_t buffer[LENGTH];

static int open_world(void **state)
{
    (void)state;
    world_open();
    queue_open(&queue, buffer, sizeof(uint32_t), LENGTH);
    return 0;
}

static void note(const char *what, uint32_t item)
{
    char text[32];

    snprintf(text, sizeof(text), "%s%u", what, item);
    world_note(text);
}

static void sends_five(void *unused)
{
    (void)unused;
    for (uint32_t i = 1; i <= 5; i++) {
        (void)queue_send(&queue, &i, TIME_NEVER);
        note("s", i);
    }
    world_end();
}

static void receives_five(void *unused)
{
    (void)unused;
    for (int i = 0; i < 5; i++) {
        uint32_t item = 0;

        (void)queue_receive(&queue, &item, TIME_NEVER);
        note("r", item);
    }
    world_end();
}

static void sender_waits_for_room(void **state)
{
    (void)state;
    (void)task_create("sender", 9, sends_five, NULL);
    (void)task_create("receiver", 5, receives_five, NULL);
    world_run();
    assert_string_equal(world_trace(), "s1 s2 s3 s4 r1 s5 r2 r3 r4 r5 ");
}

static void receiver_waits_for_items(void **state)
{
    (void)state;
    (void)task_create("sender", 5, sends_five, NULL);
    (void)task_create("receiver", 9, receives_five, NULL);
    world_run();
    assert_string_equal(world_trace(), "r1 s1 r2 s2 r3 s3 r4 s4 r5 s5 ");
}

static void tries(void *unused)
{
    uint32_t item = 7;
    bool empty = !queue_receive(&queue, &item, TIME_NOW);

    (void)unused;
    for (uint32_t i = 0; i < LENGTH; i++) {
        (void)queue_send(&queue, &item, TIME_NOW);
    }
    world_note(empty && !queue_send(&queue, &item, TIME_NOW) ? "ok" : "WRONG");
    world_end();
}

static void now_does_not_wait(void **state)
{
    (void)state;
    (void)task_create("one", 5, tries, NULL);
    world_run();
    assert_string_equal(world_trace(), "ok ");
}

static void times_out(void *unused)
{
    uint32_t item = 0;
    bool came = queue_receive(&queue, &item, 100);

    (void)unused;
    note(came ? "WRONG" : "t", (uint32_t)port_now());
    came = queue_receive(&queue, &item, 1000);
    note(came ? "r" : "WRONG", item);
    note("t", (uint32_t)port_now());
    world_end();
}

static void sends_late(void *unused)
{
    uint32_t item = 42;

    (void)unused;
    (void)task_sleep_until(500);
    (void)queue_send(&queue, &item, TIME_NOW);
    world_end();
}

static void deadline_ends_the_wait(void **state)
{
    (void)state;
    (void)task_create("receiver", 5, times_out, NULL);
    (void)task_create("sender", 5, sends_late, NULL);
    world_run();
    assert_string_equal(world_trace(), "t100 r42 t500 ");
}

static void receives_one(void *name)
{
    uint32_t item = 0;

    (void)queue_receive(&queue, &item, TIME_NEVER);
    note(name, item);
    world_end();
}

static void best_receiver_first(void **state)
{
    (void)state;
    (void)task_create("low", 10, receives_one, "low");
    (void)task_create("first", 12, receives_one, "first");
    (void)task_create("second", 12, receives_one, "second");
    (void)task_create("sender", 5, sends_five, NULL);
    world_run();
    assert_string_equal(world_trace(), "first1 s1 second2 s2 low3 s3 s4 s5 ");
}

static void interrupt_sends(void)
{
    uint32_t item = 1;

    (void)queue_send(&queue, &item, TIME_NOW);
    world_note("handler");
}

static void is_interrupted(void *unused)
{
    (void)unused;
    world_note("before");
    world_interrupt(interrupt_sends);
    world_note("after");
    world_end();
}

static void interrupt_wakes_receiver_at_its_end(void **state)
{
    (void)state;
    (void)task_create("low", 5, is_interrupted, NULL);
    (void)task_create("high", 9, receives_one, "got");
    world_run();
    assert_string_equal(world_trace(), "before handler got1 after ");
}

/* Many producers and consumers: nothing is lost or doubled, each producer's items keep order. */
#define PRODUCERS 4
#define CONSUMERS 3
#define ITEMS     500

static uint32_t seen[PRODUCERS][CONSUMERS];
static uint32_t received[PRODUCERS], disorder;
static uint64_t sum;

static void produces(void *number)
{
    unsigned seed = (unsigned)(uintptr_t)number;

    for (uint32_t i = 1; i <= ITEMS; i++) {
        uint32_t item = (uint32_t)(uintptr_t)number << 16 | i;

        world_work((uint64_t)rand_r(&seed) % 7);
        (void)queue_send(&queue, &item, TIME_NEVER);
        if (rand_r(&seed) % 4 == 0) {
            (void)task_sleep_until(port_now() + (uint64_t)rand_r(&seed) % 50);
        }
    }
    world_end();
}

static void consumes(void *number)
{
    unsigned self = (unsigned)(uintptr_t)number, seed = self + 100;
    uint32_t item;

    for (;;) {
        if (!queue_receive(&queue, &item, rand_r(&seed) % 3 == 0 ? port_now() + 5 : TIME_NEVER)) {
            continue;
        }
        disorder += (item & 0xffff) <= seen[item >> 16][self];
        seen[item >> 16][self] = item & 0xffff;
        received[item >> 16]++;
        sum += item & 0xffff;
        world_work((uint64_t)rand_r(&seed) % 9);
    }
}

static void many_at_once(void **state)
{
    (void)state;
    for (uintptr_t i = 0; i < PRODUCERS; i++) {
        (void)task_create("producer", 3 + (unsigned)i % 3, produces, (void *)i);
    }
    for (uintptr_t i = 0; i < CONSUMERS; i++) {
        (void)task_create("consumer", 2 + 2 * (unsigned)i, consumes, (void *)i);
    }
    world_run();
    for (unsigned i = 0; i < PRODUCERS; i++) {
        assert_int_equal(received[i], ITEMS);
    }
    assert_int_equal(disorder, 0);
    assert_int_equal(sum, PRODUCERS * ITEMS * (ITEMS + 1) / 2);
    assert_int_equal(queue.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sender_waits_for_room, open_world),
        cmocka_unit_test_setup(receiver_waits_for_items, open_world),
        cmocka_unit_test_setup(now_does_not_wait, open_world),
        cmocka_unit_test_setup(deadline_ends_the_wait, open_world),
        cmocka_unit_test_setup(best_receiver_first, open_world),
        cmocka_unit_test_setup(interrupt_wakes_receiver_at_its_end, open_world),
        cmocka_unit_test_setup(many_at_once, open_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
