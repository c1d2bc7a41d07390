/* SPDX-License-Identifier: Apache-2.0 */
/* What other cores do while a call waits for the lock, when it has looked at its capabilities; or
 * when the lock is passed on in its midst: pool_create lets others have it before it takes memory
 * and before it uses that, object_destroy on the way to what goes next. Whatever they do, a call is
 * as if it came after them, and no memory is lost. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include "kernel/core/epoch.h"
#include "kernel/core/lock.h"
#include "kernel/lib/atomic.h"
#include "tests/unit/world.h"

/* Another core, that has its turn while the pool's memory is taken; or, with no pool, while a call
 * waits. */
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
    host_use_core(1)->idling = 1; /* no epoch waits for it */
    lock_take();
    sem_post(&other.ready);
    while (!lock_wanted()) {
        sched_yield();
    }
    if (other.pool) {
        lock_release();
        lock_take();
    }
    other.met = !other.pool || other.pool->takers != 0;
    if (other.met) {
        other.turn();
    }
    lock_release();
    return NULL;
}

#define TRIES 10000

/* A call, with the other core's turn in between; what it says. */
static uint64_t call_meets(struct pool *taken, uint64_t number, uint64_t cap,
                           const uint64_t arguments[6])
{
    pthread_t thread;
    other.pool = taken;
    sem_init(&other.ready, 0, 0);
    assert_int_equal(pthread_create(&thread, NULL, other_run, NULL), 0);
    sem_wait(&other.ready);
    uint64_t result = world_call(number, cap, arguments);
    pthread_join(thread, NULL);
    sem_destroy(&other.ready);
    return result;
}

