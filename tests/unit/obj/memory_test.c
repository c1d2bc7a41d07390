/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: map, unmap, split, clean, info, with every refusal and at every preemption point. */
#include "tests/unit/world.h"

#define AT UINT64_C(0x400000)
#define RW (BH_MAP_READ | BH_MAP_WRITE)

static struct slot *slot(uint64_t index)
{
    return machine_slot(world_warden(), index);
}

/* Bytes that the warden's pool has left: what tables cost. */
static uint64_t pool_at_free(void)
{
    return world_warden()->cell->object.pool->free;
}

static bool reads(uint64_t address, uint64_t *physical)
{
    return host_access(address, BH_MAP_READ, physical);
}

static void test_map(void **state)
{
    (void)state;
    uint64_t physical;
    assert_false(reads(AT, &physical));
    assert_int_equal(DO(memory_map, 0, SLOT_RAM + 1, AT, RW), BH_OK);
    assert_true(reads(AT + 0x1004, &physical));
    assert_int_equal(physical, machine_extents[1].base + 0x1004);
    assert_true(host_access(AT, BH_MAP_WRITE, &physical));
    assert_false(host_access(AT, BH_MAP_EXEC, &physical));
    assert_false(reads(AT + 0x2000, &physical));
    assert_int_equal(DO(memory_info, SLOT_RAM + 1), BH_OK);
    assert_int_equal(world_result(0), 0x2000);
    assert_int_equal(world_result(1), BH_RAM);
    assert_int_equal(world_result(2), AT);
    assert_int_equal(world_result(3), RW);
}

static void test_unmap(void **state)
{
    (void)state;
    uint64_t physical;
    assert_int_equal(DO(memory_unmap, 0, SLOT_RAM), BH_OK); /* it has no mapping: nothing happens */
    assert_int_equal(host.pages_cleaned, 0);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM + 1, AT, RW), BH_OK);
    assert_true(host_access(AT, BH_MAP_WRITE, &physical));
    assert_int_equal(DO(memory_unmap, 0, SLOT_RAM + 1), BH_OK);
    assert_int_equal(host.pages_cleaned, 2);
    assert_false(host_page_dirty(physical));
    assert_false(reads(AT, &physical));
    assert_int_equal(DO(memory_info, SLOT_RAM + 1), BH_OK);
    assert_int_equal(world_result(3), 0);
}

/* Shared memory is cleaned with its last mapping, device memory never. */
static void test_cleaning(void **state)
{
    (void)state;
    uint64_t copy = world_derive(SLOT_RAM, BH_ALL & ~BH_DESTROY, 0);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, RW), BH_OK);
    uint64_t published = host.publishes; /* it needs no new table: only the mapping itself is new */
    assert_int_equal(DO(memory_map, 0, copy, AT + 0x10000, RW), BH_OK);
    assert_int_equal(host.publishes, published + 1);
    assert_int_equal(DO(memory_unmap, 0, SLOT_RAM), BH_OK);
    assert_int_equal(host.pages_cleaned, 0);
    assert_int_equal(DO(cap_delete, 0, copy), BH_OK);
    assert_int_equal(host.pages_cleaned, 1);
    assert_int_equal(DO(memory_map, 0, SLOT_DEVICE, AT, RW), BH_OK);
    assert_int_equal(world_warden()->cell->marks, MARK_DEVICES);
    assert_int_equal(DO(memory_unmap, 0, SLOT_DEVICE), BH_OK);
    assert_int_equal(world_warden()->cell->marks, 0);
    assert_int_equal(host.pages_cleaned, 1);
}

static void test_map_arguments(void **state)
{
    (void)state;
    assert_int_equal(DO(memory_map, 0, 0, AT, RW), BH_NO_CAP);
    assert_int_equal(DO(memory_map, 0, WARDEN_CORE, AT, RW), BH_BAD_TYPE);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT + 8, RW), BH_BAD_ARG);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, UINT64_C(1) << 39, RW), BH_BAD_ARG);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM + 1, (UINT64_C(1) << 39) - 0x1000, RW), BH_BAD_ARG);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, 0), BH_BAD_ARG);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, BH_MAP_WRITE), BH_BAD_ARG);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, 8 | BH_MAP_READ), BH_BAD_ARG);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, RW | BH_MAP_EXEC), BH_BAD_ARG); /* W^X */
    assert_int_equal(DO(memory_map, 0, SLOT_DEVICE, AT, BH_MAP_READ | BH_MAP_EXEC), BH_BAD_ARG);
    uint64_t weak = world_derive(SLOT_RAM, BH_MEMORY_READ, 0);
    assert_int_equal(DO(memory_map, 0, weak, AT, RW), BH_NO_RIGHT);
    assert_int_equal(DO(memory_map, 0, weak, AT, BH_MAP_READ | BH_MAP_EXEC), BH_NO_RIGHT);
    assert_int_equal(DO(memory_map, 0, weak, AT, BH_MAP_READ), BH_OK);
}

