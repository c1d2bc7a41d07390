/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's PL031. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells/vmm/rtc.h"
#include "tests/unit/cells/world.h"

#define DR   0x00
#define MR   0x04
#define LR   0x08
#define CR   0x0c
#define IMSC 0x10
#define RIS  0x14
#define MIS  0x18
#define ICR  0x1c
#define LINE world.line[PORT_LINE_RTC]

static struct rtc rtc;

static int start(void **state)
{
    (void)state;
    world_reset();
    memset(&rtc, 0, sizeof(rtc));
    world.seconds = 1700000000;
    rtc_reset(&rtc);
    return 0;
}

static void pass(unsigned seconds)
{
    world.seconds += seconds;
    world.now += seconds * port_frequency();
    rtc_wake(&rtc);
}

static void test_time(void **state)
{
    static const uint8_t ids[] = {0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    (void)state;
    assert_int_equal(rtc_read(&rtc, DR), 1700000000);
    pass(5);
    assert_int_equal(rtc_read(&rtc, DR), 1700000005);
    rtc_write(&rtc, DR, 7); /* read-only */
    assert_int_equal(rtc_read(&rtc, DR), 1700000005);
    rtc_write(&rtc, LR, 1000);
    assert_int_equal(rtc_read(&rtc, LR), 1000);
    pass(3);
    assert_int_equal(rtc_read(&rtc, DR), 1003);
    rtc_reset(&rtc); /* the battery keeps the time */
    assert_int_equal(rtc_read(&rtc, DR), 1003);
    assert_int_equal(rtc_read(&rtc, CR), 1);
    rtc_write(&rtc, CR, 0);
    assert_int_equal(rtc_read(&rtc, CR), 1);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(rtc_read(&rtc, 0xfe0 + 4 * i), ids[i]);
    }
}

static void test_match(void **state)
{
    (void)state;
    rtc_write(&rtc, IMSC, 0xff);
    assert_int_equal(rtc_read(&rtc, IMSC), 1);
    rtc_write(&rtc, MR, 1700000010);
    assert_int_equal(rtc_read(&rtc, MR), 1700000010);
    assert_int_equal(port_wake_at, world.now + 10 * port_frequency());
    pass(9);
    assert_false(LINE);
    pass(1);
    assert_true(LINE);
    assert_int_equal(port_wake_at, 0);
    assert_int_equal(rtc_read(&rtc, RIS), 1);
    assert_int_equal(rtc_read(&rtc, MIS), 1);
    rtc_write(&rtc, ICR, 1);
    assert_false(LINE);
    assert_int_equal(rtc_read(&rtc, RIS), 0);
    pass(100); /* once is all */
    assert_false(LINE);
}

static void test_match_masked(void **state)
{
    (void)state;
    rtc_write(&rtc, MR, 1700000000); /* now */
    assert_int_equal(rtc_read(&rtc, RIS), 1);
    assert_int_equal(rtc_read(&rtc, MIS), 0);
    assert_false(LINE);
    rtc_write(&rtc, IMSC, 1);
    assert_true(LINE);
    rtc_reset(&rtc);
    assert_false(LINE);
    rtc_write(&rtc, MR, 1699999999); /* over: it comes in 136 years */
    pass(1000);
    assert_int_equal(rtc_read(&rtc, RIS), 0);
}

static void test_any_access(void **state)
{
    (void)state;
    srand(2);
    for (unsigned i = 0; i < 100000; i++) {
        rtc_write(&rtc, (uint64_t)rand() % (i % 2 == 0 ? RTC_SIZE : 0x20), (uint32_t)rand());
        (void)rtc_read(&rtc, (uint64_t)rand() % RTC_SIZE);
        pass((unsigned)rand() % 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_time, start),
        cmocka_unit_test_setup(test_match, start),
        cmocka_unit_test_setup(test_match_masked, start),
        cmocka_unit_test_setup(test_any_access, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
