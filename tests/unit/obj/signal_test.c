/* SPDX-License-Identifier: Apache-2.0 */
/* Signals: bits add up, wake who waits, preempt, and go nowhere when nothing is bound. */
#include "tests/unit/world.h"

#define HIGH 150

static uint64_t bound(uint64_t thread)
{
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    return signal;
}

static void test_wakes(void **state)
{
    (void)state;
    uint64_t thread = world_waiting(HIGH), signal = bound(thread),
             badged = world_derive(signal, BH_SIGNAL_SEND, 0x30);
    (void)DO(signal_send, badged);
    assert_runs(thread);
    const uint64_t *x = machine_current()->frame.x;
    assert_int_equal(x[0], 0x30);
    assert_int_equal(x[1] | x[7] | x[REG_BADGE] | x[REG_SLOT], 0);
    assert_int_equal(x[REG_STATUS], BH_OK);
    assert_int_equal(x[REG_EVENT], BH_EVENT_SIGNAL);
}

/* Without a badge it is bit 0; a less urgent target waits for its turn. */
static void test_bits(void **state)
{
    (void)state;
    uint64_t thread = world_thread(50), signal = bound(thread),
             other = world_derive(signal, BH_SIGNAL_SEND, 0x8);
    assert_int_equal(DO(signal_send, signal), BH_OK);
    assert_int_equal(DO(signal_send, other), BH_OK);
    assert_int_equal(world_thread_at(thread)->signals, 9);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_runs(thread);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0); /* they are there already */
    assert_runs(thread);
    assert_int_equal(machine_current()->frame.x[0], 9);
    assert_int_equal(machine_current()->signals, 0);
}

/* A server without budget gets its signals first when somebody calls it. */
static void test_before_message(void **state)
{
    (void)state;
    uint64_t server = world_waiting(0), endpoint = world_endpoint(server), signal = bound(server);
    assert_int_equal(DO(signal_send, signal), BH_OK);
    assert_int_equal(world_thread_at(server)->state, THREAD_WAITING);
    (void)world_send(endpoint, 5, 0, 0);
    assert_runs(server);
    assert_int_equal(machine_current()->frame.x[REG_EVENT], BH_EVENT_SIGNAL);
    assert_int_equal(world_warden()->state, THREAD_RETRY);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_runs(server);
    assert_int_equal(machine_current()->frame.x[REG_EVENT], BH_EVENT_MESSAGE);
    assert_int_equal(machine_current()->frame.x[0], 5);
}

static void test_down(void **state)
{
    (void)state;
    uint64_t thread = world_thread(0), signal = bound(thread);
    assert_int_equal(DO(signal_bind, signal, 0), BH_OK);
    assert_int_equal(DO(signal_send, signal), BH_DOWN);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    assert_int_equal(DO(object_destroy, thread), BH_OK);
    assert_int_equal(DO(signal_send, signal), BH_DOWN);
}

static void test_other_core(void **state)
{
    (void)state;
    uint64_t far = world_make(BH_THREAD, WARDEN_CELL, 0, 1), signal = bound(far);
    assert_int_equal(DO(signal_send, signal), BH_OK);
    assert_int_equal(DO(signal_send, signal), BH_OK);
    assert_int_equal(world_thread_at(far)->signals, 1);
    assert_int_equal(world_thread_at(far)->noted, 0);
}

static void test_bind_arguments(void **state)
{
    (void)state;
    uint64_t thread = world_thread(0), weak = world_derive(thread, BH_ALL & ~BH_THREAD_BIND, 0);
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, weak), BH_NO_RIGHT);
    assert_int_equal(DO(signal_bind, signal, WARDEN_CORE), BH_BAD_TYPE);
    assert_int_equal(DO(signal_bind, signal, MACHINE_SLOTS - 1), BH_NO_CAP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_wakes), WORLD_TEST(test_bits),       WORLD_TEST(test_before_message),
        WORLD_TEST(test_down),  WORLD_TEST(test_other_core), WORLD_TEST(test_bind_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
