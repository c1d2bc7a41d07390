/* SPDX-License-Identifier: Apache-2.0 */
/* Alarms: soonest first, equals in the order of asking, any of them cancelled, paths as short as
 * promised. */
#include "kernel/sched/alarm.h"
#include "tests/unit/world.h"

#define ALARMS 512

struct block {
    _Alignas(1 << ALARM_SHIFT) struct alarm alarm;
};
static struct block blocks[ALARMS];
static struct alarm_queue queue;
static uint64_t random_state;

static int begin(void **state)
{
    (void)state;
    memset(blocks, 0, sizeof blocks);
    queue = (struct alarm_queue){0};
    random_state = 5;
    return 0;
}

static uint64_t any(uint64_t limit)
{
    return host_random(&random_state) % limit;
}

/* The longest path from here down; everything below is later. */
static unsigned depth(const struct alarm *from)
{
    unsigned deepest = 0;
    for (unsigned side = 0; from && side < 2; side++) {
        const struct alarm *below = from->below[side];
        if (below) {
            assert_true(below->when > from->when ||
                        (below->when == from->when && below->order > from->order));
        }
        unsigned found = depth(below);
        deepest = found > deepest ? found : deepest;
    }
    return from ? deepest + 1 : 0;
}

/* Take everything out; the moments of equals must come in the order in which they were set. */
static unsigned drain(void)
{
    unsigned count = 0;
    uint64_t when = 0, order = 0;
    while (queue.first) {
        struct alarm *first = queue.first;
        assert_true(first->when > when || (first->when == when && first->order > order));
        when = first->when;
        order = first->order;
        alarm_cancel(&queue, first);
        assert_int_equal(first->when, 0);
        count++;
    }
    return count;
}

static void test_order(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ALARMS; i++) {
        alarm_set(&queue, &blocks[i].alarm, 1 + any(50));
    }
    /* neighbours in memory: no longer than it takes to tell their addresses apart, and one more */
    assert_in_range(depth(queue.first), 9, 11);
    assert_int_equal(drain(), ALARMS);
}

static void test_all_equal(void **state)
{
    (void)state;
    for (unsigned i = ALARMS; i-- > 0;) {
        alarm_set(&queue, &blocks[i].alarm, 7);
    }
    for (unsigned i = ALARMS; i-- > 0;) {
        assert_ptr_equal(queue.first, &blocks[i].alarm);
        alarm_cancel(&queue, queue.first);
    }
    assert_null(queue.first);
}

static void test_any_can_be_cancelled(void **state)
{
    (void)state;
    unsigned set = 0;
    for (unsigned step = 0; step < 40000; step++) {
        struct alarm *alarm = &blocks[any(ALARMS)].alarm;
        if (alarm->when == 0) {
            alarm_set(&queue, alarm, 1 + any(1000));
            set++;
        } else {
            alarm_cancel(&queue, alarm);
            set--;
        }
        if (step % 512 == 0) {
            assert_true(depth(queue.first) <= ALARM_STEPS);
        }
    }
    assert_int_equal(drain(), set);
}

static void test_cancelled_twice(void **state)
{
    (void)state;
    alarm_set(&queue, &blocks[0].alarm, 5);
    alarm_cancel(&queue, &blocks[0].alarm);
    alarm_cancel(&queue, &blocks[0].alarm);
    assert_null(queue.first);
    alarm_set(&queue, &blocks[0].alarm, 6);
    assert_int_equal(queue.first->when, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_order, begin),
        cmocka_unit_test_setup(test_all_equal, begin),
        cmocka_unit_test_setup(test_any_can_be_cancelled, begin),
        cmocka_unit_test_setup(test_cancelled_twice, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
