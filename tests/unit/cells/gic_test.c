/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's distributor and redistributor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/types.h"
#include "cells/vmm/gic.h"
#include "tests/unit/cells/world.h"

#define IRQS     288
#define SGI_BASE 0x10000 /* of the redistributor's SGI frame */

static struct gic gic;

/* As the vmm does before each access. */
static void by(uint32_t cpu)
{
    port_cpu = gic.bank = cpu;
}

static void start_cpus(uint32_t version, uint32_t cpus)
{
    world_reset();
    memset(&gic, 0, sizeof(gic));
    gic.irqs[33].driven = 1 + PORT_LINE_UART;
    gic.version = version;
    gic.count = gic.fixed = IRQS;
    gic.cpus = cpus;
    gic_reset(&gic);
    gic_start(&gic);
}

static void start(uint32_t version)
{
    start_cpus(version, 1);
}

static int start_v2(void **state)
{
    (void)state;
    start(2);
    return 0;
}

static int start_v3(void **state)
{
    (void)state;
    start(3);
    return 0;
}

static void test_identification(void **state)
{
    (void)state;
    start(2);
    assert_int_equal(gicd_read(&gic, 4, 4) & 0x1f, IRQS / 32 - 1);
    assert_int_equal(gicd_read(&gic, 0xfd0, 4), 0x04);
    assert_int_equal(gicd_read(&gic, 0xfe0, 4), 0x90);
    assert_int_equal(gicd_read(&gic, 0xfe8, 4) >> 4 & 0xf, 2);
    assert_int_equal(gicd_read(&gic, 0xffc, 1), 0xb1);
    start(3);
    assert_int_equal(gicd_read(&gic, 4, 4) & 0x1f, IRQS / 32 - 1);
    assert_int_equal(gicd_read(&gic, 0xffe8, 4) >> 4 & 0xf, 3);
    assert_int_equal(gicr_read(&gic, 0xffe8, 4) >> 4 & 0xf, 3);
    assert_int_equal(gicr_read(&gic, 0xffe0, 4), 0x93);
    assert_int_equal(gicd_read(&gic, 0xffe0, 4), 0x92);
    assert_int_equal(gicd_read(&gic, 0xfe8, 4), 0);
    assert_int_equal(gicr_read(&gic, 8, 8), 0x10); /* the last, processor 0, affinity 0 */
    assert_int_equal(gicr_read(&gic, 8, 4), 0x10);
    assert_int_equal(gicr_read(&gic, 12, 4), 0);
    assert_int_equal(gicd_read(&gic, 0, 4), 0x50);
}

static void test_enable_v2(void **state)
{
    (void)state;
    gicd_write(&gic, 0x400 + 40, 1, 0x80);
    gicd_write(&gic, 0x104, 4, 1U << 8);                         /* interrupt 40 */
    assert_int_equal(world.settings[0][40] & BH_VIRQ_ENABLE, 0); /* the distributor is still off */
    gicd_write(&gic, 0, 4, 1);
    assert_int_equal(world.settings[0][40], BH_VIRQ_ENABLE | BH_VIRQ_LEVEL | 0x80);
    assert_int_equal(gicd_read(&gic, 0x104, 4), 1U << 8);
    assert_int_equal(gicd_read(&gic, 0x184, 4), 1U << 8);
    gicd_write(&gic, 0xc08, 4, 2U << 16); /* ICFGR2: 40 is edge-triggered */
    assert_int_equal(world.settings[0][40], BH_VIRQ_ENABLE | 0x80);
    gicd_write(&gic, 0x184, 4, 1U << 8);
    assert_int_equal(world.settings[0][40] & BH_VIRQ_ENABLE, 0);
    gicd_write(&gic, 0x104, 4, 1U << 8);
    gicd_write(&gic, 0, 4, 0);
    assert_int_equal(world.settings[0][40] & BH_VIRQ_ENABLE, 0);
}

