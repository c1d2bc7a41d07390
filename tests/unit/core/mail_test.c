/* SPDX-License-Identifier: Apache-2.0 */
/* Calls, messages, signals and ends across two cores. */
#include "kernel/core/mail.h"

#include <string.h>

#include "kernel/lib/log.h"
#include "tests/unit/world.h"

#define PRIORITY 50
#define SECOND   (&host.cores[1].cpu)

static void reply(uint64_t word)
{
    world_on(1);
    (void)world_wait(BH_REPLY, word, 0, 0, 0);
    machine_pump();
    world_on(0);
}

static void test_call(void **state)
{
    (void)state;
    uint64_t server, endpoint = world_far_server(PRIORITY, &server),
                     client = world_running(PRIORITY + 100);
    (void)world_send(endpoint, 10, 0, 0);
    assert_int_equal(world_thread_at(client)->state, THREAD_AWAY);
    assert_ptr_equal(machine_current(), world_warden());
    world_on(1);
    assert_runs(server);
    assert_int_equal(machine_current()->frame.x[0], 10);
    assert_int_equal(machine_current()->frame.x[1], 11);
    assert_int_equal(machine_current()->frame.x[REG_EVENT], BH_EVENT_MESSAGE);
    reply(20);
    assert_runs(client);
    assert_int_equal(machine_current()->frame.x[REG_STATUS], BH_OK);
    assert_int_equal(machine_current()->frame.x[0], 20);
    assert_int_equal(machine_current()->frame.x[1], 21);
    assert_int_equal(world_thread_at(server)->state, THREAD_WAITING);
}

/* In the order in which they came; with the server's death all are answered. */
static void test_queue(void **state)
{
    (void)state;
    uint64_t server, endpoint = world_far_server(PRIORITY, &server), clients[3];
    for (unsigned i = 0; i < 3; i++) {
        clients[i] = world_running(PRIORITY + 100);
        (void)world_send(endpoint, 100 * i, 0, 0);
    }
    world_on(1);
    assert_int_equal(machine_current()->frame.x[0], 0);
    reply(7);
    assert_runs(clients[0]);
    assert_int_equal(machine_current()->frame.x[0], 7);
    world_on(1);
    assert_int_equal(machine_current()->frame.x[0], 100);
    world_on(0);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(DO(object_destroy, server), CALL_object_destroy); /* the clients come first */
    for (unsigned i = 1; i < 3; i++) {
        assert_int_equal(world_thread_at(clients[i])->state, THREAD_READY);
        assert_int_equal(world_thread_at(clients[i])->frame.x[REG_STATUS], BH_DOWN);
    }
}

/* What was posted before the other core looked is still served in order. */
static void test_order(void **state)
{
    (void)state;
    uint64_t server, endpoint = world_far_server(PRIORITY, &server), clients[3];
    for (unsigned i = 0; i < 3; i++) {
        clients[i] = world_thread(PRIORITY);
        assert_int_equal(DO(thread_resume, clients[i]), BH_OK);
    }
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0); /* the warden gives way */
    for (unsigned i = 0; i < 3; i++) {
        assert_runs(clients[i]);
        struct thread *client = machine_current();
        memset(client->frame.x, 0, sizeof client->frame.x);
        client->frame.x[0] = i;
        client->frame.x[REG_CALL] = CALL_call;
        client->frame.x[REG_CAP] = endpoint;
        machine_svc();
    }
    machine_pump();
    for (unsigned i = 0; i < 3; i++) {
        world_on(1);
        assert_int_equal(machine_current()->frame.x[0], i);
        reply(0);
    }
}

/* A server without time of its own, or a caller that owes a reply, does not reach another core. */
static void test_refused(void **state)
{
    (void)state;
    uint64_t far, endpoint = world_far_server(PRIORITY, &far);
    uint64_t local = world_waiting(0), inner = world_endpoint(local);
    (void)world_send(inner, 0, 0, 0);
    assert_runs(local);
    assert_int_equal(world_send(endpoint, 0, 0, 0), BH_OTHER_CORE);
    (void)world_wait(BH_REPLY, 0, 0, 0, 0);
    assert_int_equal(DO(thread_budget, far, 0), BH_OK);
    assert_int_equal(world_send(endpoint, 0, 0, 0), BH_OTHER_CORE);
}

