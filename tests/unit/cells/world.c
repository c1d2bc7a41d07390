/* SPDX-License-Identifier: Apache-2.0 */
/* The test's side of cells/vmm/port.h. */
#include "tests/unit/cells/world.h"

#include <assert.h>
#include <string.h>

#include "cells/vmm/port.h"

struct world world;

void world_reset(void)
{
    memset(&world, 0, sizeof(world));
}

void port_irq_settings(uint32_t irq, uint32_t settings)
{
    assert(irq < 1020);
    world.settings[irq] = settings;
    world.settings_calls++;
}

uint32_t port_irq_state(uint32_t irq, uint32_t set, uint32_t clear)
{
    assert(irq < 1020);
    world.state[irq] = (world.state[irq] | set) & ~clear;
    world.state_calls++;
    return world.state[irq];
}

void port_uart_line(bool high)
{
    world.line = high;
    world.line_calls++;
}

void port_console(const char *text, size_t size)
{
    assert(world.console_length + size < sizeof(world.console));
    memcpy(world.console + world.console_length, text, size);
    world.console_length += size;
    world.console_calls++;
}

uint64_t port_flush_time(void)
{
    return 1234;
}

void port_say(const char *text, ...)
{
    (void)text;
    world.said++;
}
