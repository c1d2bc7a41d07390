/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware that a guest sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cells/vmm/psci.h"

static uint8_t bytes[0x1000];
static struct ram ram = {0x40000000, sizeof(bytes), bytes};
static struct psci_machine machine = {1, 1, &ram};

static uint64_t call(uint64_t function, uint64_t argument, enum psci_outcome wanted)
{
    uint64_t x[7] = {function, argument, 0, 3, 4, 5, 6};

    assert_int_equal(psci_call(&machine, x), wanted);
    return x[0];
}

static void test_versions(void **state)
{
    (void)state;
    assert_int_equal(call(0x84000000, 0, PSCI_RETURN), 0x10001);
    assert_int_equal(call(0x80000000, 0, PSCI_RETURN), 0x10001);
}

static void test_features(void **state)
{
    static const uint32_t offered[] = {0x84000001, 0xc4000001, 0x84000002, 0x84000003, 0xc4000003,
                                       0x84000004, 0xc4000004, 0x84000008, 0x84000009, 0x8400000a,
                                       0x80000000, 0x80000001, 0x84000012, 0xc4000012};
    (void)state;
    for (unsigned i = 0; i < sizeof(offered) / sizeof(offered[0]); i++) {
        assert_int_equal(call(0x8400000a, offered[i], PSCI_RETURN), 0);
    }
    assert_int_equal(call(0x8400000a, 0x8400000e, PSCI_RETURN), (uint64_t)-1); /* SYSTEM_SUSPEND */
    assert_int_equal(call(0x80000001, 0x80008000, PSCI_RETURN), (uint64_t)-1); /* WORKAROUND_1 */
}

static void test_one_processor(void **state)
{
    (void)state;
    assert_int_equal(call(0xc4000003, 0, PSCI_RETURN), (uint64_t)-4);
    assert_int_equal(call(0xc4000003, 1, PSCI_RETURN), (uint64_t)-2);
    assert_int_equal(call(0xc4000004, 0, PSCI_RETURN), 0);
    assert_int_equal(call(0xc4000004, 0x100, PSCI_RETURN), (uint64_t)-2);
    assert_int_equal(call(0xc4000004, UINT64_C(1) << 32, PSCI_RETURN), (uint64_t)-2);
    assert_int_equal(call(0x84000004, UINT64_C(1) << 32, PSCI_RETURN), 0); /* 32-bit argument */
    assert_int_equal(call(0x84000003, UINT64_C(1) << 32, PSCI_RETURN), (uint64_t)-4);
    assert_int_equal(call(0x84000006, 0, PSCI_RETURN), 2);
}

/* Levels above the processor are on. */
static void test_affinity_levels(void **state)
{
    (void)state;
    for (uint64_t level = 0; level < 5; level++) {
        uint64_t x[7] = {0xc4000004, 0x100, level};
        assert_int_equal(psci_call(&machine, x), PSCI_RETURN);
        assert_int_equal(x[0], level == 0 ? (uint64_t)-2 : 0);
    }
}

static void test_power(void **state)
{
    (void)state;
    call(0x84000008, 0, PSCI_OFF);
    call(0x84000009, 0, PSCI_RESET);
    call(0x84000002, 0, PSCI_CPU_OFF);
    assert_int_equal(call(0xc4000001, 0, PSCI_STANDBY), 0);
    assert_int_equal(call(0x84000001, 0x01010001, PSCI_STANDBY), 0);
    assert_int_equal(call(0xc4000001, 0x80000000, PSCI_RETURN), (uint64_t)-2);
    call(0xc4000012, 0, PSCI_RESET);
    call(0x84000012, UINT64_C(1) << 32, PSCI_RESET);
    assert_int_equal(call(0x84000012, 0x80000000, PSCI_RETURN), (uint64_t)-2);
    assert_int_equal(call(0x84000012, 1, PSCI_RETURN), (uint64_t)-2);
}

static void test_unknown(void **state)
{
    uint64_t x[7] = {UINT64_C(0xffffffff12345678), 1, 2, 3, 4, 5, 6};

    (void)state;
    assert_int_equal(psci_call(&machine, x), PSCI_RETURN);
    assert_int_equal(x[0], (uint64_t)-1);
    assert_int_equal(x[1], 1); /* arguments come back unchanged */
    assert_int_equal(x[3], 3);
    /* The upper half of x0 is not part of a function identifier. */
    assert_int_equal(call(UINT64_C(0xdead000084000000), 0, PSCI_RETURN), 0x10001);
}

static uint64_t on(uint64_t function, uint64_t cpu, uint64_t entry, enum psci_outcome wanted)
{
    uint64_t x[7] = {function, cpu, entry, 0xc0ffee00000007};

    assert_int_equal(psci_call(&machine, x), wanted);
    if (wanted == PSCI_CPU_ON) {
        bool wide = (function & 0x40000000) != 0;
        assert_int_equal(x[1], wide ? cpu : cpu & UINT32_MAX);
        assert_int_equal(x[2], wide ? entry : entry & UINT32_MAX);
        assert_int_equal(x[3], wide ? 0xc0ffee00000007 : 7);
    }
    return x[0];
}

static void test_processors(void **state)
{
    (void)state;
    machine = (struct psci_machine){4, 0x5, &ram};
    assert_int_equal(on(0xc4000003, 1, 0x40000000, PSCI_CPU_ON), 0);
    assert_int_equal(on(0x84000003, 0x100000003, 0xf40000ffc, PSCI_CPU_ON), 0);
    assert_int_equal(on(0xc4000003, 2, 0x40000000, PSCI_RETURN), (uint64_t)-4);
    assert_int_equal(on(0xc4000003, 4, 0x40000000, PSCI_RETURN), (uint64_t)-2);
    assert_int_equal(on(0xc4000003, 0x101, 0x40000000, PSCI_RETURN), (uint64_t)-2);
    assert_int_equal(on(0xc4000003, 0x100000001, 0x40000000, PSCI_RETURN), (uint64_t)-2);
    assert_int_equal(on(0xc4000003, 1, 0x40000002, PSCI_RETURN), (uint64_t)-9);
    assert_int_equal(on(0xc4000003, 1, 0x40001000, PSCI_RETURN), (uint64_t)-9);
    assert_int_equal(on(0xc4000003, 1, 0x9000000, PSCI_RETURN), (uint64_t)-9);
    assert_int_equal(on(0xc4000003, 1, 0xf40000000, PSCI_RETURN), (uint64_t)-9);
    for (uint64_t i = 0; i < 5; i++) {
        uint64_t wanted = i == 4 ? (uint64_t)-2 : i % 2;
        assert_int_equal(call(0xc4000004, i, PSCI_RETURN), wanted);
    }
    machine = (struct psci_machine){1, 1, &ram};
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),        cmocka_unit_test(test_features),
        cmocka_unit_test(test_one_processor),   cmocka_unit_test(test_power),
        cmocka_unit_test(test_affinity_levels), cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_processors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
