/* SPDX-License-Identifier: Apache-2.0 */
/* Cells: arguments, counters, VMIDs as a resource. */
#include "tests/unit/world.h"

static void test_arguments(void **state)
{
    (void)state;
    static const uint64_t bad[][3] = {{0, 0, 0}, {1, 0, 0}, {CELL_SLOTS_MAX + 1, 0, 0},
                                      {8, 2, 0}, {8, 0, 1}, {UINT64_MAX, 0, 0}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(
            DO(pool_create, WARDEN_POOL, BH_CELL, world_slot(), bad[i][0], bad[i][1], bad[i][2]),
            BH_BAD_ARG);
    }
    assert_int_equal(cell_of(world_object(world_make(BH_CELL, 2, 0, 0)))->slot_count, 2);
    assert_int_equal(cell_of(world_object(world_make(BH_CELL, CELL_SLOTS_MAX, 1, 0)))->slot_count,
                     CELL_SLOTS_MAX);
}

static void test_info(void **state)
{
    (void)state;
    uint64_t cell = world_make(BH_CELL, 16, 0, 0), signal = world_make(BH_SIGNAL, 0, 0, 0);
    (void)world_make(BH_THREAD, cell, 0, 0);
    assert_int_equal(DO(cap_derive, signal, cell, 3, 0, 0), BH_OK);
    assert_int_equal(DO(cap_derive, signal, cell, 4, 0, 0), BH_OK);
    assert_int_equal(DO(cell_info, cell), BH_OK);
    assert_int_equal(world_result(0), 16);
    assert_int_equal(world_result(1), 2);
    assert_int_equal(world_result(2), 1);
    assert_int_equal(world_result(3), 0);
    assert_int_equal(DO(object_destroy, signal), BH_OK);
    assert_int_equal(DO(cell_info, cell), BH_OK);
    assert_int_equal(world_result(1), 2); /* tombstones count */
}

static void test_vmids(void **state)
{
    (void)state;
    uint64_t cell = world_make(BH_CELL, 8, 0, 0);
    uint16_t vmid = cell_of(world_object(cell))->vmid;
    host.vmids -= cell_vmids_free();
    uint64_t to = world_slot();
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_CELL, to, 8, 0, 0), BH_NO_VMID);
    assert_int_equal(DO(object_destroy, cell), BH_OK);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_CELL, to, 8, 0, 0), BH_OK);
    assert_int_equal(cell_of(world_object(to))->vmid, vmid);
}

/* A cell's TLB entries are gone before its VMID goes to the next. */
static void test_vmid_is_clean(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        uint64_t cell = world_make(BH_CELL, 8, 0, 0);
        uint16_t vmid = cell_of(world_object(cell))->vmid;
        assert_int_equal(DO(cap_derive, SLOT_RAM + 3, cell, 1, BH_ALL & ~BH_DESTROY, 0), BH_OK);
        assert_int_equal(DO(memory_map, cell, 1, 0x1000, BH_MAP_READ), BH_OK);
        for (unsigned k = 0; k < 50; k++) {
            mmu_speculate();
        }
        assert_int_equal(DO(object_destroy, cell), BH_OK);
        assert_int_equal(mmu_cached(vmid), 0);
    }
}

static void test_kinds(void **state)
{
    (void)state;
    uint64_t native = world_make(BH_CELL, 8, 0, 0), vm = world_make(BH_CELL, 8, 1, 0);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_THREAD, world_slot(), vm, 0, 0), BH_BAD_ARG);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_VCPU, world_slot(), native, 32, 0),
                     BH_BAD_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_arguments),     WORLD_TEST(test_info),  WORLD_TEST(test_vmids),
        WORLD_TEST(test_vmid_is_clean), WORLD_TEST(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
