/* SPDX-License-Identifier: Apache-2.0 */
/* What the tool hands over: pieces go where they belong, and nothing else is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells/lib/cache.h"
#include "cells/vmm/image.h"

#define RAM_BASE UINT64_C(0x40000000)
#define RAM_SIZE UINT64_C(0x10000)

/* As the tool writes it: bytes, zeroes, and the same bytes again. */
struct handed {
    struct guest_image head;
    struct guest_piece pieces[3];
    uint8_t bytes[104];
};

static uint8_t ram_bytes[RAM_SIZE];
static const struct ram ram = {RAM_BASE, RAM_SIZE, ram_bytes};
static size_t cleaned;

void cache_clean(const void *start, size_t size)
{
    assert_true((const uint8_t *)start >= ram_bytes);
    assert_true((const uint8_t *)start + size <= ram_bytes + RAM_SIZE);
    cleaned += size;
}

static struct handed good(void)
{
    struct handed h = {
        .head = {.magic = BH_GUEST_MAGIC, .entry = RAM_BASE + 0x1000, .piece_count = 3}};
    uint64_t bytes = offsetof(struct handed, bytes);

    h.pieces[0] = (struct guest_piece){RAM_BASE + 0x1000, sizeof(h.bytes), bytes};
    h.pieces[1] = (struct guest_piece){RAM_BASE + 0x1000 + sizeof(h.bytes), 60, 0};
    h.pieces[2] = (struct guest_piece){RAM_BASE + RAM_SIZE - 50, 50, bytes + 54};
    memset(h.bytes, 0x5a, sizeof(h.bytes));
    return h;
}

static void test_load(void **state)
{
    const struct handed h = good();

    (void)state;
    memset(ram_bytes, 0xee, sizeof(ram_bytes));
    cleaned = 0;
    assert_true(image_check(&h.head, sizeof(h), &ram));
    image_load(&h.head, &ram);
    assert_int_equal(ram_bytes[0xfff], 0xee);
    assert_memory_equal(ram_bytes + 0x1000, h.bytes, sizeof(h.bytes));
    for (size_t i = 0x1000 + sizeof(h.bytes); i < 0x1000 + sizeof(h.bytes) + 60; i++) {
        assert_int_equal(ram_bytes[i], 0);
    }
    assert_int_equal(ram_bytes[0x1000 + sizeof(h.bytes) + 60], 0xee);
    assert_int_equal(ram_bytes[RAM_SIZE - 51], 0xee);
    assert_memory_equal(ram_bytes + RAM_SIZE - 50, h.bytes + 54, 50);
    assert_int_equal(cleaned, sizeof(h.bytes) + 60 + 50);
}

static void refused(const struct handed *h)
{
    assert_false(image_check(&h->head, sizeof(*h), &ram));
}

static void test_check(void **state)
{
    struct handed h = good();

    (void)state;
    assert_false(image_check(&h.head, sizeof(h.head) - 1, &ram));
    assert_false(image_check(&h.head, sizeof(h) - 1, &ram));
    h.head.magic++;
    refused(&h);
    h = good();
    h.head.piece_count = UINT32_MAX;
    refused(&h);
    h = good();
    h.pieces[0].ipa = RAM_BASE - 1;
    refused(&h);
    h = good();
    h.pieces[1].ipa = RAM_BASE + RAM_SIZE - 59;
    refused(&h);
    h = good();
    h.pieces[1].size = UINT64_MAX;
    refused(&h);
    h = good();
    h.pieces[2].offset++;
    refused(&h);
    h = good();
    h.pieces[2].offset = UINT64_MAX - 8;
    refused(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
