/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's PL011: transmit, by polling or by interrupt; nothing ever comes in. */
#pragma once

#include "cells/lib/pl011.h"

#define UART_BASE     UINT64_C(0x09000000)
#define UART_SIZE     UINT64_C(0x1000)
#define UART_IRQ      33 /* SPI 1 */
#define UART_TEXT_MAX 64

struct uart {
    uint32_t registers[PL011_DMACR / 4 + 1]; /* as they read */
    bool line;                               /* level of the interrupt line */
    uint32_t length;                         /* of text that the console has not been sent yet */
    uint64_t flush_at; /* CNTPCT ticks by which it is to be sent; 0: there is none */
    char text[UART_TEXT_MAX];
};

void uart_reset(struct uart *uart);
uint64_t uart_read(struct uart *uart, uint64_t offset);
void uart_write(struct uart *uart, uint64_t offset, uint32_t value);

/* Send the console what it has not got yet. */
void uart_flush(struct uart *uart);