static void test_enable_v3(void **state)
{
    (void)state;
    gicd_write(&gic, 0, 4, 0x12);
    gicd_write(&gic, 0x104, 4, 1U << 8);
    assert_int_equal(world.settings[0][40] & BH_VIRQ_ENABLE, 0); /* still in group 0 */
    gicd_write(&gic, 0x084, 4, 1U << 8);
    assert_int_equal(world.settings[0][40] & BH_VIRQ_ENABLE, BH_VIRQ_ENABLE);
    gicr_write(&gic, SGI_BASE + 0x80, 4, ~0U);
    gicr_write(&gic, SGI_BASE + 0x41b, 1, 0x80);
    gicr_write(&gic, SGI_BASE + 0x100, 4, 1U << 27);
    assert_int_equal(world.settings[0][27], BH_VIRQ_ENABLE | BH_VIRQ_LEVEL | 0x80);
    /* Private interrupts are not in the distributor, shared ones not in the redistributor. */
    assert_int_equal(gicd_read(&gic, 0x100, 4), 0);
    gicd_write(&gic, 0x180, 4, ~0U);
    assert_int_equal(gicr_read(&gic, SGI_BASE + 0x100, 4), 1U << 27);
    gicr_write(&gic, SGI_BASE + 0x104, 4, ~0U);
    assert_int_equal(gicd_read(&gic, 0x104, 4), 1U << 8);
}

/* Each group has its enable bit; the kernel hears of the one that is not usual. */
static void test_groups(void **state)
{
    uint32_t usual_enable = gic.version == 3 ? 2 : 1;
    uint32_t usual_group = gic.version == 3 ? 1U << 8 : 0;

    (void)state;
    gicd_write(&gic, 0x084, 4, usual_group);
    gicd_write(&gic, 0x104, 4, 3U << 8); /* 40 is in the usual group, 41 in the other one */
    gicd_write(&gic, 0x084, 4, usual_group == 0 ? 2U << 8 : 1U << 8);
    gicd_write(&gic, 0, 4, usual_enable);
    assert_int_equal(world.settings[0][40], BH_VIRQ_ENABLE | BH_VIRQ_LEVEL);
    assert_int_equal(world.settings[0][41] & BH_VIRQ_ENABLE, 0);
    gicd_write(&gic, 0, 4, 3);
    assert_int_equal(gicd_read(&gic, 0, 1) & 3, 3);
    assert_int_equal(world.settings[0][41], BH_VIRQ_ENABLE | BH_VIRQ_LEVEL | BH_VIRQ_ALTERNATE);
    gicd_write(&gic, 0, 4, 3U ^ usual_enable);
    assert_int_equal(world.settings[0][40] & BH_VIRQ_ENABLE, 0);
    gicd_write(&gic, 0x084, 4, gicd_read(&gic, 0x084, 4) ^ 3U << 8);
    assert_int_equal(world.settings[0][40], BH_VIRQ_ENABLE | BH_VIRQ_LEVEL | BH_VIRQ_ALTERNATE);
}

static void test_pending(void **state)
{
    (void)state;
    gicd_write(&gic, 0x204, 4, 1U << 8);
    assert_int_equal(world.state[0][40], 1);
    assert_int_equal(gicd_read(&gic, 0x204, 4), 1U << 8);
    assert_int_equal(gicd_read(&gic, 0x284, 4), 1U << 8);
    gicd_write(&gic, 0x284, 4, 1U << 8);
    assert_int_equal(world.state[0][40], 0);
    gicd_write(&gic, 0x304, 4, 1U << 8);
    assert_int_equal(gicd_read(&gic, 0x384, 4), 1U << 8);
    gicd_write(&gic, 0x384, 4, 1U << 8);
    assert_int_equal(world.state[0][40], 0);
}

static void test_sgi_v2(void **state)
{
    (void)state;
    gicd_write(&gic, 0xf00, 4, 2U << 24 | 5); /* to self */
    assert_int_equal(world.state[0][5], 0x101);
    gicd_write(&gic, 0xf00, 4, 1U << 24 | 6); /* to all but self: nobody */
    assert_int_equal(world.state[0][6], 0);
    gicd_write(&gic, 0xf00, 4, 1U << 16 | 7); /* list: processor 0 */
    assert_int_equal(world.state[0][7], 0x101);
    gicd_write(&gic, 0xf00, 4, 2U << 16 | 8); /* list: processor 1, which is not there */
    assert_int_equal(world.state[0][8], 0);
    gicd_write(&gic, 0x200, 4, 1U << 9); /* read-only for SGIs */
    assert_int_equal(world.state[0][9], 0);
    gicd_write(&gic, 0xf20, 4, 0x01000000);
    assert_int_equal(world.state[0][3], 0x101);
    assert_int_equal(gicd_read(&gic, 0xf10, 4), 0x01000000);
    gicd_write(&gic, 0xf13, 1, 1);
    assert_int_equal(world.state[0][3], 0);
    assert_int_equal(gicd_read(&gic, 0x100, 4), 0xffff); /* SGIs are always enabled */
    gicd_write(&gic, 0x180, 4, ~0U);
    assert_int_equal(gicd_read(&gic, 0x100, 4), 0xffff);
}

