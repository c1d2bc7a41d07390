/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's PL011 and its stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells/vmm/uart.h"
#include "tests/unit/cells/world.h"

#define FR_RXFF (1U << 6)
#define CR_LOOP (1U << 7)
#define INT_RX  (1U << 4)
#define INT_RT  (1U << 6)
#define INT_OE  (1U << 10)
#define LINE    world.line[PORT_LINE_UART]

static struct uart uart;

static int start(void **state)
{
    (void)state;
    world_reset();
    memset(&uart, 0, sizeof(uart));
    serial_open(&uart.serial);
    uart_reset(&uart);
    return 0;
}

static uint32_t get(uint64_t offset)
{
    return (uint32_t)uart_read(&uart, offset);
}

static void set(uint64_t offset, uint32_t value)
{
    uart_write(&uart, offset, value);
}

static void print(const char *text)
{
    for (; *text != '\0'; text++) {
        set(PL011_DR, (unsigned char)*text);
    }
}

static void type(const char *text)
{
    world.typed = text;
    uart_wake(&uart);
}

static void test_lines(void **state)
{
    (void)state;
    print("hello\nwor");
    assert_int_equal(world.console_calls, 1);
    assert_string_equal(world.console, "hello\n");
    assert_int_equal(port_wake_at, world.now + 20); /* "wor" is to be shown some time */
    serial_flush(&uart.serial);
    assert_string_equal(world.console, "hello\nwor");
    assert_int_equal(port_wake_at, 0);
    serial_flush(&uart.serial);
    assert_int_equal(world.console_calls, 2);
}

static void test_long_line(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * WORLD_TEXT; i++) {
        set(PL011_DR, 'x');
    }
    assert_int_equal(world.console_calls, 2);
    assert_int_equal(world.console_length, 2 * WORLD_TEXT);
}

/* A console that takes nothing: the guest runs on, and what is missing is said where it is. */
static void test_lost_text(void **state)
{
    (void)state;
    world.console_full = true;
    print("first\n");
    for (unsigned i = 6; i < WORLD_TEXT; i++) {
        set(PL011_DR, 'y');
    }
    assert_int_equal(port_wake_at, 0); /* no use to try again before the console says so */
    print("all this is lost\n");
    world.console_full = false;
    print("x");
    assert_non_null(strstr(world.console, "first\nyyyy"));
    assert_non_null(strstr(world.console, "yyy[17 characters lost]\n"));
    print("and on\n");
    assert_non_null(strstr(world.console, "lost]\nxand on\n"));
}

static void test_room_again(void **state)
{
    (void)state;
    world.console_full = true;
    print("some text\n");
    world.console_full = false;
    uart_wake(&uart);
    assert_string_equal(world.console, "some text\n");
}

static void test_flags(void **state)
{
    (void)state;
    assert_int_equal(get(PL011_FR), PL011_FR_TXFE | PL011_FR_RXFE);
    print("x");
    assert_int_equal(get(PL011_FR) & (PL011_FR_TXFF | PL011_FR_BUSY), 0);
    set(PL011_FR, 0xff);
    assert_int_equal(get(PL011_FR), PL011_FR_TXFE | PL011_FR_RXFE);
}

static void test_identification(void **state)
{
    static const uint8_t wanted[] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(get(PL011_PERIPH_ID0 + 4 * i), wanted[i]);
    }
}

static void test_settings_read_back(void **state)
{
    (void)state;
    set(PL011_IBRD, 0x12345);
    set(PL011_FBRD, 0xff);
    set(PL011_LCR_H, 0x70);
    assert_int_equal(get(PL011_IBRD), 0x2345);
    assert_int_equal(get(PL011_FBRD), 0x3f);
    assert_int_equal(get(PL011_LCR_H), 0x70);
    assert_int_equal(get(PL011_CR), PL011_CR_TX | PL011_CR_RX);
}

/* Interrupt-driven transmission: the line follows RIS and IMSC, the kernel hears of changes. */
static void test_interrupt(void **state)
{
    unsigned calls;

    (void)state;
    print("a");
    assert_false(LINE);
    set(PL011_IMSC, PL011_INT_TX);
    assert_true(LINE);
    assert_int_equal(get(PL011_MIS), PL011_INT_TX);
    calls = world.line_calls;
    print("b");
    assert_int_equal(world.line_calls, calls);
    set(PL011_ICR, PL011_INT_TX);
    assert_false(LINE);
    assert_int_equal(get(PL011_RIS), 0);
    print("c");
    assert_true(LINE);
    set(PL011_IMSC, 0);
    assert_false(LINE);
}