/* Make an object of a pool; false: the other core came too late. */
static bool create_once(uint64_t pool, const uint64_t arguments[6], uint64_t *result)
{
    *result = call_meets(pool_of(world_object(pool)), CALL_pool_create, pool, arguments);
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

/* ---- while a call waits ---- */

/* The turn comes when the call has found its capabilities. */
#define LATE(does, name, cap, ...) \
    (other.turn = (does), call_meets(NULL, CALL_##name, cap, (const uint64_t[6]){__VA_ARGS__}))

static uint64_t target, argument;

static void slot_empty(uint64_t which)
{
    status removed = cap_remove(machine_slot(world_warden(), which), 0);
    assert_int_equal(removed, BH_OK);
}

static void turn_target_gone(void)
{
    slot_empty(target);
}

/* Another capability comes into its place. */
static void turn_target_other(void)
{
    slot_empty(target);
    cap_put_child(machine_slot(world_warden(), target), world_warden()->cell,
                  machine_slot(world_warden(), argument), (struct cap_terms){BH_ALL, 0});
}

static void turn_target_less(void)
{
    slot_empty(target);
    cap_put_child(machine_slot(world_warden(), target), world_warden()->cell,
                  machine_slot(world_warden(), cell), (struct cap_terms){BH_CELL_GRANT, 0});
}

static void turn_target_dies(void)
{
    world_object(target)->dying = OBJECT_DYING;
}

static void turn_argument_gone(void)
{
    slot_empty(argument);
}

static void turn_argument_dies(void)
{
    world_object(argument)->dying = OBJECT_DYING;
}

static void targets(void)
{
    cell = world_make(BH_CELL, 8, 0, 0);
    target = world_derive(world_make(BH_SIGNAL, 0, 0, 0), BH_ALL, 0);
    argument = world_derive(world_thread(0), BH_ALL, 0);
    slot = world_slot();
}

static bool bound(void)
{
    return signal_of(world_object(target))->target.word != 0;
}

static void test_target_changes(void **state)
{
    (void)state;
    targets();
    assert_int_equal(LATE(turn_nothing, signal_bind, target, argument), BH_OK);
    assert_true(bound());
    assert_int_equal(LATE(turn_target_other, signal_bind, target, argument), BH_BAD_TYPE);
    assert_ptr_equal(world_object(target), world_object(argument));
    assert_int_equal(LATE(turn_target_gone, cap_derive, target, 0, slot, BH_ALL, 0), BH_NO_CAP);
    assert_int_equal(machine_slot(world_warden(), slot)->word, 0);
    target = world_derive(cell, BH_ALL, 0);
    assert_int_equal(LATE(turn_target_less, cap_derive, target, 0, slot, BH_ALL, 0), BH_NO_RIGHT);
    assert_int_equal(machine_slot(world_warden(), slot)->word, 0);
}

static void test_target_dies(void **state)
{
    (void)state;
    targets();
    assert_int_equal(LATE(turn_target_dies, signal_bind, target, argument), BH_STALE);
    assert_false(bound());
    assert_int_equal(LATE(turn_target_dies, object_destroy, target), BH_OK);
}

static void test_argument_changes(void **state)
{
    (void)state;
    targets();
    assert_int_equal(LATE(turn_argument_gone, signal_bind, target, argument), BH_NO_CAP);
    assert_false(bound());
    argument = world_derive(world_thread(0), BH_ALL, 0);
    assert_int_equal(LATE(turn_argument_dies, signal_bind, target, argument), BH_STALE);
    assert_false(bound());
    assert_int_equal(DO(object_destroy, argument), BH_OK);
}

/* An error is told without the lock, whoever has it. */
static void test_error_without_lock(void **state)
{
    (void)state;
    targets();
    lock_take();
    assert_int_equal(DO(signal_bind, target, target), BH_BAD_TYPE);
    assert_int_equal(DO(cap_revoke, slot), BH_NO_CAP);
    lock_release();
}

/* ---- while an object ends ---- */

/* As object_destroy does it. */
static void turn_bury(void)
{
    struct thread *thread = world_thread_at(target);
    slot_empty(target);
    thread_leave_cell(thread);
    thread->object.dying = OBJECT_DEAD;
    pool_bury(&thread->object, epoch_after());
}

static void turn_cap_gone(void)
{
    slot_empty(slot);
}

/* Destroy a pool, by a capability that is derived, until the turn was on the way to what goes next:
 * a thread in it, or the pool; it begins anew if that came too late. */
static void destroy_meets(void (*turn)(void), bool inner, uint64_t expected)
{
    uint64_t result = BH_OK;
    for (unsigned i = 0; i < TRIES; i++) {
        fresh(turn);
        target = slot;
        if (inner) {
            assert_int_equal(DO(pool_create, pool, BH_THREAD, target, cell, 0, 0), BH_OK);
        }
        slot = world_derive(pool, BH_ALL, 0);
        struct object *next = world_object(inner ? target : pool);
        while (next->dying != OBJECT_STOPPED) {
            host.polls_left = 1;
            (void)DO(object_destroy, slot);
        }
        host.polls_left = 0;
        result = call_meets(next->pool, CALL_object_destroy, slot, (const uint64_t[6]){0});
        if (other.met) {
            break;
        }
        assert_int_equal(result, BH_OK);
        while (DO(cap_delete, 0, slot) != BH_NO_CAP || DO(cap_delete, 0, pool) != BH_NO_CAP ||
               DO(cap_delete, 0, target) != BH_NO_CAP) {
        }
        assert_int_equal(DO(object_destroy, cell), BH_OK);
    }
    assert_true(other.met);
    assert_int_equal(result, expected);
}

/* What goes next was destroyed by somebody else. */
static void test_victim_gone(void **state)
{
    (void)state;
    destroy_meets(turn_bury, true, BH_OK);
    assert_int_equal(machine_slot(world_warden(), pool)->word, SLOT_TOMBSTONE);
    assert_int_equal(cell_of(world_object(cell))->thread_count, 0);
}

/* The capability that the call was made with has gone: whoever has the other one ends it. */
static void test_capability_gone(void **state)
{
    (void)state;
    destroy_meets(turn_cap_gone, false, BH_NO_CAP);
    assert_int_equal(DO(object_destroy, pool), BH_OK);
    assert_int_equal(machine_slot(world_warden(), pool)->word, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_nothing),
        WORLD_TEST(test_slot_filled),
        WORLD_TEST(test_part_gone),
        WORLD_TEST(test_pool_ends),
        WORLD_TEST(test_no_memory),
        WORLD_TEST(test_pool_cap_changed),
        WORLD_TEST(test_taken_pool_stays),
        WORLD_TEST(test_target_changes),
        WORLD_TEST(test_target_dies),
        WORLD_TEST(test_argument_changes),
        WORLD_TEST(test_error_without_lock),
        WORLD_TEST(test_victim_gone),
        WORLD_TEST(test_capability_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