static void test_priority_bytes_and_words(void **state)
{
    (void)state;
    gicd_write(&gic, 0x420, 4, 0xa0b0c0d0);
    assert_int_equal(gicd_read(&gic, 0x421, 1), 0xc0);
    assert_int_equal(gicd_read(&gic, 0x422, 2), 0xa0b0);
    assert_int_equal(gicd_read(&gic, 0x420, 4), 0xa0b0c0d0);
    gicd_write(&gic, 0x423, 1, 0xff);
    assert_int_equal(gicd_read(&gic, 0x420, 4), 0xf8b0c0d0);
}

/* Setting up interrupts that stay disabled costs no kernel call. */
static void test_lazy(void **state)
{
    (void)state;
    world.settings_calls = 0;
    for (unsigned offset = 0x420; offset < 0x400 + IRQS; offset += 4) {
        gicd_write(&gic, offset, 4, 0xa0a0a0a0);
    }
    for (unsigned offset = 0xc08; offset < 0xc00 + IRQS / 4; offset += 4) {
        gicd_write(&gic, offset, 4, 0);
    }
    assert_int_equal(world.settings_calls, 0);
}

/* The trigger of an interrupt with a line is known to the kernel before the guest enables it. */
static void test_driven(void **state)
{
    (void)state;
    assert_int_equal(world.settings[0][33], BH_VIRQ_LEVEL);
    gicd_write(&gic, 0xc08, 4, 2U << 2);
    assert_int_equal(world.settings[0][33], 0);
}

static void test_router(void **state)
{
    (void)state;
    gicd_write(&gic, 0x6000 + 8 * 40, 8, 0xffffffffffffffff);
    assert_int_equal(gicd_read(&gic, 0x6000 + 8 * 40, 8), 0xff80ffffff);
    gicd_write(&gic, 0x6000 + 8 * 40, 4, 0);
    assert_int_equal(gicd_read(&gic, 0x6000 + 8 * 40, 8), 0xff00000000);
    assert_int_equal(gicd_read(&gic, 0x6000 + 8 * 40 + 4, 4), 0xff);
    gicd_write(&gic, 0x6000 + 8 * 5, 8, 1);
    assert_int_equal(gicd_read(&gic, 0x6000 + 8 * 5, 8), 0);
}

static void test_waker(void **state)
{
    (void)state;
    assert_int_equal(gicr_read(&gic, 0x14, 4), 6);
    gicr_write(&gic, 0x14, 4, 4);
    assert_int_equal(gicr_read(&gic, 0x14, 4), 0);
    gicr_write(&gic, 0x14, 4, 2);
    assert_int_equal(gicr_read(&gic, 0x14, 4), 6);
}

static void test_reset(void **state)
{
    (void)state;
    gicd_write(&gic, 0, 4, 0x12);
    gicd_write(&gic, 0x084, 4, 1U << 8);
    gicd_write(&gic, 0x104, 4, 1U << 8);
    assert_int_equal(world.settings[0][40] & BH_VIRQ_ENABLE, BH_VIRQ_ENABLE);
    world_reset(); /* as thread_set does with the kernel's part */
    gic_reset(&gic);
    assert_int_equal(world.settings_calls, 0);
    gic_start(&gic);
    assert_int_equal(world.settings_calls, 1);
    assert_int_equal(world.settings[0][33], BH_VIRQ_LEVEL); /* its line may go up at once */
    assert_int_equal(gicd_read(&gic, 0x104, 4), 0);
}

static int start_four_v2(void **state)
{
    (void)state;
    start_cpus(2, 4);
    return 0;
}

static int start_four_v3(void **state)
{
    (void)state;
    start_cpus(3, 4);
    return 0;
}

