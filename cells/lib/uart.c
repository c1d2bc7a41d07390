/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the registers of the UARTs: Arm PL011 (TRM DDI 0183) and Cadence (Zynq UltraScale+ TRM
 * UG1085, register reference UG1087). */
#include "cells/lib/uart.h"

#include "abi/start.h"
#include "cells/lib/arch/sysreg.h"
#include "cells/lib/pl011.h"

#define PL011_FIFO 16 /* characters; later revisions have 32 */

static struct pl011 pl011(uart_registers *base)
{
    return (struct pl011){base};
}

static void pl011_open(uart_registers *base)
{
    uint32_t control = pl011_read(pl011(base), PL011_CR);
    uint32_t format = pl011_read(pl011(base), PL011_LCR_H);

    pl011_write(pl011(base), PL011_IMSC, 0);
    pl011_write(pl011(base), PL011_DMACR, 0);
    pl011_write(pl011(base), PL011_CR, control & ~PL011_CR_ENABLE);
    pl011_write(pl011(base), PL011_LCR_H, format & ~PL011_LCR_FIFO); /* empties the FIFOs */
    pl011_write(pl011(base), PL011_LCR_H, format | PL011_LCR_8BITS | PL011_LCR_FIFO);
    pl011_write(pl011(base), PL011_ICR, PL011_INT_ALL);
    pl011_write(pl011(base), PL011_CR, control | PL011_CR_ENABLE | PL011_CR_TX | PL011_CR_RX);
}

static size_t pl011_send(uart_registers *base, const char *text, size_t size)
{
    size_t done = 0;

    while (done < size) {
        uint32_t flags = pl011_read(pl011(base), PL011_FR);
        size_t room = (flags & PL011_FR_TXFE) != 0 ? PL011_FIFO : 1;

        if ((flags & PL011_FR_TXFF) != 0) {
            break;
        }
        room = room < size - done ? room : size - done;
        while (room-- > 0) {
            pl011_write(pl011(base), PL011_DR, (unsigned char)text[done++]);
        }
    }
    return done;
}

static size_t pl011_receive(uart_registers *base, char *to, size_t size)
{
    size_t done = 0;

    while (done < size && (pl011_read(pl011(base), PL011_FR) & PL011_FR_RXFE) == 0) {
        to[done++] = (char)pl011_read(pl011(base), PL011_DR); /* errors are in bits 11:8 */
    }
    return done;
}

static void pl011_listen(uart_registers *base, bool room)
{
    pl011_write(pl011(base), PL011_IMSC, PL011_INT_RX | PL011_INT_RT | (room ? PL011_INT_TX : 0));
}

static void pl011_clear(uart_registers *base)
{
    pl011_write(pl011(base), PL011_ICR, PL011_INT_ALL);
}

enum cadence_register {
    CADENCE_CR = 0x00,
    CADENCE_IER = 0x08,
    CADENCE_IDR = 0x0c,
    CADENCE_ISR = 0x14,
    CADENCE_RXTOUT = 0x1c,
    CADENCE_RXWM = 0x20,
    CADENCE_SR = 0x2c,
    CADENCE_FIFO = 0x30
};

#define CADENCE_CR_RXRES    (1U << 0) /* empties the FIFO */
#define CADENCE_CR_TXRES    (1U << 1)
#define CADENCE_CR_RXEN     (1U << 2)
#define CADENCE_CR_TXEN     (1U << 4)
#define CADENCE_INT_ALL     0x1fffU
#define CADENCE_INT_RXWM    (1U << 0)
#define CADENCE_INT_TXEMPTY (1U << 3)
#define CADENCE_INT_TIMEOUT (1U << 8)
#define CADENCE_SR_RXEMPTY  (1U << 1)
#define CADENCE_SR_TXEMPTY  (1U << 3)
#define CADENCE_SR_TXFULL   (1U << 4)
#define CADENCE_DEPTH       16 /* of the FIFO: 64 on silicon, 16 in QEMU */

static void cadence_open(uart_registers *base)
{
    base[CADENCE_IDR / 4] = CADENCE_INT_ALL;
    base[CADENCE_CR / 4] = CADENCE_CR_RXRES | CADENCE_CR_TXRES | CADENCE_CR_RXEN | CADENCE_CR_TXEN;
    base[CADENCE_RXWM / 4] = 1;
    base[CADENCE_RXTOUT / 4] = 0;
    base[CADENCE_ISR / 4] = CADENCE_INT_ALL;
}

static size_t cadence_send(uart_registers *base, const char *text, size_t size)
{
    size_t done = 0;

    while (done < size) {
        uint32_t flags = base[CADENCE_SR / 4];
        size_t room = (flags & CADENCE_SR_TXEMPTY) != 0 ? CADENCE_DEPTH : 1;

        if ((flags & CADENCE_SR_TXFULL) != 0) {
            break;
        }
        room = room < size - done ? room : size - done;
        while (room-- > 0) {
            base[CADENCE_FIFO / 4] = (unsigned char)text[done++];
        }
    }
    return done;
}

static size_t cadence_receive(uart_registers *base, char *to, size_t size)
{
    size_t done = 0;

    while (done < size && (base[CADENCE_SR / 4] & CADENCE_SR_RXEMPTY) == 0) {
        to[done++] = (char)base[CADENCE_FIFO / 4];
    }
    return done;
}

static void cadence_listen(uart_registers *base, bool room)
{
    base[(room ? CADENCE_IER : CADENCE_IDR) / 4] = CADENCE_INT_TXEMPTY;
    base[CADENCE_IER / 4] = CADENCE_INT_RXWM | CADENCE_INT_TIMEOUT;
}

static void cadence_clear(uart_registers *base)
{
    base[CADENCE_ISR / 4] = CADENCE_INT_ALL;
}

static const struct uart_driver drivers[] = {
    [START_PL011] = {"PL011", pl011_open, pl011_send, pl011_receive, pl011_listen, pl011_clear},
    [START_CADENCE] = {"Cadence", cadence_open, cadence_send, cadence_receive, cadence_listen,
                       cadence_clear},
};

const struct uart_driver *uart_find(uint64_t type)
{
    return type < sizeof(drivers) / sizeof(drivers[0]) ? &drivers[type] : NULL;
}

static void put(const struct uart_driver *driver, uart_registers *base, char c)
{
    while (driver->send(base, &c, 1) == 0) {
        cpu_pause();
    }
}

void uart_print(const struct uart_driver *driver, uart_registers *base, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            put(driver, base, '\r');
        }
        put(driver, base, *text);
    }
}
