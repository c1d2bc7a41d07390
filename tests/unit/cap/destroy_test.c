/* SPDX-License-Identifier: Apache-2.0 */
/* Ends of objects: tombstones, what goes with a pool and a cell, interrupted ends, accounting. */
#include "tests/unit/world.h"

static struct slot *slot(uint64_t index)
{
    return machine_slot(world_warden(), index);
}

static uint64_t pool_bytes(uint64_t pool)
{
    assert_int_equal(DO(pool_info, pool), BH_OK);
    return world_result(1);
}

static void test_tombstones(void **state)
{
    (void)state;
    uint64_t cell = world_make(BH_CELL, 8, 0, 0), signal = world_make(BH_SIGNAL, 0, 0, 0);
    uint64_t copy = world_derive(signal, BH_ALL, 0);
    assert_int_equal(DO(cap_derive, copy, cell, 2, BH_ALL, 0), BH_OK);
    assert_int_equal(DO(object_destroy, copy), BH_OK);
    assert_int_equal(slot(copy)->word, 0);
    assert_int_equal(slot(signal)->word, SLOT_TOMBSTONE);
    assert_int_equal(cell_of(world_object(cell))->table[2].word, SLOT_TOMBSTONE);
    assert_int_equal(cell_of(world_object(cell))->used_slots, 1);
    assert_int_equal(DO(signal_send, signal), BH_STALE);
    assert_int_equal(DO(cap_derive, WARDEN_CORE, 0, signal, 0, 0), BH_NO_SLOT);
    assert_int_equal(DO(cap_delete, 0, signal), BH_OK);
    assert_int_equal(DO(cap_delete, cell, 2), BH_OK);
    assert_int_equal(cell_of(world_object(cell))->used_slots, 0);
}

static void test_right_needed(void **state)
{
    (void)state;
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0),
             weak = world_derive(signal, BH_ALL & ~BH_DESTROY, 0);
    assert_int_equal(DO(object_destroy, weak), BH_NO_RIGHT);
    assert_int_equal(DO(object_destroy, WARDEN_POOL), BH_NO_RIGHT);
    assert_int_equal(DO(object_destroy, SLOT_RAM), BH_NO_RIGHT);
}

/* One may not saw off the branch that one sits on. */
static void test_not_oneself(void **state)
{
    (void)state;
    uint64_t pool = world_make(BH_POOL, 32768, 0, 0), cell_slot = world_slot();
    assert_int_equal(DO(pool_create, pool, BH_CELL, cell_slot, 8, 0, 0), BH_OK);
    uint64_t thread = world_slot();
    assert_int_equal(DO(pool_create, pool, BH_THREAD, thread, cell_slot, 0, 0), BH_OK);
    uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, 150, 0);
    assert_int_equal(DO(cap_derive, pool, cell_slot, 1, BH_ALL, 0), BH_OK);
    assert_int_equal(DO(cap_derive, cell_slot, cell_slot, 2, BH_ALL, 0), BH_OK);
    assert_int_equal(DO(cap_derive, thread, cell_slot, 3, BH_ALL, 0), BH_OK);
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    assert_runs(thread);
    for (uint64_t own = 1; own <= 3; own++) {
        assert_int_equal(DO(object_destroy, own), BH_BAD_ARG);
    }
}

static void test_accounting(void **state)
{
    (void)state;
    uint64_t cell;
    uint64_t before = pool_bytes(WARDEN_POOL), objects = world_result(2), vmids = world_result(3);
    uint64_t made[] = {
        world_make(BH_POOL, 65536, 0, 0),
        world_vcpu(0, &cell),
        world_make(BH_ENDPOINT, 0, 0, 0),
        world_make(BH_SIGNAL, 0, 0, 0),
        world_thread(3),
        world_make(BH_BUDGET, WARDEN_CORE, 1, 0),
    };
    assert_int_equal(DO(object_destroy, cell), BH_OK);
    for (unsigned i = 0; i < sizeof made / sizeof made[0]; i++) {
        if (slot_full(slot(made[i]))) {
            assert_int_equal(DO(object_destroy, made[i]), BH_OK);
        }
    }
    for (uint64_t i = SLOT_FREE; i < MACHINE_SLOTS; i++) {
        if (slot_full(slot(i))) {
            assert_int_equal(DO(object_destroy, i), BH_OK);
        }
        if (slot(i)->word == SLOT_TOMBSTONE) {
            assert_int_equal(DO(cap_delete, 0, i), BH_OK);
        }
    }
    assert_int_equal(pool_bytes(WARDEN_POOL), before);
    assert_int_equal(world_result(2), objects);
    assert_int_equal(world_result(3), vmids);
}

