/* SPDX-License-Identifier: Apache-2.0 */
/* How a call that was interrupted goes on, or does not. What is refused: rights_test.c. */
#include "tests/unit/world.h"

/* An interrupted call is made again by the same instruction, and nothing else is written. */
static void test_interrupted_call(void **state)
{
    (void)state;
    uint64_t parent = world_make(BH_SIGNAL, 0, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        (void)world_derive(parent, BH_ALL, 0);
    }
    uint64_t pc = world_warden()->frame.pc;
    host.polls_left = 1;
    assert_int_equal(DO(cap_revoke, parent), CALL_cap_revoke);
    assert_int_equal(world_warden()->frame.pc, pc);
    machine_svc();
    assert_int_equal(world_result(REG_STATUS), BH_OK);
    assert_int_equal(world_warden()->frame.pc, pc + 4);
    assert_false(cap_has_children(machine_slot(world_warden(), parent)));
}

/* Who is stopped in the middle of a revoke freezes nothing for ever. */
static void test_abandoned_revoke(void **state)
{
    (void)state;
    uint64_t parent = world_make(BH_SIGNAL, 0, 0, 0);
    (void)world_derive(parent, BH_ALL, 0);
    (void)world_derive(parent, BH_ALL, 0);
    uint64_t thread = world_running(150), to = world_slot();
    host.polls_left = 1;
    (void)DO(cap_revoke, parent);
    struct thread *revoker = world_thread_at(thread);
    thread_suspend(revoker);
    machine_leave(sched_resume(cpu_this()));
    assert_ptr_equal(machine_current(), world_warden());
    unsigned refused = 0;
    while (DO(cap_derive, parent, 0, to, BH_ALL, 0) != BH_OK) {
        assert_int_equal(world_result(REG_STATUS), BH_BUSY);
        assert_true(++refused < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_interrupted_call),
        WORLD_TEST(test_abandoned_revoke),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
