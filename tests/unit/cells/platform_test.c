/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's memory map and its bus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/vcpu_page.h"
#include "cells/vmm/platform.h"
#include "tests/unit/cells/world.h"

#define TRANSPORTS UINT64_C(0x0a000000)
#define NOTHING    UINT64_C(0xdead)

static struct vmm vmm;

static void start(uint32_t version)
{
    world_reset();
    memset(&vmm, 0, sizeof(vmm));
    vmm.gic.version = version;
    vmm.gic.count = vmm.gic.fixed = 288;
    vmm.gic.cpus = 1;
    serial_open(&vmm.uart.serial);
    platform_reset(&vmm);
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

static uint64_t get(uint64_t address, unsigned size)
{
    uint64_t value = NOTHING;

    return platform_read(&vmm, address, size, &value) ? value : NOTHING;
}

/* A frame for each processor, and nothing behind them. */
static void test_redistributors(void **state)
{
    (void)state;
    vmm.gic.cpus = 3;
    platform_reset(&vmm);
    assert_int_equal(get(GICR_BASE + 2 * GICR_SIZE + 8, 8), UINT64_C(2) << 32 | 2 << 8 | 0x10);
    assert_int_equal(get(GICR_BASE + 3 * GICR_SIZE, 4), NOTHING);
}

static void test_map(void **state)
{
    static const uint64_t holes[] = {0x08020000, 0x08080000,  0x080c0000, 0x09000000 + UART_SIZE,
                                     0x09020000, 0x09030000,  0x0a004000, 0x10000000,
                                     0x3fffffff, 0x7fffffffff};

    (void)state;
    assert_int_equal(get(UART_BASE + PL011_FR, 4), 0x90);
    assert_int_equal(get(RTC_BASE + 0xfe0, 4), 0x31);
    assert_int_equal(get(GICD_BASE + 0xffe8, 4), 0x3b);
    assert_int_equal(get(GICR_BASE + 0xffe8, 4), 0x3b);
    for (unsigned i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
        assert_int_equal(get(holes[i], 1), NOTHING);
        assert_false(platform_write(&vmm, holes[i], 1, 0));
    }
    start(2);
    assert_int_equal(get(GICD_BASE + 0xfe8, 4), 0x2b);
    assert_int_equal(get(GICD_BASE + 0x1000, 4), NOTHING);
    assert_int_equal(get(GICR_BASE, 4), NOTHING);
}

static void test_flash_is_erased(void **state)
{
    (void)state;
    assert_int_equal(get(0, 4), 0xffffffff);
    assert_int_equal(get(0x3fffff8, 8), UINT64_MAX);
    assert_true(platform_write(&vmm, 0xaa, 1, 0x98)); /* CFI query: there is no answer */
    assert_int_equal(get(0x20, 1), 0xff);
    assert_int_equal(get(0x7ffffff, 1), 0xff);
    assert_int_equal(get(0x7fffffe, 4), NOTHING);
}

static void test_transports_are_empty(void **state)
{
    (void)state;
    for (uint64_t at = TRANSPORTS; at < TRANSPORTS + 0x4000; at += 0x200) {
        assert_int_equal(get(at, 4), 0x74726976);
        assert_int_equal(get(at + 4, 4), 1);
        assert_int_equal(get(at + 8, 4), 0);
        assert_int_equal(get(at + 12, 4), 0x554d4551);
        assert_int_equal(get(at + 0x70, 4), 0);
        assert_int_equal(get(at + 0x1fc, 4), 0);
        assert_int_equal(get(at, 1), 0x76);
        assert_int_equal(get(at, 8), UINT64_C(0x174726976));
        assert_true(platform_write(&vmm, at + 0x70, 4, 1));
    }
}

static void test_widths(void **state)
{
    (void)state;
    /* 64 bits of a 32-bit device are two registers; narrow ones the register's low bits. */
    assert_int_equal(get(UART_BASE + PL011_CR, 8), UINT64_C(0x1200000300));
    assert_int_equal(get(UART_BASE + PL011_CR, 1), 0);
    assert_int_equal(get(UART_BASE + PL011_CR, 2), 0x300);
    assert_true(platform_write(&vmm, UART_BASE + PL011_CR, 8, UINT64_C(0x700000301)));
    assert_int_equal(get(UART_BASE + PL011_CR, 4), 0x301);
    assert_int_equal(get(UART_BASE + PL011_IFLS, 4), 7);
    /* The distributor has byte registers, and misaligned words are made of them. */
    assert_true(platform_write(&vmm, GICD_BASE + 0x420, 4, 0x40302010));
    assert_true(platform_write(&vmm, GICD_BASE + 0x424, 4, 0x80706050));
    assert_int_equal(get(GICD_BASE + 0x421, 4), 0x50403020);
    assert_int_equal(get(GICD_BASE + 0x421, 2), 0x3020);
    assert_true(platform_write(&vmm, GICD_BASE + 0x423, 2, 0x9890));
    assert_int_equal(get(GICD_BASE + 0x420, 8), UINT64_C(0x8070609890302010));
}

/* Any access: no crash. */
static void test_any_access(void **state)
{
    static const uint64_t bases[] = {UART_BASE, RTC_BASE, GICD_BASE, GICR_BASE, TRANSPORTS, 0};

    (void)state;
    srand(3);
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t address = bases[(unsigned)rand() % 6] + (uint64_t)rand() % 0x20000;
        unsigned size = 1U << rand() % 4;
        uint64_t value = (uint64_t)rand() << 32 | (uint64_t)rand();
        (void)platform_write(&vmm, address, size, value);
        (void)platform_read(&vmm, address, size, &value);
        world.console_length = 0;
    }
}

