/* SPDX-License-Identifier: Apache-2.0 */
/* Walks of a guest's tables: every granule and size, and tables that are nonsense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells/lib/cache.h"
#include "cells/vmm/walk.h"

#define RAM_BASE UINT64_C(0x40000000)
#define RAM_SIZE UINT64_C(0x80000)
#define TABLE    1U
#define BLOCK    0U
#define MMU_ON   1U

static uint8_t *bytes;
static struct ram ram;
static struct walk_registers registers;
static uint64_t ipa;

void cache_clean(const void *start, size_t size)
{
    assert_true((const uint8_t *)start >= bytes);
    assert_true((const uint8_t *)start + size <= bytes + RAM_SIZE);
}

static int start(void **state)
{
    (void)state;
    bytes = calloc(1, RAM_SIZE);
    ram = (struct ram){RAM_BASE, RAM_SIZE, bytes};
    memset(&registers, 0, sizeof(registers));
    registers.sctlr = MMU_ON;
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(bytes);
    return 0;
}

static void put(uint64_t address, uint64_t value)
{
    memcpy(bytes + (address - RAM_BASE), &value, sizeof(value));
}

static bool walk(uint64_t address)
{
    return walk_address(&ram, &registers, address, &ipa);
}

static void test_off(void **state)
{
    (void)state;
    registers.sctlr = 0;
    assert_true(walk(0x9000004));
    assert_int_equal(ipa, 0x9000004);
}

/* TCR with one granule (as TG0 and TG1 code it) and one size for both halves. */
static uint64_t tcr(unsigned tg0, unsigned tg1, unsigned size)
{
    return size | (uint64_t)tg0 << 14 | (uint64_t)size << 16 | (uint64_t)tg1 << 30;
}

/* Maps one address by tables at 64 KiB of RAM and on, down to level leaf. */
static void map(unsigned granule, unsigned size, uint64_t address, unsigned leaf)
{
    unsigned stride = granule - 3;
    unsigned level = 4 - (64 - size - granule + stride - 1) / stride;
    uint64_t table = RAM_BASE + 0x10000;

    memset(bytes, 0, RAM_SIZE);
    registers.ttbr[address >> 63] = table | 1; /* CnP */
    for (;; level++) {
        unsigned shift = granule + stride * (3 - level);
        uint64_t inside = address & (UINT64_MAX >> size);
        uint64_t index = inside >> shift & ((UINT64_C(1) << stride) - 1);
        if (level == leaf) {
            put(table + index * 8,
                (UINT64_C(0x123456789000) >> shift << shift) | (level == 3 ? 3 : 1) | 0x704);
            return;
        }
        put(table + index * 8, (table + 0x10000) | 3);
        table += 0x10000;
    }
}

static void expect_mapped(unsigned granule, unsigned size, uint64_t address, unsigned leaf)
{
    unsigned shift = granule + (granule - 3) * (3 - leaf);
    uint64_t offset = address & ((UINT64_C(1) << shift) - 1);

    map(granule, size, address, leaf);
    assert_true(walk(address));
    assert_int_equal(ipa, UINT64_C(0x123456789000) >> shift << shift | offset);
}

static void test_granules(void **state)
{
    static const struct {
        unsigned granule, tg0, tg1, first_leaf;
    } all[] = {{12, 0, 2, 1}, {14, 2, 1, 2}, {16, 1, 3, 2}};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned size = 16; size <= 34; size++) {
            uint64_t low = UINT64_C(0x123456789abc) & (UINT64_MAX >> size);
            uint64_t high = ~(UINT64_MAX >> size) | (UINT64_C(0x6fedcba98765) & UINT64_MAX >> size);
            registers.tcr = tcr(all[i].tg0, all[i].tg1, size);
            for (unsigned leaf = 3; leaf >= all[i].first_leaf; leaf--) {
                unsigned stride = all[i].granule - 3;
                if (64 - size > all[i].granule + stride * (3 - leaf)) {
                    expect_mapped(all[i].granule, size, low, leaf);
                    expect_mapped(all[i].granule, size, high, leaf);
                }
            }
            map(all[i].granule, size, low, 3);
            assert_true(walk(low));
            assert_false(walk(low ^ UINT64_C(1) << (63 - size))); /* the table has nothing there */
            assert_false(walk(low | UINT64_C(1) << (64 - size))); /* beyond the half's size */
        }
    }
}