static void test_cancel(void **state)
{
    (void)state;
    uint64_t server, endpoint = world_far_server(PRIORITY, &server), clients[2];
    for (unsigned i = 0; i < 2; i++) {
        clients[i] = world_running(PRIORITY + 100);
        /* what the fast path of a reply to an earlier call leaves there (fast.S) */
        world_thread_at(clients[i])->callee = world_thread_at(server);
        (void)world_send(endpoint, i, 0, 0);
    }
    for (unsigned i = 2; i-- > 0;) { /* in the queue, then in service */
        assert_int_equal(DO(thread_cancel, clients[i]), BH_OK);
        machine_pump();
        assert_ptr_equal(world_thread_at(server)->caller, i ? world_thread_at(clients[0]) : NULL);
        assert_runs(clients[i]);
        assert_int_equal(machine_current()->frame.x[REG_STATUS], BH_CANCELED);
        (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    }
    world_on(1);
    assert_runs(server);
    assert_int_equal(world_wait(BH_REPLY, 0, 0, 0, 0), BH_NO_CALLER);
    world_on(0);
}

static void test_suspend(void **state)
{
    (void)state;
    uint64_t server, endpoint = world_far_server(PRIORITY, &server), clients[2];
    for (unsigned i = 0; i < 2; i++) {
        clients[i] = world_running(PRIORITY + 100);
        (void)world_send(endpoint, i, 0, 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(DO(thread_suspend, clients[i]), BH_OK);
        assert_int_equal(world_thread_at(clients[i])->state, THREAD_SUSPENDED);
        assert_int_equal(world_thread_at(clients[i])->frame.x[REG_STATUS], BH_CANCELED);
        assert_int_equal(world_thread_at(clients[i])->stop, 0);
    }
    assert_int_equal(DO(thread_resume, clients[0]), BH_OK);
    assert_runs(clients[0]);
}

/* A capability goes along, and another one comes back. */
static void test_capabilities(void **state)
{
    (void)state;
    uint64_t server = world_far(PRIORITY), endpoint = world_endpoint(server);
    const uint64_t there = MACHINE_SLOTS - 1, back = MACHINE_SLOTS - 2;
    world_on(1);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, there, 0);
    world_on(0);
    uint64_t client = world_running(PRIORITY + 100);
    (void)world_send(endpoint, 0, SLOT_RAM, back);
    world_on(1);
    assert_runs(server);
    assert_int_equal(machine_current()->frame.x[REG_SLOT], 1);
    assert_ptr_equal(world_object(there), world_object(SLOT_RAM));
    (void)world_wait(BH_REPLY, 0, there, 0, 0);
    machine_pump();
    world_on(0);
    assert_runs(client);
    assert_int_equal(machine_current()->frame.x[REG_STATUS], BH_OK);
    assert_int_equal(machine_current()->frame.x[REG_SLOT], 1);
    assert_ptr_equal(world_object(back), world_object(SLOT_RAM));
}

/* A fault whose handler is on another core: let it go on, then stop it, then nobody is there. */
static void test_fault(void **state)
{
    (void)state;
    uint64_t handler, endpoint = world_far_server(PRIORITY, &handler),
                      thread = world_running(PRIORITY + 100);
    struct thread *faulty = world_thread_at(thread);
    thread_suspend(faulty);
    machine_leave(sched_resume(cpu_this()));
    assert_int_equal(DO(thread_handler, thread, endpoint), BH_OK);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    world_fault(33);
    machine_pump();
    assert_int_equal(faulty->state, THREAD_AWAY);
    world_on(1);
    assert_runs(handler);
    assert_int_equal(machine_current()->frame.x[0], 33);
    assert_int_equal(DO(thread_read, thread, BH_REG_PC), BH_OK);
    (void)world_wait(BH_RESUME, 0, 0, 0, 0);
    machine_pump();
    world_on(0);
    assert_runs(thread);
    world_fault(34);
    machine_pump();
    world_on(1);
    (void)world_wait(BH_STOP, 0, 0, 0, 0);
    machine_pump();
    world_on(0);
    assert_int_equal(faulty->state, THREAD_SUSPENDED);
    assert_int_equal(DO(thread_suspend, handler), BH_OK);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    world_fault(35);
    machine_pump();
    assert_int_equal(faulty->state, THREAD_SUSPENDED);
}

/* The EL1 registers of a vCPU stay at its home while its exit is served elsewhere. */
static void test_registers_at_home(void **state)
{
    (void)state;
    uint64_t handler, cell, endpoint = world_far_server(PRIORITY, &handler);
    uint64_t vcpu = world_vcpu(PRIORITY + 100, &cell);
    assert_int_equal(DO(thread_handler, vcpu, endpoint), BH_OK);
    assert_int_equal(DO(thread_resume, vcpu), BH_OK);
    assert_runs(vcpu);
    host.cores[0].el1[0] = 4711;
    world_exit(36, 1);
    machine_pump();
    world_on(1);
    assert_runs(handler);
    assert_int_equal(DO(thread_read, vcpu, BH_REG_SCTLR), BH_OK);
    assert_int_equal(world_result(0), 4711);
}

/* A thread takes its wait and its deadline along to another core. */
static void test_move(void **state)
{
    (void)state;
    uint64_t budget = world_make(BH_BUDGET, world_second_core(), PRIORITY, 0);
    uint64_t thread = world_running(PRIORITY + 100);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, host.now + 1000);
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    const struct thread *moved = world_thread_at(thread);
    assert_ptr_equal(moved->cpu, SECOND);
    assert_int_equal(moved->state, THREAD_WAITING);
    assert_int_equal(moved->deadline.when, SECOND->deadlines.first->when);
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    assert_int_equal(DO(signal_send, signal), BH_OK);
    world_on(1);
    assert_runs(thread);
    assert_int_equal(machine_current()->frame.x[REG_EVENT], BH_EVENT_SIGNAL);
    world_on(0);
    uint64_t home = world_make(BH_BUDGET, WARDEN_CORE, 10, 0);
    assert_int_equal(DO(thread_budget, thread, home), BH_OK);
    assert_ptr_equal(moved->cpu, cpu_this());
    assert_null(SECOND->budget);
}