static void test_redistributors(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 4; i++) {
        uint64_t frame = i * GICR_SIZE;
        assert_int_equal(gicr_read(&gic, frame + 8, 8), i << 32 | i << 8 | (i == 3 ? 0x10 : 0));
        assert_int_equal(gicr_read(&gic, frame + 12, 4), i);
        gicr_write(&gic, frame + 0x14, 4, i % 2 == 0 ? 0 : 2);
        gicr_write(&gic, frame + SGI_BASE + 0x80, 4, ~0U);
        gicr_write(&gic, frame + SGI_BASE + 0x100, 4, 1U << i);
    }
    gicd_write(&gic, 0, 4, 0x12);
    for (uint32_t i = 0; i < 4; i++) {
        uint64_t frame = i * GICR_SIZE;
        assert_int_equal(gicr_read(&gic, frame + 0x14, 4), i % 2 == 0 ? 0 : 6);
        assert_int_equal(gicr_read(&gic, frame + SGI_BASE + 0x100, 4), 1U << i);
        for (uint32_t k = 0; k < 4; k++) {
            assert_int_equal(world.settings[i][k], i == k ? BH_VIRQ_ENABLE : 0);
        }
    }
    gicr_write(&gic, 2 * GICR_SIZE + SGI_BASE + 0x200, 4, 1U << 5);
    assert_int_equal(world.state[2][5], 1);
    assert_int_equal(world.state[0][5], 0);
}

/* Private registers of a GICv2 are those of the processor that accesses them. */
static void test_banked(void **state)
{
    (void)state;
    assert_int_equal(gicd_read(&gic, 4, 4) >> 5 & 7, 3);
    for (uint32_t i = 0; i < 4; i++) {
        by(i);
        assert_int_equal(gicd_read(&gic, 0x800, 4), 0x01010101U << port_cpu);
        assert_int_equal(gicd_read(&gic, 0x81f, 1), 1U << port_cpu);
        gicd_write(&gic, 0x41b, 1, 0x10 * port_cpu + 8);
        gicd_write(&gic, 0x100, 4, 1U << 27);
    }
    by(1);
    gicd_write(&gic, 0, 4, 1);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(world.settings[i][27], BH_VIRQ_ENABLE | BH_VIRQ_LEVEL | 0x10 * i | 8);
    }
    assert_int_equal(gicd_read(&gic, 0x41b, 1), 0x18);
}

static void test_sgi_senders(void **state)
{
    (void)state;
    by(2);
    gicd_write(&gic, 0xf00, 4, 1U << 24 | 6); /* all others */
    gicd_write(&gic, 0xf00, 4, 2U << 24 | 7); /* self */
    by(1);
    gicd_write(&gic, 0xf00, 4, 0xf9U << 16 | 6);            /* 0, 3 and some that are not there */
    gicd_write(&gic, 0xf00, 4, 3U << 24 | 0xffU << 16 | 6); /* reserved */
    assert_int_equal(world.state[0][6], 0x601);
    assert_int_equal(world.state[1][6], 0x401);
    assert_int_equal(world.state[2][6], 0);
    assert_int_equal(world.state[3][6], 0x601);
    assert_int_equal(world.state[2][7], 0x401);
    by(3);
    assert_int_equal(gicd_read(&gic, 0xf24, 4), 0x00060000);
    gicd_write(&gic, 0xf16, 1, 0x04);
    assert_int_equal(world.state[3][6], 0x201);
    gicd_write(&gic, 0xf26, 1, 0xf8);
    assert_int_equal(world.state[3][6], 0xa01);
    gicd_write(&gic, 0xf16, 1, 0xff);
    assert_int_equal(world.state[3][6], 0);
}

/* Settings and what is pending go along; what is active stays where its handler runs. */
static void check_moved(uint32_t irq, uint32_t from, uint32_t to)
{
    assert_int_equal(world.settings[from][irq] & BH_VIRQ_ENABLE, 0);
    assert_int_equal(world.settings[to][irq] & BH_VIRQ_ENABLE, BH_VIRQ_ENABLE);
    assert_int_equal(world.state[from][irq], 2);
    assert_int_equal(world.state[to][irq], 1);
}

static void test_targets(void **state)
{
    (void)state;
    assert_int_equal(gicd_read(&gic, 0x828, 4), 0x01010101);
    gicd_write(&gic, 0, 4, 1);
    gicd_write(&gic, 0x104, 4, 3U << 8);
    gicd_write(&gic, 0x204, 4, 1U << 8);
    gicd_write(&gic, 0x304, 4, 1U << 8);
    gicd_write(&gic, 0x828, 1, 0xfc); /* 2 and 3: the first of them */
    check_moved(40, 0, 2);
    assert_int_equal(gicd_read(&gic, 0x828, 1), 0x0c);
    gicd_write(&gic, 0x829, 1, 0);
    assert_int_equal(world.settings[0][41] & BH_VIRQ_ENABLE, 0);
    gicd_write(&gic, 0x829, 1, 1);
    assert_int_equal(world.settings[0][41] & BH_VIRQ_ENABLE, BH_VIRQ_ENABLE);
    gicd_write(&gic, 0x821, 1, 8); /* the line goes along */
    assert_int_equal(world.line_cpu[PORT_LINE_UART], 3);
}

