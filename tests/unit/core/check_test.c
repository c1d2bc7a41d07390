/* SPDX-License-Identifier: Apache-2.0 */
/* The invariants: each one broken by hand must be noticed. */
#include "kernel/core/check.h"
#include "tests/unit/world.h"

/* Break, see it noticed, mend. */
#define assert_noticed(place, wrong)            \
    do {                                        \
        __typeof__(place) kept = (place);       \
        (place) = (wrong);                      \
        assert_halts(kernel_check(cpu_this())); \
        (place) = kept;                         \
        kernel_check(cpu_this());               \
    } while (0)

static void test_derivation(void **state)
{
    (void)state;
    uint64_t parent = world_make(BH_SIGNAL, 0, 0, 0), child = world_derive(parent, BH_ALL, 0);
    struct slot *a = machine_slot(world_warden(), parent), *b = machine_slot(world_warden(), child);
    assert_noticed(b->prev, 0);
    assert_noticed(b->word, slot_pack(BH_ENDPOINT, 0, slot_object(b)));
    assert_noticed(b->cell, 0);
    assert_noticed(world_warden()->cell->used_slots, 0);
    uint8_t depth = (uint8_t)b->depth;
    b->depth = 2;
    assert_halts(kernel_check(cpu_this()));
    b->depth = depth;
    a->depth = 1;
    assert_halts(kernel_check(cpu_this()));
    a->depth = 0;
}

static void test_threads(void **state)
{
    (void)state;
    uint64_t server = world_waiting(50), endpoint = world_endpoint(server);
    (void)world_send(endpoint, 0, 0, 0);
    struct thread *thread = world_thread_at(server);
    assert_noticed(thread->depth, 2);
    assert_noticed(thread->caller, NULL);
    assert_noticed(thread->state, THREAD_WAITING);
    assert_noticed(thread->frame.psr, 0x9);
    assert_noticed(thread->budget->queued, 1);
    assert_noticed(world_warden()->callee, world_warden());
}

static void test_ready_queue(void **state)
{
    (void)state;
    struct cpu *cpu = cpu_this();
    assert_noticed(cpu->ready.bitmap[0], 1);
    assert_noticed(world_warden()->budget->queued, 0);
    assert_noticed(world_warden()->budget->priority, 3);
}

static void test_limits(void **state)
{
    (void)state;
    uint64_t thread = world_thread(0);
    uint64_t slot = world_make(BH_BUDGET, WARDEN_CORE, 150, BH_BUDGET_LIMIT(30, 100));
    struct budget *budget = budget_of(world_object(slot));
    assert_int_equal(DO(thread_budget, thread, slot), BH_OK);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    assert_noticed(budget->available, 29);
    assert_noticed(budget->special, SPECIAL_EXHAUSTED);
    world_time(30);
    assert_noticed(budget->queued, QUEUED_NO);
    assert_noticed(budget->limit->refill[0], 31);
    assert_noticed(cpu_this()->refills.first->when, 0);
}

static void test_mappings(void **state)
{
    (void)state;
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, 0x400000, BH_MAP_READ), BH_OK);
    assert_noticed(memory_of(world_object(SLOT_RAM))->mappings, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_derivation), WORLD_TEST(test_threads),  WORLD_TEST(test_ready_queue),
        WORLD_TEST(test_limits),     WORLD_TEST(test_mappings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
