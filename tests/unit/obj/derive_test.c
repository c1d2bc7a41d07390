/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a budget: their sum is checked, they begin empty, they end with what they are parts of,
 * and all of them together never get more than the whole. */
#include "kernel/sched/count.h"
#include "tests/unit/world.h"

#define LIMIT(amount, period) BH_BUDGET_LIMIT(amount, period)

static const struct budget *at(uint64_t slot)
{
    return budget_of(world_object(slot));
}

static uint64_t whole(uint64_t amount, uint64_t period)
{
    return world_make(BH_BUDGET, WARDEN_CORE, 150, LIMIT(amount, period));
}

static enum bh_status derive(uint64_t parent, uint64_t order, uint64_t limit, uint64_t *slot)
{
    *slot = world_slot();
    return DO(pool_create, WARDEN_POOL, BH_BUDGET, *slot, parent, order, limit);
}

static uint64_t part(uint64_t parent, uint64_t amount, uint64_t period)
{
    uint64_t slot;
    assert_int_equal(derive(parent, 150, LIMIT(amount, period), &slot), BH_OK);
    return slot;
}

/* A thread that runs on a budget whenever that has time. */
static uint64_t user(uint64_t budget)
{
    uint64_t thread = world_thread(0);
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    return thread;
}

static void test_arguments(void **state)
{
    (void)state;
    uint64_t parent = whole(50, 100), to;
    uint64_t weak = world_derive(parent, BH_BUDGET_BIND, 0);
    assert_int_equal(derive(weak, 150, LIMIT(2, 100), &to), BH_NO_RIGHT);
    assert_int_equal(derive(WARDEN_POOL, 150, LIMIT(2, 100), &to), BH_BAD_TYPE);
    assert_int_equal(derive(parent, 150, 0, &to), BH_BAD_ARG);
    assert_int_equal(derive(parent, 150, LIMIT(101, 100), &to), BH_BAD_ARG);
    assert_int_equal(derive(parent, 151, LIMIT(2, 100), &to), BH_BAD_ARG);
    assert_int_equal(derive(parent, BH_BUDGET_ORDER(150, 7), LIMIT(2, 100), &to), BH_OK);
    assert_int_equal(at(to)->slice, 7);
    assert_int_equal(derive(parent, 0, LIMIT(2, 100), &to), BH_OK);
    assert_int_equal(at(to)->priority, 0);
    assert_int_equal(at(parent)->amount, 46);
}

/* Also a core's whole time can be given away in parts; nobody needs to keep count of that. */
static void test_part_of_unlimited(void **state)
{
    (void)state;
    uint64_t parent = world_make(BH_BUDGET, WARDEN_CORE, 150, 0), to;
    assert_int_equal(derive(parent, 150, 0, &to), BH_BAD_ARG);
    assert_int_equal(derive(parent, 150, LIMIT(100, 100), &to), BH_OK);
    assert_int_equal(derive(parent, 150, LIMIT(100, 100), &to), BH_OK);
    assert_int_equal(DO(object_destroy, parent), BH_OK);
    (void)user(to);
    world_time(100);
    assert_ptr_equal(machine_current(), world_warden());
}

/* What a part needs in one period of the whole, rounded up. */
static void test_sum(void **state)
{
    static const struct {
        uint64_t amount, period, left;
    } rows[] = {{30, 100, 70}, {10, 50, 50}, {10, 200, 45}, {2, 2000, 44}, {7, 30, 20}, {2, 7, 0}};
    (void)state;
    uint64_t parent = whole(100, 100), to;
    for (unsigned i = 0; i < 5; i++) {
        (void)part(parent, rows[i].amount, rows[i].period);
        assert_int_equal(at(parent)->amount, rows[i].left);
    }
    assert_int_equal(derive(parent, 1, LIMIT(21, 100), &to), BH_BUSY);
    assert_int_equal(derive(parent, 1, LIMIT(201, 1000), &to), BH_BUSY);
    assert_int_equal(at(parent)->amount, 20);
    to = part(parent, 20, 100);
    assert_int_equal(at(parent)->amount, 0);
    assert_int_equal(derive(parent, 1, LIMIT(2, INT32_MAX), &to), BH_BUSY);
}

/* It begins with nothing: making and destroying parts again and again gains nothing. */
static void test_begins_empty(void **state)
{
    (void)state;
    uint64_t parent = whole(50, 100), used = 0, begin = host.now;
    for (unsigned i = 0; i < 20; i++) {
        uint64_t budget = part(parent, 20, 40), thread = user(budget);
        for (unsigned k = 0; k < 70; k++) {
            used += machine_current() == world_thread_at(thread);
            world_time(1);
        }
        assert_int_equal(DO(object_destroy, budget), BH_OK);
        assert_int_equal(at(parent)->amount, 50);
    }
    assert_in_range(used, 20 * 20, (host.now - begin) / 2);
}

