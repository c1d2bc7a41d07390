/* SPDX-License-Identifier: Apache-2.0 */
/* Free address space: random takes and removals against a map with a bit for each page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/bulkhead/place.h"

#define PAGES 512u

static uint32_t dice(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void mark(bool *map, uint64_t base, uint64_t size, bool value)
{
    for (uint64_t page = base / PAGE; page < (base + size) / PAGE && page < PAGES; page++) {
        map[page] = value;
    }
}

/* The holes are sorted, not empty, do not touch, and are exactly what the map has. */
static void same(const struct space *space, const bool *map)
{
    bool holes[PAGES] = {false};
    uint64_t end = 0;
    uint64_t total = 0;

    for (unsigned i = 0; i < space->count; i++) {
        assert_true(space->free[i].size != 0);
        assert_true(space->free[i].base >= end);
        end = space->free[i].base + space->free[i].size;
        total += space->free[i].size;
        mark(holes, space->free[i].base, space->free[i].size, true);
    }
    assert_memory_equal(holes, map, sizeof holes);
    assert_int_equal(space_total(space), total);
}

static uint64_t longest(const bool *map, uint64_t alignment)
{
    uint64_t best = 0;

    for (uint64_t start = 0; start < PAGES; start += alignment / PAGE) {
        uint64_t length = 0;
        while (start + length < PAGES && map[start + length]) {
            length++;
        }
        best = length > best ? length : best;
    }
    return best * PAGE;
}

static void test_against_map(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 200; seed++) {
        struct range ranges[256] = {{0, PAGES * PAGE}};
        struct space space = {ranges, 1, 256};
        bool map[PAGES];
        uint32_t random = seed;

        memset(map, true, sizeof map);
        for (unsigned step = 0; step < 100; step++) {
            uint64_t size = (1 + dice(&random) % 16) * PAGE;
            uint64_t alignment = PAGE << dice(&random) % 5;
            uint64_t base = 0;
            if (dice(&random) % 4 == 0) {
                base = dice(&random) % PAGES * PAGE;
                space_remove(&space, (struct range){base, size});
                mark(map, base, size, false);
            } else if (space_take(&space, size, alignment, &base)) {
                assert_int_equal(base % alignment, 0);
                assert_true(map[base / PAGE] && map[(base + size) / PAGE - 1]);
                mark(map, base, size, false);
            } else {
                assert_true(longest(map, alignment) < size);
            }
            same(&space, map);
        }
    }
}

static void test_smallest_hole(void **state)
{
    struct range ranges[8] = {{0x10000, 0x8000}, {0x40000, 0x2000}, {0x80000, 0x4000}};
    struct space space = {ranges, 3, 8};
    uint64_t base = 0;

    (void)state;
    assert_int_equal(space_largest(&space), 0x8000);
    assert_true(space_take(&space, 0x2000, PAGE, &base));
    assert_int_equal(base, 0x40000);
    assert_int_equal(space.count, 2);
    assert_true(space_take(&space, 0x1000, 0x8000, &base));
    assert_int_equal(base, 0x80000);
    assert_false(space_take(&space, 0x9000, PAGE, &base));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_map),
        cmocka_unit_test(test_smallest_hole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
