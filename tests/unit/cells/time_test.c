/* SPDX-License-Identifier: Apache-2.0 */
/* Seconds of a device and ticks of a counter as one time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "abi/start.h"
#include "cells/clock/rtc.h"
#include "cells/clock/time.h"

#define HZ UINT64_C(1000000)

static void test_between_edges(void **state)
{
    struct time time = {.frequency = HZ};

    (void)state;
    time_edge(&time, 100, 5000);
    time_read(&time, 100, 5000 + HZ / 4);
    assert_int_equal(time_nanoseconds(&time, 5000 + HZ / 4), 250000000);
    time_read(&time, 103, 5000 + 3 * HZ + 7); /* nobody asked for three seconds */
    assert_int_equal(time.seconds, 103);
    assert_int_equal(time_nanoseconds(&time, 5000 + 3 * HZ + 7), 7000);
}

/* The counter may run faster or slower than the device, as in an emulator. */
static void test_device_decides(void **state)
{
    struct time time = {.frequency = HZ};

    (void)state;
    time_edge(&time, 100, 0);
    assert_int_equal(time_nanoseconds(&time, 50 * HZ), 999999999);
    time_read(&time, 101, 50 * HZ);
    assert_int_equal(time_nanoseconds(&time, 50 * HZ), 0);
    time_read(&time, 102, 50 * HZ + 10);
    assert_int_equal(time_nanoseconds(&time, 50 * HZ + 10), 0);
    time_read(&time, 60, 51 * HZ); /* somebody set it */
    assert_int_equal(time.seconds, 60);
    assert_int_equal(time_nanoseconds(&time, 51 * HZ), 0);
}

static void test_never_backwards(void **state)
{
    struct time time = {.frequency = HZ};
    uint64_t last = 0;

    (void)state;
    time_read(&time, 10, 400000); /* a second that began half a second ago */
    for (uint64_t ticks = 400000; ticks < 20 * HZ; ticks += 12345) {
        uint64_t seconds = 10 + (ticks + 100000) / HZ;
        uint64_t now;

        if (seconds == 13 && ticks % 3 == 0) {
            time_edge(&time, seconds, ticks); /* an interrupt that comes late */
        }
        time_read(&time, seconds, ticks);
        now = time.seconds * UINT64_C(1000000000) + time_nanoseconds(&time, ticks);
        assert_true(now >= last);
        last = now;
    }
}

static void test_edge_is_exact(void **state)
{
    struct time time = {.frequency = HZ};

    (void)state;
    time_read(&time, 10, 400000);
    time_edge(&time, 11, 900000);
    assert_int_equal(time_nanoseconds(&time, 900500), 500000);
    time_read(&time, 12, 1900100);
    assert_int_equal(time_nanoseconds(&time, 1900100), 100000);
}

static void test_without_device(void **state)
{
    struct time time = {.frequency = HZ, .seconds = 1000};

    (void)state;
    time_count(&time, 5 * HZ + 500000);
    assert_int_equal(time.seconds, 1005);
    assert_int_equal(time_nanoseconds(&time, 5 * HZ + 500000), 500000000);
    time_count(&time, 6 * HZ + 1);
    assert_int_equal(time.seconds, 1006);
    assert_int_equal(time_nanoseconds(&time, 6 * HZ + 1), 1000);
}

static void test_text(void **state)
{
    static const uint64_t samples[] = {0,          951782399,   951782400,  951868800, 1709164800,
                                       1763713800, 4107542399U, 2147483648, 4102444800};

    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        char text[TIME_TEXT], wanted[TIME_TEXT];
        time_t t = (time_t)samples[i];

        strftime(wanted, sizeof(wanted), "%Y-%m-%d %H:%M:%S", gmtime(&t));
        time_text(text, samples[i]);
        assert_string_equal(text, wanted);
    }
}

static void test_pl031(void **state)
{
    const struct rtc_driver *driver = rtc_find(START_PL031);
    uint32_t registers[16] = {[0] = 1234, [4] = 1, [5] = 1};

    (void)state;
    driver->open(registers);
    assert_int_equal(registers[1], 1235); /* the alarm */
    assert_int_equal(registers[3], 1);
    assert_int_equal(registers[4], 1);
    assert_int_equal(registers[7], 1);
    assert_true(driver->quiet(registers));
    assert_int_equal(registers[4], 0);
    registers[5] = 0;
    assert_false(driver->quiet(registers));
    assert_int_equal(driver->seconds(registers), 1234);
}

static void test_zynqmp(void **state)
{
    const struct rtc_driver *driver = rtc_find(START_ZYNQMP_RTC);
    uint32_t registers[16] = {[4] = 1234};

    (void)state;
    driver->open(registers);
    assert_int_equal(registers[11], 3); /* no interrupts */
    assert_false(driver->quiet(registers));
    assert_int_equal(driver->seconds(registers), 1234);
    assert_null(rtc_find(START_PL011));
    assert_null(rtc_find(99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_between_edges),   cmocka_unit_test(test_device_decides),
        cmocka_unit_test(test_never_backwards), cmocka_unit_test(test_edge_is_exact),
        cmocka_unit_test(test_without_device),  cmocka_unit_test(test_text),
        cmocka_unit_test(test_pl031),           cmocka_unit_test(test_zynqmp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
