/* SPDX-License-Identifier: Apache-2.0 */
/* Guest images: each format, and every way in which one does not fit. */
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
#define RAM_SIZE UINT64_C(0x100000)

static uint8_t *ram_bytes;
static struct ram ram;
static size_t cleaned;

void cache_clean(const void *start, size_t size)
{
    assert_true((const uint8_t *)start >= ram_bytes);
    assert_true((const uint8_t *)start + size <= ram_bytes + RAM_SIZE);
    cleaned += size;
}

static int start(void **state)
{
    (void)state;
    ram_bytes = malloc(RAM_SIZE);
    memset(ram_bytes, 0xee, RAM_SIZE);
    ram = (struct ram){RAM_BASE, RAM_SIZE, ram_bytes};
    cleaned = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(ram_bytes);
    return 0;
}

static void put(uint8_t *image, size_t at, uint64_t value, size_t size)
{
    memcpy(image + at, &value, size);
}

/* An ELF file of 0x200 bytes with one segment: 16 bytes at 0x100, 32 in memory. */
static void make_elf(uint8_t image[0x200])
{
    memset(image, 0, 0x200);
    memcpy(image,
           "\x7f"
           "ELF\x02\x01\x01",
           7);
    put(image, 16, 2, 2);                            /* executable */
    put(image, 18, 183, 2);                          /* AArch64 */
    put(image, 24, UINT64_C(0xffff000000001004), 8); /* entry */
    put(image, 32, 64, 8);                           /* program headers */
    put(image, 54, 56, 2);
    put(image, 56, 1, 2);
    put(image, 64, 1, 4); /* PT_LOAD */
    put(image, 64 + 8, 0x100, 8);
    put(image, 64 + 16, UINT64_C(0xffff000000001000), 8); /* virtual */
    put(image, 64 + 24, RAM_BASE + 0x3000, 8);
    put(image, 64 + 32, 16, 8);
    put(image, 64 + 40, 32, 8);
    memset(image + 0x100, 0x5a, 16);
}

static void test_raw(void **state)
{
    uint8_t image[100];
    uint64_t entry;

    (void)state;
    memset(image, 0x11, sizeof(image));
    assert_null(image_load(&ram, image, sizeof(image), &entry));
    assert_int_equal(entry, RAM_BASE + 0x80000);
    assert_memory_equal(ram_bytes + 0x80000, image, sizeof(image));
    assert_int_equal(ram_bytes[0x80000 + sizeof(image)], 0xee);
    assert_int_equal(cleaned, sizeof(image));
}

static void test_raw_too_large(void **state)
{
    uint8_t *image = calloc(1, RAM_SIZE);
    uint64_t entry;

    (void)state;
    assert_non_null(image_load(&ram, image, RAM_SIZE - 0x80000 + 1, &entry));
    assert_null(image_load(&ram, image, RAM_SIZE - 0x80000, &entry));
    free(image);
}

static void test_elf(void **state)
{
    uint8_t image[0x200];
    uint64_t entry;

    (void)state;
    make_elf(image);
    assert_null(image_load(&ram, image, sizeof(image), &entry));
    assert_int_equal(entry, RAM_BASE + 0x3004);
    assert_memory_equal(ram_bytes + 0x3000, image + 0x100, 16);
    for (unsigned i = 16; i < 32; i++) {
        assert_int_equal(ram_bytes[0x3000 + i], 0);
    }
    assert_int_equal(ram_bytes[0x3020], 0xee);
    assert_int_equal(cleaned, 32);
}

/* One field at a time is made impossible. */
static void test_bad_elf(void **state)
{
    static const struct {
        size_t at;
        uint64_t value;
        size_t size;
    } wounds[] = {
        {16, 3, 2},              /* a shared object */
        {18, 62, 2},             /* another machine */
        {32, 0x1f0, 8},          /* program headers outside the file */
        {32, UINT64_MAX - 8, 8}, /* the same with overflow */
        {54, 32, 2},             /* program headers of another size */
        {56, 0, 2},              /* nothing to load */
        {64 + 8, 0x1f8, 8},      /* segment outside the file */
        {64 + 8, UINT64_MAX, 8},
        {64 + 24, RAM_BASE - 8, 8},        /* below the RAM */
        {64 + 24, RAM_BASE + RAM_SIZE, 8}, /* above it */
        {64 + 24, UINT64_MAX - 16, 8},
        {64 + 32, UINT64_MAX, 8},
        {64 + 40, RAM_SIZE, 8}, /* too large in memory */
        {64 + 40, UINT64_MAX, 8},
        {64 + 40, 8, 8}, /* smaller in memory than in the file */
    };
    (void)state;
    for (unsigned i = 0; i < sizeof(wounds) / sizeof(wounds[0]); i++) {
        uint8_t image[0x200];
        uint64_t entry;

        make_elf(image);
        put(image, wounds[i].at, wounds[i].value, wounds[i].size);
        assert_non_null(image_load(&ram, image, sizeof(image), &entry));
    }
}

static void test_arm64_image(void **state)
{
    uint8_t image[0x100] = {0};
    uint64_t entry;

    (void)state;
    memset(image, 0x77, sizeof(image));
    memcpy(image + 56, "ARM\x64", 4);
    put(image, 8, 0x2000, 8);   /* text offset */
    put(image, 16, 0x10000, 8); /* with what it zeroes itself */
    assert_null(image_load(&ram, image, sizeof(image), &entry));
    assert_int_equal(entry, RAM_BASE + 0x2000);
    assert_memory_equal(ram_bytes + 0x2000, image, sizeof(image));
    put(image, 16, RAM_SIZE, 8);
    assert_non_null(image_load(&ram, image, sizeof(image), &entry));
    put(image, 16, 0, 8); /* old image: no size, and its text offset does not count */
    assert_null(image_load(&ram, image, sizeof(image), &entry));
    assert_int_equal(entry, RAM_BASE + 0x80000);
}

/* Random bytes behind valid magic numbers: no access outside image and RAM (AddressSanitizer). */
static void test_random(void **state)
{
    (void)state;
    srand(1);
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t *image = malloc(0x200);
        uint64_t entry;

        make_elf(image);
        for (unsigned k = 0; k < 4; k++) {
            image[16 + rand() % 104] = (uint8_t)(rand() % 3 == 0 ? 0xff : rand());
        }
        (void)image_load(&ram, image, (size_t)(rand() % 0x201), &entry);
        free(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_raw, start, end),
        cmocka_unit_test_setup_teardown(test_raw_too_large, start, end),
        cmocka_unit_test_setup_teardown(test_elf, start, end),
        cmocka_unit_test_setup_teardown(test_bad_elf, start, end),
        cmocka_unit_test_setup_teardown(test_arm64_image, start, end),
        cmocka_unit_test_setup_teardown(test_random, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
