/* SPDX-License-Identifier: Apache-2.0 */
/* Threads: registers, suspend in every state, resume, what is given back at the end. */
#include "tests/unit/world.h"

#define HIGH 150

static void test_set(void **state)
{
    (void)state;
    uint64_t slot = world_thread(0);
    struct thread *thread = world_thread_at(slot);
    thread->frame.x[7] = 9;
    assert_int_equal(DO(thread_set, slot, 0x100, 0x200, 0x300), BH_OK);
    assert_int_equal(thread->frame.pc, 0x100);
    assert_int_equal(thread->frame.sp, 0x200);
    assert_int_equal(thread->frame.x[0], 0x300);
    assert_int_equal(thread->frame.x[7] | thread->frame.tls | thread->frame.psr, 0);
    assert_int_equal(DO(thread_set, WARDEN_THREAD, 1, 2, 3), BH_BUSY);
}

static void test_registers(void **state)
{
    (void)state;
    uint64_t slot = world_thread(0);
    for (uint64_t i = 0; i <= BH_REG_TLS; i++) {
        assert_int_equal(DO(thread_write, slot, i, 0x1000 + i), BH_OK);
    }
    assert_int_equal(DO(thread_read, slot, 29), BH_OK);
    assert_int_equal(world_result(0), 0x1000 + 29);
    assert_int_equal(world_result(1), 0x1000 + 30);
    assert_int_equal(world_result(2), 0x1000 + BH_REG_SP);
    assert_int_equal(world_result(3), 0x1000 + BH_REG_PC);
    assert_int_equal(world_result(4), 0); /* PSR: no flag of a thread is in 0x1021 */
    assert_int_equal(world_result(5), 0x1000 + BH_REG_TLS);
    assert_int_equal(DO(thread_read, slot, BH_REG_TLS), BH_OK);
    assert_int_equal(world_result(1) | world_result(5), 0);
    assert_int_equal(DO(thread_read, slot, BH_REG_COUNT), BH_BAD_ARG);
    assert_int_equal(DO(thread_write, slot, BH_REG_SCTLR, 0), BH_BAD_ARG);
    assert_int_equal(DO(thread_write, slot, BH_REG_COUNT, 0), BH_BAD_ARG);
    assert_int_equal(DO(thread_write, slot, UINT64_MAX, 0), BH_BAD_ARG);
    assert_int_equal(DO(thread_read, WARDEN_THREAD, 0), BH_BUSY);
    assert_int_equal(DO(thread_write, WARDEN_THREAD, 0, 0), BH_BUSY);
}

/* Those of EL1 are read where they are: in the core, or in the vCPU when another one came. */
static void test_el1_registers(void **state)
{
    (void)state;
    uint64_t cells[2], vcpus[2];
    for (unsigned i = 0; i < 2; i++) {
        vcpus[i] = world_vcpu(HIGH, &cells[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(DO(thread_resume, vcpus[i]), BH_OK);
        assert_ptr_equal(machine_current(), world_thread_at(vcpus[i]));
        for (unsigned k = 0; k < 4; k++) {
            host.cores[0].el1[k] = 100 * i + k;
        }
        world_fault(0); /* no handler: suspended */
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(DO(thread_read, vcpus[i], BH_REG_SCTLR), BH_OK);
        for (unsigned k = 0; k < 4; k++) {
            assert_int_equal(world_result(k), 100 * i + k);
        }
        for (uint64_t index = BH_REG_SCTLR; index < BH_REG_COUNT; index++) {
            assert_int_equal(DO(thread_write, vcpus[i], index, 1), BH_BAD_ARG);
        }
    }
    uint64_t there = world_make(BH_THREAD, WARDEN_CELL, 0, 1);
    assert_int_equal(DO(thread_write, there, 0, 77), BH_OK);
    assert_int_equal(DO(thread_read, there, 0), BH_OK);
    assert_int_equal(world_result(0), 77);
    uint64_t cell = world_make(BH_CELL, 8, 1, 0), far = world_make(BH_VCPU, cell, 32, 1);
    assert_int_equal(DO(thread_read, far, BH_REG_SCTLR), BH_OK);
}

/* SPSR values that would run a cell's code elsewhere than at EL0. */
static void test_psr(void **state)
{
    (void)state;
    uint64_t cell, native = world_thread(0), vcpu = world_vcpu(0, &cell);
    static const uint64_t evil[] = {0x9, 0x8, 0x5, 0x4, 0x10, 0x1f, 0x3c0, 1 << 20, ~UINT64_C(0)};
    for (unsigned i = 0; i < sizeof evil / sizeof evil[0]; i++) {
        assert_int_equal(DO(thread_write, native, BH_REG_PSR, evil[i]), BH_OK);
        assert_int_equal(world_thread_at(native)->frame.psr & ~UINT64_C(0xf0000000), 0);
        assert_int_equal(DO(thread_write, vcpu, BH_REG_PSR, evil[i]), BH_OK);
        uint64_t mode = world_thread_at(vcpu)->frame.psr & 0x1f;
        assert_true(mode == 0 || mode == 4 || mode == 5);
        assert_int_equal(world_thread_at(vcpu)->frame.psr & (1 << 20), 0);
    }
}

static void test_create_arguments(void **state)
{
    (void)state;
    uint64_t weak = world_derive(WARDEN_CELL, BH_CELL_GRANT, 0),
             cell = world_make(BH_CELL, 8, 1, 0), to = world_slot();
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_THREAD, to, weak, 0, 0), BH_NO_RIGHT);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_THREAD, to, WARDEN_CORE, 0, 0), BH_BAD_TYPE);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_THREAD, to, to, 0, 0), BH_NO_CAP);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_THREAD, to, WARDEN_CELL, 2, 0), BH_BAD_ARG);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_THREAD, to, WARDEN_CELL, 0, HOST_CORES),
                     BH_BAD_ARG);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_VCPU, to, cell, 31, 0), BH_BAD_ARG);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_VCPU, to, cell, 1021, 0), BH_BAD_ARG);
}

