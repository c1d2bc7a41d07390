/* SPDX-License-Identifier: Apache-2.0 */
/* Pools: blocks, buddies, exhaustion, nesting, and what pool_create refuses for each type. */
#include "tests/unit/world.h"

static struct pool *pool_at(uint64_t slot)
{
    return container_of(world_object(slot), struct pool, object);
}

static void test_orders(void **state)
{
    (void)state;
    assert_int_equal(pool_order(1), 6);
    assert_int_equal(pool_order(64), 6);
    assert_int_equal(pool_order(65), 7);
    assert_int_equal(pool_order(4096), 12);
    assert_int_equal(pool_order(UINT64_C(1) << 30), 30);
}

static void test_blocks(void **state)
{
    (void)state;
    struct pool *pool = pool_at(world_make(BH_POOL, 65536, 0, 0));
    uint64_t before = pool->free;
    char *a = pool_alloc(pool, 6), *b = pool_alloc(pool, 6), *page = pool_alloc(pool, 12);
    assert_true(a && b && page && a != b);
    assert_int_equal((uint64_t)(page - (char *)pool) % 4096, 0);
    for (unsigned i = 0; i < 4096; i++) {
        assert_int_equal(page[i], 0);
    }
    assert_int_equal(pool->free, before - 4096 - 128);
    memset(page, 0x5a, 4096);
    pool_wipe(pool, page, 4096);
    pool_free(pool, a, 6);
    pool_free(pool, b, 6);
    assert_int_equal(pool->free, before);
    page = pool_alloc(pool, 12);
    assert_int_equal(page[0] | page[16] | page[4095], 0); /* zeroed again */
    pool_free(pool, page, 12);
}

