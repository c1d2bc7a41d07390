/* SPDX-License-Identifier: Apache-2.0 */
/* Channels: order, wrap, full, restart of either end, two ends at once, and an end that lies. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells/lib/channel.h"

#define SIZE 4096
#define RING 16 /* entries of each ring in SIZE bytes: a power of two */

struct pair {
    uint8_t *memory;
    struct channel a, b;
};

static int make_pair(void **state)
{
    struct pair *pair = calloc(1, sizeof(*pair));

    pair->memory = aligned_alloc(64, SIZE);
    memset(pair->memory, 0, SIZE);
    assert_true(channel_attach(&pair->a, pair->memory, SIZE, 0));
    assert_true(channel_attach(&pair->b, pair->memory, SIZE, 1));
    *state = pair;
    return 0;
}

static int free_pair(void **state)
{
    struct pair *pair = *state;

    free(pair->memory);
    free(pair);
    return 0;
}

static void fill(uint8_t entry[CHANNEL_ENTRY], uint32_t n)
{
    for (unsigned i = 0; i < CHANNEL_ENTRY; i++) {
        entry[i] = (uint8_t)(n * 7 + i);
    }
}

static void expect_entry(const uint8_t entry[CHANNEL_ENTRY], uint32_t n)
{
    uint8_t wanted[CHANNEL_ENTRY];

    fill(wanted, n);
    assert_memory_equal(entry, wanted, CHANNEL_ENTRY);
}

/* Both ends look once, so that each has acknowledged the other. */
static void bring_up(struct pair *pair)
{
    channel_update(&pair->a);
    channel_update(&pair->b);
    assert_true(channel_update(&pair->a));
    assert_true(channel_update(&pair->b));
}

static void test_attach_needs_room(void **state)
{
    static uint8_t memory[4096];
    struct channel channel;

    (void)state;
    assert_false(channel_attach(&channel, memory, sizeof(struct channel_shared) + 127, 0));
    assert_false(channel_attach(&channel, memory, sizeof(memory), 2));
    assert_true(channel_attach(&channel, memory, sizeof(struct channel_shared) + 128, 0));
    assert_int_equal(channel.length, 1);
    assert_true(channel_attach(&channel, memory, sizeof(memory), 0));
    assert_int_equal(channel.length, RING);
}

static void test_down_until_both_are_there(void **state)
{
    struct pair *pair = *state;
    uint8_t entry[CHANNEL_ENTRY] = {0};
    struct channel alone;
    uint8_t *memory = aligned_alloc(64, SIZE);

    memset(memory, 0, SIZE);
    assert_true(channel_attach(&alone, memory, SIZE, 0));
    assert_int_equal(channel_send(&alone, entry), CHANNEL_DOWN);
    assert_int_equal(channel_receive(&alone, entry), CHANNEL_DOWN);
    free(memory);
    bring_up(pair);
    assert_int_equal(channel_receive(&pair->a, entry), CHANNEL_EMPTY);
}

static void test_order_and_wrap(void **state)
{
    struct pair *pair = *state;
    uint8_t entry[CHANNEL_ENTRY];
    uint32_t sent = 0;
    uint32_t received = 0;

    bring_up(pair);
    while (received < 1000) {
        fill(entry, sent);
        while (sent - received < 1 + received % RING) {
            fill(entry, sent++);
            assert_int_equal(channel_send(&pair->a, entry), CHANNEL_OK);
        }
        assert_int_equal(channel_receive(&pair->b, entry), CHANNEL_OK);
        expect_entry(entry, received++);
    }
}

static void test_full(void **state)
{
    struct pair *pair = *state;
    uint8_t entry[CHANNEL_ENTRY] = {0};

    bring_up(pair);
    for (unsigned i = 0; i < RING; i++) {
        assert_int_equal(channel_send(&pair->a, entry), CHANNEL_OK);
    }
    assert_int_equal(channel_send(&pair->a, entry), CHANNEL_FULL);
    assert_int_equal(channel_receive(&pair->b, entry), CHANNEL_OK);
    assert_int_equal(channel_send(&pair->a, entry), CHANNEL_OK);
}

static void test_directions_are_apart(void **state)
{
    struct pair *pair = *state;
    uint8_t entry[CHANNEL_ENTRY];

    bring_up(pair);
    fill(entry, 1);
    assert_int_equal(channel_send(&pair->a, entry), CHANNEL_OK);
    fill(entry, 2);
    assert_int_equal(channel_send(&pair->b, entry), CHANNEL_OK);
    assert_int_equal(channel_receive(&pair->a, entry), CHANNEL_OK);
    expect_entry(entry, 2);
    assert_int_equal(channel_receive(&pair->b, entry), CHANNEL_OK);
    expect_entry(entry, 1);
}

static void test_wake(void **state)
{
    struct pair *pair = *state;
    uint8_t entry[CHANNEL_ENTRY] = {0};

    bring_up(pair);
    channel_wake_needed(&pair->a);
    channel_wake_needed(&pair->b);
    channel_send(&pair->a, entry);
    assert_true(channel_wake_needed(&pair->a)); /* the ring was empty */
    assert_false(channel_wake_needed(&pair->a));
    channel_send(&pair->a, entry);
    assert_false(channel_wake_needed(&pair->a)); /* the other has work already */
    channel_receive(&pair->b, entry);
    assert_false(channel_wake_needed(&pair->b));
    while (channel_send(&pair->a, entry) == CHANNEL_OK) {
    }
    channel_receive(&pair->b, entry);
    assert_true(channel_wake_needed(&pair->b)); /* there is room again */
}

