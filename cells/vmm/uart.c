/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the registers of the guest's PL011 (TRM DDI 0183 section 3); it is never busy. */
#include "cells/vmm/uart.h"

#include "cells/lib/string.h"
#include "cells/vmm/port.h"

static const uint8_t ids[8] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

/* Bits that a register keeps of what is written; 0: a write is ignored, or acts. */
static const uint32_t kept_bits[PL011_DMACR / 4 + 1] = {
    [PL011_ILPR / 4] = 0xff,  [PL011_IBRD / 4] = 0xffff, [PL011_FBRD / 4] = 0x3f,
    [PL011_LCR_H / 4] = 0xff, [PL011_CR / 4] = 0xff87,   [PL011_IFLS / 4] = 0x3f,
    [PL011_IMSC / 4] = 0x7ff, [PL011_DMACR / 4] = 0x7,
};

void uart_reset(struct uart *uart)
{
    uart_flush(uart);
    memset(uart->registers, 0, sizeof(uart->registers));
    uart->registers[PL011_FR / 4] = PL011_FR_TXFE | PL011_FR_RXFE;
    uart->registers[PL011_CR / 4] = PL011_CR_TX | PL011_CR_RX;
    uart->registers[PL011_IFLS / 4] = 0x12;
    uart->line = false;
    port_uart_line(false);
}

uint64_t uart_read(struct uart *uart, uint64_t offset)
{
    if (offset <= PL011_DMACR) {
        return uart->registers[offset / 4];
    }
    return offset >= PL011_PERIPH_ID0 ? ids[(offset - PL011_PERIPH_ID0) / 4 % 8] : 0;
}

void uart_flush(struct uart *uart)
{
    if (uart->length > 0) {
        port_console(uart->text, uart->length);
    }
    uart->length = 0;
    uart->flush_at = 0;
}

static void transmit(struct uart *uart, char c)
{
    if (c == '\0') {
        return; /* ends a text for the console; terminals ignore it */
    }
    if (uart->length == 0) {
        uart->flush_at = port_flush_time();
    }
    uart->text[uart->length++] = c;
    if (c == '\n' || uart->length == UART_TEXT_MAX) {
        uart_flush(uart);
    }
}

/* After RIS or IMSC have changed. */
static void update_line(struct uart *uart)
{
    uint32_t masked = uart->registers[PL011_RIS / 4] & uart->registers[PL011_IMSC / 4];

    uart->registers[PL011_MIS / 4] = masked;
    if (uart->line != (masked != 0)) {
        uart->line = masked != 0;
        port_uart_line(uart->line);
    }
}

void uart_write(struct uart *uart, uint64_t offset, uint32_t value)
{
    if (offset > PL011_DMACR) {
        return;
    }
    if (offset == PL011_DR) {
        transmit(uart, (char)value);
        uart->registers[PL011_RIS / 4] |= PL011_INT_TX; /* sent at once: there is room again */
    } else if (offset == PL011_ICR) {
        uart->registers[PL011_RIS / 4] &= ~value;
    } else if (kept_bits[offset / 4] != 0) {
        uart->registers[offset / 4] = value & kept_bits[offset / 4];
    }
    update_line(uart);
}