/* Not in the middle of a call, nor while somebody waits for its reply. */
static void test_move_busy(void **state)
{
    (void)state;
    uint64_t server, endpoint = world_far_server(PRIORITY, &server),
                     client = world_running(PRIORITY + 100);
    uint64_t home = world_make(BH_BUDGET, WARDEN_CORE, 10, 0);
    (void)world_send(endpoint, 0, 0, 0);
    assert_int_equal(DO(thread_budget, server, home), BH_BUSY);
    uint64_t far = world_make(BH_BUDGET, world_second_core(), 10, 0);
    assert_int_equal(DO(thread_budget, client, far), BH_BUSY);
    reply(0);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_int_equal(DO(thread_budget, server, home), BH_OK);
}

/* A pool with threads of two cores, one of them in a call to the other, goes as a whole. */
static void test_destroy(void **state)
{
    (void)state;
    assert_int_equal(DO(pool_info, WARDEN_POOL), BH_OK);
    uint64_t before = world_result(1), objects = world_result(2);
    uint64_t pool = world_make(BH_POOL, 64 << 10, 0, 0), slot = world_slot();
    uint64_t far = 0, core = world_second_core();
    for (unsigned i = 0; i < 2; i++) {
        slot = world_slot();
        assert_int_equal(DO(pool_create, pool, BH_THREAD, slot, WARDEN_CELL, 0, i), BH_OK);
        uint64_t budget = world_slot();
        assert_int_equal(DO(pool_create, pool, BH_BUDGET, budget, i ? core : WARDEN_CORE, 200, 0),
                         BH_OK);
        assert_int_equal(DO(thread_set, slot, 0x1000, 0x2000, 0), BH_OK);
        assert_int_equal(DO(thread_budget, slot, budget), BH_OK);
        far = slot;
    }
    assert_int_equal(DO(thread_resume, far), BH_OK);
    world_on(1);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    world_on(0);
    assert_int_equal(DO(object_destroy, pool), BH_OK);
    assert_int_equal(DO(pool_info, WARDEN_POOL), BH_OK);
    assert_int_equal(world_result(1), before - 128); /* the second core's object */
    assert_int_equal(world_result(2), objects + 1);
    assert_int_equal(SECOND->homes, 0);
    assert_null(SECOND->budget);
}

