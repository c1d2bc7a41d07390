/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: call, reply, capabilities that travel, helping, chains, faults and exits, every way
 * to fail. */
#include "tests/unit/world.h"

#define HIGH 150

static uint64_t x_of(uint64_t thread, unsigned index)
{
    return world_thread_at(thread)->frame.x[index];
}

static void test_call_and_reply(void **state)
{
    (void)state;
    uint64_t server = world_waiting(0), endpoint = world_endpoint(server),
             badged = world_derive(endpoint, BH_ENDPOINT_SEND, 42);
    (void)world_send(badged, 10, 0, 0);
    assert_runs(server);
    assert_int_equal(x_of(server, 0), 10);
    assert_int_equal(x_of(server, 7), 7);
    assert_int_equal(x_of(server, REG_STATUS), BH_OK);
    assert_int_equal(x_of(server, REG_BADGE), 42);
    assert_int_equal(x_of(server, REG_EVENT), BH_EVENT_MESSAGE);
    assert_int_equal(x_of(server, REG_SLOT), 0);
    (void)world_wait(BH_REPLY, 90, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(world_warden()->frame.x[REG_STATUS], BH_OK);
    assert_int_equal(world_warden()->frame.x[0], 90);
    assert_int_equal(world_warden()->frame.x[1], 91);
    assert_int_equal(world_thread_at(server)->state, THREAD_WAITING);
}

static void test_down(void **state)
{
    (void)state;
    uint64_t thread = world_thread(0), endpoint = world_make(BH_ENDPOINT, 0, 0, 0);
    assert_int_equal(world_send(endpoint, 0, 0, 0), BH_DOWN); /* nobody is bound */
    assert_int_equal(DO(endpoint_bind, endpoint, thread), BH_OK);
    assert_int_equal(world_send(endpoint, 0, 0, 0), BH_DOWN); /* it is suspended */
}

static void test_server_dies(void **state)
{
    (void)state;
    uint64_t server = world_waiting(0), endpoint = world_endpoint(server);
    (void)world_send(endpoint, 0, 0, 0);
    assert_runs(server);
    thread_suspend(world_thread_at(server));
    machine_leave(sched_resume(cpu_this()));
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(world_warden()->frame.x[REG_STATUS], BH_DOWN);
}

static void test_other_core(void **state)
{
    (void)state;
    uint64_t far = world_make(BH_THREAD, WARDEN_CELL, 0, 1), endpoint = world_endpoint(far);
    world_thread_at(far)->state = THREAD_WAITING; /* as if its own core had let it run */
    assert_int_equal(world_send(endpoint, 0, 0, 0), BH_OTHER_CORE); /* it has no budget */
    world_thread_at(far)->state = THREAD_SUSPENDED;
}

static void test_reply_errors(void **state)
{
    (void)state;
    assert_int_equal(world_wait(BH_REPLY, 0, 0, 0, 0), BH_NO_CALLER);
    assert_int_equal(world_wait(BH_STOP, 0, 0, 0, 0), BH_NO_CALLER);
    assert_int_equal(world_wait((enum bh_action)6, 0, 0, 0, 0), BH_BAD_ARG);
    assert_int_equal(world_wait(BH_WAIT_ONLY, 0, SLOT_RAM, 0, 0), BH_BAD_ARG);
    assert_int_equal(world_wait(BH_WAIT_ONLY, 0, 0, SLOT_RAM, 0), BH_NO_SLOT);
    assert_int_equal(world_wait(BH_WAIT_ONLY, 0, 0, MACHINE_SLOTS, 0), BH_NO_SLOT);
    uint64_t server = world_waiting(0), endpoint = world_endpoint(server), to = world_slot();
    (void)world_send(endpoint, 0, 0, 0);
    assert_runs(server);
    assert_int_equal(world_wait(BH_WAIT_ONLY, 0, 0, 0, 0), BH_BAD_ARG);
    assert_int_equal(world_wait(BH_RESUME, 0, 0, 0, 0), BH_BAD_ARG);
    assert_int_equal(world_wait(BH_BLOCK, 0, 0, 0, 0), BH_BAD_ARG);
    assert_int_equal(world_wait(BH_STOP, 0, 0, 0, 0), BH_BAD_ARG);
    assert_int_equal(world_wait(BH_REPLY, 0, to, 0, 0), BH_NO_CAP);
    assert_int_equal(world_wait(BH_REPLY, 0, SLOT_RAM, 0, 0),
                     BH_NO_SLOT); /* the caller takes none */
    (void)world_wait(BH_REPLY, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
}

static void test_capability_with_call(void **state)
{
    (void)state;
    uint64_t server = world_running(HIGH), to = 60;
    (void)world_wait(BH_WAIT_ONLY, 0, 0, to, 0);
    uint64_t endpoint = world_endpoint(server),
             silent = world_derive(endpoint, BH_ENDPOINT_SEND, 0);
    assert_int_equal(world_send(silent, 0, SLOT_RAM, 0), BH_NO_RIGHT);
    assert_int_equal(world_send(silent, 0, 0, 50), BH_NO_RIGHT);
    assert_int_equal(world_send(endpoint, 0, 59, 0), BH_NO_CAP);
    assert_int_equal(world_send(endpoint, 0, 0, SLOT_RAM), BH_NO_SLOT);
    (void)world_send(endpoint, 0, SLOT_RAM, 0);
    assert_runs(server);
    assert_int_equal(x_of(server, REG_SLOT), 1);
    assert_ptr_equal(world_object(to), world_object(SLOT_RAM));
    assert_int_equal(world_wait(BH_REPLY, 0, 0, to, 0), BH_NO_SLOT); /* it is full now */
    (void)world_wait(BH_REPLY, 0, 0, 0, 0);
    assert_int_equal(world_send(endpoint, 0, SLOT_RAM, 0), BH_NO_SLOT); /* the server names none */
}

static void test_slot_filled_meanwhile(void **state)
{
    (void)state;
    uint64_t server = world_running(HIGH);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 60, 0);
    uint64_t endpoint = world_endpoint(server);
    assert_int_equal(DO(cap_derive, SLOT_RAM, 0, 60, 0, 0), BH_OK);
    assert_int_equal(world_send(endpoint, 0, SLOT_RAM, 0), BH_NO_SLOT);
}

static void test_capability_with_reply(void **state)
{
    (void)state;
    uint64_t server = world_waiting(0), endpoint = world_endpoint(server);
    (void)world_send(endpoint, 0, 0, 61);
    assert_runs(server);
    (void)world_wait(BH_REPLY, 5, SLOT_RAM + 1, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(world_warden()->frame.x[REG_SLOT], 1);
    assert_ptr_equal(world_object(61), world_object(SLOT_RAM + 1));
}

/* A caller of a busy server lends it its time, and its call is made when the server is free. */
static void test_helping(void **state)
{
    (void)state;
    uint64_t server = world_waiting(0), endpoint = world_endpoint(server),
             urgent = world_waiting(HIGH);
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, urgent), BH_OK);
    (void)world_send(endpoint, 1, 0, 0);
    assert_runs(server);
    (void)DO(signal_send, signal); /* the server wakes somebody more urgent */
    assert_runs(urgent);
    (void)world_send(endpoint, 2, 0, 0);
    assert_runs(server);
    assert_int_equal(world_thread_at(urgent)->state, THREAD_RETRY);
    assert_ptr_equal(cpu_this()->budget, world_thread_at(urgent)->budget);
    (void)world_wait(BH_REPLY, 0, 0, 0, 0); /* to the warden: but the urgent one comes first */
    assert_runs(server);
    assert_int_equal(x_of(server, 0), 2);
    (void)world_wait(BH_REPLY, 7, 0, 0, 0);
    assert_runs(urgent);
    assert_int_equal(x_of(urgent, 0), 7);
}

