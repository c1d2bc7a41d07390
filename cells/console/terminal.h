/* SPDX-License-Identifier: Apache-2.0 */
/* Characters on their way to the UART: a ring that the transmit interrupt empties. */
#pragma once

#include <stdint.h>

#include "cells/lib/uart.h"

#define TERMINAL_SIZE 8192 /* a power of two */

struct terminal {
    const struct uart_driver *driver;
    uart_registers *base;
    uint32_t head;  /* characters ever put in */
    uint32_t tail;  /* characters ever given to the UART */
    bool listening; /* for room in the UART */
    char ring[TERMINAL_SIZE];
};

void terminal_open(struct terminal *terminal, const struct uart_driver *driver,
                   uart_registers *base);

/* Put text in. With the ring full it waits for the UART: nothing is lost. */
void terminal_put(struct terminal *terminal, const char *text, size_t size);

/* Bytes that terminal_put() takes without waiting. */
size_t terminal_room(const struct terminal *terminal);

/* Give the UART what it has room for, and ask for its interrupt if something is left. */
void terminal_drain(struct terminal *terminal);

/* Wait until the UART has taken everything: before the machine goes off. */
void terminal_finish(struct terminal *terminal);
