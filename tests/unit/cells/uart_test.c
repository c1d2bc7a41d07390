/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's PL011. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells/vmm/uart.h"
#include "tests/unit/cells/world.h"

static struct uart uart;

static int start(void **state)
{
    (void)state;
    world_reset();
    memset(&uart, 0, sizeof(uart));
    uart_reset(&uart);
    return 0;
}

static void type(const char *text)
{
    for (; *text != '\0'; text++) {
        uart_write(&uart, PL011_DR, (unsigned char)*text);
    }
}

static void test_lines(void **state)
{
    (void)state;
    type("hello\nwor");
    assert_int_equal(world.console_calls, 1);
    assert_string_equal(world.console, "hello\n");
    assert_int_equal(uart.flush_at, 1234); /* "wor" is to be shown some time */
    uart_flush(&uart);
    assert_string_equal(world.console, "hello\nwor");
    assert_int_equal(uart.flush_at, 0);
    uart_flush(&uart);
    assert_int_equal(world.console_calls, 2);
}

static void test_long_line(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * UART_TEXT_MAX; i++) {
        uart_write(&uart, PL011_DR, 'x');
    }
    assert_int_equal(world.console_calls, 2);
    assert_int_equal(world.console_length, 2 * UART_TEXT_MAX);
}

static void test_flags(void **state)
{
    (void)state;
    assert_int_equal(uart_read(&uart, PL011_FR), PL011_FR_TXFE | PL011_FR_RXFE);
    type("x");
    assert_int_equal(uart_read(&uart, PL011_FR) & (PL011_FR_TXFF | PL011_FR_BUSY), 0);
    uart_write(&uart, PL011_FR, 0xff);
    assert_int_equal(uart_read(&uart, PL011_FR), PL011_FR_TXFE | PL011_FR_RXFE);
}

static void test_identification(void **state)
{
    static const uint8_t wanted[] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(uart_read(&uart, PL011_PERIPH_ID0 + 4 * i), wanted[i]);
    }
}

static void test_settings_read_back(void **state)
{
    (void)state;
    uart_write(&uart, PL011_IBRD, 0x12345);
    uart_write(&uart, PL011_FBRD, 0xff);
    uart_write(&uart, PL011_LCR_H, 0x70);
    assert_int_equal(uart_read(&uart, PL011_IBRD), 0x2345);
    assert_int_equal(uart_read(&uart, PL011_FBRD), 0x3f);
    assert_int_equal(uart_read(&uart, PL011_LCR_H), 0x70);
    assert_int_equal(uart_read(&uart, PL011_CR), PL011_CR_TX | PL011_CR_RX);
}

/* Interrupt-driven transmission: the line follows RIS and IMSC, the kernel hears of changes. */
static void test_interrupt(void **state)
{
    unsigned calls;

    (void)state;
    type("a");
    assert_false(world.line);
    uart_write(&uart, PL011_IMSC, PL011_INT_TX);
    assert_true(world.line);
    assert_int_equal(uart_read(&uart, PL011_MIS), PL011_INT_TX);
    calls = world.line_calls;
    type("b");
    assert_int_equal(world.line_calls, calls);
    uart_write(&uart, PL011_ICR, PL011_INT_TX);
    assert_false(world.line);
    assert_int_equal(uart_read(&uart, PL011_RIS), 0);
    type("c");
    assert_true(world.line);
    uart_write(&uart, PL011_IMSC, 0);
    assert_false(world.line);
}

/* Every offset and value: no crash, and nothing but text reaches the console. */
static void test_any_access(void **state)
{
    (void)state;
    srand(1);
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t offset = (uint64_t)rand() % UART_SIZE;
        if (offset != PL011_DR) {
            uart_write(&uart, offset, (uint32_t)rand());
        }
        (void)uart_read(&uart, offset);
    }
    assert_int_equal(world.console_calls, 0);
    uart_write(&uart, PL011_DR, 0);
    uart_flush(&uart);
    assert_int_equal(world.console_length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lines, start),
        cmocka_unit_test_setup(test_long_line, start),
        cmocka_unit_test_setup(test_flags, start),
        cmocka_unit_test_setup(test_identification, start),
        cmocka_unit_test_setup(test_settings_read_back, start),
        cmocka_unit_test_setup(test_interrupt, start),
        cmocka_unit_test_setup(test_any_access, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
