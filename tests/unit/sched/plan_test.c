/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: who runs in which window, when the next one begins, what is noted, and how plans change
 * and end. */
#include "kernel/sched/plan.h"

#include "abi/plan_page.h"
#include "tests/unit/world.h"

#define LENGTH   1000u
#define NOBODY   0u
#define PLAIN    1u
#define GROUP(n) (1u << (n))

static struct bh_plan *memory(uint64_t *slot)
{
    *slot = world_make(BH_MEMORY, PAGE_SIZE, 0, 0);
    return memory_kernel(memory_of(world_object(*slot)));
}

/* A plan of windows of one length; its memory's slot. */
static uint64_t plan(unsigned count, const uint32_t *open)
{
    uint64_t slot;
    struct bh_plan *p = memory(&slot);
    p->count = count;
    for (unsigned i = 0; i < count; i++) {
        p->windows[i] = (struct bh_window){.length = LENGTH, .open = open[i]};
    }
    return slot;
}

static struct bh_plan *plan_at(uint64_t slot)
{
    return memory_kernel(memory_of(world_object(slot)));
}

/* A thread of a group that runs whenever it may. */
static uint64_t member(unsigned priority, uint64_t group, uint64_t slice)
{
    uint64_t thread = world_thread(0),
             budget = world_make(BH_BUDGET, WARDEN_CORE, BH_BUDGET_ORDER(priority, slice), 0);
    assert_int_equal(DO(budget_group, budget, WARDEN_CORE, group), BH_OK);
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    return thread;
}

static void start(uint64_t slot)
{
    assert_int_equal(DO(plan_start, WARDEN_CORE, slot, 1), BH_OK);
}

static void test_arguments(void **state)
{
    (void)state;
    uint64_t slot = plan(1, (uint32_t[]){PLAIN}), budget = world_make(BH_BUDGET, WARDEN_CORE, 5, 0);
    uint64_t weak = world_derive(WARDEN_CORE, BH_CORE_SCHED, 0);
    assert_int_equal(DO(plan_start, weak, slot, 1), BH_NO_RIGHT);
    assert_int_equal(DO(plan_start, WARDEN_CORE, slot, 2), BH_BAD_ARG);
    assert_int_equal(DO(plan_start, WARDEN_CORE, WARDEN_POOL, 1), BH_BAD_TYPE);
    assert_int_equal(DO(plan_start, WARDEN_CORE, world_derive(slot, BH_MEMORY_READ, 0), 1),
                     BH_NO_RIGHT);
    assert_int_equal(DO(plan_start, WARDEN_CORE, machine_extents[0].slot, 1), BH_BAD_ARG);
    assert_int_equal(DO(budget_group, budget, weak, 1), BH_NO_RIGHT);
    assert_int_equal(DO(budget_group, budget, WARDEN_CORE, BH_PLAN_GROUPS), BH_BAD_ARG);
    assert_int_equal(DO(budget_group, world_derive(budget, BH_DESTROY, 0), WARDEN_CORE, 1),
                     BH_NO_RIGHT);
    slot_object(machine_slot(world_warden(), slot))->frozen = 1;
    assert_int_equal(DO(plan_start, WARDEN_CORE, slot, 1), BH_BUSY);
    assert_int_equal(cpu_this()->stop, 0); /* nothing has happened yet */
}

static void test_windows(void **state)
{
    (void)state;
    uint64_t a = member(150, 1, 0), b = member(160, 31, 0);
    assert_runs(b); /* without a plan everybody is admitted */
    uint64_t high = world_running(200);
    uint64_t slot = plan(4, (uint32_t[]){GROUP(1) | PLAIN, GROUP(31), NOBODY, PLAIN});
    uint64_t begin = host.now;
    start(slot);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    (void)high;
    for (unsigned i = 0; i < 12 * LENGTH; i++) {
        struct thread *expected[] = {world_thread_at(a), world_thread_at(b), NULL, world_warden()};
        assert_ptr_equal(machine_current(), expected[(host.now - begin) / LENGTH % 4]);
        world_time(1);
    }
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(plan_at(slot)->windows[i].turns, i == 0 ? 4 : 3);
        assert_int_equal(plan_at(slot)->windows[i].late, 0);
    }
}

