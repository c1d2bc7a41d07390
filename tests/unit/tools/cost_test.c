/* SPDX-License-Identifier: Apache-2.0 */
/* Pools: the blocks that the kernel's allocator gives, sizes in words, rights by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/bulkhead/cost.h"
#include "tools/bulkhead/rights.h"
#include "tools/bulkhead/sizes.h"

static void test_blocks(void **state)
{
    (void)state;
    assert_int_equal(block_size(1), 64);
    assert_int_equal(block_size(64), 64);
    assert_int_equal(block_size(65), 128);
    assert_int_equal(block_size(kernel_sizes.thread), 1024);
    for (uint64_t size = 4096; size <= kernel_pool_max; size *= 2) {
        assert_true(pool_header(size) < size);
        assert_int_equal(pool_header(size), block_size(pool_header(size)));
    }
}

static struct system one_cell(struct cell *warden, struct cell *cell)
{
    struct system system = {.faults = {0}};

    *warden = (struct cell){.name = "warden", .kind = CELL_WARDEN};
    *cell = (struct cell){.name = "vm", .path = "/cells/vm", .kind = CELL_VM, .interrupts = 32};
    list_add(&system.arena, &system.cells, warden);
    list_add(&system.arena, &system.cells, cell);
    return system;
}

static void test_pool_as_needed(void **state)
{
    struct cell warden;
    struct cell cell;
    struct system system = one_cell(&warden, &cell);

    (void)state;
    cost_system(&system);
    assert_int_equal(system.faults.count, 0);
    assert_true(cell.pool >= cell.pool_need + pool_header(cell.pool));
    assert_true(cell.pool / 2 < cell.pool_need + pool_header(cell.pool / 2));
    assert_int_equal(cell.table_slots, 16);
    arena_free(&system.arena);
}

/* A large, aligned RAM is mapped in blocks of 2 MiB; another, page by page. */
static void test_tables(void **state)
{
    struct memory memory = {.size = 3 * BLOCK, .aligned = true};
    struct cap cap = {.object = &memory.object, .memory = &memory, .access = 1, .ipa = 4 * BLOCK};
    struct cell warden;
    struct cell cell;
    struct system system = one_cell(&warden, &cell);

    (void)state;
    cost_system(&system);
    uint64_t none = cell.pool_need;
    list_add(&system.arena, &cell.caps, &cap);
    cost_system(&system);
    assert_int_equal(cell.pool_need, none + PAGE); /* level 2 */
    cap.ipa += PAGE;
    memory.aligned = false;
    cost_system(&system);
    assert_int_equal(cell.pool_need, none + 5 * PAGE); /* and four of level 3 */
    arena_free(&system.arena);
}

static void test_size_text(void **state)
{
    char text[SIZE_TEXT];

    (void)state;
    assert_string_equal(size_text(text, 0), "0 bytes");
    assert_string_equal(size_text(text, 1023), "1023 bytes");
    assert_string_equal(size_text(text, 4096), "4 KiB");
    assert_string_equal(size_text(text, 1024 * 1024 + 300 * 1024), "1.2 MiB");
    assert_string_equal(size_text(text, UINT64_MAX), "15.9 EiB");
}

static void test_rights(void **state)
{
    struct arena arena = {NULL};

    (void)state;
    assert_int_equal(right_find(BH_ENDPOINT, "grant"), BH_ENDPOINT_GRANT);
    assert_int_equal(right_find(BH_POOL, "destroy"), BH_DESTROY);
    assert_int_equal(right_find(BH_IRQ, "send"), 0);
    assert_int_equal(right_find(BH_CORE, "all"),
                     BH_CORE_SCHED | BH_CORE_POWER | BH_CORE_PLAN | BH_DESTROY);
    assert_string_equal(rights_text(&arena, BH_MEMORY, BH_MEMORY_READ | BH_MEMORY_EXEC),
                        "read, exec");
    assert_string_equal(type_name(BH_TOMBSTONE), "nothing");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks), cmocka_unit_test(test_pool_as_needed),
        cmocka_unit_test(test_tables), cmocka_unit_test(test_size_text),
        cmocka_unit_test(test_rights),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