static void test_routes(void **state)
{
    (void)state;
    gic.fixed = 64;
    gicd_write(&gic, 0, 4, 0x12);
    for (unsigned i = 1; i < 3; i++) {
        gicd_write(&gic, 0x80 + 4 * i, 4, ~0U);
    }
    gicd_write(&gic, 0x104, 4, 3U << 8);
    gicd_write(&gic, 0x108, 4, 3U);
    gicd_write(&gic, 0x204, 4, 1U << 8);
    gicd_write(&gic, 0x304, 4, 1U << 8);
    gicd_write(&gic, 0x6000 + 8 * 40, 8, 3);
    check_moved(40, 0, 3);
    gicd_write(&gic, 0x6000 + 8 * 41, 8, 4); /* nobody has this affinity */
    assert_int_equal(world.settings[0][41] & BH_VIRQ_ENABLE, 0);
    gicd_write(&gic, 0x6000 + 8 * 41 + 4, 4, 1);
    gicd_write(&gic, 0x6000 + 8 * 41, 4, 0);
    assert_int_equal(world.settings[0][41] & BH_VIRQ_ENABLE, 0);
    gicd_write(&gic, 0x6000 + 8 * 64, 8, 2); /* others raise it */
    assert_int_equal(gicd_read(&gic, 0x6000 + 8 * 64, 8), 0);
    assert_int_equal(world.settings[0][64] & BH_VIRQ_ENABLE, BH_VIRQ_ENABLE);
}

static unsigned left;  /* calls until the guest's processors take what they can */
static unsigned taken; /* interrupts, by anybody */

static void take(void)
{
    if (left-- != 0) {
        return;
    }
    for (uint32_t cpu = 0; cpu < 4; cpu++) {
        if ((world.settings[cpu][40] & BH_VIRQ_ENABLE) != 0 && (world.state[cpu][40] & 1) != 0) {
            world.state[cpu][40] ^= 3;
            taken++;
        }
    }
}

/* Whenever a processor takes it while it is moved: it is taken, or still pending, once. */
static void test_taken_while_moved(void **state)
{
    unsigned calls = 1;

    (void)state;
    for (unsigned i = 0; i < calls; i++) {
        start_cpus(gic.version, 4);
        gicd_write(&gic, 0, 4, 3);
        gicd_write(&gic, 0xc08, 4, 2U << 16);
        gicd_write(&gic, 0x104, 4, 1U << 8);
        gicd_write(&gic, 0x204, 4, 1U << 8);
        calls = world.settings_calls + world.state_calls;
        left = i;
        taken = 0;
        world.meanwhile = take;
        gic_route(&gic, 40, 2);
        world.meanwhile = NULL;
        calls = world.settings_calls + world.state_calls - calls;
        assert_int_equal(taken + (world.state[0][40] & 1) + (world.state[2][40] & 1), 1);
    }
    assert_true(calls >= 4);
}

static void check_trigger(void)
{
    if (world.line_cpu[PORT_LINE_UART] == PORT_CPUS_MAX) { /* goes low now: an edge would not */
        assert_int_equal(world.settings[0][33], BH_VIRQ_LEVEL);
        world.meanwhile = NULL;
    }
}

static void test_line_while_moved(void **state)
{
    (void)state;
    gicd_write(&gic, 0, 4, 3);
    gicd_write(&gic, 0x104, 4, 1U << 1);
    assert_int_equal(world.settings[0][33], BH_VIRQ_LEVEL | BH_VIRQ_ENABLE);
    world.meanwhile = check_trigger;
    gic_route(&gic, 33, 1);
    assert_null(world.meanwhile);
    assert_int_equal(world.settings[0][33], 0);
    assert_int_equal(world.settings[1][33], BH_VIRQ_LEVEL | BH_VIRQ_ENABLE);
}

