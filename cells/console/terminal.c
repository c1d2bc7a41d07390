/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a UART is fed by interrupt. */
#include "cells/console/terminal.h"

#include "cells/lib/arch/sysreg.h"
#include "cells/lib/string.h"

void terminal_open(struct terminal *terminal, const struct uart_driver *driver,
                   uart_registers *base)
{
    terminal->driver = driver;
    terminal->base = base;
    driver->open(base);
    driver->listen(base, false);
}

size_t terminal_room(const struct terminal *terminal)
{
    return TERMINAL_SIZE - (terminal->head - terminal->tail);
}

/* From position on to the end of the ring, or less. */
static size_t straight(uint32_t position, size_t size)
{
    size_t left = TERMINAL_SIZE - position % TERMINAL_SIZE;

    return size < left ? size : left;
}

static void feed(struct terminal *terminal)
{
    size_t part = 1;
    size_t taken = 1;

    while (terminal->tail != terminal->head && taken == part) {
        part = straight(terminal->tail, terminal->head - terminal->tail);
        taken = terminal->driver->send(terminal->base,
                                       terminal->ring + terminal->tail % TERMINAL_SIZE, part);
        terminal->tail += (uint32_t)taken;
    }
}

void terminal_put(struct terminal *terminal, const char *text, size_t size)
{
    while (size > 0) {
        size_t part = straight(terminal->head, size);
        size_t room = terminal_room(terminal);

        part = part < room ? part : room;
        memcpy(terminal->ring + terminal->head % TERMINAL_SIZE, text, part);
        terminal->head += (uint32_t)part;
        text += part;
        size -= part;
        if (size > 0 && part == room) {
            feed(terminal);
            cpu_pause();
        }
    }
}

void terminal_drain(struct terminal *terminal)
{
    bool more;

    feed(terminal);
    more = terminal->tail != terminal->head;
    if (more != terminal->listening) {
        terminal->listening = more;
        terminal->driver->listen(terminal->base, more);
    }
}

void terminal_finish(struct terminal *terminal)
{
    while (terminal->tail != terminal->head) {
        feed(terminal);
        cpu_pause();
    }
}