/* A helped server that becomes unbound: the call answers at once. */
static void test_helping_ends(void **state)
{
    (void)state;
    uint64_t server = world_waiting(0), endpoint = world_endpoint(server),
             urgent = world_waiting(HIGH);
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, urgent), BH_OK);
    (void)world_send(endpoint, 1, 0, 0);
    (void)DO(signal_send, signal);
    (void)world_send(endpoint, 2, 0, 0);
    assert_runs(server);
    (void)DO(endpoint_bind, endpoint, 0);
    assert_runs(urgent);
    assert_int_equal(x_of(urgent, REG_STATUS), BH_DOWN);
}

static void test_cycles(void **state)
{
    (void)state;
    uint64_t mine = world_endpoint(WARDEN_THREAD), server = world_waiting(0),
             endpoint = world_endpoint(server);
    assert_int_equal(world_send(mine, 0, 0, 0), BH_DEADLOCK); /* to oneself */
    (void)world_send(endpoint, 0, 0, 0);
    assert_runs(server);
    assert_int_equal(world_send(mine, 0, 0, 0), BH_DEADLOCK); /* to one's caller */
    assert_int_equal(world_send(endpoint, 0, 0, 0), BH_DEADLOCK);
    assert_runs(server);
}

static void test_chain_of_eight(void **state)
{
    (void)state;
    uint64_t endpoints[BH_CHAIN_MAX + 1], servers[BH_CHAIN_MAX + 1];
    for (unsigned i = 0; i <= BH_CHAIN_MAX; i++) {
        servers[i] = world_waiting(0);
        endpoints[i] = world_endpoint(servers[i]);
    }
    for (unsigned i = 0; i < BH_CHAIN_MAX; i++) {
        (void)world_send(endpoints[i], i, 0, 0);
        assert_runs(servers[i]);
        assert_int_equal(world_thread_at(servers[i])->depth, i + 1);
    }
    assert_int_equal(world_send(endpoints[BH_CHAIN_MAX], 0, 0, 0), BH_DEADLOCK);
    for (unsigned i = BH_CHAIN_MAX; i-- > 0;) {
        (void)world_wait(BH_REPLY, 100 + i, 0, 0, 0);
    }
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(world_warden()->frame.x[0], 100);
}