/* Two threads on two cores destroy each other: neither the cores nor the kernel hang. */
static void test_mutual(void **state)
{
    (void)state;
    uint64_t near = world_running(PRIORITY + 100);
    uint64_t there = 0;
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 1);
    there = world_far(PRIORITY);
    assert_ptr_not_equal(machine_current(), NULL);
    struct thread *a = world_thread_at(near), *b = world_thread_at(there);
    struct thread *threads[2] = {a, b};
    const uint64_t victims[2] = {there, near};
    for (unsigned i = 0; i < 2; i++) {
        world_on(i);
        struct cpu *cpu = cpu_this();
        struct thread *current = threads[i];
        current->frame.x[REG_CALL] = CALL_object_destroy;
        current->frame.x[REG_CAP] = victims[i];
        if (machine_current() == current) {
            current->frame.pc += 4;
            machine_leave(entry_call(current, cpu));
        }
    }
    world_on(0);
    machine_pump();
    assert_true(a->state == THREAD_SUSPENDED || a->object.dying || b->object.dying ||
                b->state == THREAD_SUSPENDED);
    (void)DO(object_destroy, near);
    (void)DO(object_destroy, there);
}

/* The running thread makes a call; the other cores do not get to do anything yet. */
static void begin(uint64_t number, uint64_t cap)
{
    uint64_t *x = machine_current()->frame.x;
    memset(x, 0, 13 * sizeof x[0]);
    x[REG_CALL] = number;
    x[REG_CAP] = cap;
    machine_svc();
}

static int aside_count(const struct alarm *alarm)
{
    return alarm ? 1 + aside_count(alarm->below[0]) + aside_count(alarm->below[1]) : 0;
}

/* Servers that make calls on another core: whoever waits for them is put aside, in any number, and
 * goes on when they are back; also when it is stopped meanwhile. */
