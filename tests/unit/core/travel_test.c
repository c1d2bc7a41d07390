/* SPDX-License-Identifier: Apache-2.0 */
/* What changes on another core while something is on its way there. */
#include <string.h>

#include "kernel/core/mail.h"
#include "kernel/obj/vcpu_ops.h"
#include "tests/unit/world.h"

#define PRIORITY 50

/* The running thread makes a call; the other cores do not get to do anything yet. */
static void begin_with(uint64_t number, uint64_t cap, uint64_t argument)
{
    uint64_t *x = machine_current()->frame.x;
    memset(x, 0, 13 * sizeof x[0]);
    x[0] = argument;
    x[REG_CALL] = number;
    x[REG_CAP] = cap;
    machine_svc();
}

static void begin(uint64_t number, uint64_t cap)
{
    begin_with(number, cap, 0);
}

/* A signal that finds that its thread has moved follows it. */
static void test_note_follows(void **state)
{
    (void)state;
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0), thread = world_far(PRIORITY), mover;
    uint64_t home = world_make(BH_BUDGET, WARDEN_CORE, PRIORITY, 0);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    world_on(1);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    world_on(0);
    mover = world_far(PRIORITY);
    begin(CALL_signal_send, signal);
    world_on(1);
    assert_runs(mover);
    begin_with(CALL_thread_budget, thread, home); /* before the core looks at its mail */
    machine_pump();
    world_on(0);
    assert_ptr_equal(world_thread_at(thread)->cpu, cpu_this());
    assert_int_equal(world_thread_at(thread)->state, THREAD_READY);
    assert_int_equal(world_thread_at(thread)->frame.x[REG_EVENT], BH_EVENT_SIGNAL);
    assert_int_equal(world_thread_at(mover)->frame.x[REG_STATUS], BH_OK);
}

/* A server on core 1, and a thread there that runs when the server waits. */
static uint64_t far_mover(uint64_t *server, uint64_t *endpoint)
{
    *endpoint = world_far_server(PRIORITY, server);
    return world_far(PRIORITY);
}

/* A thread that is stopped before its message has arrived: the server never sees that. */
static void test_stop_before(void **state)
{
    (void)state;
    uint64_t server, endpoint, mover = far_mover(&server, &endpoint),
                               client = world_running(PRIORITY + 100);
    begin(CALL_call, endpoint);
    world_on(1);
    assert_runs(mover);
    begin(CALL_thread_suspend, client);
    machine_pump();
    world_on(0);
    assert_int_equal(world_thread_at(server)->state, THREAD_WAITING);
    assert_int_equal(world_thread_at(client)->state, THREAD_SUSPENDED);
    assert_int_equal(world_thread_at(client)->frame.x[REG_STATUS], BH_CANCELED);
    assert_int_equal(world_thread_at(mover)->frame.x[REG_STATUS], BH_OK);
}

/* A fault whose handler is not there any more when it arrives stops its thread. */
static void test_fault_late(void **state)
{
    (void)state;
    uint64_t server, endpoint, mover = far_mover(&server, &endpoint),
                               client = world_running(PRIORITY + 100);
    assert_runs(client);
    begin_with(CALL_thread_handler, client, endpoint);
    assert_int_equal(machine_current()->frame.x[REG_STATUS], BH_OK);
    world_fault(33);
    assert_int_equal(world_thread_at(client)->state, THREAD_AWAY);
    world_on(1);
    assert_runs(mover);
    begin(CALL_thread_suspend, server);
    machine_pump();
    world_on(0);
    assert_int_equal(world_thread_at(client)->state, THREAD_SUSPENDED);
}

/* A thread that dies while a note to it is on its way is freed behind that note. */
static void test_note_late(void **state)
{
    (void)state;
    uint64_t server, endpoint, mover = far_mover(&server, &endpoint);
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, server), BH_OK);
    struct object *object = world_object(server);
    const struct pool *pool = object->pool;
    begin(CALL_signal_send, signal);
    begin(CALL_reply_wait, 0); /* this core idles: no epoch waits for it */
    world_on(1);
    assert_runs(mover);
    begin(CALL_object_destroy, server);
    machine_svc(); /* its budget was a step */
    assert_ptr_equal(pool->dead, object);
    machine_pump();
    world_on(1);
    begin(CALL_pool_info, WARDEN_POOL);
    assert_null(pool->dead);
    world_on(0);
}

/* An interrupt that comes for a sleeping vCPU while that is on its way wakes it. */
static void test_irq_moving(void **state)
{
    (void)state;
    uint64_t cell, vcpu = world_vcpu(PRIORITY + 100, &cell), mover = world_far(PRIORITY);
    uint64_t budget = world_make(BH_BUDGET, world_second_core(), PRIORITY, 0);
    assert_int_equal(DO(vcpu_irq, vcpu, 7, BH_VIRQ_ENABLE), BH_OK);
    begin(CALL_thread_resume, vcpu);
    assert_runs(vcpu);
    vcpu_idle(vcpu_of(machine_current()), 0);
    machine_leave(sched_resume(cpu_this()));
    begin_with(CALL_thread_budget, vcpu, budget);
    assert_int_equal(world_thread_at(vcpu)->coming, THREAD_IDLE);
    world_on(1);
    assert_runs(mover);
    machine_current()->frame.x[1] = 1;
    machine_current()->frame.x[2] = 0;
    machine_current()->frame.x[0] = 7;
    machine_current()->frame.x[REG_CALL] = CALL_vcpu_irq_state;
    machine_current()->frame.x[REG_CAP] = vcpu;
    machine_svc();
    assert_int_equal(machine_current()->frame.x[REG_STATUS], BH_OK);
    machine_pump();
    world_on(0);
    assert_int_equal(world_thread_at(vcpu)->state, THREAD_READY);
}

/* A line that was high and is low again before the other core looks: the interrupt came. */
static void test_line_edge(void **state)
{
    (void)state;
    uint64_t cell, line, vcpu = world_vcpu(0, &cell);
    vcpu = world_make(BH_VCPU, cell, 40, 1);
    line = world_make(BH_LINE, vcpu, 7, 0);
    assert_int_equal(DO(vcpu_irq, vcpu, 7, BH_VIRQ_ENABLE), BH_OK);
    begin_with(CALL_line_set, line, 1);
    begin_with(CALL_line_set, line, 0);
    assert_int_equal(vcpu_of(world_thread_at(vcpu))->virqs[7].pending, 0);
    machine_pump();
    assert_int_equal(vcpu_of(world_thread_at(vcpu))->virqs[7].pending, 1);
    assert_int_equal(vcpu_of(world_thread_at(vcpu))->virqs[7].line, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_note_follows), WORLD_TEST(test_stop_before), WORLD_TEST(test_fault_late),
        WORLD_TEST(test_note_late),    WORLD_TEST(test_irq_moving),  WORLD_TEST(test_line_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
