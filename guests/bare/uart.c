/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the two registers of the PL011 that polled output needs. */
#include "guests/bare/uart.h"

#include "guests/bare/sysreg.h"

#define UART_DR UINT64_C(0x09000000)
#define FR_TXFF (1U << 5)

static void put(char c)
{
    while ((mmio_read(UART_FR) & FR_TXFF) != 0) {
        cpu_pause();
    }
    mmio_write(UART_DR, (unsigned char)c);
}

void uart_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            put('\r');
        }
        put(*text);
    }
}

static void number(uint64_t value, unsigned base)
{
    char digits[24];
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (count > 0) {
        put(digits[--count]);
    }
}

void uart_number(uint64_t value)
{
    number(value, 10);
}

void uart_hex(uint64_t value)
{
    uart_text("0x");
    number(value, 16);
}

void uart_field(const char *name, uint64_t value)
{
    uart_text(name);
    uart_text("=");
    uart_number(value);
    uart_text(" ");
}