static void test_cancel(void **state)
{
    (void)state;
    uint64_t server = world_waiting(60), endpoint = world_endpoint(server),
             client = world_waiting(HIGH);
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, client), BH_OK);
    assert_int_equal(DO(thread_cancel, client), BH_OK); /* it calls nobody: nothing happens */
    (void)DO(signal_send, signal);
    assert_runs(client);
    (void)world_send(endpoint, 3, 0, 0);
    assert_runs(server);
    assert_int_equal(DO(thread_cancel, client), BH_OK);
    assert_runs(client);
    assert_int_equal(x_of(client, REG_STATUS), BH_CANCELED);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
    /* The server goes on, on its own budget, and finds nobody to answer. */
    assert_int_equal(DO(thread_suspend, WARDEN_THREAD), BH_BAD_ARG);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, host.now + 1000);
    assert_runs(server);
    assert_int_equal(world_wait(BH_REPLY, 0, 0, 0, 0), BH_NO_CALLER);
}

/* ---- faults and exits ---- */

static uint64_t handled(uint64_t thread, uint64_t *server)
{
    *server = world_waiting(0);
    uint64_t endpoint = world_endpoint(*server),
             badged = world_derive(endpoint, BH_ENDPOINT_SEND, 13);
    assert_int_equal(DO(thread_handler, thread, badged), BH_OK);
    return endpoint;
}

static void test_fault_resume(void **state)
{
    (void)state;
    uint64_t server, thread = world_thread(HIGH);
    (void)handled(thread, &server);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    world_fault(50);
    assert_runs(server);
    assert_int_equal(x_of(server, REG_EVENT), BH_EVENT_FAULT);
    assert_int_equal(x_of(server, REG_BADGE), 13);
    assert_int_equal(x_of(server, 0), 50);
    assert_int_equal(x_of(server, 7), 57);
    assert_int_equal(world_warden()->cell->fault_count, 1);
    assert_int_equal(world_wait(BH_REPLY, 0, 0, 0, 0), BH_BAD_ARG);
    assert_int_equal(world_wait(BH_BLOCK, 0, 0, 0, 0), BH_BAD_ARG);
    uint64_t pc = world_thread_at(thread)->frame.pc;
    assert_int_equal(DO(thread_write, thread, BH_REG_PC, pc + 4), BH_OK);
    (void)world_wait(BH_RESUME, 0, 0, 0, 0);
    assert_runs(thread);
    assert_int_equal(world_thread_at(thread)->frame.pc, pc + 4);
}

