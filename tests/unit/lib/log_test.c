/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel prints: numbers, line ends, last words. */
#include "kernel/lib/log.h"

#include <stdio.h>

#include "tests/unit/world.h"

static int setup(void **state)
{
    (void)state;
    host_reset(1 << 16, 1);
    return 0;
}

#define LOG_TEST(name) cmocka_unit_test_setup(name, setup)

static void assert_console(const char *text)
{
    assert_int_equal(host.console_used, strlen(text));
    assert_memory_equal(host.console, text, strlen(text));
    host.console_used = 0;
}

static void test_puts(void **state)
{
    (void)state;
    log_puts("a\nb");
    assert_console("a\r\nb");
    log_puts("");
    assert_console("");
}

static void test_hex(void **state)
{
    (void)state;
    log_values("%", (uint64_t[]){0});
    assert_console("0");
    log_values("0x%, %\n", (uint64_t[]){0x10, UINT64_MAX});
    assert_console("0x10, ffffffffffffffff\r\n");
    log_values("%", (uint64_t[]){0x0123456789abcdef});
    assert_console("123456789abcdef");
}

static void test_dec(void **state)
{
    (void)state;
    log_values("#", (uint64_t[]){0});
    assert_console("0");
    log_values("c#_%", (uint64_t[]){10203, 31});
    assert_console("c10203_1f");
    log_values("#", (uint64_t[]){UINT64_MAX});
    assert_console("18446744073709551615");
}

static void test_panic(void **state)
{
    (void)state;
    assert_halts(panic("nothing is true"));
    assert_console("\r\nbh: kernel panic: nothing is true\r\n");
    host.console_used = 0;
    char sentence[64];
    snprintf(sentence, sizeof sentence, "\r\nbh: kernel panic: log_test.c:%d\r\n", __LINE__ + 1);
    assert_halts(ASSERT(1 == 2));
    assert_console(sentence);
    ASSERT(1 == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(test_puts),
        LOG_TEST(test_hex),
        LOG_TEST(test_dec),
        LOG_TEST(test_panic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
