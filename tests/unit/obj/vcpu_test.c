/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual interrupts from outside the guest, and a vCPU that sleeps. */
#include "kernel/obj/vcpu_ops.h"
#include "tests/unit/world.h"

#define HIGH 150

static void sleep_now(uint64_t until)
{
    vcpu_idle(vcpu_of(machine_current()), until);
    machine_leave(sched_resume(cpu_this()));
}

static uint64_t sleeping(uint64_t *cell)
{
    uint64_t slot = world_vcpu(HIGH, cell);
    assert_int_equal(DO(thread_resume, slot), BH_OK);
    assert_runs(slot);
    sleep_now(0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(world_thread_at(slot)->state, THREAD_IDLE);
    return slot;
}

static void test_settings(void **state)
{
    (void)state;
    uint64_t cell, slot = world_vcpu(0, &cell);
    assert_int_equal(
        DO(vcpu_irq, slot, 31, BH_VIRQ_ENABLE | BH_VIRQ_LEVEL | BH_VIRQ_ALTERNATE | 0xa0), BH_OK);
    const struct virq *virq = &vcpu_of(world_thread_at(slot))->virqs[31];
    assert_true(virq->enabled && virq->level && virq->alternate);
    assert_int_equal(virq->priority, 0xa0);
    assert_int_equal(DO(vcpu_irq, slot, 32, 0), BH_BAD_ARG);
    assert_int_equal(DO(vcpu_irq, slot, UINT64_MAX, 0), BH_BAD_ARG);
    assert_int_equal(DO(vcpu_irq, slot, 3, 0x800), BH_BAD_ARG);
    assert_int_equal(DO(vcpu_irq_state, slot, 32, 0, 0), BH_BAD_ARG);
    assert_int_equal(DO(vcpu_irq_state, slot, 3, 4, 0), BH_BAD_ARG);
    assert_int_equal(DO(vcpu_irq_state, slot, 3, 0, 4), BH_BAD_ARG);
}

static void test_state(void **state)
{
    (void)state;
    uint64_t cell, slot = world_vcpu(0, &cell);
    assert_int_equal(DO(vcpu_irq_state, slot, 5, 3, 0), BH_OK);
    assert_int_equal(world_result(0), 3);
    assert_int_equal(DO(vcpu_irq_state, slot, 5, 0, 2), BH_OK);
    assert_int_equal(world_result(0), 1);
    assert_int_equal(DO(vcpu_irq, slot, 5, 0x10), BH_OK); /* settings leave the state alone */
    assert_int_equal(DO(vcpu_irq_state, slot, 5, 0, 0), BH_OK);
    assert_int_equal(world_result(0), 1);
}

static void test_other_core(void **state)
{
    (void)state;
    uint64_t cell = world_make(BH_CELL, 8, 1, 0), far = world_make(BH_VCPU, cell, 32, 1);
    uint64_t line = world_make(BH_LINE, far, 3, 0);
    assert_int_equal(DO(vcpu_irq, far, 3, BH_VIRQ_LEVEL), BH_OK);
    assert_int_equal(DO(vcpu_irq_state, far, 3, 0, 0), BH_OK);
    assert_int_equal(world_result(0), 0);
    assert_int_equal(DO(line_set, line, 1), BH_OK);
    assert_int_equal(DO(vcpu_irq_state, far, 3, 0, 0), BH_OK);
    assert_int_equal(world_result(0), 1);
    assert_int_equal(DO(line_set, line, 0), BH_OK);
    assert_int_equal(DO(vcpu_irq_state, far, 3, 0, 0), BH_OK);
    assert_int_equal(world_result(0), 0);
}

static void test_wakes(void **state)
{
    (void)state;
    uint64_t cell, slot = sleeping(&cell);
    assert_int_equal(DO(vcpu_irq_state, slot, 9, 1, 0), BH_OK); /* pending, but not enabled */
    assert_int_equal(world_thread_at(slot)->state, THREAD_IDLE);
    (void)DO(vcpu_irq, slot, 9, BH_VIRQ_ENABLE);
    assert_runs(slot);
    assert_int_equal(host_guest_acknowledge(vcpu_of(machine_current())), 9);
    sleep_now(0); /* it is active: nothing more to take */
    assert_ptr_equal(machine_current(), world_warden());
    (void)DO(vcpu_irq_state, slot, 9, 1, 2);
    assert_runs(slot);
}

static void test_wakes_at_its_time(void **state)
{
    (void)state;
    uint64_t cell, slot = world_vcpu(HIGH, &cell);
    assert_int_equal(DO(thread_resume, slot), BH_OK);
    sleep_now(host.now + 100);
    assert_ptr_equal(machine_current(), world_warden());
    world_time(99);
    assert_ptr_equal(machine_current(), world_warden());
    world_time(1);
    assert_runs(slot);
    assert_null(cpu_this()->deadlines.first);
}

/* Its timer interrupts the core that has its registers; when they leave, the kernel wakes it, if it
 * sleeps. */
static void test_leaves_its_timer(void **state)
{
    (void)state;
    uint64_t cell, slot = sleeping(&cell);
    struct vcpu *vcpu = vcpu_of(world_thread_at(slot));
    vcpu->arch.timer = host.now + 100;
    assert_null(cpu_this()->deadlines.first);
    vcpu_left(vcpu);
    world_time(99);
    assert_ptr_equal(machine_current(), world_warden());
    world_time(1);
    assert_runs(slot);
    vcpu->arch.timer = host.now + 100;
    vcpu_left(vcpu); /* it does not wait for it */
    assert_null(cpu_this()->deadlines.first);
}

/* Nor does it wait while it is suspended, page or not; and what it waits for as a server stays. */
static void test_leaves_what_is_not_its_timer(void **state)
{
    (void)state;
    uint64_t cell, slot = world_vcpu(HIGH, &cell), until = host.now + 50;
    struct vcpu *vcpu = vcpu_of(world_thread_at(slot));
    vcpu->arch.timer = host.now + 100;
    vcpu->page.word = 1;
    vcpu_left(vcpu);
    assert_null(cpu_this()->deadlines.first);
    vcpu->page.word = 0;
    assert_int_equal(DO(thread_resume, slot), BH_OK);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, until);
    assert_int_equal(vcpu->thread.state, THREAD_WAITING);
    vcpu->page.word = 1;
    vcpu_left(vcpu);
    vcpu->page.word = 0;
    assert_int_equal(vcpu->thread.deadline.when, until);
}