/* Without the FIFO one character at a time; the rest waits in the console's entry. */
static void test_input(void **state)
{
    (void)state;
    set(PL011_IMSC, INT_RX);
    type("hi");
    assert_true(LINE);
    assert_int_equal(get(PL011_FR) & (PL011_FR_RXFE | FR_RXFF), FR_RXFF);
    assert_int_equal(get(PL011_RIS), INT_RX);
    assert_int_equal(get(PL011_DR), 'h');
    assert_true(LINE);
    assert_int_equal(get(PL011_DR), 'i');
    assert_false(LINE);
    assert_int_equal(get(PL011_FR) & (PL011_FR_RXFE | FR_RXFF), PL011_FR_RXFE);
    (void)get(PL011_DR);
    assert_int_equal(get(PL011_FR) & PL011_FR_RXFE, PL011_FR_RXFE);
}

/* With it 16, and a time-out for what is less than the level. */
static void test_input_fifo(void **state)
{
    static const char text[] =
        "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuv"
        "wxyz and more";

    (void)state;
    set(PL011_LCR_H, PL011_LCR_8BITS | PL011_LCR_FIFO);
    type("a");
    assert_int_equal(get(PL011_RIS), INT_RX | INT_RT);
    set(PL011_ICR, INT_RX | INT_RT);
    type("bcdefgh");
    assert_int_equal(get(PL011_FR) & FR_RXFF, 0);
    for (char c = 'a'; c <= 'h'; c++) {
        assert_int_equal(get(PL011_FR) & PL011_FR_RXFE, 0);
        assert_int_equal(get(PL011_DR), c);
    }
    assert_int_equal(get(PL011_FR) & PL011_FR_RXFE, PL011_FR_RXFE);
    assert_int_equal(get(PL011_RIS), 0);
    type(text);
    assert_int_equal(get(PL011_FR) & FR_RXFF, FR_RXFF);
    for (const char *c = text; *c != '\0'; c++) {
        assert_int_equal(get(PL011_DR), *c);
    }
    assert_int_equal(get(PL011_FR) & PL011_FR_RXFE, PL011_FR_RXFE);
}

static void test_levels(void **state)
{
    static const unsigned levels[] = {2, 4, 8, 12, 14};

    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        uart_reset(&uart);
        set(PL011_LCR_H, PL011_LCR_FIFO);
        set(PL011_IFLS, i << 3);
        for (unsigned n = 1; n <= levels[i]; n++) {
            set(PL011_ICR, 0x7ff);
            type("x");
            assert_int_equal(get(PL011_RIS) & INT_RT, n < levels[i] ? INT_RT : 0);
        }
    }
}

static void test_fifo_switch_empties(void **state)
{
    (void)state;
    set(PL011_LCR_H, PL011_LCR_FIFO);
    type("abc");
    set(PL011_LCR_H, PL011_LCR_8BITS);
    assert_int_equal(get(PL011_FR) & PL011_FR_RXFE, PL011_FR_RXFE);
    assert_int_equal(get(PL011_RIS), 0);
}

static void test_loop_back(void **state)
{
    (void)state;
    set(PL011_CR, CR_LOOP | PL011_CR_TX | PL011_CR_RX | PL011_CR_ENABLE);
    print("ab");
    assert_int_equal(world.console_length, 0);
    assert_int_equal(get(PL011_RIS) & (INT_RX | INT_OE), INT_RX | INT_OE);
    assert_int_equal(get(PL011_DR), 'a' | 1U << 11);
    assert_int_equal(get(PL011_RSR), 1U << 3);
    set(PL011_RSR, 0);
    assert_int_equal(get(PL011_RSR), 0);
    set(PL011_CR, PL011_CR_TX);
    print("c\n");
    assert_string_equal(world.console, "c\n");
}

/* Every offset and value: no crash, and nothing but text reaches the console. */
static void test_any_access(void **state)
{
    (void)state;
    srand(1);
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t offset = (uint64_t)rand() % UART_SIZE;
        if (offset >= PL011_RSR) {
            set(offset, (uint32_t)rand());
        }
        if (i % 16 == 0) {
            type("some input that is longer than the receive FIFO");
        }
        (void)get(offset % (i % 2 == 0 ? UART_SIZE : 0x50));
    }
    assert_int_equal(world.console_calls, 0);
    set(PL011_CR, 0);
    set(PL011_DR, 0);
    serial_flush(&uart.serial);
    assert_int_equal(world.console_length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lines, start),
        cmocka_unit_test_setup(test_long_line, start),
        cmocka_unit_test_setup(test_lost_text, start),
        cmocka_unit_test_setup(test_room_again, start),
        cmocka_unit_test_setup(test_flags, start),
        cmocka_unit_test_setup(test_identification, start),
        cmocka_unit_test_setup(test_settings_read_back, start),
        cmocka_unit_test_setup(test_interrupt, start),
        cmocka_unit_test_setup(test_input, start),
        cmocka_unit_test_setup(test_input_fifo, start),
        cmocka_unit_test_setup(test_levels, start),
        cmocka_unit_test_setup(test_fifo_switch_empties, start),
        cmocka_unit_test_setup(test_loop_back, start),
        cmocka_unit_test_setup(test_any_access, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
