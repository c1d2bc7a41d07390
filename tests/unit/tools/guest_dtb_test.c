/* SPDX-License-Identifier: Apache-2.0 */
/* Device trees of guests: what is in them, their limits, and damaged ones from the designer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libfdt.h>

#include "tools/bulkhead/guest_dtb.h"

static struct arena arena;
static const struct guest_machine machine = {.ram = {GUEST_RAM, 0x8000000},
                                             .gic = 3,
                                             .cpus = 1,
                                             .bootargs = "quiet",
                                             .initrd = {GUEST_RAM + 0x4000000, 0x1234},
                                             .start = {0xc000000, 0x1000}};

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    arena = (struct arena){NULL};
    return 0;
}

static uint64_t number(const void *fdt, const char *path, const char *name)
{
    int length = 0;
    const void *value = fdt_getprop(fdt, fdt_path_offset(fdt, path), name, &length);

    assert_non_null(value);
    assert_true(length >= 8);
    return fdt64_ld(value);
}

static void check_chosen(const void *fdt)
{
    int chosen = fdt_path_offset(fdt, "/chosen");

    assert_string_equal(fdt_getprop(fdt, chosen, "bootargs", NULL), "quiet");
    assert_int_equal(number(fdt, "/chosen", "linux,initrd-start"), machine.initrd.base);
    assert_int_equal(number(fdt, "/chosen", "linux,initrd-end"), machine.initrd.base + 0x1234);
    assert_int_equal(number(fdt, "/memory", "reg"), GUEST_RAM);
}

static void test_made(void **state)
{
    struct bytes tree = guest_dtb_make(&arena, &machine);

    (void)state;
    assert_non_null(tree.data);
    assert_int_equal(fdt_check_full(tree.data, tree.size), 0);
    check_chosen(tree.data);
    assert_int_equal(number(tree.data, "/bulkhead", "reg"), 0xc000000);
    assert_true(fdt_path_offset(tree.data, "/pl011@9000000") >= 0);
    assert_true(tree.size < 4096);
}

static void test_too_large(void **state)
{
    char *long_line = malloc(DTB_MOST + 1);
    struct guest_machine talkative = machine;

    (void)state;
    memset(long_line, 'a', DTB_MOST);
    long_line[DTB_MOST] = 0;
    talkative.bootargs = long_line;
    assert_null(guest_dtb_make(&arena, &talkative).data);
    struct bytes tree = guest_dtb_make(&arena, &machine);
    assert_null(guest_dtb_patch(&arena, tree, &talkative).data);
    free(long_line);
}

static void test_patched(void **state)
{
    struct guest_machine other = machine;
    other.ram = (struct range){GUEST_RAM, 0x1000000};
    other.bootargs = NULL;
    other.initrd.size = 0;
    struct bytes tree = guest_dtb_make(&arena, &other);
    struct bytes patched = guest_dtb_patch(&arena, tree, &machine);

    (void)state;
    assert_non_null(patched.data);
    assert_int_equal(fdt_check_full(patched.data, patched.size), 0);
    check_chosen(patched.data);
    tree.size--;
    assert_null(guest_dtb_patch(&arena, tree, &machine).data);
}

/* Refused or patched, but no access outside (AddressSanitizer) and no endless loop. */
static void test_damaged(void **state)
{
    struct bytes tree = guest_dtb_make(&arena, &machine);

    (void)state;
    srand(1);
    for (unsigned i = 0; i < 3000; i++) {
        struct arena own = {NULL};
        uint8_t *copy = malloc(tree.size);
        memcpy(copy, tree.data, tree.size);
        for (int k = rand() % 4; k >= 0; k--) {
            copy[(size_t)rand() % tree.size] = (uint8_t)(rand() % 2 == 0 ? 0xff : rand());
        }
        struct bytes damaged = {copy, rand() % 8 == 0 ? (size_t)rand() % tree.size : tree.size};
        struct bytes patched = guest_dtb_patch(&own, damaged, &machine);
        assert_true(patched.data == NULL || fdt_check_header(patched.data) == 0);
        arena_free(&own);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_patched),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, end);
}