/* In a window for several, priority decides, then who came first; slices end as always. */
static void test_slack(void **state)
{
    (void)state;
    uint64_t slot = plan(1, (uint32_t[]){GROUP(1) | GROUP(2) | PLAIN});
    start(slot);
    uint64_t first = member(50, 2, 100), second = member(50, 1, 100);
    (void)member(40, 1, 0);
    assert_ptr_equal(machine_current(), world_warden());
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, host.now + 1000);
    for (unsigned i = 0; i < 8; i++) {
        assert_runs(i % 2 ? second : first);
        world_time(100);
    }
}

/* What is late is noted, and does not move the next window. */
static void test_late(void **state)
{
    (void)state;
    uint64_t slot = plan(2, (uint32_t[]){PLAIN, PLAIN}), begin = host.now;
    start(slot);
    world_time(LENGTH + 30);
    assert_int_equal(plan_at(slot)->windows[0].late, 30);
    assert_int_equal(cpu_this()->plan.boundary, begin + 2 * LENGTH);
    world_time(LENGTH - 30);
    assert_int_equal(plan_at(slot)->windows[1].late, 0);
    world_time(LENGTH + 10);
    assert_int_equal(plan_at(slot)->windows[0].late, 30);
    world_time(UINT64_C(1) << 33); /* the machine stood still */
    assert_int_equal(cpu_this()->plan.boundary, host.now + LENGTH);
}

static void test_change(void **state)
{
    (void)state;
    uint64_t one = plan(2, (uint32_t[]){PLAIN, PLAIN}), two = plan(1, (uint32_t[]){PLAIN | 2});
    start(one);
    world_time(LENGTH / 2);
    assert_int_equal(DO(plan_start, WARDEN_CORE, two, 0), BH_OK);
    world_time(LENGTH);
    assert_int_equal(~cpu_this()->plan.closed, PLAIN);
    world_time(LENGTH / 2);
    assert_int_equal(~cpu_this()->plan.closed, PLAIN | 2);
    assert_int_equal(DO(plan_start, WARDEN_CORE, one, 1), BH_OK);
    assert_int_equal(~cpu_this()->plan.closed, PLAIN);
    assert_int_equal(cpu_this()->plan.boundary, host.now + LENGTH);
    assert_int_equal(DO(plan_start, WARDEN_CORE, 0, 0), BH_OK);
    world_time(LENGTH);
    assert_int_equal(~cpu_this()->plan.closed, PLAIN);
    world_time(LENGTH);
    assert_int_equal(~cpu_this()->plan.closed, UINT32_MAX);
    assert_int_equal(cpu_this()->plan.boundary, 0);
    world_time(10 * LENGTH);
    assert_int_equal(DO(plan_start, WARDEN_CORE, two, 0), BH_OK); /* at once, as none runs */
    assert_int_equal(~cpu_this()->plan.closed, PLAIN | 2);
}

