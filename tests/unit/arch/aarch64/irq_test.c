/* SPDX-License-Identifier: Apache-2.0 */
/* irq.c as it is: where each physical interrupt goes, which are ended by the kernel and which by
 * the guest, and what a wake-up without one does to the vCPU in the core. */
#include "exception.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/arch/arch.h"
#include "kernel/dev/gic.h"
#include "kernel/obj/irq.h"
#include "tests/unit/arch/aarch64/core.h"
#include "timer.h"
#include "vgic.h"

enum { KERNEL = 26, MAINTENANCE = 25, VIRTUAL = 27, PHYSICAL = 30, PPI = 22, SPI = 40 };
#define SENDER   (3u << 10) /* of an SGI on a GICv2: goes back with its end */
#define SPURIOUS 1023u

/* What was called, in the order in which it may be: each bit once. */
enum done {
    DROPPED = 1,
    DEACTIVATED = 2,
    MAIL = 4,
    TICK = 8,
    MAINTAINED = 16,
    DEVICE = 32,
    GUEST_VIRTUAL = 64,
    GUEST_PHYSICAL = 128,
    WOKEN = 256,
    STOPPED = 512,
    LEFT = 1024
};

static struct cpu cpu;
static struct vcpu vcpu;
static struct thread native;
static struct irq device, private, *shared[SPI - IRQ_SHARED + 1];
static unsigned done;
static bool again, decided;
static uint32_t pending, fired, ended;

struct timer_intids timer_intids;
uint64_t gicc;
struct irq **irq_shared = shared;
uint32_t irq_shared_count = SPI - IRQ_SHARED + 1;

/* ---- what irq.c calls ---- */

static void note(enum done what)
{
    assert_false(done & what);
    done |= what;
}

uint32_t gicv2_take(void)
{
    if (pending < GIC_SPECIAL || (pending & GIC_INTID) < GIC_SPECIAL) {
        note(DROPPED);
    }
    return pending;
}

void arch_irq_deactivate(uint32_t iar)
{
    ended = iar;
    note(DEACTIVATED);
}

struct resume sched_resume(struct cpu *core)
{
    decided = true;
    return (struct resume){core->current, core->current->frame.x};
}

void mail_irq(struct cpu *core)
{
    assert_ptr_equal(core, &cpu);
    note(MAIL);
}

bool time_tick(struct cpu *core)
{
    assert_ptr_equal(core, &cpu);
    note(TICK);
    return again;
}

struct resume irq_fire(struct cpu *core, struct irq *irq, uint32_t intid)
{
    assert_ptr_equal(core, &cpu);
    assert_ptr_equal(irq, intid == SPI ? &device : intid == PPI ? &private : NULL);
    fired = intid;
    note(DEVICE);
    return sched_resume(core);
}

void vgic_maintenance(struct vcpu *guest)
{
    assert_ptr_equal(guest, &vcpu);
    note(MAINTAINED);
}

void vgic_timer(struct vcpu *guest, enum guest_timer timer)
{
    assert_ptr_equal(guest, &vcpu);
    note(timer == TIMER_VIRTUAL ? GUEST_VIRTUAL : GUEST_PHYSICAL);
}

void vcpu_wake(struct vcpu *guest)
{
    assert_ptr_equal(guest, &vcpu);
    note(WOKEN);
}

void timer_stop(void)
{
    note(STOPPED);
}

void arch_thread_leave(struct thread *thread)
{
    assert_ptr_equal(thread, &vcpu.thread);
    cpu.el1_owner = NULL;
    note(LEFT);
}

/* ---- tests ---- */

/* The core holds the registers of owner, if any, and current runs. */
static void begin(struct thread *current, struct vcpu *owner)
{
    vcpu.thread.is_vcpu = 1;
    cpu.current = current;
    cpu.el1_owner = owner;
    cpu.world = current == &vcpu.thread ? WORLD_GUEST : 0;
    current->frame.psr = 0;
    shared[SPI - IRQ_SHARED] = &device;
    cpu.ppi[PPI] = &private;
    timer_intids = (struct timer_intids){KERNEL, MAINTENANCE, {VIRTUAL, PHYSICAL}};
}

static uint64_t no_owner(void)
{
    return 0;
}

/* Taking this interrupt does that and nothing else, and the current thread goes on. On a GICv3 what
 * is dropped is seen in its register. */