/* A pool takes along all that was made from it, in pools inside it too. */
static void test_pool(void **state)
{
    (void)state;
    uint64_t pool = world_make(BH_POOL, 1 << 17, 0, 0), inner = world_slot();
    uint64_t before = pool_bytes(WARDEN_POOL);
    assert_int_equal(DO(pool_create, pool, BH_POOL, inner, 1 << 15, 0, 0), BH_OK);
    uint64_t cell = world_slot();
    assert_int_equal(DO(pool_create, inner, BH_CELL, cell, 8, 0, 0), BH_OK);
    uint64_t thread = world_slot();
    assert_int_equal(DO(pool_create, pool, BH_THREAD, thread, cell, 0, 0), BH_OK);
    uint64_t endpoint = world_endpoint(thread);
    assert_int_equal(DO(object_destroy, pool), BH_OK);
    assert_int_equal(slot(inner)->word, SLOT_TOMBSTONE);
    assert_int_equal(slot(cell)->word, SLOT_TOMBSTONE);
    assert_int_equal(slot(thread)->word, SLOT_TOMBSTONE);
    assert_null(endpoint_server(endpoint_of(world_object(endpoint))));
    assert_int_equal(pool_bytes(WARDEN_POOL), before + (1 << 17) - 64);
}

/* By a capability that is derived from one in a cell that goes: it goes, too, before all is done,
 * and whoever has another one goes on. */
static void test_by_what_goes(void **state)
{
    (void)state;
    uint64_t before = pool_bytes(WARDEN_POOL);
    for (uint32_t poll = 0; poll < 20; poll++) {
        uint64_t pool = world_make(BH_POOL, 1 << 17, 0, 0), cell = world_slot();
        assert_int_equal(DO(pool_create, pool, BH_CELL, cell, 8, 0, 0), BH_OK);
        assert_int_equal(DO(cap_derive, pool, cell, 1, BH_ALL, 0), BH_OK);
        uint64_t mine = world_slot();
        cap_put_child(slot(mine), world_warden()->cell, &cell_of(world_object(cell))->table[1],
                      (struct cap_terms){BH_ALL, 0});
        host.polls_left = poll;
        uint64_t result = DO(object_destroy, mine);
        host.polls_left = 0;
        if (slot_full(slot(mine))) { /* it was interrupted */
            result = DO(object_destroy, mine);
        }
        assert_int_equal(slot(mine)->word, 0);
        assert_int_equal(DO(object_destroy, mine), BH_NO_CAP);
        assert_int_equal(poll == 0 ? result : BH_NO_CAP, BH_NO_CAP);
        assert_int_equal(DO(object_destroy, pool), BH_OK);
        assert_int_equal(DO(cap_delete, 0, cell), BH_OK);
        assert_int_equal(pool_bytes(WARDEN_POOL), before);
    }
}

static void test_cell_with_everything(void **state)
{
    (void)state;
    uint64_t cell = world_make(BH_CELL, 16, 0, 0),
             thread = world_make(BH_THREAD, cell, BH_THREAD_FP, 0);
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0),
             budget = world_make(BH_BUDGET, WARDEN_CORE, 150, 0);
    assert_int_equal(DO(cap_derive, SLOT_RAM + 3, cell, 1, BH_ALL & ~BH_DESTROY, 0), BH_OK);
    assert_int_equal(DO(memory_map, cell, 1, 0x400000, BH_MAP_READ | BH_MAP_WRITE), BH_OK);
    assert_int_equal(DO(cap_derive, signal, cell, 2, BH_ALL, 4), BH_OK);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, signal), BH_OK);
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    assert_runs(thread);
    uint64_t physical;
    assert_true(host_access(0x400010, BH_MAP_WRITE, &physical));
    assert_true(host_page_dirty(physical));
    assert_int_equal(world_wait(BH_WAIT_ONLY, 0, 0, 0, host.now + 500), BH_OK + CALL_reply_wait);
    assert_true(world_interrupt(MACHINE_INTID));
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, host.now + 500);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(DO(object_destroy, cell), BH_OK);
    assert_int_equal(slot(thread)->word, SLOT_TOMBSTONE);
    assert_false(host_page_dirty(physical));
    assert_int_equal(memory_of(world_object(SLOT_RAM + 3))->mappings, 0);
    assert_null(cpu_this()->deadlines.first);
    assert_int_equal(DO(signal_send, signal), BH_DOWN);
}

