/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a character leaves a PL011 (DDI 0183, 3.3). */
#include "kernel/dev/pl011.h"

#include "kernel/arch/arch.h"
#include "kernel/dev/mmio.h"

#define UARTDR   0x00
#define UARTFR   0x18
#define FR_TXFF  0x20u
#define PATIENCE 1000000u /* polls: a transmitter that is off must not stop the kernel */

static uint64_t uart;

BOOT_ONLY void pl011_init(uint64_t base)
{
    uart = base;
}

void arch_putc(char c)
{
    if (uart == 0) {
        return;
    }
    for (unsigned i = 0; i < PATIENCE && (mmio_read32(uart + UARTFR) & FR_TXFF); i++) {
    }
    mmio_write32(uart + UARTDR, (uint8_t)c);
}