static void test_restart_empties(void **state)
{
    struct pair *pair = *state;
    uint8_t entry[CHANNEL_ENTRY];

    bring_up(pair);
    (void)channel_restarted(&pair->b);
    fill(entry, 1);
    channel_send(&pair->a, entry);
    channel_send(&pair->b, entry);
    assert_true(channel_attach(&pair->a, pair->memory, SIZE, 0));
    assert_int_equal(channel_send(&pair->a, entry), CHANNEL_DOWN); /* not acknowledged yet */
    assert_int_equal(channel_receive(&pair->b, entry), CHANNEL_EMPTY);
    assert_true(channel_restarted(&pair->b));
    assert_false(channel_restarted(&pair->b));
    assert_int_equal(channel_receive(&pair->a, entry), CHANNEL_EMPTY);
    fill(entry, 2);
    assert_int_equal(channel_send(&pair->a, entry), CHANNEL_OK);
    assert_int_equal(channel_receive(&pair->b, entry), CHANNEL_OK);
    expect_entry(entry, 2);
}

/* The other end writes whatever it likes into all of the shared memory, between any two operations.
 * Entries may be nonsense; nothing outside the shared memory is touched (AddressSanitizer), and an
 * impossible index is called BROKEN. */
static void test_hostile(void **state)
{
    struct pair *pair = *state;
    unsigned broken = 0;

    srand(1);
    bring_up(pair);
    for (unsigned i = 0; i < 200000; i++) {
        uint8_t entry[CHANNEL_ENTRY] = {0};
        struct channel_shared *shared = (struct channel_shared *)(void *)pair->memory;
        uint32_t *words = (uint32_t *)(void *)&shared->side[rand() % 2];
        enum channel_status status;

        words[rand() % 4] =
            rand() % 3 == 0 ? (uint32_t)rand() : pair->a.head + (uint32_t)(rand() % 40);
        status = rand() % 2 == 0 ? channel_send(&pair->a, entry) : channel_receive(&pair->a, entry);
        assert_in_range(status, CHANNEL_OK, CHANNEL_BROKEN);
        broken += status == CHANNEL_BROKEN;
        if (rand() % 4 == 0) { /* else it would be DOWN nearly always */
            shared->side[1].acknowledged = pair->a.generation;
        }
    }
    assert_true(broken > 100);
}

/* Both ends are honest again after one of them has written over everything: whoever looks first. */
static void test_recovers_from_garbage(void **state)
{
    struct pair *pair = *state;
    unsigned seed = 1;

    for (int round = 0; round < 1000; round++) {
        struct channel *first = round % 2 == 0 ? &pair->a : &pair->b;
        struct channel *second = round % 2 == 0 ? &pair->b : &pair->a;
        uint8_t sent[CHANNEL_ENTRY], got[CHANNEL_ENTRY];

        bring_up(pair);
        fill(sent, (uint32_t)round);
        assert_int_equal(channel_send(&pair->a, sent), CHANNEL_OK);
        for (unsigned i = 0; i < SIZE; i++) {
            pair->memory[i] = (uint8_t)rand_r(&seed);
        }
        (void)channel_update(first);
        assert_true(channel_wake_needed(first));
        for (int i = 0; i < 2; i++) { /* woken by the other, or looking anyway */
            (void)channel_update(second);
            (void)channel_update(first);
        }
        assert_int_equal(channel_send(second, sent), CHANNEL_OK);
        assert_int_equal(channel_receive(first, got), CHANNEL_OK);
        expect_entry(got, (uint32_t)round);
        assert_int_equal(channel_receive(first, got), CHANNEL_EMPTY);
        assert_int_equal(channel_receive(second, got), CHANNEL_EMPTY);
    }
}

static void test_impossible_index(void **state)
{
    struct pair *pair = *state;
    struct channel_shared *shared = (struct channel_shared *)(void *)pair->memory;
    uint8_t entry[CHANNEL_ENTRY] = {0};

    bring_up(pair);
    shared->side[1].head = RING + 1;
    assert_int_equal(channel_receive(&pair->a, entry), CHANNEL_BROKEN);
    shared->side[1].tail = 1;
    assert_int_equal(channel_send(&pair->a, entry), CHANNEL_BROKEN);
}

#define STREAM 200000

static void *stream_out(void *argument)
{
    struct channel *channel = argument;
    uint8_t entry[CHANNEL_ENTRY];

    for (uint32_t n = 0; n < STREAM;) {
        fill(entry, n);
        if (channel_send(channel, entry) == CHANNEL_OK) {
            n++;
        } else {
            sched_yield();
        }
    }
    return NULL;
}

static void test_two_threads(void **state)
{
    struct pair *pair = *state;
    uint8_t entry[CHANNEL_ENTRY];
    pthread_t thread;

    bring_up(pair);
    assert_int_equal(pthread_create(&thread, NULL, stream_out, &pair->a), 0);
    for (uint32_t n = 0; n < STREAM;) {
        if (channel_receive(&pair->b, entry) == CHANNEL_OK) {
            expect_entry(entry, n++);
        } else {
            sched_yield();
        }
    }
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attach_needs_room),
        cmocka_unit_test_setup_teardown(test_down_until_both_are_there, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_order_and_wrap, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_full, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_directions_are_apart, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_wake, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_restart_empties, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_hostile, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_recovers_from_garbage, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_impossible_index, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_two_threads, make_pair, free_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