/* Everything taken in the smallest blocks comes back as the largest ones. */
static void test_joining(void **state)
{
    (void)state;
    struct pool *pool = pool_at(world_make(BH_POOL, 65536, 0, 0));
    static void *blocks[1024];
    unsigned count = 0;
    uint64_t before = pool->free;
    while ((blocks[count] = pool_alloc(pool, 6)) != NULL) {
        count++;
    }
    assert_int_equal(pool->free, 0);
    assert_int_equal(count, before / 64);
    for (unsigned i = 0; i < count; i++) {
        unsigned at = i * 37 % count; /* in some other order; 37 and count share no factor */
        if (blocks[at]) {
            pool_free(pool, blocks[at], 6);
            blocks[at] = NULL;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        if (blocks[i]) {
            pool_free(pool, blocks[i], 6);
        }
    }
    assert_int_equal(pool->free, before);
    void *half = pool_alloc(pool, 15);
    assert_non_null(half);
    pool_free(pool, half, 15);
}

/* Random requests never overlap, and the pool is whole at the end. */
static void test_random(void **state)
{
    (void)state;
    struct pool *pool = pool_at(world_make(BH_POOL, 1 << 18, 0, 0));
    struct {
        uint64_t *block;
        uint8_t order;
    } live[64] = {0};
    uint64_t random = 5, before = pool->free;
    for (unsigned step = 0; step < 20000; step++) {
        unsigned i = (unsigned)(host_random(&random) % 64);
        if (live[i].block) {
            for (uint64_t w = 0; w < (UINT64_C(1) << live[i].order) / 8; w += 8) {
                assert_int_equal(live[i].block[w], i);
            }
            pool_wipe(pool, live[i].block, UINT64_C(1) << live[i].order);
            live[i].block = NULL;
        } else {
            live[i].order = (uint8_t)(6 + host_random(&random) % 7);
            live[i].block = pool_alloc(pool, live[i].order);
            for (uint64_t w = 0; live[i].block && w < (UINT64_C(1) << live[i].order) / 8; w += 8) {
                live[i].block[w] = i;
            }
        }
    }
    for (unsigned i = 0; i < 64; i++) {
        if (live[i].block) {
            pool_wipe(pool, live[i].block, UINT64_C(1) << live[i].order);
        }
    }
    assert_int_equal(pool->free, before);
}

/* A block of several pages goes a page at a time, from its end; then the pool is whole. */
static void test_wipe(void **state)
{
    (void)state;
    struct pool *pool = pool_at(world_make(BH_POOL, 1 << 18, 0, 0));
    uint64_t before = pool->free, left = 32768;
    char *block = pool_alloc(pool, 15);
    memset(block, 0x5a, left);
    while (left != 0) {
        uint64_t rest = left - 4096;
        pool_wipe(pool, block, left);
        assert_int_equal(rest, left - 4096);
        assert_int_equal(pool->free, before - rest);
        left = rest;
    }
    assert_ptr_equal(pool_alloc(pool, 15), block);
    for (unsigned i = 0; i < 32768; i++) {
        assert_int_equal(block[i], 0);
    }
    pool_free(pool, block, 15);
}

/* A pool inside a pool leaves nothing behind, wherever its memory was used. */
static void test_pool_ends_zero(void **state)
{
    (void)state;
    for (uint64_t size = 4096; size <= UINT64_C(1) << 19; size <<= 7) {
        uint64_t outer = world_make(BH_POOL, UINT64_C(1) << 20, 0, 0), inner = world_slot();
        uint64_t before = pool_at(outer)->free, slot = 0;
        assert_int_equal(DO(pool_create, outer, BH_POOL, inner, size, 0, 0), BH_OK);
        assert_int_equal(DO(pool_create, inner, BH_SIGNAL, slot = world_slot(), 0, 0, 0), BH_OK);
        assert_int_equal(DO(pool_create, inner, BH_ENDPOINT, world_slot(), 0, 0, 0), BH_OK);
        assert_int_equal(DO(object_destroy, slot), BH_OK);
        assert_int_equal(DO(object_destroy, inner), BH_OK);
        assert_int_equal(DO(pool_info, outer), BH_OK);
        assert_int_equal(pool_at(outer)->free, before);
        machine_check_free();
        assert_int_equal(DO(object_destroy, outer), BH_OK);
    }
}

static void test_pool_arguments(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 64, 2048, 4097, 12288, UINT64_C(1) << 23, UINT64_MAX};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(DO(pool_create, WARDEN_POOL, BH_POOL, world_slot(), sizes[i], 0, 0),
                         BH_BAD_ARG);
    }
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_POOL, world_slot(), 4096, 1, 0), BH_BAD_ARG);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_POOL, world_slot(), 4096, 0, 1), BH_BAD_ARG);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_POOL, world_slot(), 1 << 22, 0, 0),
                     BH_NO_MEMORY);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_POOL, SLOT_RAM, 4096, 0, 0), BH_NO_SLOT);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_POOL, 0, 4096, 0, 0), BH_NO_SLOT);
}

static void test_nesting(void **state)
{
    (void)state;
    uint64_t pool = WARDEN_POOL;
    for (unsigned depth = 1; depth < POOL_NESTING; depth++) {
        uint64_t inner = world_slot();
        assert_int_equal(DO(pool_create, pool, BH_POOL, inner, UINT64_C(1) << (20 - depth), 0, 0),
                         BH_OK);
        pool = inner;
    }
    assert_int_equal(DO(pool_create, pool, BH_POOL, world_slot(), 4096, 0, 0), BH_BAD_ARG);
}

