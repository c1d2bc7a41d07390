/* SPDX-License-Identifier: Apache-2.0 */
/* Hardware interrupts: enabled while bound, delivered as a signal, silent until acknowledged. */
#include "tests/unit/world.h"

#define HIGH 150

static uint64_t driver(uint64_t irq)
{
    uint64_t thread = world_waiting(HIGH), signal = world_make(BH_SIGNAL, 0, 0, 0);
    uint64_t badged = world_derive(signal, BH_SIGNAL_SEND, 0x40);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    assert_int_equal(DO(irq_bind, irq, badged), BH_OK);
    return thread;
}

static void test_delivery(void **state)
{
    (void)state;
    assert_false(world_interrupt(MACHINE_INTID)); /* not enabled */
    uint64_t thread = driver(SLOT_IRQ);
    assert_int_equal(host.irqs[MACHINE_INTID].edge, 0);
    assert_true(world_interrupt(MACHINE_INTID));
    assert_runs(thread);
    assert_int_equal(machine_current()->frame.x[0], 0x40);
    assert_false(world_interrupt(MACHINE_INTID)); /* active until acknowledged */
    assert_int_equal(DO(irq_ack, SLOT_IRQ), BH_OK);
    assert_int_equal(DO(irq_ack, SLOT_IRQ), BH_OK); /* nothing happens */
    assert_true(world_interrupt(MACHINE_INTID));
}

static void test_edge_and_private(void **state)
{
    (void)state;
    (void)driver(SLOT_IRQ + 1);
    assert_int_equal(host.irqs[MACHINE_INTID + 1].edge, 1);
    uint64_t thread = driver(SLOT_IRQ + 3);
    assert_true(world_interrupt(28));
    assert_runs(thread);
}

static void test_unbind(void **state)
{
    (void)state;
    (void)driver(SLOT_IRQ);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, 0), BH_OK);
    assert_false(world_interrupt(MACHINE_INTID));
    assert_int_equal(host.irqs[MACHINE_INTID].enabled, 0);
}

/* Whoever loses the signal's capability loses the interrupt; active or not, it is off. */
static void test_revoke(void **state)
{
    (void)state;
    uint64_t thread = world_waiting(HIGH), signal = world_make(BH_SIGNAL, 0, 0, 0),
             lent = world_derive(signal, BH_ALL, 0);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, lent), BH_OK);
    assert_true(world_interrupt(MACHINE_INTID));
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_int_equal(DO(cap_revoke, signal), BH_OK);
    assert_int_equal(host.irqs[MACHINE_INTID].enabled | host.irqs[MACHINE_INTID].active, 0);
    assert_int_equal(DO(irq_ack, SLOT_IRQ), BH_OK);
}

/* A signal that leads nowhere keeps it silent, not the system busy. */
static void test_nowhere(void **state)
{
    (void)state;
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, signal), BH_OK);
    assert_true(world_interrupt(MACHINE_INTID));
    assert_false(world_interrupt(MACHINE_INTID));
    assert_int_equal(DO(irq_ack, SLOT_IRQ), BH_OK);
    assert_true(world_interrupt(MACHINE_INTID));
}

static void test_unknown(void **state)
{
    (void)state;
    arch_irq_enable(60, false); /* the board names no object for it */
    assert_true(world_interrupt(60));
    assert_int_equal(host.irqs[60].enabled, 0);
    struct pool *pool = world_warden()->cell->object.pool;
    assert_null(irq_make(pool, MACHINE_INTID, false)); /* it has one */
    assert_null(irq_make(pool, HOST_IRQS, false));
    assert_null(irq_make(pool, HOST_TIMER, false)); /* the kernel's own */
    assert_null(irq_make(pool, 15, false));         /* a software interrupt */
}

static void test_bind_arguments(void **state)
{
    (void)state;
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0),
             weak = world_derive(signal, BH_SIGNAL_BIND, 0);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, weak), BH_NO_RIGHT);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, WARDEN_CORE), BH_BAD_TYPE);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, MACHINE_SLOTS), BH_NO_CAP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_delivery),       WORLD_TEST(test_edge_and_private),
        WORLD_TEST(test_unbind),         WORLD_TEST(test_revoke),
        WORLD_TEST(test_nowhere),        WORLD_TEST(test_unknown),
        WORLD_TEST(test_bind_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
