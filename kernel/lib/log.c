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

void log_hex(uint64_t value)
{
    log_puts("0x");
    unsigned shift = 64;
    /* bound: panic and boot messages: what is printed */
    do {
        shift -= 4;
    } while (shift > 0 && (value >> shift) == 0);
    /* bound: panic and boot messages: what is printed */
    for (;; shift -= 4) {
        arch_putc("0123456789abcdef"[value >> shift & 15]);
        if (shift == 0) {
            return;
        }
    }
}

void log_dec(uint64_t value)
{
    char digits[20];
    unsigned count = 0;
    /* bound: panic and boot messages: what is printed */
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    /* bound: panic and boot messages: what is printed */
    while (count > 0) {
        arch_putc(digits[--count]);
    }
}

void panic(const char *cause, const char *file, unsigned line)
{
    log_puts("\nbh: kernel panic: ");
    log_puts(cause);
    log_puts(" at ");
    log_puts(file);
    log_puts(":");
    log_dec(line);
    log_puts("\n");
    arch_halt();
}
