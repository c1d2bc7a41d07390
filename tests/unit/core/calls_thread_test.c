/* SPDX-License-Identifier: Apache-2.0 */
/* The calls on threads: arguments that are capabilities, and the rights that each of them needs. */
#include "tests/unit/world.h"

static void test_handler(void **state)
{
    (void)state;
    uint64_t thread = world_thread(0), endpoint = world_make(BH_ENDPOINT, 0, 0, 0);
    uint64_t blind = world_derive(endpoint, BH_ALL & ~BH_ENDPOINT_SEND, 0),
             badged = world_derive(endpoint, BH_ENDPOINT_SEND, 12);
    assert_int_equal(DO(thread_handler, thread, blind), BH_NO_RIGHT);
    assert_int_equal(DO(thread_handler, thread, WARDEN_CORE), BH_BAD_TYPE);
    assert_int_equal(DO(thread_handler, thread, MACHINE_SLOTS - 1), BH_NO_CAP);
    assert_int_equal(DO(thread_handler, thread, badged), BH_OK);
    assert_int_equal(world_thread_at(thread)->handler.badge, 12);
    assert_int_equal(DO(thread_handler, thread, 0), BH_OK);
    assert_int_equal(world_thread_at(thread)->handler.word, 0);
}

/* The handler is lost with the capability that it was made from. */
static void test_handler_revoked(void **state)
{
    (void)state;
    uint64_t thread = world_running(150), endpoint = 0;
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    endpoint = world_make(BH_ENDPOINT, 0, 0, 0);
    assert_int_equal(DO(thread_handler, thread, endpoint), BH_OK);
    assert_int_equal(DO(object_destroy, endpoint), BH_OK);
    assert_int_equal(world_thread_at(thread)->handler.word, 0);
}

static void test_rights(void **state)
{
    (void)state;
    uint64_t thread = world_thread(0), budget = world_make(BH_BUDGET, WARDEN_CORE, 3, 0);
    uint64_t reader = world_derive(thread, BH_THREAD_READ, 0),
             controller = world_derive(thread, BH_THREAD_CONTROL, 0);
    uint64_t binder = world_derive(thread, BH_THREAD_BIND, 0);
    assert_int_equal(DO(thread_read, reader, 0), BH_OK);
    assert_int_equal(DO(thread_write, reader, 0, 1), BH_NO_RIGHT);
    assert_int_equal(DO(thread_resume, reader), BH_NO_RIGHT);
    assert_int_equal(DO(thread_budget, reader, budget), BH_NO_RIGHT);
    assert_int_equal(DO(thread_read, controller, 0), BH_NO_RIGHT);
    assert_int_equal(DO(thread_set, controller, 1, 2, 3), BH_OK);
    assert_int_equal(DO(thread_write, controller, 0, 1), BH_OK);
    assert_int_equal(DO(thread_handler, controller, 0), BH_NO_RIGHT);
    assert_int_equal(DO(thread_budget, binder, budget), BH_OK);
    assert_int_equal(DO(thread_suspend, binder), BH_NO_RIGHT);
    assert_int_equal(DO(thread_cancel, binder), BH_NO_RIGHT);
}

/* A thread that is cancelled while it retries gives up its call. */
static void test_cancel_retry(void **state)
{
    (void)state;
    uint64_t server = world_waiting(0), endpoint = world_endpoint(server),
             urgent = world_waiting(150);
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, urgent), BH_OK);
    (void)world_send(endpoint, 1, 0, 0);
    (void)DO(signal_send, signal);
    (void)world_send(endpoint, 2, 0, 0);
    assert_runs(server);
    assert_int_equal(world_thread_at(urgent)->state, THREAD_RETRY);
    (void)DO(thread_cancel, urgent);
    assert_runs(urgent);
    assert_int_equal(machine_current()->frame.x[REG_STATUS], BH_CANCELED);
}

static void test_read_in_call(void **state)
{
    (void)state;
    uint64_t server = world_waiting(0), endpoint = world_endpoint(server);
    (void)world_send(endpoint, 1, 0, 0);
    assert_runs(server);
    assert_int_equal(DO(thread_read, WARDEN_THREAD, 0), BH_BUSY); /* it calls, it did not fault */
    assert_int_equal(DO(thread_write, WARDEN_THREAD, 0, 0), BH_BUSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_handler),      WORLD_TEST(test_handler_revoked), WORLD_TEST(test_rights),
        WORLD_TEST(test_cancel_retry), WORLD_TEST(test_read_in_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