static void test_guest_memory(void **state)
{
    (void)state;
    uint64_t vm = world_make(BH_CELL, 8, 1, 0);
    assert_int_equal(DO(cap_derive, SLOT_RAM, vm, 1, BH_ALL & ~BH_DESTROY, 0), BH_OK);
    assert_int_equal(DO(memory_map, vm, 1, 0, RW | BH_MAP_EXEC), BH_OK);
    assert_int_equal(host.icache_invalidations, 1);
}

static void test_busy(void **state)
{
    (void)state;
    assert_int_equal(DO(memory_map, 0, SLOT_RAM + 1, AT, RW), BH_OK);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM + 1, AT, RW), BH_BUSY);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM + 1, AT + 0x100000, RW), BH_BUSY);
    /* One page of something else is in the way: what was mapped before it is taken back. */
    uint64_t physical;
    assert_int_equal(DO(memory_map, 0, SLOT_RAM + 3, AT - 0x4000, RW), BH_BUSY);
    assert_false(reads(AT - 0x4000, &physical));
    assert_true(reads(AT, &physical));
    assert_int_equal(memory_of(world_object(SLOT_RAM + 3))->mappings, 0);
}

/* Blocks of 2 MiB and 1 GiB where address and extent fit, and their tables are not needed. */
static void test_blocks(void **state)
{
    (void)state;
    uint64_t physical, tables = pool_at_free();
    assert_int_equal(DO(memory_map, 0, SLOT_WINDOW, UINT64_C(0x40000000), RW), BH_OK);
    assert_int_equal(pool_at_free(), tables);
    assert_true(reads(UINT64_C(0x80001234), &physical));
    assert_int_equal(physical, UINT64_C(0x4040001234));
    assert_int_equal(DO(memory_map, 0, SLOT_RAM + 7, UINT64_C(0x200000), RW), BH_OK);
    assert_true(reads(UINT64_C(0x400000), &physical)); /* behind the block */
    assert_int_equal(physical, machine_extents[7].base + 0x200000);
    assert_int_equal(pool_at_free(), tables - 2 * PAGE_SIZE);
    assert_int_equal(DO(memory_unmap, 0, SLOT_WINDOW), BH_OK);
    assert_false(reads(UINT64_C(0x80001234), &physical));
}

static void test_no_memory(void **state)
{
    (void)state;
    uint64_t pool = world_make(BH_POOL, 8192, 0, 0), cell = world_slot();
    struct pool *p = container_of(world_object(pool), struct pool, object);
    assert_int_equal(DO(pool_create, pool, BH_CELL, cell, 8, 0, 0), BH_OK);
    while (pool_alloc(p, 6)) {
    }
    assert_int_equal(DO(cap_derive, SLOT_RAM, cell, 1, BH_ALL & ~BH_DESTROY, 0), BH_OK);
    assert_int_equal(DO(memory_map, cell, 1, AT, RW), BH_NO_MEMORY);
    assert_int_equal(memory_of(world_object(SLOT_RAM))->mappings, 0);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, AT, RW), BH_OK); /* only that cell suffers */
}

/* A mapping grows and shrinks page by page; each part of it can be interrupted. */
static void test_in_steps(void **state)
{
    (void)state;
    uint64_t physical;
    unsigned visits = 0;
    do {
        host.polls_left = 1;
        (void)DO(memory_map, 0, SLOT_RAM + 3, AT, RW);
        visits++;
    } while (world_warden()->frame.x[REG_STATUS] == CALL_memory_map);
    assert_int_equal(world_result(REG_STATUS), BH_OK);
    assert_int_equal(visits, 10); /* two tables, eight leaves */
    assert_true(host_access(AT + 0x7000, BH_MAP_WRITE, &physical));
    visits = 0;
    do {
        host.polls_left = 1;
        (void)DO(memory_unmap, 0, SLOT_RAM + 3);
        visits++;
    } while (world_warden()->frame.x[REG_STATUS] == CALL_memory_unmap);
    assert_int_equal(visits, 16); /* eight leaves; eight pages to clean */
    assert_false(host_page_dirty(physical));
}

