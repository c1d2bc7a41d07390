/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's PL011, behaving as QEMU's: always on, never busy, input waits until there is room. */
#pragma once

#include "cells/lib/pl011.h"
#include "cells/vmm/serial.h"

#define UART_BASE UINT64_C(0x09000000)
#define UART_SIZE UINT64_C(0x1000)
#define UART_IRQ  33        /* SPI 1 */
#define UART_LOOP (1U << 7) /* CR: loop-back */
#define UART_FIFO 16        /* of revision r1p4, which the identification says it is */

struct uart {
    uint32_t registers[PL011_DMACR / 4 + 1]; /* as they read; DR is in the FIFO */
    bool line;                               /* level of the interrupt line */
    uint32_t first, count;                   /* of the receive FIFO */
    uint16_t fifo[UART_FIFO];                /* a byte and the error bits 8 to 11 */
    struct serial serial;
};

void uart_reset(struct uart *uart);
uint64_t uart_read(struct uart *uart, uint64_t offset);
void uart_write(struct uart *uart, uint64_t offset, uint32_t value);

/* The console has input, or room: take as much input as the receive FIFO holds. */
void uart_wake(struct uart *uart);

/* FR: what is read before every character that is printed. */
static inline uint64_t uart_read_flags(const struct uart *uart)
{
    return uart->registers[PL011_FR / 4];
}

/* DR, for most of these characters: nothing changes but the text. False: use uart_write(). */
static inline bool uart_write_text(struct uart *uart, uint64_t value)
{
    return (uart->registers[PL011_RIS / 4] & PL011_INT_TX) != 0 &&
           (uart->registers[PL011_CR / 4] & UART_LOOP) == 0 && serial_keep(&uart->serial, value);
}
