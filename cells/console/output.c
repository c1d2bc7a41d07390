/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a PL011 is fed by interrupt. */
#include "cells/console/output.h"

#include "cells/lib/arch/sysreg.h"

void output_open(struct output *output, volatile uint32_t *base)
{
    output->uart.base = base;
    pl011_write(output->uart, PL011_IMSC, 0);
    pl011_write(output->uart, PL011_ICR, PL011_INT_ALL);
    pl011_write(output->uart, PL011_CR,
                pl011_read(output->uart, PL011_CR) | PL011_CR_ENABLE | PL011_CR_TX);
}

static void feed(struct output *output)
{
    while (output->tail != output->head &&
           pl011_offer(output->uart, output->ring[output->tail % OUTPUT_SIZE])) {
        output->tail++;
    }
}

static void put_raw(struct output *output, char c)
{
    while (output->head - output->tail == OUTPUT_SIZE) {
        feed(output);
        cpu_pause();
    }
    output->ring[output->head++ % OUTPUT_SIZE] = c;
}

void output_put(struct output *output, char c)
{
    if (c == '\n') {
        put_raw(output, '\r');
    }
    put_raw(output, c);
}

void output_drain(struct output *output)
{
    pl011_write(output->uart, PL011_ICR, PL011_INT_TX);
    feed(output);
    pl011_write(output->uart, PL011_IMSC, output->tail != output->head ? PL011_INT_TX : 0);
}
