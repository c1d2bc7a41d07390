/* SPDX-License-Identifier: Apache-2.0 */
/* What the drivers write into UARTs that do nothing of themselves, and the ring before them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/start.h"
#include "cells/console/terminal.h"
#include "cells/lib/pl011.h"

static uint32_t registers[64];
static struct terminal terminal;

static void write_register(unsigned offset, uint32_t value)
{
    registers[offset / 4] = value;
}

static uint32_t read_register(unsigned offset)
{
    return registers[offset / 4];
}

static void test_unknown(void **state)
{
    (void)state;
    assert_null(uart_find(2));
    assert_null(uart_find(UINT64_MAX));
}

static void test_pl011(void **state)
{
    const struct uart_driver *driver = uart_find(START_PL011);
    char text[4];

    (void)state;
    memset(registers, 0, sizeof(registers));
    write_register(PL011_IMSC, PL011_INT_ALL); /* as a dead driver left it */
    write_register(PL011_IBRD, 13);
    driver->open(registers);
    assert_int_equal(read_register(PL011_IMSC), 0);
    assert_int_equal(read_register(PL011_ICR), PL011_INT_ALL);
    assert_int_equal(read_register(PL011_LCR_H), PL011_LCR_FIFO | PL011_LCR_8BITS);
    assert_int_equal(read_register(PL011_CR), PL011_CR_ENABLE | PL011_CR_TX | PL011_CR_RX);
    assert_int_equal(read_register(PL011_IBRD), 13);
    write_register(PL011_FR, PL011_FR_TXFF | PL011_FR_RXFE);
    assert_int_equal(driver->send(registers, "ab", 2), 0);
    assert_int_equal(driver->receive(registers, text, 4), 0);
    write_register(PL011_FR, PL011_FR_TXFE);
    assert_int_equal(driver->send(registers, "ab", 2), 2);
    assert_int_equal(read_register(PL011_DR), 'b');
    write_register(PL011_DR, 0xf41); /* with all errors */
    assert_int_equal(driver->receive(registers, text, 4), 4);
    assert_memory_equal(text, "AAAA", 4);
}

static void test_cadence(void **state)
{
    const struct uart_driver *driver = uart_find(START_CADENCE);
    char text[4];

    (void)state;
    memset(registers, 0, sizeof(registers));
    driver->open(registers);
    assert_int_equal(read_register(0x0c), 0x1fff); /* all masked, */
    assert_int_equal(read_register(0x14), 0x1fff); /* and cleared */
    assert_int_equal(read_register(0x00), 0x17);   /* both on, FIFOs emptied */
    write_register(0x2c, 0x12);                    /* nothing there, no room */
    assert_int_equal(driver->send(registers, "ab", 2), 0);
    assert_int_equal(driver->receive(registers, text, 4), 0);
    write_register(0x2c, 0x08);
    assert_int_equal(driver->send(registers, "ab", 2), 2);
    assert_int_equal(read_register(0x30), 'b');
    assert_int_equal(driver->receive(registers, text, 3), 3);
    driver->listen(registers, true);
    assert_int_equal(read_register(0x08), 0x101);
}

/* Text waits in the ring while the UART has no room, and its interrupt is asked for. */
static void test_terminal(void **state)
{
    char text[100];

    (void)state;
    memset(registers, 0, sizeof(registers));
    memset(&terminal, 0, sizeof(terminal));
    memset(text, 'x', sizeof(text));
    terminal_open(&terminal, uart_find(START_PL011), registers);
    write_register(PL011_FR, PL011_FR_TXFF);
    for (unsigned i = 0; i < 80; i++) {
        terminal_put(&terminal, text, sizeof(text));
    }
    terminal_drain(&terminal);
    assert_int_equal(terminal_room(&terminal), TERMINAL_SIZE - 8000);
    assert_int_equal(read_register(PL011_IMSC), PL011_INT_RX | PL011_INT_RT | PL011_INT_TX);
    write_register(PL011_FR, PL011_FR_TXFE);
    terminal_put(&terminal, text, sizeof(text));
    terminal_put(&terminal, text, sizeof(text)); /* over the end of the ring, after waiting */
    terminal_drain(&terminal);
    assert_int_equal(terminal_room(&terminal), TERMINAL_SIZE);
    assert_int_equal(terminal.tail, 8200);
    assert_int_equal(read_register(PL011_IMSC), PL011_INT_RX | PL011_INT_RT);
    terminal_finish(&terminal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_pl011),
        cmocka_unit_test(test_cadence),
        cmocka_unit_test(test_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
