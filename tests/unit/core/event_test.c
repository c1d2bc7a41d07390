/* SPDX-License-Identifier: Apache-2.0 */
/* What an event looks like, and when it is delivered. */
#include "kernel/core/event.h"
#include "tests/unit/world.h"

static void test_registers(void **state)
{
    (void)state;
    uint64_t slot = world_waiting(0);
    struct thread *thread = world_thread_at(slot);
    for (unsigned i = 0; i < 31; i++) {
        thread->frame.x[i] = 0x100 + i;
    }
    event_deliver(thread, BH_EVENT_SIGNAL, 0x77);
    assert_int_equal(thread->frame.x[0], 0x77);
    for (unsigned i = 1; i < BH_MESSAGE_WORDS; i++) {
        assert_int_equal(thread->frame.x[i], 0);
    }
    assert_int_equal(thread->frame.x[REG_STATUS], BH_OK);
    assert_int_equal(thread->frame.x[REG_BADGE], 0);
    assert_int_equal(thread->frame.x[REG_EVENT], BH_EVENT_SIGNAL);
    assert_int_equal(thread->frame.x[REG_SLOT], 0);
    assert_int_equal(thread->frame.x[19], 0x100 + 19); /* callee-saved */
    assert_int_equal(thread->state, THREAD_READY);
}

static void test_pending(void **state)
{
    (void)state;
    uint64_t waiting = world_waiting(0), stopped = world_thread(50);
    event_signal(world_thread_at(waiting), 4);
    assert_int_equal(world_thread_at(waiting)->state, THREAD_WAITING); /* no time to run on */
    event_deliver_pending(world_thread_at(waiting));
    assert_int_equal(world_thread_at(waiting)->state, THREAD_READY);
    assert_int_equal(world_thread_at(waiting)->signals, 0);
    event_signal(world_thread_at(stopped), 1);
    event_signal(world_thread_at(stopped), 2);
    event_deliver_pending(world_thread_at(stopped));
    assert_int_equal(world_thread_at(stopped)->signals, 3); /* it waits for nothing */
    assert_int_equal(world_thread_at(stopped)->state, THREAD_SUSPENDED);
}

/* The receive slot of a wait is for messages: a signal ends that wait. */
static void test_ends_wait(void **state)
{
    (void)state;
    uint64_t slot = world_running(150);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 62, host.now + 1000);
    assert_int_equal(world_thread_at(slot)->recv_slot, 62);
    event_signal(world_thread_at(slot), 1);
    machine_leave(sched_resume(cpu_this()));
    assert_runs(slot);
    assert_int_equal(machine_current()->recv_slot, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_registers),
        WORLD_TEST(test_pending),
        WORLD_TEST(test_ends_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
