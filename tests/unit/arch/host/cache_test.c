/* SPDX-License-Identifier: Apache-2.0 */
/* The cache model itself, and what the kernel does about it (DESIGN rule 26). */
#include "kernel/arch/host/cache.h"

#include "tests/unit/world.h"

#define LINE   (HOST_USER_BASE + 0x3000)
#define AT     0x10000
#define RW     (BH_MAP_READ | BH_MAP_WRITE)
#define RX     (BH_MAP_READ | BH_MAP_EXEC)
#define SECRET 0x5ec7e7

static void whims(void)
{
    for (unsigned i = 0; i < 5000; i++) {
        cache_speculate();
    }
}

static void test_dirty_line_is_evicted_some_time(void **state)
{
    (void)state;
    cache_write(LINE, true, 1);
    assert_int_equal(cache_read(LINE, false), 0);
    assert_int_equal(cache_read(LINE, true), 1);
    assert_true(host_page_dirty(LINE));
    whims();
    assert_int_equal(cache_read(LINE, false), 1);
    assert_false(host_page_dirty(LINE));
}

/* Why memory must be cleaned before it goes to somebody else. */
static void test_eviction_overwrites_memory(void **state)
{
    (void)state;
    cache_write(LINE, true, 1);
    cache_write(LINE, false, 2);
    whims();
    assert_int_equal(cache_read(LINE, false), 1);
}

static void test_cached_line_hides_memory(void **state)
{
    (void)state;
    assert_int_equal(cache_read(LINE, true), 0);
    cache_write(LINE, false, 2);
    assert_int_equal(cache_read(LINE, true), 0);
    cache_clean(LINE);
    assert_int_equal(cache_read(LINE, true), 2);
}

static void test_lines_are_separate(void **state)
{
    (void)state;
    cache_write(LINE, true, 1);
    cache_write(LINE + CACHE_LINE_BYTES, true, 2);
    cache_clean(LINE + CACHE_LINE_BYTES);
    assert_true(host_page_dirty(LINE));
    assert_int_equal(cache_read(LINE + 8, true), 1);
    assert_false(host_page_dirty(LINE + PAGE_SIZE));
}

static void test_old_instructions_stay(void **state)
{
    (void)state;
    assert_int_equal(cache_fetch(0, AT, LINE), 0);
    assert_int_equal(cache_fetch(1, AT, LINE), 0);
    cache_write(LINE, false, 3);
    assert_int_equal(cache_fetch(0, AT, LINE), 0);
    assert_int_equal(cache_fetch(0, AT + PAGE_SIZE, LINE), 3); /* another colour */
    cache_forget_instructions(0);
    assert_int_equal(cache_fetch(0, AT, LINE), 3);
    assert_int_equal(cache_fetch(1, AT, LINE), 0); /* another core */
}

static void test_zero_reaches_memory(void **state)
{
    (void)state;
    cache_write(LINE, false, SECRET);
    cache_write(LINE + CACHE_LINE_BYTES, true, SECRET);
    arch_page_zero((paddr){LINE});
    for (uint64_t at = LINE; at < LINE + PAGE_SIZE; at += CACHE_LINE_BYTES) {
        assert_int_equal(cache_read(at, false), 0);
        assert_int_equal(cache_read(at, true), 0);
    }
}

static void test_lines_come_unasked(void **state)
{
    (void)state;
    assert_int_equal(DO(memory_map, 0, SLOT_RAM + 2, AT, RW), BH_OK);
    uint64_t base = memory_of(world_object(SLOT_RAM + 2))->base.raw;
    for (unsigned i = 0; i < 20000; i++) {
        host_speculate();
    }
    unsigned filled = 0;
    for (uint64_t at = base; at < base + PAGE_SIZE; at += CACHE_LINE_BYTES) {
        cache_write(at, false, 7);
        filled += cache_read(at, true) == 0;
    }
    assert_true(filled > 0);
}

