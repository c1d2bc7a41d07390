/* SPDX-License-Identifier: Apache-2.0 */
/* The lock is passed on in the midst of a call: pool_create lets others have it before it takes
 * memory and before it uses that. Whatever they do, it makes the object as if it came after them,
 * or nothing, and no memory is lost. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include "kernel/core/lock.h"
#include "kernel/lib/atomic.h"
#include "tests/unit/world.h"

/* Another core, that has its turn while the pool's memory is taken. */
static struct {
    struct pool *pool;
    void (*turn)(void);
    sem_t ready;
    bool met;
} other;

/* First it makes the call wait, then it waits itself: it comes next, at the first pass, if the host
 * lets it run soon enough. */
static void *other_run(void *unused)
{
    (void)unused;
    lock_take();
    sem_post(&other.ready);
    while (!lock_wanted()) {
        sched_yield();
    }
    lock_release();
    lock_take();
    other.met = other.pool->takers != 0;
    if (other.met) {
        other.turn();
    }
    lock_release();
    return NULL;
}

#define TRIES 10000

/* Make an object of a pool, with the other core's turn in between; false: it came too late. */
static bool create_once(uint64_t pool, const uint64_t arguments[6], uint64_t *result)
{
    pthread_t thread;
    other.pool = pool_of(world_object(pool));
    sem_init(&other.ready, 0, 0);
    assert_int_equal(pthread_create(&thread, NULL, other_run, NULL), 0);
    sem_wait(&other.ready);
    *result = world_call(CALL_pool_create, pool, arguments);
    pthread_join(thread, NULL);
    sem_destroy(&other.ready);
    return other.met;
}

static uint64_t create(uint64_t pool, enum bh_type type, uint64_t slot, uint64_t a, uint64_t b)
{
    const uint64_t arguments[6] = {type, slot, a, b, 0};
    uint64_t result = BH_OK;
    for (unsigned i = 0; i < TRIES; i++) {
        if (create_once(pool, arguments, &result)) {
            assert_int_equal(other.pool->takers, 0);
            return result;
        }
        if (result == BH_OK) {
            assert_int_equal(DO(object_destroy, slot), BH_OK);
        }
    }
    fail_msg("the other core never came in time: %u", (unsigned)result);
    return result;
}

static uint64_t pool, slot, cell;

static void fresh(void (*turn)(void))
{
    pool = world_make(BH_POOL, 1 << 18, 0, 0);
    cell = world_make(BH_CELL, 8, 0, 0);
    slot = world_slot();
    other.turn = turn;
}

static uint64_t bytes_free(void)
{
    assert_int_equal(DO(pool_info, pool), BH_OK);
    return world_result(1);
}

static void turn_nothing(void) {}

static void test_nothing(void **state)
{
    (void)state;
    fresh(turn_nothing);
    uint64_t before = bytes_free();
    assert_int_equal(create(pool, BH_CELL, slot, 8, 1), BH_OK);
    struct cell *made = cell_of(world_object(slot));
    assert_int_equal(made->slot_count, 8);
    assert_true(made->vm);
    assert_ptr_equal(made->object.pool, other.pool);
    assert_int_equal(DO(object_destroy, slot), BH_OK);
    assert_int_equal(bytes_free(), before);
}

static void turn_slot(void)
{
    struct slot *empty = machine_slot(world_warden(), slot);
    cap_put_child(empty, world_warden()->cell, machine_slot(world_warden(), cell),
                  (struct cap_terms){BH_ALL, 0});
}

static void test_slot_filled(void **state)
{
    (void)state;
    fresh(turn_slot);
    uint64_t before = bytes_free();
    assert_int_equal(create(pool, BH_CELL, slot, 8, 0), BH_NO_SLOT);
    assert_ptr_equal(world_object(slot), world_object(cell));
    assert_int_equal(bytes_free(), before);
}

static void turn_part(void)
{
    status removed = cap_remove(machine_slot(world_warden(), cell), 0);
    assert_int_equal(removed, BH_OK);
}

static void test_part_gone(void **state)
{
    (void)state;
    fresh(turn_part);
    cell = world_derive(cell, BH_ALL, 0);
    slot = world_slot();
    uint64_t before = bytes_free();
    assert_int_equal(create(pool, BH_THREAD, slot, cell, 1), BH_NO_CAP);
    assert_int_equal(bytes_free(), before);
}

static void turn_pool(void)
{
    other.pool->object.dying = OBJECT_DYING;
}

static void test_pool_ends(void **state)
{
    (void)state;
    fresh(turn_pool);
    uint64_t before = pool_of(world_object(pool))->free;
    assert_int_equal(create(pool, BH_MEMORY, slot, 4096, 0), BH_STALE);
    assert_int_equal(other.pool->free, before);
    other.pool->object.dying = OBJECT_LIVE;
}

/* Another object's capability in the slot that named the pool. */
static void turn_pool_cap(void)
{
    struct slot *named = machine_slot(world_warden(), pool);
    named->word ^= (uint64_t)1 << 48;
}

static void test_pool_cap_changed(void **state)
{
    (void)state;
    fresh(turn_pool_cap);
    uint64_t before = pool_of(world_object(pool))->free;
    assert_int_equal(create(pool, BH_SIGNAL, slot, 0, 0), BH_STALE);
    assert_int_equal(other.pool->free, before);
    turn_pool_cap();
}

static void turn_use_up(void)
{
    while (pool_alloc(other.pool, POOL_ORDER_MIN)) {
    }
}

/* There is memory when it begins, and none at its turn, or in between. */
static void test_no_memory(void **state)
{
    (void)state;
    fresh(turn_use_up);
    uint64_t result = create(pool, BH_CELL, slot, 1024, 0);
    assert_true(result == BH_NO_MEMORY || result == BH_OK);
}

/* While its memory is in somebody's hands, a pool does not end. */
static void test_taken_pool_stays(void **state)
{
    (void)state;
    fresh(turn_nothing);
    struct pool *taken = pool_of(world_object(pool));
    taken->takers = 1;
    host.polls_left = 20;
    (void)DO(object_destroy, pool);
    assert_int_equal(taken->object.type, BH_POOL);
    assert_int_not_equal(taken->object.dying, OBJECT_DEAD);
    taken->takers = 0;
    while (DO(object_destroy, pool) != BH_OK) {
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_nothing),          WORLD_TEST(test_slot_filled),
        WORLD_TEST(test_part_gone),        WORLD_TEST(test_pool_ends),
        WORLD_TEST(test_no_memory),        WORLD_TEST(test_pool_cap_changed),
        WORLD_TEST(test_taken_pool_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