/* In the middle of a mapping the capability is busy for anything else, and can be deleted. */
static void test_half_mapped(void **state)
{
    (void)state;
    uint64_t physical;
    host.polls_left = 5;
    (void)DO(memory_map, 0, SLOT_RAM + 3, AT, RW);
    assert_true(reads(AT + 0x2000, &physical));
    assert_false(reads(AT + 0x3000, &physical));
    assert_int_equal(DO(memory_info, SLOT_RAM + 3), BH_OK);
    assert_int_equal(world_result(3), 0);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM + 3, AT, BH_MAP_READ), BH_BUSY);
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, WARDEN_POOL, world_slot(), 0x1000), BH_BUSY);
    assert_int_equal(DO(cap_delete, 0, SLOT_RAM + 3), BH_OK);
    assert_false(reads(AT, &physical));
}

static void test_split(void **state)
{
    (void)state;
    uint64_t rest = world_slot();
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, WARDEN_POOL, rest, 0x3000), BH_OK);
    assert_int_equal(memory_of(world_object(SLOT_RAM + 3))->size, 0x3000);
    assert_int_equal(memory_of(world_object(rest))->size, 0x5000);
    assert_int_equal(memory_of(world_object(rest))->base.raw, machine_extents[3].base + 0x3000);
    assert_int_equal(slot_rights(slot(rest)), slot_rights(slot(SLOT_RAM + 3)));
    assert_int_equal(slot(rest)->depth, 0);
}

/* The extent's own pool pays, and has nothing left. */
static void test_split_without_memory(void **state)
{
    (void)state;
    for (uint64_t size = UINT64_C(1) << 22; size >= 4096;) {
        bool made = DO(pool_create, WARDEN_POOL, BH_POOL, world_slot(), size) == BH_OK;
        size = made ? size : size / 2;
    }
    while (DO(pool_create, WARDEN_POOL, BH_THREAD, world_slot(), WARDEN_CELL) == BH_OK) {
    }
    while (DO(pool_create, WARDEN_POOL, BH_ENDPOINT, world_slot()) == BH_OK) {
    }
    uint64_t to = world_slot();
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, WARDEN_POOL, to, 0x3000), BH_NO_MEMORY);
    assert_int_equal(slot(to)->word, 0);
    assert_int_equal(memory_of(world_object(SLOT_RAM + 3))->size, 0x8000);
}

static void test_split_errors(void **state)
{
    (void)state;
    uint64_t to = world_slot(), other = world_make(BH_POOL, 4096, 0, 0);
    uint64_t weak = world_derive(WARDEN_POOL, BH_POOL_INFO, 0);
    to = world_slot();
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, WARDEN_CORE, to, 0x1000), BH_BAD_TYPE);
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, weak, to, 0x1000), BH_NO_RIGHT);
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, other, to, 0x1000), BH_BAD_ARG);
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, WARDEN_POOL, SLOT_RAM, 0x1000), BH_NO_SLOT);
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, WARDEN_POOL, to, 0), BH_BAD_ARG);
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, WARDEN_POOL, to, 0x1001), BH_BAD_ARG);
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, WARDEN_POOL, to, 0x8000), BH_BAD_ARG);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM + 3, AT, RW), BH_OK);
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, WARDEN_POOL, to, 0x1000), BH_BUSY);
    assert_int_equal(DO(memory_unmap, 0, SLOT_RAM + 3), BH_OK);
    uint64_t copy = world_derive(SLOT_RAM + 3, BH_MEMORY_READ, 0);
    to = world_slot();
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, WARDEN_POOL, to, 0x1000), BH_BUSY);
    assert_int_equal(DO(cap_delete, 0, copy), BH_OK);
    assert_int_equal(DO(memory_split, SLOT_RAM + 3, WARDEN_POOL, to, 0x1000), BH_OK);
}

static void test_clean(void **state)
{
    (void)state;
    assert_int_equal(DO(memory_clean, SLOT_RAM + 3, BH_CLEAN, 0), BH_OK);
    assert_int_equal(host.pages_cleaned, 8);
    assert_int_equal(DO(memory_clean, SLOT_RAM + 3, BH_ZERO, 0x6000), BH_OK);
    assert_int_equal(host.pages_zeroed, 2);
    assert_int_equal(DO(memory_clean, SLOT_RAM + 3, 2, 0), BH_BAD_ARG);
    assert_int_equal(DO(memory_clean, SLOT_RAM + 3, BH_CLEAN, 0x8000), BH_BAD_ARG);
    assert_int_equal(DO(memory_clean, SLOT_RAM + 3, BH_CLEAN, 1), BH_BAD_ARG);
    assert_int_equal(DO(memory_clean, SLOT_DEVICE, BH_CLEAN, 0), BH_BAD_ARG);
    assert_int_equal(DO(memory_clean, SLOT_UNCACHED, BH_ZERO, 0), BH_OK);
}