static void expect(uint32_t iar, unsigned what)
{
    struct thread *current = cpu.current;
    pending = iar;
    done = 0;
    fired = ended = 0;
    decided = false;
    core_owner_vttbr = no_owner;
    core_set("icc_iar1_el1", iar);
    core_set("icc_eoir1_el1", SPURIOUS);
    assert_ptr_equal(exception_irq(&cpu).thread, current);
    if (gicc == 0 && core_get("icc_eoir1_el1") != SPURIOUS) {
        assert_int_equal(core_get("icc_eoir1_el1"), iar);
        note(DROPPED);
    }
    assert_int_equal(done, what);
}

static void test_kernels_own(void **state)
{
    (void)state;
    begin(&native, NULL);
    expect(GIC_SGI_KICK | SENDER, DROPPED | MAIL | DEACTIVATED);
    assert_int_equal(ended, GIC_SGI_KICK | SENDER);
    assert_true(decided);
    expect(KERNEL, DROPPED | TICK | DEACTIVATED);
    assert_true(decided);
    expect(MAINTENANCE, DROPPED | DEACTIVATED); /* its vCPU has left meanwhile */
    begin(&vcpu.thread, &vcpu);
    expect(MAINTENANCE, DROPPED | MAINTAINED | DEACTIVATED);
    assert_false(decided); /* nothing that it would depend on has changed */
    again = true;
    expect(KERNEL, DROPPED | TICK | DEACTIVATED);
    assert_false(decided);
    again = false;
}

/* Ended by whoever has the irq object. */
static void test_devices(void **state)
{
    (void)state;
    begin(&native, NULL);
    expect(SPI, DROPPED | DEVICE);
    assert_int_equal(fired, SPI);
    expect(PPI, DROPPED | DEVICE);
    assert_int_equal(fired, PPI);
    expect(SPI + 1, DROPPED | DEVICE); /* beyond those that the board names */
    expect(GIC_SPECIAL - 1, DROPPED | DEVICE);
}

/* Active until the guest ends it. Without a physical timer of guests no interrupt is one's. */
static void test_guests_timers(void **state)
{
    (void)state;
    begin(&vcpu.thread, &vcpu);
    expect(VIRTUAL, DROPPED | GUEST_VIRTUAL);
    expect(PHYSICAL, DROPPED | GUEST_PHYSICAL);
    begin(&native, &vcpu);
    expect(VIRTUAL, DROPPED | GUEST_VIRTUAL | WOKEN);
    begin(&native, NULL);
    expect(VIRTUAL, DROPPED | STOPPED | DEACTIVATED);
    assert_int_equal(ended, VIRTUAL);
    expect(PHYSICAL, DROPPED | STOPPED | DEACTIVATED);
    assert_int_equal(ended, PHYSICAL);
    timer_intids.guest[TIMER_PHYSICAL] = 0;
    expect(PHYSICAL, DROPPED | DEVICE);
    expect(GIC_SGI_KICK, DROPPED | MAIL | DEACTIVATED);
}

/* Nothing is due: a vCPU that does not run goes out, as its own interrupts wake an idle core in
 * QEMU; one that runs stays. */
static void test_spurious(void **state)
{
    (void)state;
    for (uint32_t iar = GIC_SPECIAL; iar <= SPURIOUS; iar++) {
        begin(&cpu.idle, NULL);
        expect(iar, 0);
        begin(&cpu.idle, &vcpu);
        expect(iar, LEFT);
        expect(iar, 0);
        begin(&native, &vcpu);
        expect(iar, LEFT);
        begin(&vcpu.thread, &vcpu);
        expect(iar, 0);
    }
}

static void test_own_numbers(void **state)
{
    (void)state;
    begin(&native, NULL);
    for (uint32_t intid = 0; intid < GIC_SPECIAL; intid++) {
        bool own = intid < GIC_PPI_FIRST || intid == KERNEL || intid == MAINTENANCE ||
                   intid == VIRTUAL || intid == PHYSICAL;
        assert_int_equal(arch_irq_own(intid), own);
    }
}

static int gicv2(void **state)
{
    (void)state;
    core_reset();
    gicc = 1;
    return 0;
}

static int gicv3(void **state)
{
    (void)state;
    core_reset();
    gicc = 0;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels_own),   cmocka_unit_test(test_devices),
        cmocka_unit_test(test_guests_timers), cmocka_unit_test(test_spurious),
        cmocka_unit_test(test_own_numbers),
    };
    return cmocka_run_group_tests_name("GICv2", tests, gicv2, NULL) +
           cmocka_run_group_tests_name("GICv3", tests, gicv3, NULL);
}
