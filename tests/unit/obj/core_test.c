/* SPDX-License-Identifier: Apache-2.0 */
/* Cores: known by number, power by capability. */
#include "kernel/obj/core.h"
#include "abi/plan_page.h"
#include "kernel/obj/irq.h"
#include "tests/unit/world.h"

static void test_known(void **state)
{
    (void)state;
    assert_ptr_equal(core_cpu(0), &host.cores[0].cpu);
    assert_ptr_equal(core_cpu(1), &host.cores[1].cpu);
    assert_null(core_cpu(2));
    assert_null(core_cpu(CPU_MAX));
    assert_null(core_cpu(UINT64_MAX));
}

static void test_power(void **state)
{
    (void)state;
    assert_int_equal(DO(core_power, WARDEN_CORE, 4), BH_BAD_ARG);
    assert_int_equal(DO(core_power, WARDEN_CORE, 2), BH_BAD_ARG);
    assert_int_equal(DO(core_power, WARDEN_CORE, 3), BH_OK); /* it is */
    assert_int_equal(host.power_calls, 0);
    assert_int_equal(DO(core_power, WARDEN_CORE, 1), BH_DOWN); /* this firmware refuses */
    assert_int_equal(host.power_calls, 1);
    assert_int_equal(host.power_reset, 1);
    uint64_t weak = world_derive(WARDEN_CORE, BH_CORE_SCHED, 0);
    assert_int_equal(DO(core_power, weak, 0), BH_NO_RIGHT);
    assert_int_equal(host.power_calls, 1);
}

/* The other core runs threads of its own; a thread of this one goes there with its budget. */
static void test_two_cores(void **state)
{
    (void)state;
    uint64_t core = world_second_core();
    uint64_t budget = world_make(BH_BUDGET, core, 10, 0), near = world_thread(50);
    assert_int_equal(DO(thread_resume, near), BH_OK);
    assert_int_equal(DO(thread_budget, near, budget), BH_OK);
    assert_ptr_equal(world_thread_at(near)->cpu, &host.cores[1].cpu);
    (void)host_use_core(1);
    assert_runs(near);
    assert_int_equal(DO(signal_send, world_slot()), BH_NO_CAP);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_null(machine_current());
    (void)host_use_core(0);
    assert_ptr_equal(machine_current(), world_warden());
}

/* The second core by capability: on, a home, off, and on again; what firmware says. */
static void test_second(void **state)
{
    (void)state;
    const uint64_t core = SLOT_CORES + 1;
    struct cpu *cpu = &host.cores[1].cpu;
    machine_info()->core_count = 2;
    machine_start(1);
    assert_int_equal(cpu->power, CPU_OFF);
    assert_int_equal(DO(core_power, core, 2), BH_BUSY);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_THREAD, SLOT_FREE, WARDEN_CELL, 0, 1),
                     BH_DOWN);
    host.refuses = true;
    assert_int_equal(DO(core_power, core, 3), BH_DOWN);
    host.refuses = false;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(DO(core_power, core, 3), CALL_core_power); /* is made again */
        assert_int_equal(machine_current()->frame.pc % 4, 0);
        assert_true(host.cores[1].on);
        assert_int_equal(DO(core_power, core, 2), BH_BUSY);
        assert_int_equal(DO(pool_create, WARDEN_POOL, BH_THREAD, SLOT_FREE, WARDEN_CELL, 0, 1),
                         BH_DOWN);
        machine_leave((host_use_core(1), cpu_enter(cpu)));
        assert_null(machine_current());
        (void)host_use_core(0);
        assert_int_equal(DO(core_power, core, 3), BH_OK);
        assert_int_equal(DO(core_power, core, 3), BH_OK);
        uint64_t thread = world_make(BH_THREAD, WARDEN_CELL, 0, 1);
        assert_int_equal(DO(core_power, core, 2), BH_BUSY);
        assert_int_equal(DO(object_destroy, thread), BH_OK);
        jmp_buf left;
        host.cores[1].leave = &left;
        if (setjmp(left) == 0) {
            (void)DO(core_power, core, 2);
            fail_msg("the core is still on");
        }
        assert_false(host.cores[1].on);
        assert_int_equal(cpu->power, CPU_OFF);
        (void)host_use_core(0);
    }
}

