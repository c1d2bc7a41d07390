/* SPDX-License-Identifier: Apache-2.0 */
/* Bindings by call: endpoint, signal, irq; and the order of the checks of pool_create. */
#include "tests/unit/world.h"

static void test_endpoint_bind(void **state)
{
    (void)state;
    uint64_t a = world_thread(0), b = world_thread(0), endpoint = world_make(BH_ENDPOINT, 0, 0, 0);
    uint64_t weak = world_derive(a, BH_ALL & ~BH_THREAD_BIND, 0);
    assert_int_equal(DO(endpoint_bind, endpoint, weak), BH_NO_RIGHT);
    assert_int_equal(DO(endpoint_bind, endpoint, WARDEN_CORE), BH_BAD_TYPE);
    assert_int_equal(DO(endpoint_bind, endpoint, MACHINE_SLOTS - 1), BH_NO_CAP);
    assert_int_equal(DO(endpoint_bind, endpoint, a), BH_OK);
    assert_int_equal(DO(endpoint_bind, endpoint, b), BH_OK); /* replaces */
    assert_ptr_equal(endpoint_server(endpoint_of(world_object(endpoint))), world_thread_at(b));
    assert_int_equal(DO(endpoint_bind, endpoint, 0), BH_OK);
    assert_int_equal(DO(endpoint_bind, endpoint, 0), BH_OK);
    assert_null(endpoint_server(endpoint_of(world_object(endpoint))));
}

/* A server that is replaced goes on with the call that it serves. */
static void test_replaced_server(void **state)
{
    (void)state;
    uint64_t a = world_waiting(0), b = world_waiting(0), endpoint = world_endpoint(a);
    (void)world_send(endpoint, 1, 0, 0);
    assert_runs(a);
    (void)DO(endpoint_bind, endpoint, b);
    assert_runs(a);
    (void)world_wait(BH_REPLY, 8, 0, 0, 0);
    assert_ptr_equal(machine_current(), world_warden());
    assert_int_equal(world_warden()->frame.x[0], 8);
    (void)world_send(endpoint, 2, 0, 0);
    assert_runs(b);
}

static void test_create_order(void **state)
{
    (void)state;
    uint64_t weak = world_derive(WARDEN_POOL, BH_POOL_INFO, 0);
    assert_int_equal(DO(pool_create, weak, 99, 0, 0, 0, 0), BH_NO_RIGHT);
    assert_int_equal(DO(pool_create, WARDEN_POOL, 99, 0, 0, 0, 0), BH_BAD_ARG);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_CELL, 0, 0, 0, 0), BH_NO_SLOT);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_CELL, world_slot(), 0, 0, 0), BH_BAD_ARG);
    host.cores[1].cpu.power = CPU_OFF; /* what is wrong with the arguments comes first */
    uint64_t slot = world_slot();
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_THREAD, slot, WARDEN_CELL, 2, 1), BH_BAD_ARG);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_THREAD, slot, WARDEN_CELL, 1, 1), BH_DOWN);
    host.cores[1].cpu.power = CPU_ON;
}

/* A frozen vCPU capability gives no line, and no memory is lost over it. */
static void test_line_of_frozen(void **state)
{
    (void)state;
    uint64_t cell, vcpu = world_vcpu(0, &cell);
    (void)world_derive(vcpu, BH_ALL, 0);
    (void)world_derive(vcpu, BH_ALL, 0);
    host.polls_left = 1;
    (void)DO(cap_revoke, vcpu);
    uint64_t free = world_warden()->cell->object.pool->free;
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_LINE, world_slot(), vcpu, 3, 0), BH_BUSY);
    assert_int_equal(world_warden()->cell->object.pool->free, free);
}

static void test_full_rights(void **state)
{
    (void)state;
    uint64_t made = world_make(BH_ENDPOINT, 0, 0, 0);
    assert_int_equal(slot_rights(machine_slot(world_warden(), made)), BH_ALL);
    assert_int_equal(machine_slot(world_warden(), made)->badge, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_endpoint_bind), WORLD_TEST(test_replaced_server),
        WORLD_TEST(test_create_order),  WORLD_TEST(test_line_of_frozen),
        WORLD_TEST(test_full_rights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