/* The whole and its part, both always ready: the whole has what it did not give away. */
static void test_shares(void **state)
{
    (void)state;
    uint64_t parent = whole(50, 100), a = user(parent);
    assert_runs(a);
    world_time(10);
    (void)DO(thread_suspend, a); /* the warden runs */
    uint64_t b = user(part(parent, 20, 100)), used[2] = {0, 0}, begin;
    (void)DO(thread_resume, a);
    begin = host.now;
    for (unsigned i = 0; i < 2000; i++) {
        used[0] += machine_current() == world_thread_at(a);
        used[1] += machine_current() == world_thread_at(b);
        world_time(1);
    }
    assert_int_equal(host.now - begin, 2000);
    assert_in_range(used[0], 580, 620);
    assert_in_range(used[1], 380, 400);
}

/* Who gives away what he has just used has a debt. */
static void test_gives_used_time(void **state)
{
    (void)state;
    uint64_t parent = whole(50, 100), thread = world_thread(0);
    (void)DO(thread_budget, thread, parent);
    (void)DO(thread_resume, thread);
    world_time(45);
    uint64_t high = world_running(200), to = world_slot();
    assert_runs(high);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_BUDGET, to, parent, 1, LIMIT(30, 100)), BH_OK);
    assert_int_equal(at(parent)->available, -25);
    assert_int_equal(at(parent)->queued, QUEUED_REFILL);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
    world_time(55);
    assert_runs(thread);
    assert_int_equal(at(parent)->available, 20);
}

/* What comes back comes a period later. */
static void test_comes_back(void **state)
{
    (void)state;
    uint64_t parent = whole(50, 100), all = part(parent, 50, 100), thread = user(parent);
    assert_ptr_equal(machine_current(), world_warden());
    world_time(1000);
    assert_ptr_equal(machine_current(), world_warden());
    (void)DO(object_destroy, all);
    world_time(99);
    assert_ptr_equal(machine_current(), world_warden());
    world_time(1);
    assert_runs(thread);
    assert_int_equal(at(parent)->available, 50);
}

/* Destroyed, revoked or deleted: parts, and parts of parts, have no time from then on. */
static void ends(enum bh_status (*end)(uint64_t parent))
{
    uint64_t parent = world_derive(whole(100, 100), BH_ALL, 0);
    uint64_t child = part(parent, 100, 100), grandchild = part(child, 80, 100);
    uint64_t other = user(world_make(BH_BUDGET, WARDEN_CORE, 140, 0));
    (void)user(child);
    (void)user(grandchild);
    world_time(100);
    (void)world_running(200);
    assert_int_equal(end(parent), BH_OK);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_runs(other);
    world_time(1000);
    assert_runs(other);
    assert_int_equal(at(child)->amount, 0);
    assert_int_equal(at(grandchild)->amount, 0);
}

static enum bh_status end_destroy(uint64_t parent)
{
    return (enum bh_status)DO(object_destroy, parent);
}

static enum bh_status end_revoke(uint64_t parent)
{
    return (enum bh_status)DO(cap_revoke, parent);
}

static enum bh_status end_delete(uint64_t parent)
{
    return (enum bh_status)DO(cap_delete, 0, parent);
}

static void test_parent_destroyed(void **state)
{
    (void)state;
    ends(end_destroy);
}

static void test_parent_revoked(void **state)
{
    (void)state;
    ends(end_revoke);
}

static void test_parent_deleted(void **state)
{
    (void)state;
    ends(end_delete);
}

/* Who runs on a part of what it destroys stops at once. */
static void test_ends_oneself(void **state)
{
    (void)state;
    uint64_t parent = whole(100, 100), child = part(parent, 100, 100);
    uint64_t grandchild = part(child, 100, 100), thread = user(grandchild);
    assert_ptr_equal(machine_current(), world_warden());
    world_time(100);
    assert_runs(thread);
    world_time(10);
    assert_int_equal(DO(object_destroy, parent), CALL_object_destroy);
    assert_ptr_equal(machine_current(), world_warden());
    world_time(500);
    assert_ptr_equal(machine_current(), world_warden());
}

static void test_nesting(void **state)
{
    (void)state;
    uint64_t budget = whole(100, 100), to;
    for (unsigned i = 0; i < BUDGET_NESTING; i++) {
        budget = part(budget, 100, 100);
    }
    assert_int_equal(derive(budget, 1, LIMIT(2, 100), &to), BH_BAD_ARG);
    world_time(100);
    (void)user(budget);
    world_time(99);
    assert_ptr_equal(cpu_this()->budget, at(budget));
}

static void test_while_revoked(void **state)
{
    (void)state;
    uint64_t parent = whole(100, 100), to;
    slot_object(machine_slot(world_warden(), parent))->frozen = 1;
    assert_int_equal(derive(parent, 1, LIMIT(2, 100), &to), BH_BUSY);
    assert_int_equal(derive(parent, 1, LIMIT(2, 100), &to), BH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_arguments),
        WORLD_TEST(test_part_of_unlimited),
        WORLD_TEST(test_sum),
        WORLD_TEST(test_begins_empty),
        WORLD_TEST(test_shares),
        WORLD_TEST(test_gives_used_time),
        WORLD_TEST(test_comes_back),
        WORLD_TEST(test_parent_destroyed),
        WORLD_TEST(test_parent_revoked),
        WORLD_TEST(test_parent_deleted),
        WORLD_TEST(test_ends_oneself),
        WORLD_TEST(test_nesting),
        WORLD_TEST(test_while_revoked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
