/* SPDX-License-Identifier: Apache-2.0 */
/* format(): every conversion against the C library's, and the ends of the room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cells/lib/format.h"

#define SAME(...)                                                \
    do {                                                         \
        char ours[128], theirs[128];                             \
        size_t length = format(ours, sizeof(ours), __VA_ARGS__); \
        snprintf(theirs, sizeof(theirs), __VA_ARGS__);           \
        assert_string_equal(ours, theirs);                       \
        assert_int_equal(length, strlen(theirs));                \
    } while (0)

static void test_as_printf(void **state)
{
    (void)state;
    SAME("plain, 100%%");
    SAME("%s|%5s|%-5s|%.2s|%5.1s|", "abc", "de", "fg", "hij", "klm");
    SAME("%c%c", 'x', 'y');
    SAME("%u %u %u", 0U, 7U, UINT32_MAX);
    SAME("%d %d %d", 0, -1, INT32_MIN);
    SAME("%x %08x %-8x| %8x", 0xabcU, 0xabcU, 0xabcU, 0xabcU);
    SAME("%lu %ld %lx", UINT64_MAX, INT64_MIN, UINT64_MAX);
    SAME("%016lx", UINT64_C(0x123456789));
    SAME("%3u|%-3u|%03u", 5U, 5U, 5U);
}

static void test_room(void **state)
{
    char text[5];
    char one[1] = {'x'};

    (void)state;
    assert_int_equal(format(text, sizeof(text), "%s", "abcdef"), 4);
    assert_string_equal(text, "abcd");
    assert_int_equal(format(text, sizeof(text), "%u", 1234567U), 4);
    assert_string_equal(text, "1234");
    assert_int_equal(format(one, sizeof(one), "abc"), 0);
    assert_int_equal(one[0], '\0');
}

/* A conversion that does not exist is seen; a text may end in the middle of one. */
static void test_wrong_conversion(void **state)
{
    char text[32];
    const char *volatile wrong = "a%qb";
    const char *volatile cut = "a%l";
    va_list none;

    (void)state;
    memset(&none, 0, sizeof(none));
    format_list(text, sizeof(text), wrong, none);
    assert_string_equal(text, "a%qb");
    format_list(text, sizeof(text), cut, none);
    assert_string_equal(text, "a%l");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_printf),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_wrong_conversion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
