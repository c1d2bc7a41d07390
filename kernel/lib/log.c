/* SPDX-License-Identifier: Apache-2.0 */
/* Writes characters to the boot console. */
#include "kernel/lib/log.h"

#include "kernel/arch/arch.h"

void log_puts(const char *text)
{
    /* bound: panic and boot messages: what is printed */
    for (; *text; text++) {
        if (*text == '\n') {
            arch_putc('\r');
        }
        arch_putc(*text);
    }
}

static void number(uint64_t value, unsigned base)
{
    char digits[20];
    unsigned count = 0;
    /* bound: panic and boot messages: what is printed */
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    /* bound: panic and boot messages: what is printed */
    while (count > 0) {
        arch_putc(digits[--count]);
    }
}

void log_values(const char *text, const uint64_t *values)
{
    char part[] = "?";
    /* bound: panic and boot messages: what is printed */
    for (; *text; text++) {
        if (*text == '%' || *text == '#') {
            number(*values++, *text == '%' ? 16 : 10);
        } else {
            part[0] = *text;
            log_puts(part);
        }
    }
}