static void test_fault_stop(void **state)
{
    (void)state;
    uint64_t server, thread = world_thread(HIGH);
    (void)handled(thread, &server);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    world_fault(1);
    (void)world_wait(BH_STOP, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(world_thread_at(thread)->state, THREAD_SUSPENDED);
}

static void test_fault_without_handler(void **state)
{
    (void)state;
    uint64_t thread = world_running(HIGH);
    world_fault(1);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(world_thread_at(thread)->state, THREAD_SUSPENDED);
    /* A handler that is down is none. */
    uint64_t endpoint = world_make(BH_ENDPOINT, 0, 0, 0);
    assert_int_equal(DO(thread_handler, thread, endpoint), BH_OK);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    assert_runs(thread);
    world_fault(1);
    assert_int_equal(world_thread_at(thread)->state, THREAD_SUSPENDED);
}

/* A handler that faults for itself would wait for itself. */
static void test_fault_cycle(void **state)
{
    (void)state;
    uint64_t thread = world_thread(HIGH), endpoint = world_endpoint(thread);
    assert_int_equal(DO(thread_handler, thread, endpoint), BH_OK);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    world_fault(1);
    assert_int_equal(world_thread_at(thread)->state, THREAD_SUSPENDED);
}

static void test_fault_of_busy_handler(void **state)
{
    (void)state;
    uint64_t server, thread = world_thread(HIGH), endpoint = handled(thread, &server);
    (void)world_send(endpoint, 1, 0, 0);
    assert_runs(server);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    assert_runs(thread);
    world_fault(9);
    assert_runs(server); /* on the faulting thread's time */
    assert_int_equal(world_thread_at(thread)->state, THREAD_RETRY);
    (void)world_wait(BH_REPLY, 0, 0, 0, 0);
    assert_runs(thread); /* it runs, and faults again */
    world_fault(9);
    assert_runs(server);
    assert_int_equal(x_of(server, REG_EVENT), BH_EVENT_FAULT);
}

static void test_exit_read(void **state)
{
    (void)state;
    uint64_t server, cell, vcpu = world_vcpu(HIGH, &cell);
    (void)handled(vcpu, &server);
    assert_int_equal(DO(thread_resume, vcpu), BH_OK);
    assert_runs(vcpu);
    uint64_t pc = machine_current()->frame.pc;
    world_exit(BH_EXIT_READ, 17);
    assert_runs(server);
    assert_int_equal(x_of(server, REG_EVENT), BH_EVENT_EXIT);
    assert_int_equal(world_wait(BH_REPLY, 0, 0, 0, 0), BH_BAD_ARG);
    (void)world_wait(BH_RESUME, 0x55, 0, 0, 0);
    assert_runs(vcpu);
    assert_int_equal(machine_current()->frame.x[17], 0x55);
    assert_int_equal(machine_current()->frame.pc, pc + 4);
}

/* An access that cannot work: EL1 gets an abort, whoever's registers the core holds. */
static void test_abort(void **state)
{
    (void)state;
    uint64_t server, cell, vcpu = world_vcpu(HIGH, &cell);
    (void)handled(vcpu, &server);
    assert_int_equal(DO(thread_resume, vcpu), BH_OK);
    for (unsigned round = 0; round < 2; round++) {
        struct thread *thread = machine_current();
        vcpu_of(thread)->arch.exit_abort = 0;
        world_exit(BH_EXIT_SMCCC, 31);
        assert_int_equal(world_wait(BH_ABORT, 0, 0, 0, 0), BH_BAD_ARG);
        vcpu_of(thread)->arch.exit_abort = 1;
        uint64_t pc = thread->frame.pc;
        (void)world_wait(round ? BH_ABORT : BH_RESUME, 0, 0, 0, 0);
        world_fault(0);
        assert_runs(server);
        pc += round ? 0 : 4;
        (void)world_wait(BH_ABORT, 0, 0, 0, 0);
        assert_runs(vcpu);
        assert_int_equal(thread->frame.pc, HOST_ABORT_VECTOR);
        assert_int_equal(host.cores[0].el1[HOST_EL1_LINK], round ? HOST_ABORT_VECTOR : pc);
    }
}

/* A native thread has no EL1 that could take one. */
static void test_abort_of_a_thread(void **state)
{
    (void)state;
    uint64_t server, thread = world_thread(HIGH);
    (void)handled(thread, &server);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    world_fault(0);
    assert_runs(server);
    assert_int_equal(world_wait(BH_ABORT, 0, 0, 0, 0), BH_BAD_ARG);
    assert_int_equal(world_wait(BH_ABORT + 1, 0, 0, 0, 0), BH_BAD_ARG);
}

static void test_exit_block(void **state)
{
    (void)state;
    uint64_t server, cell, vcpu = world_vcpu(HIGH, &cell);
    (void)handled(vcpu, &server);
    uint64_t line = world_make(BH_LINE, vcpu, 7, 0);
    assert_int_equal(DO(vcpu_irq, vcpu, 7, BH_VIRQ_ENABLE), BH_OK);
    assert_int_equal(DO(thread_resume, vcpu), BH_OK);
    world_exit(BH_EXIT_WRITE, 31);
    (void)world_wait(BH_BLOCK, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(world_thread_at(vcpu)->state, THREAD_IDLE);
    (void)DO(line_set, line, 1);
    assert_runs(vcpu);
    /* With an interrupt that it could take, it does not sleep. */
    world_exit(BH_EXIT_WRITE, 31);
    (void)world_wait(BH_BLOCK, 0, 0, 0, 0);
    assert_runs(vcpu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_call_and_reply),
        WORLD_TEST(test_down),
        WORLD_TEST(test_server_dies),
        WORLD_TEST(test_other_core),
        WORLD_TEST(test_reply_errors),
        WORLD_TEST(test_capability_with_call),
        WORLD_TEST(test_slot_filled_meanwhile),
        WORLD_TEST(test_capability_with_reply),
        WORLD_TEST(test_helping),
        WORLD_TEST(test_helping_ends),
        WORLD_TEST(test_cycles),
        WORLD_TEST(test_chain_of_eight),
        WORLD_TEST(test_cancel),
        WORLD_TEST(test_fault_resume),
        WORLD_TEST(test_fault_stop),
        WORLD_TEST(test_fault_without_handler),
        WORLD_TEST(test_fault_cycle),
        WORLD_TEST(test_fault_of_busy_handler),
        WORLD_TEST(test_exit_read),
        WORLD_TEST(test_abort),
        WORLD_TEST(test_abort_of_a_thread),
        WORLD_TEST(test_exit_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
