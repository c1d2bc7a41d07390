/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 tables: what a leaf looks like, tables that stay, sweeping at the end. */
#include "kernel/obj/space.h"
#include "tests/unit/world.h"

static uint64_t leaf_at(const struct cell *cell, uint64_t address)
{
    struct mmu_entry leaf;
    return mmu_walk(arch_physical(cell->root).raw, address, &leaf) ? leaf.value : 0;
}

static struct cell *new_cell(void)
{
    return cell_of(world_object(world_make(BH_CELL, 8, 1, 0)));
}

static void map(struct cell *cell, struct space_range range)
{
    uint64_t done = 0;
    while (range.size > 0) {
        assert_int_equal(space_map_leaf(cell, &range, &done), BH_OK);
        range.address.raw += done;
        range.target.raw += done;
        range.size -= done;
    }
    arch_stage2_publish();
}

/* MemAttr, S2AP, XN for each kind and access (Arm ARM D8.3.2). */
static void test_leaves(void **state)
{
    (void)state;
    struct cell *cell = new_cell();
    static const struct {
        uint64_t access;
        enum bh_memory_kind kind;
        uint64_t attributes, permissions;
        bool never;
    } rows[] = {
        {BH_MAP_READ, BH_RAM, 0xf, 1, true},
        {BH_MAP_READ | BH_MAP_WRITE, BH_RAM, 0xf, 3, true},
        {BH_MAP_READ | BH_MAP_EXEC, BH_RAM, 0xf, 1, false},
        {BH_MAP_READ | BH_MAP_WRITE | BH_MAP_EXEC, BH_RAM, 0xf, 3, false},
        {BH_MAP_READ | BH_MAP_WRITE, BH_DEVICE, 0x1, 3, true},
        {BH_MAP_READ | BH_MAP_WRITE, BH_UNCACHED, 0x5, 3, true},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t at = 0x1000 * (i + 1), target = HOST_USER_BASE + 0x1000 * i;
        map(cell, (struct space_range){{at}, {target}, 0x1000, rows[i].access, rows[i].kind});
        uint64_t leaf = leaf_at(cell, at);
        assert_int_equal(leaf & 3, 3);
        assert_int_equal(leaf >> 2 & 0xf, rows[i].attributes);
        assert_int_equal(leaf >> 6 & 3, rows[i].permissions);
        assert_int_equal(leaf >> 8 & 3, 3);
        assert_int_equal(leaf >> 10 & 1, 1);
        assert_int_equal(leaf >> 54 & 1, rows[i].never);
        assert_int_equal(leaf & 0xfffffffff000, target);
    }
    for (unsigned i = sizeof rows / sizeof rows[0]; i > 0; i--) {
        assert_int_equal(space_unmap_leaf(cell, (ipa){0x1000 * (i + 1)}), 0x1000);
    }
}

/* A leaf, after the tables that it needs. */
static status map_leaf(struct cell *cell, const struct space_range *range, uint64_t *done)
{
    status result = BH_OK;
    for (*done = 0; result == BH_OK && *done == 0;) {
        result = space_map_leaf(cell, range, done);
    }
    return result;
}

static void test_sizes(void **state)
{
    (void)state;
    struct cell *cell = new_cell();
    uint64_t done = 0, mega = UINT64_C(1) << 21, giga = UINT64_C(1) << 30;
    struct space_range range = {{giga}, {4 * giga}, 2 * giga, BH_MAP_READ, BH_DEVICE};
    assert_int_equal(map_leaf(cell, &range, &done), BH_OK);
    assert_int_equal(done, giga);
    assert_int_equal(map_leaf(cell, &range, &done), BH_BUSY);
    range.address.raw = giga + mega; /* inside the block */
    assert_int_equal(map_leaf(cell, &range, &done), BH_BUSY);
    range.address.raw = 3 * giga + mega;
    assert_int_equal(map_leaf(cell, &range, &done), BH_OK); /* the target does not fit a gigabyte */
    assert_int_equal(done, mega);
    range.address.raw = 3 * giga;
    range.size = 0x1000;
    assert_int_equal(map_leaf(cell, &range, &done), BH_OK);
    assert_int_equal(done, 0x1000);
    range.size = giga;
    range.address.raw = 3 * giga; /* smaller leaves are below it */
    assert_int_equal(map_leaf(cell, &range, &done), BH_BUSY);
    assert_int_equal(space_unmap_leaf(cell, (ipa){3 * giga + 0x1000}), 0x1000);
    assert_int_equal(space_unmap_leaf(cell, (ipa){3 * giga + 2 * mega}), mega);
    assert_int_equal(space_unmap_leaf(cell, (ipa){2 * giga}), giga);
}

static void test_top_of_space(void **state)
{
    (void)state;
    struct cell *cell = new_cell();
    uint64_t top = UINT64_C(1) << 39;
    map(cell, (struct space_range){{top - 0x1000}, {HOST_USER_BASE}, 0x1000, BH_MAP_READ, BH_RAM});
    assert_int_not_equal(leaf_at(cell, top - 0x1000), 0);
    assert_int_equal(space_unmap_leaf(cell, (ipa){top}), 0x1000);
}

/* Tables stay when a leaf goes, and all of them come back at the end, in bounded steps. */
static void test_sweep(void **state)
{
    (void)state;
    struct cell *cell = new_cell();
    uint64_t before = cell->object.pool->free, done;
    for (uint64_t i = 0; i < 5; i++) {
        struct space_range range = {
            {i << 32 | i << 22}, {HOST_USER_BASE}, 0x1000, BH_MAP_READ, BH_RAM};
        assert_int_equal(map_leaf(cell, &range, &done), BH_OK);
    }
    assert_int_equal(cell->object.pool->free, before - 10 * PAGE_SIZE);
    for (uint64_t i = 0; i < 5; i++) {
        (void)space_unmap_leaf(cell, (ipa){(i << 32 | i << 22) + 0x1000});
    }
    assert_int_equal(cell->object.pool->free, before - 10 * PAGE_SIZE);
    arch_stage2_flush_all(cell->vttbr);
    unsigned steps = 0;
    while (!space_sweep(cell)) {
        assert_true(++steps < 1000);
    }
    assert_true(steps > 10);
    assert_int_equal(cell->object.pool->free, before);
    cell->sweep = 0;
    host.cores[0].vttbr = world_warden()->cell->vttbr;
    cell->vttbr = arch_vttbr(arch_physical(cell->root), cell->vmid); /* as if it lived on */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_leaves),
        WORLD_TEST(test_sizes),
        WORLD_TEST(test_top_of_space),
        WORLD_TEST(test_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