/* Each processor's words of its page, if the guest has such; nothing is there else. */
static void test_words(void **state)
{
    struct bh_vcpu_page pages[2] = {{1, 2, 3}, {4, 5, 6}};

    (void)state;
    assert_int_equal(get(BH_VCPU_REGISTERS, 4), NOTHING);
    assert_false(platform_write(&vmm, BH_VCPU_REGISTERS, 4, 7));
    for (port_cpu = 2; port_cpu-- > 0;) {
        world.pages[port_cpu] = &pages[port_cpu];
    }
    port_cpu = 0;
    platform_reset(&vmm);
    for (port_cpu = 0; port_cpu < 2; port_cpu++) {
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(get(BH_VCPU_REGISTERS + 4 * i, 4), 3 * port_cpu + i + 1);
        }
        for (uint32_t i = 0; i < 0x1000 / 4; i++) {
            assert_true(platform_write(&vmm, BH_VCPU_REGISTERS + 4 * i, 4, 10 * port_cpu + i));
        }
        assert_int_equal(pages[port_cpu].posted, 10 * port_cpu);
        assert_int_equal(pages[port_cpu].interrupt, 10 * port_cpu + 1);
        assert_int_equal(pages[port_cpu].waiting, 3 * port_cpu + 3);
        assert_int_equal(get(BH_VCPU_REGISTERS + 12, 4), 0);
        assert_int_equal(get(BH_VCPU_REGISTERS + 0x1000, 4), NOTHING);
    }
    port_cpu = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_map, start_v3),
        cmocka_unit_test_setup(test_redistributors, start_v3),
        cmocka_unit_test_setup(test_flash_is_erased, start_v3),
        cmocka_unit_test_setup(test_transports_are_empty, start_v3),
        cmocka_unit_test_setup(test_words, start_v3),
        cmocka_unit_test_setup(test_words, start_v2),
        cmocka_unit_test_setup(test_widths, start_v3),
        cmocka_unit_test_setup(test_widths, start_v2),
        cmocka_unit_test_setup(test_any_access, start_v2),
        cmocka_unit_test_setup(test_any_access, start_v3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