static void test_resume(void **state)
{
    (void)state;
    uint64_t slot = world_thread(0);
    assert_int_equal(DO(thread_resume, slot), BH_OK); /* ready, but without time */
    assert_int_equal(world_thread_at(slot)->state, THREAD_READY);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(DO(thread_resume, slot), BH_OK); /* nothing happens */
    uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, HIGH, 0);
    (void)DO(thread_budget, slot, budget);
    assert_runs(slot);
}

static void test_other_core(void **state)
{
    (void)state;
    uint64_t far = world_make(BH_THREAD, WARDEN_CELL, 0, 1),
             budget = world_make(BH_BUDGET, WARDEN_CORE, 9, 0);
    const struct thread *thread = world_thread_at(far);
    assert_int_equal(DO(thread_set, far, 1, 2, 3), BH_OK);
    assert_int_equal(thread->frame.pc, 1);
    assert_int_equal(DO(thread_resume, far), BH_OK);
    assert_int_equal(thread->state, THREAD_READY);
    assert_int_equal(DO(thread_set, far, 1, 2, 3), BH_BUSY);
    assert_int_equal(DO(thread_suspend, far), BH_OK);
    assert_int_equal(thread->state, THREAD_SUSPENDED);
    assert_int_equal(DO(thread_cancel, far), BH_OK);
    assert_int_equal(DO(thread_budget, far, budget), BH_OK); /* it moves to its budget's core */
    assert_ptr_equal(thread->cpu, cpu_this());
    assert_int_equal(world_warden()->state, THREAD_READY);
}

static void test_suspend_oneself(void **state)
{
    (void)state;
    assert_int_equal(DO(thread_suspend, WARDEN_THREAD), BH_BAD_ARG);
}

/* A wait is undone: the call instruction is made again, with nobody to answer. */
static void test_suspend_waiting(void **state)
{
    (void)state;
    uint64_t slot = world_running(HIGH);
    uint64_t pc = machine_current()->frame.pc;
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 63, host.now + 1000);
    assert_int_equal(DO(thread_suspend, slot), BH_OK);
    const struct frame *frame = &world_thread_at(slot)->frame;
    assert_int_equal(frame->pc, pc);
    assert_int_equal(frame->x[REG_CALL], CALL_reply_wait);
    assert_int_equal(frame->x[REG_CAP], BH_WAIT_ONLY);
    assert_int_equal(frame->x[REG_SLOT], 63);
    assert_null(cpu_this()->deadlines.first);
    assert_int_equal(DO(thread_suspend, slot), BH_OK); /* nothing happens */
    assert_int_equal(DO(thread_resume, slot), BH_OK);
    assert_runs(slot);
    machine_svc();
    assert_int_equal(world_thread_at(slot)->state, THREAD_WAITING);
    assert_ptr_equal(cpu_this()->deadlines.first, &world_thread_at(slot)->deadline);
}

