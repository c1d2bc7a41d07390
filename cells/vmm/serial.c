/* SPDX-License-Identifier: Apache-2.0 */
/* Knows when text of the guest goes to the console, and what is said about text that is lost. */
#include "cells/vmm/serial.h"

#include "cells/lib/format.h"

void serial_open(struct serial *serial)
{
    *serial = (struct serial){.limit = port_text_max()};
}

/* The mark takes the place of what is missing; text that comes now follows it. */
static void mark_lost(struct serial *serial)
{
    serial->out.length = (uint8_t)format((char *)serial->out.bytes, PORT_TEXT_MAX / 2,
                                         "[%lu characters lost]\n", (unsigned long)serial->lost);
    serial->lost = 0;
}

void serial_flush(struct serial *serial)
{
    while (serial->out.length > 0 && port_output(&serial->out)) {
        serial->out.length = 0;
        if (serial->lost > 0) {
            mark_lost(serial);
        }
    }
    serial->flush_at = 0;
    port_alarm(PORT_ALARM_SERIAL, 0);
}

void serial_put(struct serial *serial, uint8_t byte)
{
    if (serial->out.length == serial->limit) { /* there was no room */
        serial_flush(serial);
        if (serial->out.length == serial->limit) {
            serial->lost++;
            return;
        }
    }
    serial->out.bytes[serial->out.length++] = byte;
    if (byte == '\n' || serial->out.length == serial->limit) {
        serial_flush(serial);
    } else if (serial->flush_at == 0) {
        serial->flush_at = port_now() + port_text_delay();
        port_alarm(PORT_ALARM_SERIAL, serial->flush_at);
    }
}

bool serial_get(struct serial *serial, uint8_t *byte)
{
    if (serial->taken == serial->in.length) {
        serial->taken = 0;
        if (!port_input(&serial->in)) {
            return false;
        }
    }
    *byte = serial->in.bytes[serial->taken++];
    return true;
}
