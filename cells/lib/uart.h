/* SPDX-License-Identifier: Apache-2.0 */
/* UARTs: one row for each kind that the console can drive and the warden can print on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The registers, mapped. */
typedef volatile uint32_t uart_registers;

struct uart_driver {
    const char *name;
    /* Bring it from any state (rule 23: a dead driver's too) to: nothing pending, FIFOs empty and
     * used, both directions on, interrupts off. Speed and format stay as firmware set them. */
    void (*open)(uart_registers *base);
    /* Give it text; returns how much it took. */
    size_t (*send)(uart_registers *base, const char *text, size_t size);
    /* Take what has come, at most size bytes. */
    size_t (*receive)(uart_registers *base, char *to, size_t size);
    /* Interrupts for what comes, and, if asked for, when there is room for more text. */
    void (*listen)(uart_registers *base, bool room);
    /* Forget what the interrupt was for: before looking for it. */
    void (*clear)(uart_registers *base);
};

/* By the value "uart-type" (abi/start.h); NULL for an unknown one. */
const struct uart_driver *uart_find(uint64_t type);

/* Prints a text, waiting for room; a newline becomes carriage return and newline. */
void uart_print(const struct uart_driver *driver, uart_registers *base, const char *text);