/* Its caller hears that it is down; its own call is cancelled. */
static void test_suspend_in_chain(void **state)
{
    (void)state;
    uint64_t last = world_waiting(50), first = world_waiting(0), client = world_waiting(HIGH);
    uint64_t to_last = world_endpoint(last), to_first = world_endpoint(first),
             signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, client), BH_OK);
    (void)DO(signal_send, signal);
    (void)world_send(to_first, 0, 0, 0);
    assert_runs(first);
    (void)world_send(to_last, 0, 0, 0);
    assert_runs(last);
    assert_int_equal(world_thread_at(last)->depth, 2);
    (void)DO(thread_suspend, first);
    assert_runs(client);
    assert_int_equal(machine_current()->frame.x[REG_STATUS], BH_DOWN);
    assert_int_equal(world_thread_at(first)->frame.x[REG_STATUS], BH_CANCELED);
    assert_int_equal(world_thread_at(last)->depth, 0);
    assert_null(world_thread_at(last)->caller);
    assert_int_equal(world_thread_at(last)->budget->queued, QUEUED_READY);
}

/* A fault is taken back: it happens again when the thread goes on. */
static void test_suspend_in_fault(void **state)
{
    (void)state;
    uint64_t handler = world_waiting(40), endpoint = world_endpoint(handler),
             slot = world_thread(HIGH);
    assert_int_equal(DO(thread_handler, slot, endpoint), BH_OK);
    assert_int_equal(DO(thread_resume, slot), BH_OK);
    world_fault(1);
    assert_runs(handler);
    assert_int_equal(DO(thread_read, slot, 0), BH_OK); /* a fault is a good moment to look */
    assert_int_equal(DO(thread_suspend, slot), BH_OK);
    assert_int_equal(world_thread_at(slot)->state, THREAD_SUSPENDED);
    assert_null(world_thread_at(handler)->caller);
    assert_int_equal(DO(thread_resume, slot), BH_OK);
    assert_runs(slot);
}

static void test_accounting(void **state)
{
    (void)state;
    uint64_t cell = world_make(BH_CELL, 8, 0, 0), vm = world_make(BH_CELL, 8, 1, 0);
    uint64_t free = world_warden()->cell->object.pool->free;
    uint64_t a = world_make(BH_THREAD, cell, BH_THREAD_FP, 0),
             b = world_make(BH_THREAD, cell, 0, 0);
    uint64_t c = world_make(BH_VCPU, vm, 64, 0);
    assert_int_equal(cell_of(world_object(cell))->thread_count, 2);
    assert_int_equal(DO(object_destroy, a), BH_OK);
    assert_int_equal(DO(object_destroy, c), BH_OK);
    assert_int_equal(DO(object_destroy, b), BH_OK);
    assert_int_equal(cell_of(world_object(cell))->thread_count, 0);
    assert_null(cell_of(world_object(cell))->threads);
    assert_int_equal(world_warden()->cell->object.pool->free, free);
}

/* A vCPU has the lowest index that its cell has free; there are 8. */
static void test_vcpu_index(void **state)
{
    (void)state;
    uint64_t cell = world_make(BH_CELL, 16, 1, 0), slots[VCPU_MAX];
    for (unsigned i = 0; i < VCPU_MAX; i++) {
        slots[i] = world_make(BH_VCPU, cell, 32, 0);
        assert_int_equal(vcpu_of(world_thread_at(slots[i]))->index, i);
    }
    uint64_t slot = world_slot();
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_VCPU, slot, cell, 32, 0), BH_BUSY);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_VCPU, slot, cell, 31, 0), BH_BAD_ARG);
    assert_int_equal(DO(object_destroy, slots[5]), BH_OK);
    assert_int_equal(DO(object_destroy, slots[2]), BH_OK);
    slot = world_make(BH_VCPU, cell, 32, 0);
    assert_int_equal(vcpu_of(world_thread_at(slot))->index, 2);
    slot = world_make(BH_VCPU, world_make(BH_CELL, 16, 1, 0), 32, 0);
    assert_int_equal(vcpu_of(world_thread_at(slot))->index, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_set),
        WORLD_TEST(test_registers),
        WORLD_TEST(test_el1_registers),
        WORLD_TEST(test_psr),
        WORLD_TEST(test_create_arguments),
        WORLD_TEST(test_resume),
        WORLD_TEST(test_other_core),
        WORLD_TEST(test_suspend_oneself),
        WORLD_TEST(test_suspend_waiting),
        WORLD_TEST(test_suspend_in_chain),
        WORLD_TEST(test_suspend_in_fault),
        WORLD_TEST(test_accounting),
        WORLD_TEST(test_vcpu_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
