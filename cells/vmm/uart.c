/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the registers of the guest's PL011 (TRM DDI 0183 section 3). */
#include "cells/vmm/uart.h"

#include "cells/lib/string.h"
#include "cells/vmm/port.h"

#define FR_RESET  (PL011_FR_TXFE | PL011_FR_RXFE)
#define FR_RXFF   (1U << 6)
#define INT_RX    (1U << 4)
#define INT_RT    (1U << 6)
#define INT_OE    (1U << 10)
#define DATA_OE   (1U << 11)
#define RSR_SHIFT 8
#define RSR_OE    (DATA_OE >> RSR_SHIFT)

static const uint8_t ids[8] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

/* Bits that a register keeps of what is written; 0: a write is ignored, or acts. */
static const uint32_t kept_bits[PL011_DMACR / 4 + 1] = {
    [PL011_ILPR / 4] = 0xff,  [PL011_IBRD / 4] = 0xffff, [PL011_FBRD / 4] = 0x3f,
    [PL011_LCR_H / 4] = 0xff, [PL011_CR / 4] = 0xff87,   [PL011_IFLS / 4] = 0x3f,
    [PL011_IMSC / 4] = 0x7ff, [PL011_DMACR / 4] = 0x7,
};

/* Characters at which the receive FIFO is full enough for its interrupt: IFLS bits 5:3. */
static const uint8_t levels[8] = {2, 4, 8, 12, 14, 14, 14, 14};

static uint32_t *at(struct uart *uart, enum pl011_register name)
{
    return &uart->registers[(unsigned)name / 4];
}

static bool has_fifo(const struct uart *uart)
{
    return (uart->registers[PL011_LCR_H / 4] & PL011_LCR_FIFO) != 0;
}

static uint32_t room(const struct uart *uart)
{
    uint32_t depth = has_fifo(uart) ? UART_FIFO : 1;
    return uart->count < depth ? depth - uart->count : 0;
}

/* After RIS or IMSC have changed. */
static void update_line(struct uart *uart)
{
    uint32_t masked = *at(uart, PL011_RIS) & *at(uart, PL011_IMSC);

    *at(uart, PL011_MIS) = masked;
    if (uart->line != (masked != 0)) {
        uart->line = masked != 0;
        port_line(PORT_LINE_UART, uart->line);
    }
}

/* After the FIFO has changed. */
static void update_flags(struct uart *uart)
{
    *at(uart, PL011_FR) = FR_RESET & ~(uart->count > 0 ? PL011_FR_RXFE : 0U);
    if (room(uart) == 0) {
        *at(uart, PL011_FR) |= FR_RXFF;
    }
    if (uart->count == 0) {
        *at(uart, PL011_RIS) &= ~(INT_RX | INT_RT);
    }
}

static void empty_fifo(struct uart *uart)
{
    uart->first = 0;
    uart->count = 0;
    update_flags(uart);
}

void uart_reset(struct uart *uart)
{
    serial_flush(&uart->serial);
    memset(uart->registers, 0, sizeof(uart->registers));
    *at(uart, PL011_CR) = PL011_CR_TX | PL011_CR_RX;
    *at(uart, PL011_IFLS) = 0x12;
    empty_fifo(uart);
    uart->line = false;
    port_line(PORT_LINE_UART, false);
}

/* One character has come. Nothing more comes until this is dealt with, so the receive timeout of 32
 * bits without a character is over at once. As on QEMU the receive interrupt does not wait for the
 * level either: many a driver asks for nothing else. */
static void receive(struct uart *uart, uint8_t byte)
{
    if (room(uart) == 0) { /* in loop-back only */
        uart->fifo[(uart->first + uart->count - 1) % UART_FIFO] |= DATA_OE;
        *at(uart, PL011_RIS) |= INT_OE;
        return;
    }
    uart->fifo[(uart->first + uart->count++) % UART_FIFO] = byte;
    *at(uart, PL011_RIS) |= INT_RX;
    if (has_fifo(uart) && uart->count < levels[*at(uart, PL011_IFLS) >> 3 & 7]) {
        *at(uart, PL011_RIS) |= INT_RT;
    }
    update_flags(uart);
}

static void receive_input(struct uart *uart)
{
    uint8_t byte;

    while (room(uart) > 0 && serial_get(&uart->serial, &byte)) {
        receive(uart, byte);
    }
}

void uart_wake(struct uart *uart)
{
    serial_flush(&uart->serial);
    receive_input(uart);
    update_line(uart);
}

/* An empty FIFO reads as what was last in it. */
static uint32_t take_received(struct uart *uart)
{
    uint32_t data = uart->fifo[uart->first];

    if (uart->count > 0) {
        uart->first = (uart->first + 1) % UART_FIFO;
        uart->count--;
        *at(uart, PL011_RSR) = data >> RSR_SHIFT;
        update_flags(uart);
        receive_input(uart);
        update_line(uart);
    }
    return data;
}

uint64_t uart_read(struct uart *uart, uint64_t offset)
{
    if (offset < PL011_RSR) {
        return take_received(uart);
    }
    if (offset < PL011_DMACR + 4) {
        return uart->registers[offset / 4];
    }
    return offset >= PL011_PERIPH_ID0 ? ids[(offset - PL011_PERIPH_ID0) / 4 % 8] : 0;
}

static void transmit(struct uart *uart, uint8_t byte)
{
    if ((*at(uart, PL011_CR) & UART_LOOP) != 0) {
        receive(uart, byte);
    } else if (byte != '\0') { /* terminals ignore it */
        serial_put(&uart->serial, byte);
    }
    *at(uart, PL011_RIS) |= PL011_INT_TX; /* sent at once: there is room again */
}

/* The FIFO is emptied when it is switched on or off. */
static void write_line_control(struct uart *uart, uint32_t value)
{
    bool changes = ((value ^ *at(uart, PL011_LCR_H)) & PL011_LCR_FIFO) != 0;

    *at(uart, PL011_LCR_H) = value & kept_bits[PL011_LCR_H / 4];
    if (changes) {
        empty_fifo(uart);
        receive_input(uart);
    }
}

void uart_write(struct uart *uart, uint64_t offset, uint32_t value)
{
    switch (offset & ~UINT64_C(3)) {
    case PL011_DR:
        transmit(uart, (uint8_t)value);
        break;
    case PL011_RSR:
        *at(uart, PL011_RSR) = 0;
        break;
    case PL011_LCR_H:
        write_line_control(uart, value);
        break;
    case PL011_ICR:
        *at(uart, PL011_RIS) &= ~value;
        break;
    default:
        if (offset >= PL011_DMACR + 4 || kept_bits[offset / 4] == 0) {
            return;
        }
        uart->registers[offset / 4] = value & kept_bits[offset / 4];
    }
    update_line(uart);
}