static void test_aside(void **state)
{
    (void)state;
    uint64_t far = world_far(0), clients[7], servers[7], endpoints[7], signals[7];
    for (unsigned i = 0; i < 7; i++) {
        servers[i] = world_waiting(0);
        endpoints[i] = world_endpoint(servers[i]);
        clients[i] = world_running(PRIORITY + 100);
        (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
        signals[i] = world_make(BH_SIGNAL, 0, 0, 0);
        assert_int_equal(DO(signal_bind, signals[i], clients[i]), BH_OK);
    }
    for (unsigned i = 0; i < 7; i++) {
        begin(CALL_signal_send, signals[i]);
        assert_runs(clients[i]);
        begin(CALL_call, endpoints[i]);
        assert_runs(servers[i]);
        begin(CALL_thread_resume, far);
        assert_int_equal(world_thread_at(servers[i])->state, THREAD_AWAY);
        assert_ptr_equal(machine_current(), world_warden());
        assert_int_equal(aside_count(cpu_this()->groups[0].first), i + 1);
    }
    begin(CALL_thread_suspend, clients[3]);
    assert_int_equal(aside_count(cpu_this()->groups[0].first), 6);
    begin(CALL_thread_suspend, clients[0]);
    assert_int_equal(aside_count(cpu_this()->groups[0].first), 5);
    machine_pump();
    assert_int_equal(aside_count(cpu_this()->groups[0].first), 0);
    for (unsigned i = 1; i < 7; i++) {
        if (i != 3) {
            assert_runs(servers[i]);
            assert_int_equal(machine_current()->frame.x[REG_STATUS], BH_OK);
            (void)world_wait(BH_REPLY, i, 0, 0, 0);
            assert_runs(clients[i]);
            (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
        }
    }
    assert_ptr_equal(machine_current(), world_warden());
}

/* A budget of a group that was put aside still gives way to its equals. */
static void test_aside_yield(void **state)
{
    (void)state;
    uint64_t far = world_far(0), server = world_waiting(0), endpoint = world_endpoint(server);
    uint64_t threads[2];
    for (unsigned i = 0; i < 2; i++) {
        uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, PRIORITY + 100, 0);
        threads[i] = world_thread(0);
        assert_int_equal(DO(budget_group, budget, WARDEN_CORE, 1), BH_OK);
        assert_int_equal(DO(thread_budget, threads[i], budget), BH_OK);
    }
    begin(CALL_thread_resume, threads[0]);
    assert_runs(threads[0]);
    begin(CALL_thread_resume, threads[1]);
    begin(CALL_call, endpoint);
    assert_runs(server);
    begin(CALL_thread_resume, far);
    assert_runs(threads[1]);
    assert_int_equal(aside_count(cpu_this()->groups[0].first), 1);
    machine_pump();
    begin(CALL_yield, 0);
    assert_runs(server);
    (void)world_wait(BH_REPLY, 0, 0, 0, 0);
    assert_runs(threads[0]);
    begin(CALL_yield, 0);
    assert_runs(threads[1]);
}

/* A thread whose cell is traced is called on the full path, also where it moved. */
static void test_move_traced(void **state)
{
    (void)state;
    uint64_t budget = world_make(BH_BUDGET, world_second_core(), PRIORITY, 0);
    uint64_t thread = world_waiting(PRIORITY), trace = world_make(BH_TRACE, 0, 0, 0);
    assert_ptr_equal(world_thread_at(thread)->receptive, cpu_this());
    assert_int_equal(DO(trace_watch, trace, WARDEN_CELL, 1), BH_OK);
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    assert_int_equal(world_thread_at(thread)->state, THREAD_WAITING);
    assert_null(world_thread_at(thread)->receptive);
}

/* Revoking a budget's capability takes it from a thread of another core. */
static void test_revoke(void **state)
{
    (void)state;
    uint64_t thread = world_far(0);
    uint64_t budget = world_make(BH_BUDGET, world_second_core(), PRIORITY, 0);
    uint64_t child = world_derive(budget, BH_ALL, 0);
    assert_int_equal(DO(thread_budget, thread, child), BH_OK);
    world_on(1);
    assert_runs(thread);
    world_on(0);
    assert_int_equal(DO(cap_revoke, budget), BH_OK);
    world_on(1);
    assert_null(machine_current());
    assert_null(world_thread_at(thread)->budget);
    world_on(0);
}

/* A core with mail in its box goes off only when that is done. */
static void test_off(void **state)
{
    (void)state;
    uint64_t thread = world_far(PRIORITY), core = world_second_core();
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    uint64_t home = world_make(BH_BUDGET, WARDEN_CORE, 10, 0);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, signal), BH_OK);
    assert_int_equal(host.irqs[MACHINE_INTID].core, 1);
    assert_int_equal(DO(core_power, core, 2), BH_BUSY);
    assert_int_equal(signal_send(signal_of(world_object(signal)), 4), BH_OK); /* in the box */
    assert_int_equal(DO(thread_budget, thread, home), BH_OK);
    jmp_buf left;
    host.cores[1].leave = &left;
    if (setjmp(left) == 0) {
        (void)DO(core_power, core, 2);
        fail_msg("the core is still on");
    }
    world_on(0);
    assert_int_equal(SECOND->power, CPU_OFF);
    assert_int_equal(host.irqs[MACHINE_INTID].core, 0);
    machine_pump();
    assert_int_equal(world_thread_at(thread)->signals, 4);
}

/* A core that finds the kernel broken takes the others off, and says so again if that breaks. */
static void test_panic(void **state)
{
    (void)state;
    uint64_t thread = world_far(PRIORITY);
    world_on(1);
    assert_runs(thread);
    world_on(0);
    host.cores[1].leave = NULL;
    assert_halts(panic("nothing is true"));
    assert_int_equal(SECOND->power, CPU_GONE);
    jmp_buf left;
    host.cores[1].leave = &left;
    if (setjmp(left) == 0) {
        machine_pump();
        fail_msg("the core is still on");
    }
    assert_int_equal(SECOND->power, CPU_OFF);
    world_on(0);
    assert_halts(panic("nothing is true"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_call),        WORLD_TEST(test_queue),
        WORLD_TEST(test_refused),     WORLD_TEST(test_cancel),
        WORLD_TEST(test_suspend),     WORLD_TEST(test_capabilities),
        WORLD_TEST(test_fault),       WORLD_TEST(test_registers_at_home),
        WORLD_TEST(test_move),        WORLD_TEST(test_move_busy),
        WORLD_TEST(test_destroy),     WORLD_TEST(test_mutual),
        WORLD_TEST(test_revoke),      WORLD_TEST(test_off),
        WORLD_TEST(test_aside),       WORLD_TEST(test_order),
        WORLD_TEST(test_aside_yield), WORLD_TEST(test_move_traced),
        WORLD_TEST(test_panic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