/* ---- the kernel ---- */

static uint64_t use(uint64_t access, uint64_t value, bool uncached)
{
    uint64_t physical, got = 0;
    struct host_use it = {.address = AT, .access = access, .value = value, .uncached = uncached};
    assert_true(host_use(&it, &physical, &got));
    return got;
}

/* The next owner reads memory past the caches: the last one's data is there. */
static void test_rule_26_last_mapping(void **state)
{
    (void)state;
    for (uint64_t value = 1; value < 20; value++) {
        assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, RW), BH_OK);
        assert_int_equal(use(BH_MAP_READ, 0, true), value - 1);
        (void)use(BH_MAP_WRITE, value, false);
        assert_int_equal(DO(memory_unmap, 0, SLOT_RAM), BH_OK);
        assert_false(host_page_dirty(HOST_USER_BASE));
    }
}

/* What a guest wrote with its caches off is not hidden by what the caches had before. */
static void test_rule_26_past_the_cache(void **state)
{
    (void)state;
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, RW), BH_OK);
    (void)use(BH_MAP_READ, 0, false);
    (void)use(BH_MAP_WRITE, 5, true);
    assert_int_equal(DO(memory_unmap, 0, SLOT_RAM), BH_OK);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, RW), BH_OK);
    assert_int_equal(use(BH_MAP_READ, 0, false), 5);
}

static void test_rule_26_zeroed(void **state)
{
    (void)state;
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, RW), BH_OK);
    (void)use(BH_MAP_WRITE, SECRET, false);
    assert_int_equal(DO(memory_unmap, 0, SLOT_RAM), BH_OK);
    assert_int_equal(DO(memory_clean, SLOT_RAM, BH_ZERO, 0), BH_OK);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, RW), BH_OK);
    assert_int_equal(use(BH_MAP_READ, 0, true), 0);
    assert_int_equal(use(BH_MAP_READ, 0, false), 0);
}

/* The window of the kernel is cacheable, the memory is not. */
static void test_rule_26_uncached_kind(void **state)
{
    (void)state;
    assert_int_equal(DO(memory_map, 0, SLOT_UNCACHED, AT, RW), BH_OK);
    (void)use(BH_MAP_WRITE, SECRET, false);
    assert_false(host_page_dirty(memory_of(world_object(SLOT_UNCACHED))->base.raw));
    assert_int_equal(DO(memory_clean, SLOT_UNCACHED, BH_ZERO, 0), BH_OK);
    assert_int_equal(use(BH_MAP_READ, 0, false), 0);
}

static void test_rule_26_executable(void **state)
{
    (void)state;
    for (uint64_t value = 1; value < 20; value++) {
        assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, RW), BH_OK);
        (void)use(BH_MAP_WRITE, value, false);
        assert_int_equal(DO(memory_unmap, 0, SLOT_RAM), BH_OK);
        assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, RX), BH_OK);
        assert_int_equal(use(BH_MAP_EXEC, 0, false), value);
        (void)host_use_core(1);
        assert_int_equal(cache_fetch(1, AT, HOST_USER_BASE), value);
        (void)host_use_core(0);
        assert_int_equal(DO(memory_unmap, 0, SLOT_RAM), BH_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_dirty_line_is_evicted_some_time),
        WORLD_TEST(test_eviction_overwrites_memory),
        WORLD_TEST(test_cached_line_hides_memory),
        WORLD_TEST(test_lines_are_separate),
        WORLD_TEST(test_old_instructions_stay),
        WORLD_TEST(test_zero_reaches_memory),
        WORLD_TEST(test_lines_come_unasked),
        WORLD_TEST(test_rule_26_last_mapping),
        WORLD_TEST(test_rule_26_past_the_cache),
        WORLD_TEST(test_rule_26_zeroed),
        WORLD_TEST(test_rule_26_uncached_kind),
        WORLD_TEST(test_rule_26_executable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