static void test_exhaustion(void **state)
{
    (void)state;
    uint64_t pool = world_make(BH_POOL, 4096, 0, 0), cell = world_make(BH_CELL, 8, 0, 0),
             vm = world_make(BH_CELL, 8, 1, 0);
    uint64_t vcpu = world_make(BH_VCPU, vm, 32, 0), first = world_slot();
    assert_int_equal(DO(pool_create, pool, BH_CELL, first, 8, 0, 0), BH_NO_MEMORY);
    assert_int_equal(DO(pool_create, pool, BH_POOL, first, 4096, 0, 0), BH_NO_MEMORY);
    assert_int_equal(DO(pool_create, pool, BH_VCPU, first, vm, 1020, 0), BH_NO_MEMORY);
    while (pool_alloc(pool_at(pool), 6)) {
    }
    assert_int_equal(DO(pool_create, pool, BH_THREAD, first, cell, 0, 0), BH_NO_MEMORY);
    assert_int_equal(DO(pool_create, pool, BH_ENDPOINT, first, 0, 0, 0), BH_NO_MEMORY);
    assert_int_equal(DO(pool_create, pool, BH_SIGNAL, first, 0, 0, 0), BH_NO_MEMORY);
    assert_int_equal(DO(pool_create, pool, BH_LINE, first, vcpu, 3, 0), BH_NO_MEMORY);
    assert_int_equal(DO(pool_create, pool, BH_BUDGET, first, WARDEN_CORE, 3, 0), BH_NO_MEMORY);
    assert_int_equal(pool_at(pool)->object_count, 0);
    assert_int_equal(machine_slot(world_warden(), first)->word, 0);
}

/* A vCPU fits, what it knows of its interrupts does not: nothing is kept. */
static void test_half(void **state)
{
    (void)state;
    uint64_t size = UINT64_C(2) << pool_order(sizeof(struct vcpu)); /* half of it is one block */
    uint64_t pool = world_make(BH_POOL, size, 0, 0), vm = world_make(BH_CELL, 8, 1, 0);
    uint64_t before = pool_at(pool)->free;
    assert_int_equal(DO(pool_create, pool, BH_VCPU, world_slot(), vm, 1020, 0), BH_NO_MEMORY);
    assert_int_equal(pool_at(pool)->free, before);
    assert_int_equal(DO(pool_create, pool, BH_VCPU, world_slot(), vm, 32, 0), BH_OK);
}

static void test_types(void **state)
{
    (void)state;
    static const uint64_t types[] = {BH_EMPTY, BH_MEMORY,    BH_IRQ,    BH_CORE,
                                     13,       BH_TOMBSTONE, UINT64_MAX};
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_int_equal(DO(pool_create, WARDEN_POOL, types[i], world_slot(), 0, 0, 0), BH_BAD_ARG);
    }
    for (unsigned i = 0; i < 3; i++) {
        uint64_t a[3] = {i == 0, i == 1, i == 2};
        assert_int_equal(DO(pool_create, WARDEN_POOL, BH_ENDPOINT, world_slot(), a[0], a[1], a[2]),
                         BH_BAD_ARG);
        assert_int_equal(DO(pool_create, WARDEN_POOL, BH_SIGNAL, world_slot(), a[0], a[1], a[2]),
                         BH_BAD_ARG);
    }
}

static void test_info(void **state)
{
    (void)state;
    uint64_t pool = world_make(BH_POOL, 8192, 0, 0);
    assert_int_equal(DO(pool_info, pool), BH_OK);
    assert_int_equal(world_result(0), 8192);
    uint64_t bytes = world_result(1), vmids = world_result(3);
    assert_int_equal(world_result(2), 0);
    assert_int_equal(DO(pool_create, pool, BH_SIGNAL, world_slot(), 0, 0, 0), BH_OK);
    (void)world_make(BH_CELL, 8, 0, 0);
    assert_int_equal(DO(pool_info, pool), BH_OK);
    assert_true(world_result(1) < bytes);
    assert_int_equal(world_result(2), 1);
    assert_int_equal(world_result(3), vmids - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_orders),         WORLD_TEST(test_blocks),
        WORLD_TEST(test_joining),        WORLD_TEST(test_random),
        WORLD_TEST(test_pool_arguments), WORLD_TEST(test_nesting),
        WORLD_TEST(test_exhaustion),     WORLD_TEST(test_half),
        WORLD_TEST(test_types),          WORLD_TEST(test_info),
        WORLD_TEST(test_wipe),           WORLD_TEST(test_pool_ends_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
