/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of devices that the guest has itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells/vmm/passed.h"
#include "tests/unit/cells/page.h"
#include "tests/unit/cells/world.h"

#define TIMER_SLOT 5
#define UART_SLOT  7
#define TIMER      44
#define UART       33
#define TIMER_BIT  0x2U
#define UART_BIT   0x4U
#define PENDING    1U
#define ACTIVE     2U

static struct page page;
static struct gic gic;
static struct passed passed;

static int start(void **state)
{
    (void)state;
    world_reset();
    world.frequency = 1000000;
    page_reset(&page, "vmm");
    page_cap(&page, "client", 0, BH_ENDPOINT, 1);
    page_cap(&page, "timer-irq", TIMER_SLOT, BH_IRQ, TIMER_BIT);
    page_cap(&page, "uart-line", 6, BH_LINE, 0);
    page_cap(&page, "uart-irq", UART_SLOT, BH_IRQ, UART_BIT);
    page_value(&page, "uart-irq", UART);
    page_value(&page, "timer-irq", TIMER);
    gic = (struct gic){.version = 3, .count = 288, .cpus = 2};
    passed_open(&passed, &page.info, &gic);
    return 0;
}

static void wait(uint64_t ticks)
{
    world.now += ticks;
    passed_wake(&passed, &gic);
}

static void test_open(void **state)
{
    (void)state;
    assert_int_equal(passed.count, 2);
    assert_int_equal(world.acks[TIMER_SLOT], 1); /* left by a predecessor */
    assert_int_equal(world.acks[UART_SLOT], 1);
    assert_int_equal(port_wake_at, 0);
    wait(1000000);
    assert_int_equal(world.state_calls, 0);
}

static void test_until_it_is_ended(void **state)
{
    (void)state;
    passed_fire(&passed, &gic, UART_BIT | 0x80);
    assert_int_equal(world.state[0][UART], PENDING);
    assert_int_equal(world.state[0][TIMER], 0);
    assert_int_equal(port_wake_at, world.now + 10);
    wait(9); /* somebody else's deadline */
    assert_int_equal(world.state_calls, 1);
    wait(1);
    assert_int_equal(world.acks[UART_SLOT], 1);
    assert_int_equal(port_wake_at, world.now + 20);
    world.state[0][UART] = ACTIVE;
    wait(20);
    assert_int_equal(world.acks[UART_SLOT], 1);
    assert_int_equal(port_wake_at, world.now + 40);
    world.state[0][UART] = 0;
    wait(40);
    assert_int_equal(world.acks[UART_SLOT], 2);
    assert_int_equal(world.acks[TIMER_SLOT], 1);
    assert_int_equal(port_wake_at, 0);
}

static void test_looks_become_rare(void **state)
{
    (void)state;
    passed_fire(&passed, &gic, UART_BIT);
    for (unsigned i = 0; i < 20; i++) {
        wait(port_wake_at - world.now);
    }
    assert_int_equal(port_wake_at, world.now + 10000);
    passed_fire(&passed, &gic, TIMER_BIT); /* a new one is looked for soon */
    assert_int_equal(port_wake_at, world.now + 10);
    world.state[0][TIMER] = 0;
    wait(10);
    assert_int_equal(world.acks[TIMER_SLOT], 2);
    assert_int_equal(port_wake_at, world.now + 20); /* the first one is still under way */
    world.state[0][UART] = 0;
    wait(20);
    assert_int_equal(world.acks[UART_SLOT], 2);
    assert_int_equal(port_wake_at, 0);
}

/* It goes to the processor that it is routed to; wherever its handler runs, it is not over. */
static void test_processors(void **state)
{
    (void)state;
    gic.irqs[UART].cpu = 1;
    passed_fire(&passed, &gic, UART_BIT);
    assert_int_equal(world.state[1][UART], PENDING);
    assert_int_equal(world.state[0][UART], 0);
    world.state[1][UART] = ACTIVE;
    gic.irqs[UART].cpu = 0;
    wait(10);
    assert_int_equal(world.acks[UART_SLOT], 1);
    world.state[1][UART] = 0;
    wait(20);
    assert_int_equal(world.acks[UART_SLOT], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_open, start),
        cmocka_unit_test_setup(test_until_it_is_ended, start),
        cmocka_unit_test_setup(test_looks_become_rare, start),
        cmocka_unit_test_setup(test_processors, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
