/* SPDX-License-Identifier: Apache-2.0 */
/* The fake machine itself: interrupts, time, lazy registers, list registers. */
#include "tests/unit/world.h"

static void test_interrupt_line(void **state)
{
    (void)state;
    assert_false(host_irq_take(50)); /* not enabled */
    arch_irq_enable(50, true);
    assert_true(host_irq_take(50));
    assert_false(host_irq_take(50)); /* active */
    arch_irq_deactivate(50);
    assert_true(host_irq_take(50));
    arch_irq_disable(50);
    assert_false(host_irq_take(50));
    assert_halts(arch_irq_deactivate(50)); /* not active */
    assert_halts(arch_irq_enable(HOST_IRQS, false));
}

static void test_preemption_stays(void **state)
{
    (void)state;
    assert_false(arch_preempt_pending());
    host.polls_left = 3;
    assert_false(arch_preempt_pending());
    assert_false(arch_preempt_pending());
    assert_true(arch_preempt_pending());
    assert_true(arch_preempt_pending());
    host.polls_left = 0;
}

static void test_pool_alignment(void **state)
{
    (void)state;
    assert_int_equal((uintptr_t)host.pool % (1 << 21), 0);
    assert_ptr_equal(arch_pointer((paddr){HOST_POOL_BASE + 64}), host.pool + 64);
    assert_int_equal(arch_physical(host.pool + 64).raw, HOST_POOL_BASE + 64);
}

/* Each thread finds its own FP registers, and without the right none. */
static void test_lazy_fp(void **state)
{
    (void)state;
    uint64_t *q, threads[2], signals[2];
    assert_false(host_fp_use(&q)); /* the warden has no right to it */
    for (unsigned i = 0; i < 2; i++) {
        threads[i] = world_make(BH_THREAD, WARDEN_CELL, BH_THREAD_FP, 0);
        uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, 150 + i, 0);
        assert_int_equal(DO(thread_budget, threads[i], budget), BH_OK);
        signals[i] = world_make(BH_SIGNAL, 0, 0, 0);
        assert_int_equal(DO(signal_bind, signals[i], threads[i]), BH_OK);
        assert_int_equal(DO(thread_resume, threads[i]), BH_OK);
        assert_true(host_fp_use(&q));
        assert_int_equal(q[0], 0);
        q[0] = 111 * (i + 1);
        (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        (void)DO(signal_send, signals[i]);
        assert_runs(threads[i]);
        assert_true(host_fp_use(&q));
        assert_int_equal(q[0], 111 * (i + 1));
        (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    }
    assert_int_equal(DO(object_destroy, threads[1]), BH_OK);
    assert_ptr_equal(cpu_this()->fp_owner, NULL);
}

static void test_lazy_el1(void **state)
{
    (void)state;
    uint64_t cell[2], vcpu[2];
    for (unsigned i = 0; i < 2; i++) {
        vcpu[i] = world_vcpu(150, &cell[i]);
        assert_int_equal(DO(thread_resume, vcpu[i]), BH_OK);
        assert_runs(vcpu[i]);
        host.cores[0].el1[1] = 7 + i;
        vcpu_idle(vcpu_of(machine_current()), 0);
        machine_leave(sched_resume(cpu_this()));
        assert_ptr_equal(machine_current(), world_warden());
        assert_int_equal(host.cores[0].el1[1], 7 + i); /* still there while the warden runs */
    }
    assert_ptr_equal(cpu_this()->el1_owner, vcpu_of(world_thread_at(vcpu[1])));
    vcpu_wake(vcpu_of(world_thread_at(vcpu[0])));
    machine_leave(sched_resume(cpu_this()));
    assert_runs(vcpu[0]);
    assert_int_equal(host.cores[0].el1[1], 7);
}

static void test_list_registers(void **state)
{
    (void)state;
    uint64_t cell, slot = world_vcpu(150, &cell);
    for (uint64_t i = 0; i < 6; i++) {
        uint64_t change[] = {i, 1, 0};
        assert_int_equal(DO(vcpu_irq, slot, i, BH_VIRQ_ENABLE | (10 - i)), BH_OK);
        assert_int_equal(DO(vcpu_irq_state, slot, change[0], change[1], change[2]), BH_OK);
    }
    assert_int_equal(DO(thread_resume, slot), BH_OK);
    struct vcpu *vcpu = vcpu_of(machine_current());
    assert_int_equal(host_guest_acknowledge(vcpu), 5); /* the most urgent */
    assert_int_equal(host_guest_acknowledge(vcpu), 4);
    assert_true(host_guest_end(vcpu, 5));
    assert_false(host_guest_end(vcpu, 0)); /* in no list register */
    arch_virq_sync(vcpu, 5);
    assert_false(vcpu->virqs[5].pending || vcpu->virqs[5].active);
    assert_true(vcpu->virqs[4].active);
    arch_virq_flush(vcpu, 5);
    assert_int_equal(host_guest_acknowledge(vcpu), 3);
    assert_int_equal(host_guest_acknowledge(vcpu), 2);
    assert_int_equal(host_guest_acknowledge(vcpu), 1);
    assert_int_equal(host_guest_acknowledge(vcpu), -1); /* four at once */
}

static void test_wrong_setup_is_noticed(void **state)
{
    (void)state;
    struct cpu *cpu = cpu_this();
    uint64_t vttbr = host.cores[0].vttbr;
    host.cores[0].vttbr = 0;
    assert_halts(arch_check(cpu, cpu->current));
    host.cores[0].vttbr = vttbr;
    arch_check(cpu, cpu->current);
}

/* Leaving a cell that maps devices opens a window for its errors (rule 29). */
static void test_error_window(void **state)
{
    (void)state;
    uint64_t cell = world_make(BH_CELL, 8, 0, 0), thread = world_make(BH_THREAD, cell, 0, 0);
    uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, 150, 0);
    assert_int_equal(DO(cap_derive, SLOT_DEVICE, cell, 1, BH_ALL & ~BH_DESTROY, 0), BH_OK);
    assert_int_equal(DO(memory_map, cell, 1, 0, BH_MAP_READ), BH_OK);
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    assert_int_equal(host.cores[0].error_windows, 0);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    assert_runs(thread);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(host.cores[0].error_windows, 1);
}

/* From the moment on at which the cell that runs maps its first device. */
static void test_error_window_of_oneself(void **state)
{
    (void)state;
    assert_int_equal(DO(memory_map, 0, SLOT_DEVICE, 0x1000, BH_MAP_READ), BH_OK);
    assert_int_equal(host.cores[0].error_windows, 0);
    uint64_t cell = world_make(BH_CELL, 8, 0, 0), thread = world_make(BH_THREAD, cell, 0, 0);
    uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, 150, 0);
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    assert_runs(thread);
    assert_int_equal(host.cores[0].error_windows, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_interrupt_line),
        WORLD_TEST(test_preemption_stays),
        WORLD_TEST(test_pool_alignment),
        WORLD_TEST(test_lazy_fp),
        WORLD_TEST(test_lazy_el1),
        WORLD_TEST(test_list_registers),
        WORLD_TEST(test_wrong_setup_is_noticed),
        WORLD_TEST(test_error_window),
        WORLD_TEST(test_error_window_of_oneself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