/* An interrupted clean goes on where it was: the kernel moves x1 along. */
static void test_clean_in_steps(void **state)
{
    (void)state;
    host.polls_left = 3;
    (void)DO(memory_clean, SLOT_RAM + 3, BH_ZERO, 0);
    assert_int_equal(world_warden()->frame.x[1], 0x3000);
    machine_svc();
    assert_int_equal(world_result(REG_STATUS), BH_OK);
    assert_int_equal(host.pages_zeroed, 8);
}

/* Pool memory: a block of the pool that a cell maps and the kernel sees, zeroed whatever was
 * there. */
static void test_pooled(void **state)
{
    (void)state;
    struct pool *pool = world_warden()->cell->object.pool;
    uint64_t free = pool->free, physical;
    uint64_t made = world_make(BH_MEMORY, 0x8000, 0, 0);
    struct memory *memory = memory_of(world_object(made));
    assert_int_equal(pool->free, free - 0x8000 - 64);
    const uint64_t *words = memory_kernel(memory);
    assert_int_equal(arch_physical(words).raw, memory->base.raw);
    for (unsigned i = 0; i < 0x8000 / sizeof *words; i++) {
        assert_int_equal(words[i], 0);
    }
    assert_int_equal(host.pages_cleaned, 0);
    assert_int_equal(DO(memory_map, 0, made, AT, RW), BH_OK);
    assert_int_equal(host.pages_cleaned, 8); /* a guest may read past the caches */
    assert_true(reads(AT + 0x7008, &physical));
    assert_int_equal(physical, memory->base.raw + 0x7008);
    assert_int_equal(DO(memory_info, made), BH_OK);
    assert_int_equal(world_result(0), 0x8000);
    assert_int_equal(world_result(1), BH_RAM);
    assert_int_equal(DO(object_destroy, made), BH_OK);
    assert_false(reads(AT, &physical));
    assert_int_equal(host.pages_cleaned, 16);
    assert_int_equal(pool->free, free - 2 * PAGE_SIZE); /* the page tables stay */
    assert_null(memory_kernel(memory_of(world_object(SLOT_RAM))));
}

static void test_pooled_errors(void **state)
{
    (void)state;
    uint64_t small = world_make(BH_POOL, 0x4000, 0, 0), to = world_slot();
    const struct pool *pool = container_of(world_object(small), struct pool, object);
    uint64_t free = pool->free;
    static const uint64_t bad[] = {0, 2048, 0x1001, 0x3000, 0x10000, ~UINT64_C(0)};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(DO(pool_create, WARDEN_POOL, BH_MEMORY, to, bad[i]), BH_BAD_ARG);
    }
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_MEMORY, to, 0x1000, 1), BH_BAD_ARG);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_MEMORY, to, 0x1000, 0, 1), BH_BAD_ARG);
    assert_int_equal(DO(pool_create, small, BH_MEMORY, to, 0x4000), BH_NO_MEMORY);
    assert_int_equal(DO(pool_create, small, BH_MEMORY, to, 0x2000), BH_OK);
    assert_int_equal(DO(memory_split, to, small, world_slot(), 0x1000), BH_BAD_ARG);
    assert_int_equal(DO(object_destroy, to), BH_OK);
    assert_int_equal(pool->free, free);
    (void)DO(pool_create, small, BH_MEMORY, to, 0x2000);
    while (pool->free > 0x1000) {
        enum bh_type type = pool->free > 0x1200 ? BH_THREAD : BH_ENDPOINT;
        uint64_t cell = type == BH_THREAD ? WARDEN_CELL : 0;
        assert_int_equal(DO(pool_create, small, type, world_slot(), cell), BH_OK);
    }
    to = world_slot();
    assert_int_equal(DO(pool_create, small, BH_MEMORY, to, 0x1000), BH_NO_MEMORY); /* its object */
    assert_int_equal(pool->free, 0x1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_map),
        WORLD_TEST(test_unmap),
        WORLD_TEST(test_cleaning),
        WORLD_TEST(test_map_arguments),
        WORLD_TEST(test_guest_memory),
        WORLD_TEST(test_busy),
        WORLD_TEST(test_blocks),
        WORLD_TEST(test_no_memory),
        WORLD_TEST(test_in_steps),
        WORLD_TEST(test_half_mapped),
        WORLD_TEST(test_split),
        WORLD_TEST(test_split_without_memory),
        WORLD_TEST(test_split_errors),
        WORLD_TEST(test_clean),
        WORLD_TEST(test_clean_in_steps),
        WORLD_TEST(test_pooled),
        WORLD_TEST(test_pooled_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