/* Who owes a reply does not sleep. */
static void test_server_does_not_sleep(void **state)
{
    (void)state;
    uint64_t cell, slot = world_vcpu(HIGH, &cell);
    assert_int_equal(DO(cap_derive, world_endpoint(WARDEN_THREAD), cell, 1, BH_ALL, 0), BH_OK);
    assert_int_equal(DO(thread_resume, slot), BH_OK);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0); /* hvc #1: a guest may serve too */
    assert_ptr_equal(machine_current(), world_warden());
    uint64_t endpoint = world_endpoint(slot);
    (void)world_send(endpoint, 0, 0, 0);
    assert_runs(slot);
    sleep_now(0);
    assert_runs(slot);
}

static void test_suspend_asleep(void **state)
{
    (void)state;
    uint64_t cell, slot = sleeping(&cell);
    assert_int_equal(DO(thread_suspend, slot), BH_OK);
    assert_int_equal(world_thread_at(slot)->state, THREAD_SUSPENDED);
    (void)DO(thread_resume, slot);
    assert_runs(slot);
}

static void test_reset(void **state)
{
    (void)state;
    uint64_t cell, slot = world_vcpu(0, &cell);
    struct vcpu *vcpu = vcpu_of(world_thread_at(slot));
    vcpu->arch.el1[0] = 77;
    assert_int_equal(DO(vcpu_irq_state, slot, 4, 1, 0), BH_OK);
    uint64_t invalidations = host.icache_invalidations;
    assert_int_equal(DO(thread_set, slot, 0x40000000, 0, 5), BH_OK);
    assert_int_equal(host.icache_invalidations, invalidations + 1); /* its code may be new */
    assert_int_equal(vcpu->arch.el1[0], 0);
    assert_int_equal(vcpu->virqs[4].pending, 0);
    assert_int_equal(vcpu->thread.frame.psr, 0x3c5); /* EL1h, all masked */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_settings),          WORLD_TEST(test_state),
        WORLD_TEST(test_other_core),        WORLD_TEST(test_wakes),
        WORLD_TEST(test_wakes_at_its_time), WORLD_TEST(test_server_does_not_sleep),
        WORLD_TEST(test_suspend_asleep),    WORLD_TEST(test_reset),
        WORLD_TEST(test_leaves_its_timer),  WORLD_TEST(test_leaves_what_is_not_its_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
