/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a character leaves a UART: PL011 (Arm DDI 0183, 3.3) and Cadence (Xilinx UG1087, UART).
 * boot.S knows the same for the first characters. */
#include "kernel/dev/uart.h"

#include "abi/device.h"
#include "kernel/arch/arch.h"
#include "kernel/dev/mmio.h"
#include "offsets.h"

#define PATIENCE 1000000u /* polls: a transmitter that is off must not stop the kernel */

/* Registers of a type: where its data and status are, and the status bit of a full transmitter. */
static const struct {
    uint8_t data, status, full;
} types[] = {
    [START_PL011] = {UART_DR, UART_FR, UART_FR_TXFF},
    [START_CADENCE] = {CADENCE_FIFO, CADENCE_SR, CADENCE_SR_TXFULL},
};

static uint64_t uart;
static uint32_t type;

BOOT_ONLY void uart_init(uint64_t base, uint32_t uart_type)
{
    bool known = uart_type < sizeof(types) / sizeof(types[0]);
    uart = known ? base : 0;
    type = known ? uart_type : START_PL011;
}

void arch_putc(char c)
{
    if (uart == 0) {
        return;
    }
    /* bound: the time of a character; PATIENCE polls of a device that is stuck */
    for (unsigned i = 0;
         i < PATIENCE && (mmio_read32(uart + types[type].status) >> types[type].full & 1); i++) {
    }
    mmio_write32(uart + types[type].data, (uint8_t)c);
}
