/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines, and histograms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests/rtos/app/histogram.h"
#include "guests/rtos/arguments.h"

static void arguments(void **state)
{
    const char *text = "period_us=250 quiet  crash=stack periods=x big=99999999999999999999 empty=";

    (void)state;
    assert_int_equal(arguments_number(text, "period_us", 7), 250);
    assert_int_equal(arguments_number(text, "period", 7), 7);
    assert_int_equal(arguments_number(text, "periods", 7), 7);
    assert_int_equal(arguments_number(text, "big", 7), 7);
    assert_int_equal(arguments_number(text, "empty", 7), 7);
    assert_int_equal(arguments_number(text, "quiet", 7), 7);
    assert_int_equal(arguments_number("n=0", "n", 7), 0);
    assert_int_equal(arguments_number("", "n", 7), 7);
    assert_true(arguments_flag(text, "quiet"));
    assert_true(arguments_flag(text, "empty"));
    assert_false(arguments_flag(text, "qui"));
    assert_false(arguments_flag("verboquiet", "quiet"));
    assert_true(arguments_value(text, "crash", "stack"));
    assert_false(arguments_value(text, "crash", "sta"));
    assert_false(arguments_value(text, "crash", "stacks"));
    assert_false(arguments_value(text, "quiet", ""));
}

/* Every value is in the bucket whose limits hold it, and buckets do not overlap. */
static void buckets(void **state)
{
    static struct histogram s;
    uint64_t value = 0;

    (void)state;
    for (unsigned i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
        assert_true(histogram_low(i) < histogram_low(i + 1));
    }
    while (value < UINT32_MAX) {
        unsigned i = 0;

        histogram_open(&s);
        histogram_add(&s, value);
        while (s.buckets[i] == 0) {
            i++;
        }
        assert_true(histogram_low(i) <= value && value < histogram_low(i + 1));
        value += value / 50 + 1;
    }
}

static void summary(void **state)
{
    static struct histogram s;

    (void)state;
    histogram_open(&s);
    assert_int_equal(histogram_mean(&s), 0);
    histogram_add(&s, 10);
    histogram_add(&s, 1000);
    histogram_add(&s, UINT64_C(1) << 40);
    assert_int_equal(s.count, 3);
    assert_int_equal(s.min, 10);
    assert_int_equal(s.max, UINT64_C(1) << 40);
    assert_int_equal(histogram_mean(&s), (1010 + (UINT64_C(1) << 40)) / 3);
    assert_int_equal(s.buckets[HISTOGRAM_BUCKETS - 1], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments),
        cmocka_unit_test(buckets),
        cmocka_unit_test(summary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
