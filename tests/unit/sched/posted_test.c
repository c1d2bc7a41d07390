/* SPDX-License-Identifier: Apache-2.0 */
/* The priority that a guest posts in its vCPU's page: when the kernel looks, and what it moves. */
#include "abi/vcpu_page.h"
#include "kernel/obj/vcpu_ops.h"
#include "tests/unit/world.h"

#define CEILING 150
#define MIDDLE  120
#define VIRQ    20

static uint64_t vcpu, page;

static struct bh_vcpu_page *words(void)
{
    return memory_kernel(memory_of(world_object(page)));
}

static void post(uint32_t posted, uint32_t interrupt)
{
    words()->posted = posted;
    words()->interrupt = interrupt;
}

/* Any kernel entry at which nothing else happens. */
static void entry(void)
{
    machine_leave(sched_resume(cpu_this()));
}

static void sleep_now(uint64_t until)
{
    vcpu_idle(vcpu_of(machine_current()), until);
    entry();
}

/* A vCPU with a page that runs; its interrupt is enabled. */
static void guest(void)
{
    uint64_t cell;
    vcpu = world_vcpu(CEILING, &cell);
    page = world_make(BH_MEMORY, 4096, 0, 0);
    assert_int_equal(DO(vcpu_irq, vcpu, VIRQ, BH_VIRQ_ENABLE), BH_OK);
    assert_int_equal(DO(vcpu_page, vcpu, page), BH_OK);
    assert_int_equal(words()->posted, BH_POSTED_CEILING);
    assert_int_equal(DO(thread_resume, vcpu), BH_OK);
    assert_runs(vcpu);
}

/* A thread that an interrupt wakes; the vCPU runs again. */
static uint64_t waiter(unsigned priority)
{
    uint64_t thread = world_running(200), budget, signal;
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    budget = world_make(BH_BUDGET, WARDEN_CORE, priority, 0);
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, signal), BH_OK);
    return thread;
}

static unsigned priority_of(uint64_t thread)
{
    return world_thread_at(thread)->budget->priority;
}

static void test_errors(void **state)
{
    (void)state;
    uint64_t cell, slot = world_vcpu(0, &cell), thread = world_thread(0);
    uint64_t pool = world_make(BH_MEMORY, 4096, 0, 0);
    uint64_t weak = world_derive(pool, BH_MEMORY_READ, 0);
    uint64_t blind = world_derive(slot, BH_VCPU_CONTROL, 0);
    assert_int_equal(DO(vcpu_page, thread, pool), BH_BAD_TYPE);
    assert_int_equal(DO(vcpu_page, blind, pool), BH_NO_RIGHT);
    assert_int_equal(DO(vcpu_page, slot, weak), BH_NO_RIGHT);
    assert_int_equal(DO(vcpu_page, slot, WARDEN_CORE), BH_BAD_TYPE);
    assert_int_equal(DO(vcpu_page, slot, SLOT_RAM), BH_BAD_ARG);
    uint64_t far = world_make(BH_VCPU, cell, 32, 1);
    assert_int_equal(DO(vcpu_page, far, pool), BH_OK);
    assert_int_equal(DO(vcpu_page, slot, 0), BH_OK);
    assert_int_equal(DO(vcpu_page, slot, pool), BH_OK);
    assert_int_equal(DO(cap_revoke, pool), BH_OK);
    assert_int_equal(vcpu_of(world_thread_at(slot))->page.word, 0);
    assert_int_equal(DO(vcpu_page, slot, pool), BH_OK);
    assert_int_equal(DO(object_destroy, slot), BH_OK);
    assert_false(cap_has_children(machine_slot(world_warden(), pool)));
}

/* It posts more than it may: its ceiling. */
static void test_ceiling(void **state)
{
    (void)state;
    uint64_t equal = waiter(CEILING), above = world_thread(CEILING + 1);
    guest();
    post(UINT32_MAX, UINT32_MAX);
    assert_true(world_interrupt(MACHINE_INTID));
    assert_runs(vcpu);
    assert_int_equal(priority_of(vcpu), CEILING);
    assert_int_equal(words()->waiting, CEILING);
    (void)DO(yield, 0); /* as equals do */
    assert_runs(equal);
    thread_resume(world_thread_at(above));
    entry();
    assert_runs(above);
}

/* It posts less: it is over at the next kernel entry, and where it was when it is first again. */
static void test_lower(void **state)
{
    (void)state;
    uint64_t middle = waiter(MIDDLE);
    guest();
    assert_true(world_interrupt(MACHINE_INTID));
    assert_runs(vcpu);
    assert_int_equal(words()->waiting, MIDDLE);
    post(MIDDLE, 0); /* not less than who waits: it goes on */
    entry();
    assert_runs(vcpu);
    assert_int_equal(priority_of(vcpu), MIDDLE);
    (void)DO(yield, 0);
    assert_runs(middle);
    (void)DO(yield, 0);
    assert_runs(vcpu);
    post(MIDDLE - 1, 0);
    (void)DO(yield, 0);
    assert_runs(middle);
    assert_int_equal(DO(irq_ack, SLOT_IRQ), BH_OK);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_runs(vcpu);
    assert_int_equal(words()->waiting, MACHINE_PRIORITY);
    assert_true(world_interrupt(MACHINE_INTID));
    assert_runs(middle);
}

/* What it posts now counts when somebody wakes, not what it posted before. */
static void test_higher(void **state)
{
    (void)state;
    (void)waiter(MIDDLE);
    guest();
    post(MIDDLE - 10, 0);
    entry();
    assert_int_equal(priority_of(vcpu), MIDDLE - 10);
    post(MIDDLE + 10, 0);
    assert_true(world_interrupt(MACHINE_INTID));
    assert_runs(vcpu);
    assert_int_equal(words()->waiting, MIDDLE);
}

