/* SPDX-License-Identifier: Apache-2.0 */
/* Event rings: order, overruns, a writer that is never waited for, and memory that lies. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells/lib/trace_ring.h"

#define PLACES 7 /* records of the ring */
#define SIZE   ((PLACES + 1) * sizeof(struct bh_trace_record))

/* The ring, and what the kernel knows of it. */
struct world {
    struct bh_trace_ring *ring;
    uint64_t head;
    struct trace_ring reader;
};

static void bind_ring(struct world *world)
{
    *world->ring = (struct bh_trace_ring){.magic = BH_TRACE_MAGIC, .records = PLACES};
    world->head = 0;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    world->ring = calloc(1, SIZE); /* exactly: ASan sees a step outside */
    bind_ring(world);
    assert_true(trace_ring_open(&world->reader, world->ring, SIZE));
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    free(world->ring);
    free(world);
    return 0;
}

/* As the kernel does: a full fence, the words, then the head. Each word says which record it is
 * of. */
static void write_record(struct world *world)
{
    uint64_t n = world->head;
    uint64_t *words = (uint64_t *)(void *)(world->ring + 1) + n % PLACES * 4;

    __atomic_thread_fence(__ATOMIC_RELEASE);
    for (unsigned i = 0; i < 4; i++) {
        __atomic_store_n(&words[i], n, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&world->ring->head, ++world->head, __ATOMIC_RELEASE);
}

static void write_records(struct world *world, unsigned count)
{
    while (count-- > 0) {
        write_record(world);
    }
}

static void comes(struct world *world, uint64_t n)
{
    struct bh_trace_record record;

    assert_true(trace_ring_read(&world->reader, &record));
    assert_int_equal(record.time, n);
    assert_int_equal(record.b, n);
}

static void nothing_comes(struct world *world)
{
    struct bh_trace_record record;

    assert_false(trace_ring_read(&world->reader, &record));
}

static void test_order(void **state)
{
    struct world *world = *state;

    nothing_comes(world);
    for (unsigned n = 0; n < 5 * PLACES; n += 3) {
        write_records(world, 3);
        for (unsigned i = 0; i < 3; i++) {
            comes(world, n + i);
        }
        nothing_comes(world);
    }
    assert_int_equal(world->reader.lost, 0);
}

/* The place that is written next is never read: so one less than there is room for. */
static void test_overrun(void **state)
{
    struct world *world = *state;

    write_records(world, PLACES - 1);
    comes(world, 0);
    assert_int_equal(world->reader.lost, 0);
    write_records(world, 100);
    for (uint64_t n = 100; n < PLACES - 1 + 100; n++) {
        comes(world, n);
    }
    nothing_comes(world);
    assert_int_equal(world->reader.lost, 99);
    write_records(world, PLACES);
    comes(world, PLACES - 1 + 100 + 1);
    assert_int_equal(world->reader.lost, 100);
}

static void test_bound_anew(void **state)
{
    struct world *world = *state;

    write_records(world, 5);
    comes(world, 0);
    comes(world, 1);
    comes(world, 2);
    bind_ring(world);
    nothing_comes(world);
    write_records(world, 2);
    comes(world, 0);
    comes(world, 1);
    nothing_comes(world);
    assert_int_equal(world->reader.lost, 0);
}

static void test_not_bound(void **state)
{
    struct world *world = *state;

    write_records(world, 2);
    world->ring->magic = 0;
    nothing_comes(world);
    world->ring->magic = BH_TRACE_MAGIC;
    comes(world, 0);
}

/* Whatever the head and the ring's own idea of its size are. */
static void test_lies(void **state)
{
    static const uint64_t heads[] = {0, 1, UINT64_MAX, UINT64_MAX - 3, 6,
                                     7, 8, UINT32_MAX, 1ull << 63,     5};
    struct world *world = *state;

    for (unsigned i = 0; i < 1000; i++) {
        struct bh_trace_record record;

        world->ring->head = heads[(i * 7 + i / 10) % (sizeof(heads) / sizeof(heads[0]))];
        world->ring->records = i * 77;
        for (unsigned k = 0; k < i % 9; k++) {
            (void)trace_ring_read(&world->reader, &record);
        }
    }
}

static void test_open(void **state)
{
    struct world *world = *state;
    struct trace_ring reader;

    assert_false(trace_ring_open(&reader, world->ring, 2 * sizeof(struct bh_trace_record)));
    assert_true(trace_ring_open(&reader, world->ring, 3 * sizeof(struct bh_trace_record)));
    assert_false(trace_ring_open(&reader, (const uint8_t *)world->ring + 4, SIZE - 32));
    assert_false(trace_ring_open(&reader, world->ring, 1ull << 40));
}

#define MANY 2000000u

static void *write_many(void *argument)
{
    write_records(argument, MANY);
    return NULL;
}

/* A writer that runs beside: what is read is whole and in order, and all the rest is counted. */
static void test_beside(void **state)
{
    struct world *world = *state;
    struct bh_trace_record record;
    uint64_t count = 0, last = 0;
    pthread_t writer;

    assert_int_equal(pthread_create(&writer, NULL, write_many, world), 0);
    while (last + 1 < MANY) {
        if (trace_ring_read(&world->reader, &record)) {
            uint64_t words[4];

            memcpy(words, &record, sizeof(words));
            assert_true(count == 0 || words[0] > last);
            assert_true(words[0] == words[1] && words[0] == words[2] && words[0] == words[3]);
            last = words[0];
            count++;
        }
    }
    pthread_join(writer, NULL);
    assert_int_equal(count + world->reader.lost, MANY);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(test_order), TEST(test_overrun), TEST(test_bound_anew), TEST(test_not_bound),
        TEST(test_lies),  TEST(test_open),    TEST(test_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
