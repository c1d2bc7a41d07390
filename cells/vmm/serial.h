/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's text to and from the console.
 *
 * Output goes out with a newline, when a message is full, or a while after its first byte. A
 * console that takes nothing never stops the guest: what does not fit is dropped, counted, and said
 * where it is missing as soon as there is room. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cells/vmm/port.h"

struct serial {
    uint64_t flush_at; /* ticks by which output is to be sent; 0: there is none, or no room */
    uint64_t lost;     /* bytes dropped since the last mark */
    uint32_t limit;    /* bytes of output that go at once */
    uint32_t taken;    /* of input that the guest has got */
    struct port_text out;
    struct port_text in;
};

/* The stream at the start of everything. A reset of the guest is nothing to it. */
void serial_open(struct serial *serial);

/* One byte of output. */
void serial_put(struct serial *serial, uint8_t byte);

/* The same if it only has to be kept with others: text inside a line. False: use serial_put(). */
static inline bool serial_keep(struct serial *serial, uint64_t byte)
{
    uint32_t length = serial->out.length;

    if (byte - ' ' >= 0x80 - ' ' || length == 0 || length + 1 >= serial->limit) {
        return false;
    }
    serial->out.bytes[length] = (uint8_t)byte;
    serial->out.length = (uint8_t)(length + 1);
    return true;
}

/* Send what is to be sent, as far as there is room. */
void serial_flush(struct serial *serial);

/* The next byte of input; false if there is none. */
bool serial_get(struct serial *serial, uint8_t *byte);