/* Its exit to a vmm runs at what it posted: a middle thread does not wait for it. */
static void test_exit(void **state)
{
    (void)state;
    uint64_t middle = waiter(MIDDLE), vmm = world_waiting(0), endpoint = world_endpoint(vmm);
    guest();
    thread_suspend(world_thread_at(vcpu));
    entry();
    assert_int_equal(DO(thread_handler, vcpu, endpoint), BH_OK);
    assert_int_equal(DO(thread_resume, vcpu), BH_OK);
    post(MIDDLE - 1, 0);
    world_exit(0, 31);
    assert_runs(vmm);
    assert_true(world_interrupt(MACHINE_INTID));
    assert_runs(middle);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_runs(vmm);
    (void)world_wait(BH_RESUME, 0, 0, 0, 0);
    assert_runs(vcpu);
}

/* An interrupt raises a vCPU that waits or sleeps, until the guest has taken it. */
static void test_interrupt(void **state)
{
    (void)state;
    uint64_t middle = waiter(MIDDLE);
    guest();
    post(MIDDLE - 1, MIDDLE + 1);
    assert_true(world_interrupt(MACHINE_INTID));
    assert_runs(middle);
    uint64_t pending[2] = {1, 0}, now;
    assert_int_equal(vcpu_irq_state(vcpu_of(world_thread_at(vcpu)), VIRQ, pending, &now), BH_OK);
    entry();
    assert_runs(vcpu);
    assert_int_equal(priority_of(vcpu), MIDDLE + 1);
    entry();
    assert_runs(vcpu);
    assert_int_equal(host_guest_acknowledge(vcpu_of(machine_current())), VIRQ);
    entry();
    assert_runs(middle);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_runs(vcpu);
    assert_true(host_guest_end(vcpu_of(machine_current()), VIRQ));
    sleep_now(0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(DO(vcpu_irq_state, vcpu, VIRQ, 1, 0), BH_OK);
    assert_runs(vcpu);
    assert_int_equal(priority_of(vcpu), MIDDLE + 1);
}

/* Its own timer raises it as well, though somebody else runs, even in its core's registers. */
static void test_timer(void **state)
{
    (void)state;
    uint64_t cell, other = world_vcpu(MIDDLE, &cell);
    guest();
    vcpu_of(machine_current())->arch.timer = host.now + 100;
    thread_resume(world_thread_at(other));
    post(MIDDLE - 1, MIDDLE + 1);
    (void)DO(yield, 0);
    assert_runs(other);
    world_time(99);
    assert_runs(other);
    world_time(1);
    assert_runs(vcpu);
    assert_int_equal(priority_of(vcpu), MIDDLE + 1);
    vcpu_of(machine_current())->arch.timer = 0;
    entry(); /* nothing is pending on this machine: it is what it posts again */
    assert_runs(other);
}

/* Without the page it has its budget's priority as soon as it has run; a reset posts nothing. */
static void test_loss(void **state)
{
    (void)state;
    guest();
    post(MACHINE_PRIORITY - 1, 0);
    (void)DO(yield, 0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(DO(vcpu_page, vcpu, 0), BH_OK);
    assert_runs(vcpu);
    assert_int_equal(priority_of(vcpu), CEILING);
    sleep_now(0);
    assert_int_equal(DO(vcpu_page, vcpu, page), BH_OK);
    post(1, 1);
    assert_int_equal(DO(vcpu_irq_state, vcpu, VIRQ, 1, 0), BH_OK);
    assert_int_equal(priority_of(vcpu), 1);
    assert_int_equal(DO(object_destroy, page), BH_OK);
    assert_int_equal(DO(thread_suspend, vcpu), BH_OK);
    page = world_make(BH_MEMORY, 4096, 0, 0);
    assert_int_equal(DO(vcpu_page, vcpu, page), BH_OK);
    post(1, 1);
    assert_int_equal(DO(thread_set, vcpu, 0x1000, 0, 0), BH_OK);
    assert_int_equal(words()->posted, BH_POSTED_CEILING);
    assert_int_equal(words()->interrupt, BH_POSTED_CEILING);
    assert_int_equal(DO(thread_resume, vcpu), BH_OK);
    assert_runs(vcpu);
}

/* What is left of a slice stays, whatever is posted. */
static void test_slice(void **state)
{
    (void)state;
    uint64_t equal = waiter(MIDDLE), slice = BH_BUDGET_ORDER(CEILING, 100);
    uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, slice, 0);
    guest();
    thread_suspend(world_thread_at(vcpu));
    entry();
    assert_int_equal(DO(thread_budget, vcpu, 0), BH_OK);
    assert_int_equal(DO(thread_budget, vcpu, budget), BH_OK);
    assert_int_equal(DO(thread_resume, vcpu), BH_OK);
    post(MIDDLE, 0);
    assert_true(world_interrupt(MACHINE_INTID));
    assert_runs(vcpu);
    world_time(60);
    post(MIDDLE + 1, 0);
    entry();
    post(MIDDLE, 0);
    entry();
    world_time(39);
    assert_runs(vcpu);
    world_time(1);
    assert_runs(equal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_errors), WORLD_TEST(test_ceiling), WORLD_TEST(test_lower),
        WORLD_TEST(test_higher), WORLD_TEST(test_exit),    WORLD_TEST(test_interrupt),
        WORLD_TEST(test_timer),  WORLD_TEST(test_loss),    WORLD_TEST(test_slice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
