/* SPDX-License-Identifier: Apache-2.0 */
/* The device tree reader: what it finds, and that no blob makes it read elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests/rtos/board.h"
#include "guests/rtos/fdt.h"
#include "tests/unit/rtos/tree.h"

static struct board board;

static void finds_gicv3(void **state)
{
    size_t size;
    uint8_t *blob = tree_make(3, &size);

    (void)state;
    assert_true(board_read(&board, blob, size, 2));
    assert_int_equal(board.gic_version, 3);
    assert_int_equal(board.gicd, 0xa000000);
    assert_int_equal(board.gicr, 0xa100000);
    assert_int_equal(board.uart, 0x9100000);
    assert_int_equal(board.uart_irq, 39);
    assert_int_equal(board.timer_irq, 30); /* the third: PPI 14 */
    assert_int_equal(board.start, TREE_START);
    assert_int_equal(board.start_size, 0x10000);
    assert_string_equal(board.arguments, "period_us=250 quiet");
    free(blob);
}

static void finds_gicv2(void **state)
{
    size_t size;
    uint8_t *blob = tree_make(2, &size);

    (void)state;
    assert_true(board_read(&board, blob, size, 3));
    assert_int_equal(board.gic_version, 2);
    assert_int_equal(board.gicd, 0xa000000);
    assert_int_equal(board.gicc, 0xa010000);
    free(blob);
}

static void expect_defaults(unsigned version)
{
    assert_int_equal(board.gic_version, version);
    assert_int_equal(board.gicd, 0x08000000);
    assert_int_equal(board.uart, 0x09000000);
    assert_int_equal(board.uart_irq, 33);
    assert_int_equal(board.timer_irq, 27);
    assert_int_equal(board.start, 0);
    assert_string_equal(board.arguments, "");
}

static void without_a_tree(void **state)
{
    uint8_t *nothing = calloc(1, 40);

    (void)state;
    assert_false(board_read(&board, nothing, 40, 2));
    expect_defaults(2);
    assert_false(board_read(&board, nothing, 3, 3));
    expect_defaults(3);
    free(nothing);
}

/* A tree that says it is larger than what is there is none. */
static void truncated(void **state)
{
    size_t size;
    uint8_t *blob = tree_make(3, &size);

    (void)state;
    for (size_t limit = 0; limit < size; limit++) {
        uint8_t *part = malloc(limit == 0 ? 1 : limit);

        memcpy(part, blob, limit);
        assert_false(board_read(&board, part, limit, 3));
        free(part);
    }
    free(blob);
}

/* The address sanitizer looks for what is read outside. */
static void random_damage(void **state)
{
    unsigned seed = 1;
    unsigned believed = 0;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t size;
        uint8_t *blob = tree_make(2 + (unsigned)round % 2, &size);

        for (int i = rand_r(&seed) % 4; i >= 0; i--) {
            blob[(size_t)rand_r(&seed) % size] = (uint8_t)rand_r(&seed);
        }
        believed += board_read(&board, blob, size, 3);
        free(blob);
    }
    assert_true(believed > 10000);
}

static void properties_are_bounded(void **state)
{
    struct fdt_item property = {.name = "x", .value = (const uint8_t *)"a\0bc", .size = 5};

    (void)state;
    assert_true(fdt_has(&property, "a"));
    assert_true(fdt_has(&property, "bc"));
    assert_false(fdt_has(&property, "b"));
    property.size = 4; /* not terminated */
    assert_false(fdt_has(&property, "bc"));
    assert_int_equal(fdt_number(&property, 0, 1), 0x61006263);
    assert_int_equal(fdt_number(&property, 1, 1), 0);
    assert_int_equal(fdt_number(&property, 0, 2), 0);
    assert_int_equal(fdt_number(&property, UINT32_MAX, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_gicv3),    cmocka_unit_test(finds_gicv2),
        cmocka_unit_test(without_a_tree), cmocka_unit_test(truncated),
        cmocka_unit_test(random_damage),  cmocka_unit_test(properties_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