static void test_refused(void **state)
{
    uint64_t address = 0x12345678;

    (void)state;
    registers.tcr = tcr(0, 2, 25);
    map(12, 25, address, 3);
    assert_true(walk(address));
    assert_false(walk(address | UINT64_C(0xff) << 56)); /* no tags */
    registers.tcr |= UINT64_C(1) << 37;
    assert_true(walk(address | UINT64_C(0xab) << 56));
    registers.tcr |= 1 << 7; /* EPD0 */
    assert_false(walk(address));
    registers.tcr = tcr(3, 2, 25); /* no such granule */
    assert_false(walk(address));
    registers.tcr = tcr(0, 2, 15); /* sizes out of range */
    assert_false(walk(address));
    registers.tcr = tcr(0, 2, 49);
    assert_false(walk(address));
    registers.tcr = tcr(0, 2, 25);
    registers.ttbr[0] = RAM_BASE - 0x1000; /* not in RAM */
    assert_false(walk(address));
    registers.ttbr[0] = UINT64_MAX;
    assert_false(walk(address));
}

static void test_big_endian(void **state)
{
    (void)state;
    registers.tcr = tcr(0, 2, 34);
    registers.sctlr |= 1 << 25;
    registers.ttbr[0] = RAM_BASE;
    put(RAM_BASE + 8, __builtin_bswap64(UINT64_C(0x40000000) | 1));
    assert_false(walk(0x40001234)); /* a block on level 1 counts in gigabytes */
    registers.tcr = tcr(0, 2, 25);
    assert_true(walk(0x40001234));
    assert_int_equal(ipa, 0x40001234);
}

/* Tables that are random words, many of them in RAM again: no crash, no end in itself. */
static void test_any_table(void **state)
{
    unsigned found = 0;

    (void)state;
    srand(5);
    for (unsigned round = 0; round < 50; round++) {
        for (uint64_t at = 0; at < RAM_SIZE; at += 8) {
            uint64_t word = (uint64_t)rand() << 33 ^ (uint64_t)rand() << 12 ^ (uint64_t)rand();
            bool inside = rand() % 4 != 0;
            put(RAM_BASE + at, inside ? RAM_BASE | (word & (RAM_SIZE - 1)) : word);
        }
        for (unsigned i = 0; i < 2000; i++) {
            registers.tcr = (uint64_t)rand() << 32 ^ (uint64_t)rand() << 16 ^ (uint64_t)rand();
            registers.ttbr[0] = RAM_BASE + (uint64_t)rand() % RAM_SIZE;
            registers.ttbr[1] = (uint64_t)rand() << 20;
            found += walk((uint64_t)rand() << 33 ^ (uint64_t)rand() << 12);
            found += walk((uint64_t)rand() << 5);
        }
    }
    assert_true(found > 100);
}

static void test_read(void **state)
{
    uint64_t value;

    (void)state;
    put(RAM_BASE, UINT64_C(0x1122334455667788));
    assert_true(walk_read(&ram, RAM_BASE + 4, 4, &value));
    assert_int_equal(value, 0x11223344);
    assert_false(walk_read(&ram, RAM_BASE + 2, 4, &value));
    assert_false(walk_read(&ram, RAM_BASE - 4, 4, &value));
    assert_false(walk_read(&ram, RAM_BASE + RAM_SIZE, 4, &value));
    assert_true(walk_read(&ram, RAM_BASE + RAM_SIZE - 8, 8, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_off, start, end),
        cmocka_unit_test_setup_teardown(test_granules, start, end),
        cmocka_unit_test_setup_teardown(test_refused, start, end),
        cmocka_unit_test_setup_teardown(test_big_endian, start, end),
        cmocka_unit_test_setup_teardown(test_any_table, start, end),
        cmocka_unit_test_setup_teardown(test_read, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