/* The plan of a core that was off goes on when it comes back. */
static void test_plan(void **state)
{
    (void)state;
    struct cpu *cpu = &host.cores[1].cpu;
    uint64_t core = world_second_core(), slot = world_make(BH_MEMORY, PAGE_SIZE, 0, 0);
    struct bh_plan *plan = memory_kernel(memory_of(world_object(slot)));
    *plan = (struct bh_plan){.count = 1, .windows = {{.length = 1000, .open = 1}}};
    assert_int_equal(DO(plan_start, core, slot, 1), BH_OK);
    assert_int_equal(host.cores[1].timer, cpu->plan.boundary);
    cpu->power = CPU_COMING; /* it was off */
    host.cores[1].timer = 0;
    host.now += 1000000;
    machine_leave((host_use_core(1), cpu_enter(cpu)));
    (void)host_use_core(0);
    assert_int_equal(cpu->plan.boundary, host.now);
    assert_int_equal(host.cores[1].timer, cpu->plan.boundary);
}

/* One that finds that it can do less than core 0: nobody waits for it, nor for its epochs. */
static void test_unfit(void **state)
{
    (void)state;
    const uint64_t core = SLOT_CORES + 1;
    struct cpu *cpu = &host.cores[1].cpu;
    machine_info()->core_count = 2;
    machine_start(1);
    assert_int_equal(DO(core_power, core, 3), CALL_core_power);
    cpu->power = CPU_UNFIT;
    assert_int_equal(DO(core_power, core, 3), BH_DOWN);
    assert_int_equal(DO(core_power, core, 3), BH_DOWN);
    assert_int_equal(DO(core_power, core, 2), BH_BUSY);
    uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, 10, 0), thread = world_thread(20);
    assert_int_equal(DO(object_destroy, thread), BH_OK);
    assert_int_equal(DO(object_destroy, budget), BH_OK);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_THREAD, SLOT_FREE, WARDEN_CELL, 0, 1),
                     BH_DOWN);
}

/* Firmware says that it has started one that does not come: that is told, until it comes. */
static void test_late(void **state)
{
    (void)state;
    const uint64_t core = SLOT_CORES + 1;
    struct cpu *cpu = &host.cores[1].cpu;
    machine_info()->core_count = 2;
    machine_start(1);
    host.now += UINT64_C(1) << 40;
    assert_int_equal(DO(core_power, core, 3), CALL_core_power);
    host.now += UINT64_C(1) << 28;
    assert_int_equal(DO(core_power, core, 3), CALL_core_power);
    host.now++;
    assert_int_equal(DO(core_power, core, 3), BH_DOWN);
    machine_leave((host_use_core(1), cpu_enter(cpu)));
    (void)host_use_core(0);
    assert_int_equal(DO(core_power, core, 3), BH_OK);
}

/* An interrupt goes to where whoever it wakes is at home, and to core 0 when that core goes. */
static void test_route(void **state)
{
    (void)state;
    uint64_t thread = world_make(BH_THREAD, WARDEN_CELL, 0, 1),
             signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, signal), BH_OK);
    assert_int_equal(host.irqs[MACHINE_INTID].core, 0);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, signal), BH_OK);
    assert_int_equal(host.irqs[MACHINE_INTID].core, 1);
    assert_true(irq_leave(&host.cores[1].cpu));
    assert_int_equal(host.irqs[MACHINE_INTID].core, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_known), WORLD_TEST(test_power),  WORLD_TEST(test_two_cores),
        WORLD_TEST(test_late),  WORLD_TEST(test_second), WORLD_TEST(test_plan),
        WORLD_TEST(test_unfit), WORLD_TEST(test_route),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
