/* SPDX-License-Identifier: Apache-2.0 */
/* How a guest without libraries says what it found: text to the board's PL011, which its vmm takes
 * without being asked whether there is room. */
#pragma once

#include <stdbool.h>

#include "guests/bare/sysreg.h"

#define UART UINT64_C(0x09000000)

static inline void say(const char *text)
{
    for (; *text != '\0'; text++) {
        mmio_write(UART, (unsigned char)*text);
    }
}

static inline void say_hex(uint64_t number)
{
    say(" 0x");
    for (int shift = 60; shift >= 0; shift -= 4) {
        mmio_write(UART, (unsigned char)"0123456789abcdef"[number >> shift & 0xf]);
    }
}

/* "GUEST: ok: WHAT", or "WRONG". */
static inline void say_result(const char *guest, const char *what, bool ok)
{
    say(guest);
    say(ok ? ": ok: " : ": WRONG: ");
    say(what);
    say("\n");
}
