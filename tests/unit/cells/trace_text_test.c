/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a trace, which are an interface: bulkhead trace reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cells/trace/text.h"

static void expect(const char line[TRACE_TEXT], size_t length, const char *wanted)
{
    assert_string_equal(line, wanted);
    assert_int_equal(length, strlen(wanted));
}

static void test_lines(void **state)
{
    char line[TRACE_TEXT];
    struct bh_trace_record record = {0x1f03ac, BH_TRACE_IN, 1, 17, 2, 100, 0xabc02};

    (void)state;
    expect(line, trace_text_header(line, 62500000, 2), "~trace 1 hz 62500000 cores 2\n");
    expect(line, trace_text_cell(line, 3, "client"), "~cell 3 client\n");
    expect(line, trace_text_record(line, 1, &record), "~1 1f03ac 1 11.2 64 abc02\n");
    expect(line, trace_text_lost(line, 0, 17), "~lost 0 17\n");
}

/* The longest record and name are not cut. */
static void test_long(void **state)
{
    char line[TRACE_TEXT];
    struct bh_trace_record record = {UINT64_MAX, 255,        255,       65535,
                                     UINT32_MAX, UINT64_MAX, UINT64_MAX};

    (void)state;
    assert_int_equal(line[trace_text_record(line, 7, &record) - 1], '\n');
    assert_int_equal(line[trace_text_lost(line, 7, UINT64_MAX) - 1], '\n');
    assert_int_equal(line[trace_text_cell(line, 65535, "a-name-of-thirty-two-characters!") - 1],
                     '\n');
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
