/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses without a syndrome, done by the vmm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells/lib/cache.h"
#include "cells/vmm/access.h"
#include "cells/vmm/platform.h"
#include "tests/unit/cells/world.h"

#define RAM_BASE UINT64_C(0x40000000)
#define RAM_SIZE UINT64_C(0x1000)
#define PC       (RAM_BASE + 0x100)

static struct vmm vmm;
static uint8_t *bytes;

void cache_clean(const void *start, size_t size)
{
    (void)start, (void)size;
}

static int start(void **state)
{
    (void)state;
    world_reset();
    memset(&vmm, 0, sizeof(vmm));
    bytes = calloc(1, RAM_SIZE);
    vmm.ram = (struct ram){RAM_BASE, RAM_SIZE, bytes};
    vmm.gic.version = 3;
    vmm.gic.count = vmm.gic.fixed = 288;
    vmm.gic.cpus = 1;
    serial_open(&vmm.uart.serial);
    platform_reset(&vmm);
    for (unsigned i = 0; i < 31; i++) {
        world.registers[i] = UINT64_C(0x1111111111111111) * (i % 16);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(bytes);
    return 0;
}

/* One instruction whose access at va the processor found nothing mapped for. */
static enum access_result perform(uint32_t instruction, uint64_t va)
{
    struct bh_exit_words exit = {.kind = BH_EXIT_ACCESS, .ipa = va, .pc = PC, .va = va};

    memcpy(bytes + 0x100, &instruction, sizeof(instruction));
    return access_perform(&vmm, &exit);
}

static void test_loads(void **state)
{
    (void)state;
    world.registers[0] = UART_BASE + PL011_CR;
    assert_int_equal(perform(0x29400801, world.registers[0]), ACCESS_DONE); /* ldp w1, w2, [x0] */
    assert_int_equal(world.registers[1], 0x300);
    assert_int_equal(world.registers[2], 0x12);
    assert_int_equal(world.registers[0], UART_BASE + PL011_CR);

    assert_int_equal(perform(0xb8404401, world.registers[0]), ACCESS_DONE); /* ldr w1, [x0], #4 */
    assert_int_equal(world.registers[1], 0x300);
    assert_int_equal(world.registers[0], UART_BASE + PL011_IFLS);

    /* ldp xzr, x2, [x0, #16]!, in flash: erased */
    world.registers[0] = 0x1000;
    assert_int_equal(perform(0xa9c1081f, 0x1010), ACCESS_DONE);
    assert_int_equal(world.registers[2], UINT64_MAX);
    assert_int_equal(world.registers[0], 0x1010);
}

static void test_signs(void **state)
{
    (void)state;
    world.registers[2] = 0x2000;                                /* flash: all ones */
    assert_int_equal(perform(0x38c01441, 0x2000), ACCESS_DONE); /* ldrsb w1, [x2], #1 */
    assert_int_equal(world.registers[1], UINT32_MAX);
    world.registers[2] = 0x2000;
    assert_int_equal(perform(0x78802c41, 0x2002), ACCESS_DONE); /* ldrsh x1, [x2, #2]! */
    assert_int_equal(world.registers[1], UINT64_MAX);
    world.registers[3] = 0x2000;
    assert_int_equal(perform(0x69c08861, 0x2004), ACCESS_DONE); /* ldpsw x1, x2, [x3, #4]! */
    assert_int_equal(world.registers[1], UINT64_MAX);
    assert_int_equal(world.registers[2], UINT64_MAX);
}

static void test_stores(void **state)
{
    uint64_t value;

    (void)state;
    world.registers[3] = GICD_BASE + 0x420;
    /* stp x1, x2, [x3], #-512 */
    assert_int_equal(perform(0xa8a00861, world.registers[3]), ACCESS_DONE);
    assert_int_equal(world.registers[3], GICD_BASE + 0x420 - 512);
    assert_true(platform_read(&vmm, GICD_BASE + 0x420, 8, &value));
    assert_int_equal(value, UINT64_C(0x1010101010101010)); /* five bits of each */
    assert_true(platform_read(&vmm, GICD_BASE + 0x428, 8, &value));
    assert_int_equal(value, UINT64_C(0x2020202020202020));
    world.registers[2] = UART_BASE;
    world.registers[1] = 'A';
    assert_int_equal(perform(0x38001441, UART_BASE), ACCESS_DONE); /* strb w1, [x2], #1 */
    serial_flush(&vmm.uart.serial);
    assert_string_equal(world.console, "A");
}

static void test_nothing(void **state)
{
    (void)state;
    world.registers[0] = 0x30000000;
    assert_int_equal(perform(0xa9400801, 0x30000000), ACCESS_NOTHING);
    assert_int_equal(world.registers[1], 0x1111111111111111);
    world.registers[0] = 0x30000000;
    assert_int_equal(perform(0xb8404401, 0x30000000), ACCESS_NOTHING);
    assert_int_equal(world.registers[0], 0x30000000);
    /* The first word is the distributor's, the second one nobody's. */
    world.registers[0] = GICD_BASE + GICD_SIZE - 4;
    assert_int_equal(perform(0x29400801, world.registers[0]), ACCESS_NOTHING);
    assert_int_equal(world.registers[1], 0x1111111111111111);
}

static void test_unknown(void **state)
{
    (void)state;
    assert_int_equal(perform(0xad400801, UART_BASE), ACCESS_UNKNOWN); /* ldp q1, q2, [x0] */
    assert_int_equal(perform(0xd50b7420, UART_BASE), ACCESS_UNKNOWN); /* dc zva, x0 */
    vmm.ram.base = 0x80000000;                                        /* pc is not in RAM */
    assert_int_equal(perform(0xa9400801, UART_BASE), ACCESS_UNKNOWN);
}

/* Any instruction with any registers and tables. */
static void test_any(void **state)
{
    static const uint64_t bases[] = {UART_BASE, GICD_BASE, RTC_BASE, RAM_BASE, 0x1000};

    (void)state;
    srand(6);
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t base = bases[(unsigned)rand() % 5] + (uint64_t)rand() % 0x1000;
        for (unsigned n = 0; n < 31; n++) {
            world.registers[n] = base;
        }
        world.walk = (struct walk_registers){
            (uint64_t)rand() % 2, (uint64_t)rand() << 20 ^ (uint64_t)rand(), {RAM_BASE, RAM_BASE}};
        uint32_t word = (uint32_t)rand() << 16 ^ (uint32_t)rand();
        (void)perform(i % 2 == 0 ? (word & 0xc3ffffff) | 0x28000000 : word, base);
        world.console_length = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_loads, start, end),
        cmocka_unit_test_setup_teardown(test_signs, start, end),
        cmocka_unit_test_setup_teardown(test_stores, start, end),
        cmocka_unit_test_setup_teardown(test_nothing, start, end),
        cmocka_unit_test_setup_teardown(test_unknown, start, end),
        cmocka_unit_test_setup_teardown(test_any, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