/* A processor is switched off and on: its vCPU is reset, its GIC state is not. */
static void test_keep(void **state)
{
    (void)state;
    gicd_write(&gic, 0, 4, 1);
    gicd_write(&gic, 0x820, 4, 0x02020202); /* 32 to 35 */
    gicd_write(&gic, 0x104, 4, 7);
    gicd_write(&gic, 0x204, 4, 4);
    by(1);
    gicd_write(&gic, 0x100, 4, 1U << 27);
    gicd_write(&gic, 0xf00, 4, 2U << 24 | 9);
    gic_keep(&gic, 1);
    assert_int_equal(world.line_cpu[PORT_LINE_UART], PORT_CPUS_MAX);
    memset(world.settings[1], 0, sizeof(world.settings[1]));
    memset(world.state[1], 0, sizeof(world.state[1]));
    gic_restore(&gic, 1);
    assert_int_equal(world.line_cpu[PORT_LINE_UART], 1);
    assert_int_equal(world.settings[1][27], BH_VIRQ_ENABLE | BH_VIRQ_LEVEL);
    assert_int_equal(world.settings[1][32], BH_VIRQ_ENABLE | BH_VIRQ_LEVEL);
    assert_int_equal(world.settings[1][9], BH_VIRQ_ENABLE);
    assert_int_equal(world.state[1][34], 1);
    assert_int_equal(world.state[1][9], 0x201);
    assert_int_equal(world.state[0][9] | world.settings[0][32], 0);
}

/* Any access of any size: nothing outside the interrupts that exist (the world asserts). */
static void any_access(void)
{
    srand(1);
    for (unsigned i = 0; i < 300000; i++) {
        unsigned size = 1U << rand() % 4;
        uint64_t offset = (uint64_t)rand() % GICD_SIZE & ~(uint64_t)(size - 1);
        uint64_t value = (uint64_t)rand() << 32 ^ (uint64_t)rand();

        by((uint32_t)rand() % gic.cpus);
        gicd_write(&gic, offset, size, value);
        (void)gicd_read(&gic, offset, size);
        offset = (uint64_t)rand() % (GICR_SIZE * gic.cpus) & ~(uint64_t)(size - 1);
        gicr_write(&gic, offset, size, value);
        (void)gicr_read(&gic, offset, size);
    }
    for (unsigned i = 0; i < PORT_CPUS_MAX; i++) {
        for (unsigned irq = i < gic.cpus ? IRQS : 0; irq < 1020; irq++) {
            assert_int_equal(world.settings[i][irq] | world.state[i][irq], 0);
        }
    }
}

static void test_any_access(void **state)
{
    (void)state;
    start(2);
    any_access();
    start(3);
    any_access();
    start_cpus(2, 8);
    any_access();
    start_cpus(3, 3);
    any_access();
    memset(&gic, 0, sizeof(gic));
    gic.version = 3;
    gic.count = 1020;
    gic.cpus = 1;
    gic_reset(&gic);
    assert_int_equal(gicd_read(&gic, 4, 4) & 0x1f, 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identification),
        cmocka_unit_test_setup(test_enable_v2, start_v2),
        cmocka_unit_test_setup(test_enable_v3, start_v3),
        cmocka_unit_test_setup(test_groups, start_v2),
        cmocka_unit_test_setup(test_groups, start_v3),
        cmocka_unit_test_setup(test_pending, start_v2),
        cmocka_unit_test_setup(test_pending, start_v3),
        cmocka_unit_test_setup(test_sgi_v2, start_v2),
        cmocka_unit_test_setup(test_priority_bytes_and_words, start_v2),
        cmocka_unit_test_setup(test_lazy, start_v2),
        cmocka_unit_test_setup(test_driven, start_v2),
        cmocka_unit_test_setup(test_router, start_v3),
        cmocka_unit_test_setup(test_waker, start_v3),
        cmocka_unit_test_setup(test_reset, start_v3),
        cmocka_unit_test_setup(test_redistributors, start_four_v3),
        cmocka_unit_test_setup(test_banked, start_four_v2),
        cmocka_unit_test_setup(test_sgi_senders, start_four_v2),
        cmocka_unit_test_setup(test_targets, start_four_v2),
        cmocka_unit_test_setup(test_routes, start_four_v3),
        cmocka_unit_test_setup(test_taken_while_moved, start_four_v2),
        cmocka_unit_test_setup(test_taken_while_moved, start_four_v3),
        cmocka_unit_test_setup(test_line_while_moved, start_four_v2),
        cmocka_unit_test_setup(test_keep, start_four_v2),
        cmocka_unit_test(test_any_access),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
