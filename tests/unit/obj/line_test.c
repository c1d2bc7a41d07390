/* SPDX-License-Identifier: Apache-2.0 */
/* Lines: level and edge, set by hand and by a signal, and what is left when the vCPU goes. */
#include "tests/unit/world.h"

static uint64_t state_of(uint64_t vcpu, uint64_t interrupt)
{
    assert_int_equal(DO(vcpu_irq_state, vcpu, interrupt, 0, 0), BH_OK);
    return world_result(0);
}

static void test_level(void **state)
{
    (void)state;
    uint64_t cell, vcpu = world_vcpu(0, &cell), line = world_make(BH_LINE, vcpu, 6, 0);
    assert_int_equal(DO(vcpu_irq, vcpu, 6, BH_VIRQ_LEVEL | BH_VIRQ_ENABLE), BH_OK);
    assert_int_equal(DO(line_set, line, 1), BH_OK);
    assert_int_equal(state_of(vcpu, 6), 1);
    assert_int_equal(DO(line_set, line, 0), BH_OK);
    assert_int_equal(state_of(vcpu, 6), 0);
    assert_int_equal(DO(line_set, line, 2), BH_BAD_ARG);
}

static void test_edge(void **state)
{
    (void)state;
    uint64_t cell, vcpu = world_vcpu(0, &cell), line = world_make(BH_LINE, vcpu, 7, 0);
    assert_int_equal(DO(line_set, line, 0), BH_OK);
    assert_int_equal(state_of(vcpu, 7), 0);
    assert_int_equal(DO(line_set, line, 1), BH_OK);
    assert_int_equal(DO(line_set, line, 0), BH_OK); /* does nothing: it is latched */
    assert_int_equal(state_of(vcpu, 7), 1);
}

static void test_signal_drives_it(void **state)
{
    (void)state;
    uint64_t cell, vcpu = world_vcpu(0, &cell), line = world_make(BH_LINE, vcpu, 8, 0),
                   signal = world_make(BH_SIGNAL, 0, 0, 0);
    uint64_t weak = world_derive(line, BH_LINE_SEND, 0);
    assert_int_equal(DO(signal_bind, signal, weak), BH_NO_RIGHT);
    assert_int_equal(DO(signal_bind, signal, line), BH_OK);
    assert_int_equal(DO(signal_send, signal), BH_OK);
    assert_int_equal(state_of(vcpu, 8), 1);
}

static void test_down(void **state)
{
    (void)state;
    uint64_t cell, vcpu = world_vcpu(0, &cell), line = world_make(BH_LINE, vcpu, 8, 0),
                   signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, line), BH_OK);
    assert_int_equal(DO(object_destroy, vcpu), BH_OK);
    assert_int_equal(DO(line_set, line, 1), BH_DOWN);
    assert_int_equal(DO(signal_send, signal), BH_DOWN);
}

static void test_arguments(void **state)
{
    (void)state;
    uint64_t cell, vcpu = world_vcpu(0, &cell), weak = world_derive(vcpu, BH_VCPU_READ, 0),
                   to = world_slot();
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_LINE, to, weak, 3, 0), BH_NO_RIGHT);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_LINE, to, vcpu, 32, 0), BH_BAD_ARG);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_LINE, to, vcpu, 3, 1), BH_BAD_ARG);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_LINE, to, cell, 3, 0), BH_BAD_TYPE);
    assert_int_equal(
        DO(line_set, world_derive(world_make(BH_LINE, vcpu, 3, 0), BH_LINE_BIND, 0), 1),
        BH_NO_RIGHT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_level), WORLD_TEST(test_edge),      WORLD_TEST(test_signal_drives_it),
        WORLD_TEST(test_down),  WORLD_TEST(test_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
