/* SPDX-License-Identifier: Apache-2.0 */
/* Characters on their way to the UART: a ring that the transmit interrupt empties. */
#pragma once

#include "cells/lib/pl011.h"

#define OUTPUT_SIZE 4096 /* a power of two */

struct output {
    struct pl011 uart;
    uint32_t head; /* characters ever put in */
    uint32_t tail; /* characters ever given to the UART */
    char ring[OUTPUT_SIZE];
};

void output_open(struct output *output, volatile uint32_t *base);

/* Put one character in (a newline becomes carriage return and newline). With the ring full it waits
 * for the UART: nothing is lost. */
void output_put(struct output *output, char c);

/* Give the UART what it has room for, and ask for its interrupt if something is left. */
void output_drain(struct output *output);
