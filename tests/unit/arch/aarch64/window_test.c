/* SPDX-License-Identifier: Apache-2.0 */
/* window.c as it is, on cores with cache lines and DC ZVA blocks of all sizes that the architecture
 * allows: everything that is to be zeroed or cleaned is, and nothing else is zeroed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/lib/string.h"
#include "mmu.h"

#define SMALLEST   2u /* of CTR_EL0.DminLine and DCZID_EL0.BS: log2 of 4-byte words */
#define LARGEST    9u
#define PROHIBITED 16u
#define LEAST      64u /* bytes: the smallest block of a pool */
#define STALE      0xa5

static struct cpu cpu;
static _Alignas(4096) uint8_t pages[3][PAGE_SIZE]; /* the window, and what is on its two sides */
static bool cleaned[PAGE_SIZE];                    /* since it was zeroed */
char image_boot[1];

void words_zero(void *to, size_t size)
{
    memset(to, 0, size);
}

void panic(const char *cause)
{
    fail_msg("panic: %s", cause);
    abort();
}

/* ---- the core ---- */

static uint64_t bytes_of(uint64_t log2_words)
{
    return UINT64_C(4) << log2_words;
}

static void zero_block(uint64_t address)
{
    uint64_t size = bytes_of(core_get("dczid_el0") & 15);
    uint8_t *block = (uint8_t *)(address & ~(size - 1));
    assert_int_equal(core_get("dczid_el0") & PROHIBITED, 0);
    assert_true(block >= pages[0] && block + size <= pages[3]);
    memset(block, 0, size);
    for (uint8_t *at = block; at < block + size; at++) {
        if (at >= pages[1] && at < pages[2]) {
            cleaned[at - pages[1]] = false;
        }
    }
}

static void clean_line(uint64_t address)
{
    uint64_t size = bytes_of(core_get("ctr_el0") >> 16 & 15);
    uint64_t offset = (address & ~(size - 1)) - (uint64_t)(uintptr_t)pages[1];
    assert_true(offset < PAGE_SIZE);
    memset(&cleaned[offset], true, size);
}

static void watch(const char *name, uint64_t operand)
{
    if (strcmp(name, "dc_zva") == 0) {
        zero_block(operand);
    } else if (strcmp(name, "dc_civac") == 0) {
        clean_line(operand);
    }
}

static void core_begin(uint64_t line, uint64_t block)
{
    core_reset();
    core_operation = watch;
    core_set("tpidr_el2", (uint64_t)(uintptr_t)&cpu);
    core_set("ctr_el0", line << 16);
    core_set("dczid_el0", block);
    cpu.arch.window = (uint64_t)(uintptr_t)pages[1];
    memset(pages, STALE, sizeof pages);
    memset(cleaned, false, sizeof cleaned);
}

/* ---- tests ---- */

static bool all(const uint8_t *first, const uint8_t *end, uint8_t value)
{
    while (first < end && *first == value) {
        first++;
    }
    return first == end;
}

static void expect_zero(const uint8_t *first, uint64_t size)
{
    assert_true(all(first, first + size, 0));
    assert_true(all(pages[0], first, STALE));
    assert_true(all(first + size, pages[3], STALE));
}

static void test_zero(void **state)
{
    (void)state;
    for (uint64_t block = SMALLEST; block <= LARGEST; block++) {
        for (uint64_t size = LEAST; size <= PAGE_SIZE; size *= 2) {
            for (uint64_t no = 0; no <= PROHIBITED; no += PROHIBITED) {
                core_begin(4, block | no);
                arch_zero(pages[2] - size, size);
                expect_zero(pages[2] - size, size);
            }
        }
    }
}

/* The window shows nothing any more, and nobody remembers that it did. */
static void expect_closed(void)
{
    assert_int_equal(*mmu_page_entry(cpu.arch.window), 0);
    assert_int_equal(core_count("dsb_sy"), 1);
    assert_int_equal(core_count("tlbi_vae2"), 1);
    assert_true(all((const uint8_t *)cleaned, (const uint8_t *)cleaned + PAGE_SIZE, true));
}

static void test_clean(void **state)
{
    (void)state;
    for (uint64_t line = SMALLEST; line <= LARGEST; line++) {
        core_begin(line, 4);
        arch_page_clean((paddr){0x80000000});
        assert_true(all(pages[0], pages[3], STALE));
        expect_closed();
    }
}

static void test_page_zero(void **state)
{
    (void)state;
    for (uint64_t line = SMALLEST; line <= LARGEST; line++) {
        for (uint64_t block = SMALLEST; block <= LARGEST; block++) {
            for (uint64_t no = 0; no <= PROHIBITED; no += PROHIBITED) {
                core_begin(line, block | no);
                arch_page_zero((paddr){0x80000000});
                expect_zero(pages[1], PAGE_SIZE);
                expect_closed();
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero),
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_page_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