/* Nobody uses a dying object; whoever comes next goes on with its end. */
static void test_interrupted(void **state)
{
    (void)state;
    uint64_t endpoint = world_make(BH_ENDPOINT, 0, 0, 0), copies[4];
    for (unsigned i = 0; i < 4; i++) {
        copies[i] = world_derive(endpoint, BH_ALL, 0);
    }
    host.polls_left = 1;
    (void)DO(object_destroy, endpoint);
    assert_true(slot_full(slot(endpoint)));
    assert_int_equal(DO(cap_identify, endpoint), BH_STALE);
    assert_int_equal(DO(cap_derive, endpoint, 0, world_slot(), 0, 0), BH_STALE);
    uint64_t any = 0;
    for (unsigned i = 0; i < 4; i++) {
        any = slot_full(slot(copies[i])) ? copies[i] : any;
    }
    assert_int_not_equal(any, 0);
    assert_int_equal(DO(object_destroy, any), BH_OK);
    assert_int_equal(slot(endpoint)->word, SLOT_TOMBSTONE);
}

/* However often it is interrupted, it ends, and the pool is whole again. */
static void test_steps(void **state)
{
    (void)state;
    uint64_t pool = world_make(BH_POOL, 1 << 17, 0, 0), cell = world_slot();
    assert_int_equal(DO(pool_create, pool, BH_CELL, cell, 32, 0, 0), BH_OK);
    assert_int_equal(DO(cap_derive, SLOT_RAM + 4, cell, 1, BH_ALL & ~BH_DESTROY, 0), BH_OK);
    assert_int_equal(DO(memory_map, cell, 1, 0x40000000, BH_MAP_READ), BH_OK);
    unsigned visits = 0;
    do {
        host.polls_left = 1;
        (void)DO(object_destroy, pool);
        visits++;
    } while (slot_full(slot(pool)) && visits < 10000);
    assert_true(visits > 3 && visits < 10000);
    assert_int_equal(slot(cell)->word, SLOT_TOMBSTONE);
    assert_int_equal(memory_of(world_object(SLOT_RAM + 4))->mappings, 0);
}

/* What is created in a pool that goes would live longer than it. */
static void test_no_new_objects(void **state)
{
    (void)state;
    uint64_t pool = world_make(BH_POOL, 1 << 17, 0, 0), inner = world_slot();
    assert_int_equal(DO(pool_create, pool, BH_POOL, inner, 4096, 0, 0), BH_OK);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(DO(pool_create, pool, BH_SIGNAL, world_slot(), 0, 0, 0), BH_OK);
    }
    host.polls_left = 1;
    (void)DO(object_destroy, pool);
    assert_int_equal(DO(pool_create, pool, BH_SIGNAL, world_slot(), 0, 0, 0), BH_STALE);
    assert_int_equal(DO(pool_create, inner, BH_SIGNAL, world_slot(), 0, 0, 0), BH_STALE);
    assert_int_equal(DO(object_destroy, pool), BH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_tombstones),
        WORLD_TEST(test_right_needed),
        WORLD_TEST(test_not_oneself),
        WORLD_TEST(test_accounting),
        WORLD_TEST(test_pool),
        WORLD_TEST(test_by_what_goes),
        WORLD_TEST(test_cell_with_everything),
        WORLD_TEST(test_interrupted),
        WORLD_TEST(test_steps),
        WORLD_TEST(test_no_new_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
