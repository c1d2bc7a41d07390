/* SPDX-License-Identifier: Apache-2.0 */
/* Polled output on a PL011. */
#include "cells/lib/pl011.h"

#include "cells/lib/arch/sysreg.h"

static void put_raw(struct pl011 uart, char c)
{
    while (!pl011_offer(uart, c)) {
        cpu_pause();
    }
}

void pl011_put(struct pl011 uart, char c)
{
    if (c == '\n') {
        put_raw(uart, '\r');
    }
    put_raw(uart, c);
}
