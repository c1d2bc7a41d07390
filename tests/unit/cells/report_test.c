/* SPDX-License-Identifier: Apache-2.0 */
/* A real-time guest's statistics: one line a second, nonsense survived. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells/jitter/report.h"

static struct report report;
static char text[REPORT_TEXT];

static struct statistics entry(uint64_t sequence, uint64_t periods)
{
    return (struct statistics){STATISTICS_MAGIC,    sequence, 100000, periods,
                               periods < 2 ? 0 : 2, 320,      410,    4100};
}

static size_t take(uint64_t sequence, uint64_t periods)
{
    struct statistics s = entry(sequence, periods);

    return report_take(&report, &s, text);
}

static int start(void **state)
{
    (void)state;
    report_restart(&report);
    text[0] = '\0';
    return 0;
}

static void test_a_line_a_second(void **state)
{
    unsigned lines = 0;

    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        lines += take(i, i * 1000) > 0;
    }
    assert_int_equal(lines, 10);
    assert_string_equal(text,
                        "9 s: 90000 periods of 100 us, 2 missed; 320 to 4100 ns late, mean 410\n");
}

static void test_lost(void **state)
{
    (void)state;
    (void)take(0, 0);
    (void)take(5, 10000);
    assert_non_null(strstr(text, "mean 410 (4 reports lost, 0 bad)\n"));
}

static void test_restart(void **state)
{
    (void)state;
    (void)take(77, 100000);
    assert_int_not_equal(take(0, 0), 0); /* time goes back: a line at once */
    report_restart(&report);
    assert_int_not_equal(take(0, 0), 0);
    assert_null(strstr(text, "lost"));
}

static void test_nonsense(void **state)
{
    struct statistics s = entry(0, 1);

    (void)state;
    s.magic++;
    assert_int_not_equal(report_take(&report, &s, text), 0);
    assert_string_equal(text, "what came through the channel is no statistics\n");
    assert_int_equal(report_take(&report, &s, text), 0); /* said once */
    assert_int_not_equal(take(1, 10000), 0);
    assert_non_null(strstr(text, "(0 reports lost, 2 bad)"));
    srand(1);
    for (unsigned i = 0; i < 100000; i++) {
        for (size_t k = 0; k < sizeof(s); k++) {
            ((uint8_t *)&s)[k] = (uint8_t)(rand() % 3 ? rand() : 0xff * (rand() % 2));
        }
        s.magic = STATISTICS_MAGIC;
        assert_in_range(report_take(&report, &s, text), 0, REPORT_TEXT - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_line_a_second, start),
        cmocka_unit_test_setup(test_lost, start),
        cmocka_unit_test_setup(test_restart, start),
        cmocka_unit_test_setup(test_nonsense, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