/* Whatever the holder writes there does no harm; gone, the plan is over with its window. */
static void test_memory(void **state)
{
    (void)state;
    uint64_t slot, mine;
    struct bh_plan *p = memory(&slot);
    mine = world_derive(slot, BH_ALL, 0);
    memset(p, 0xff, sizeof *p);
    start(mine);
    assert_int_equal(cpu_this()->plan.boundary, host.now + UINT32_MAX);
    memset(p, 0, sizeof *p);
    p->windows[0].open = PLAIN;
    start(mine);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(cpu_this()->plan.boundary, host.now + BH_WINDOW_LEAST);
        world_time(BH_WINDOW_LEAST);
    }
    p->count = UINT32_MAX;
    for (unsigned i = 1; i < BH_PLAN_WINDOWS; i++) {
        p->windows[i].open = PLAIN;
        world_time(BH_WINDOW_LEAST);
    }
    assert_int_equal(cpu_this()->plan.window, BH_PLAN_WINDOWS - 1);
    world_time(BH_WINDOW_LEAST);
    assert_int_equal(cpu_this()->plan.window, 0);
    assert_int_equal(DO(cap_revoke, slot), BH_OK);
    assert_int_equal(~cpu_this()->plan.closed, PLAIN);
    world_time(BH_WINDOW_LEAST);
    assert_int_equal(~cpu_this()->plan.closed, UINT32_MAX);
    assert_int_equal(cpu_this()->plan.boundary, 0);
    assert_int_equal(DO(object_destroy, slot), BH_OK);
}

/* Limited budgets, parts of budgets, and budgets that change their group. */
static void test_groups(void **state)
{
    (void)state;
    uint64_t slot = plan(2, (uint32_t[]){GROUP(1) | PLAIN, PLAIN});
    uint64_t whole = world_make(BH_BUDGET, WARDEN_CORE, 150, BH_BUDGET_LIMIT(400, 2000));
    uint64_t part = world_slot();
    assert_int_equal(DO(budget_group, whole, WARDEN_CORE, 1), BH_OK);
    assert_int_equal(
        DO(pool_create, WARDEN_POOL, BH_BUDGET, part, whole, 140, BH_BUDGET_LIMIT(200, 2000)),
        BH_OK);
    uint64_t a = world_thread(0), b = world_thread(0);
    assert_int_equal(DO(thread_budget, a, whole), BH_OK);
    assert_int_equal(DO(thread_budget, b, part), BH_OK);
    world_time(2000);
    uint64_t high = world_running(200);
    assert_runs(high);
    (void)DO(thread_resume, a);
    (void)DO(thread_resume, b);
    start(slot);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_runs(a);
        world_time(200);
        assert_runs(b);
        world_time(200);
        assert_ptr_equal(machine_current(), world_warden());
        world_time(600);
        assert_ptr_equal(machine_current(), world_warden());
        world_time(1000);
    }
    assert_runs(a);
    assert_int_equal(DO(budget_group, whole, WARDEN_CORE, 0), BH_OK);
    assert_runs(a); /* this window is also for those without a group */
    assert_int_equal(world_thread_at(a)->budget->queued, QUEUED_READY);
    assert_int_equal(DO(budget_group, whole, WARDEN_CORE, 2), BH_OK);
    assert_ptr_equal(machine_current(), world_warden());
}

/* Nobody inherits from who is not admitted; but others help the server. */
static void test_help(void **state)
{
    (void)state;
    uint64_t server = world_waiting(0), door = world_endpoint(server);
    uint64_t slot = plan(2, (uint32_t[]){GROUP(1), PLAIN}), client = member(150, 1, 0);
    assert_runs(client);
    start(slot);
    assert_runs(client);
    (void)world_send(door, 1, 0, 0);
    assert_runs(server);
    world_time(LENGTH);
    assert_ptr_equal(machine_current(), world_warden());
    (void)world_send(door, 2, 0, 0);
    assert_runs(server); /* it does what the client asked for, on the warden's time */
    assert_ptr_equal(cpu_this()->budget, world_warden()->budget);
    (void)world_wait(BH_REPLY, 0, 0, 0, 0);
    assert_runs(server);
    assert_int_equal(machine_current()->frame.x[0], 2);
    (void)world_wait(BH_REPLY, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
    world_time(LENGTH);
    assert_runs(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_arguments), WORLD_TEST(test_windows), WORLD_TEST(test_slack),
        WORLD_TEST(test_late),      WORLD_TEST(test_change),  WORLD_TEST(test_memory),
        WORLD_TEST(test_groups),    WORLD_TEST(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
