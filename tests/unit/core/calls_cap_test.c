/* SPDX-License-Identifier: Apache-2.0 */
/* Order of the checks in the calls on capabilities and memory: what is wrong first is answered. */
#include "tests/unit/world.h"

static void test_derive_order(void **state)
{
    (void)state;
    uint64_t weak = world_derive(world_make(BH_SIGNAL, 0, 0, 0), 0, 0), to = world_slot();
    assert_int_equal(DO(cap_derive, MACHINE_SLOTS, MACHINE_SLOTS, 0, 0x100, 1), BH_NO_CAP);
    assert_int_equal(DO(cap_derive, weak, WARDEN_CORE, 0, 0x100, 1), BH_BAD_TYPE);
    assert_int_equal(DO(cap_derive, weak, 0, weak, 0x100, 1), BH_NO_SLOT);
    assert_int_equal(DO(cap_derive, weak, 0, to, 0x100, 1), BH_BAD_ARG);
    assert_int_equal(DO(cap_derive, weak, 0, to, 0x1, 1), BH_NO_RIGHT);
    assert_int_equal(DO(cap_derive, weak, 0, to, 0, 1), BH_NO_RIGHT);
    assert_int_equal(DO(cap_derive, weak, 0, to, 0, 0), BH_OK);
}

static void test_split_order(void **state)
{
    (void)state;
    assert_int_equal(DO(memory_map, 0, SLOT_RAM + 1, 0x1000, BH_MAP_READ), BH_OK);
    assert_int_equal(DO(memory_split, SLOT_RAM + 1, SLOT_RAM, SLOT_RAM, 1), BH_BAD_TYPE);
    assert_int_equal(DO(memory_split, SLOT_RAM + 1, WARDEN_POOL, SLOT_RAM, 1), BH_NO_SLOT);
    assert_int_equal(DO(memory_split, SLOT_RAM + 1, WARDEN_POOL, world_slot(), 1), BH_BAD_ARG);
    assert_int_equal(DO(memory_split, SLOT_RAM + 1, WARDEN_POOL, world_slot(), 0x1000), BH_BUSY);
}

static void test_map_order(void **state)
{
    (void)state;
    uint64_t cell = world_make(BH_CELL, 8, 0, 0);
    assert_int_equal(DO(memory_map, cell, 1, 1, 9), BH_NO_CAP);
    assert_int_equal(DO(cap_derive, SLOT_RAM, cell, 1, 0, 0), BH_OK);
    assert_int_equal(DO(memory_map, cell, 1, 1, 9), BH_NO_RIGHT);
    assert_int_equal(DO(cap_derive, SLOT_RAM, cell, 2, BH_MEMORY_READ, 0), BH_OK);
    assert_int_equal(DO(memory_map, cell, 2, 1, 9), BH_BAD_ARG);
    assert_int_equal(DO(memory_map, cell, 2, 0, 9), BH_BAD_ARG);
    assert_int_equal(DO(memory_map, cell, 2, 0, BH_MAP_READ | BH_MAP_WRITE), BH_NO_RIGHT);
    assert_int_equal(DO(memory_map, world_derive(cell, 0, 0), 1, 0, BH_MAP_READ), BH_NO_RIGHT);
    assert_int_equal(DO(memory_unmap, cell, 9), BH_NO_CAP);
}

/* A mapping of another cell is not shown. */
static void test_info_of_own_slot(void **state)
{
    (void)state;
    uint64_t copy = world_derive(SLOT_RAM, BH_ALL & ~BH_DESTROY, 0);
    assert_int_equal(DO(memory_map, 0, copy, 0x5000, BH_MAP_READ), BH_OK);
    assert_int_equal(DO(memory_info, SLOT_RAM), BH_OK);
    assert_int_equal(world_result(2) | world_result(3), 0);
    assert_int_equal(DO(memory_info, copy), BH_OK);
    assert_int_equal(world_result(2), 0x5000);
}

/* Derived memory capabilities start unmapped. */
static void test_derived_memory(void **state)
{
    (void)state;
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, 0x5000, BH_MAP_READ), BH_OK);
    uint64_t copy = world_derive(SLOT_RAM, BH_MEMORY_READ, 0);
    assert_int_equal(mapping_phase(machine_slot(world_warden(), copy)), MAPPING_NONE);
    assert_int_equal(DO(cap_delete, 0, copy), BH_OK);
    uint64_t physical;
    assert_true(host_access(0x5000, BH_MAP_READ, &physical));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_derive_order),   WORLD_TEST(test_split_order),
        WORLD_TEST(test_map_order),      WORLD_TEST(test_info_of_own_slot),
        WORLD_TEST(test_derived_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
