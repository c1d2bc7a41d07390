/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of the Arm PL011 UART (TRM DDI 0183), for drivers and for who emulates one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum pl011_register {
    PL011_DR = 0x00,
    PL011_RSR = 0x04, /* write: ECR */
    PL011_FR = 0x18,
    PL011_ILPR = 0x20,
    PL011_IBRD = 0x24,
    PL011_FBRD = 0x28,
    PL011_LCR_H = 0x2c,
    PL011_CR = 0x30,
    PL011_IFLS = 0x34,
    PL011_IMSC = 0x38,
    PL011_RIS = 0x3c,
    PL011_MIS = 0x40,
    PL011_ICR = 0x44,
    PL011_DMACR = 0x48,
    PL011_PERIPH_ID0 = 0xfe0, /* eight words: PeriphID0..3, PCellID0..3 */
    PL011_END = 0x1000
};

#define PL011_FR_CTS    (1U << 0)
#define PL011_FR_BUSY   (1U << 3)
#define PL011_FR_RXFE   (1U << 4)
#define PL011_FR_TXFF   (1U << 5)
#define PL011_FR_TXFE   (1U << 7)
#define PL011_CR_ENABLE (1U << 0)
#define PL011_CR_TX     (1U << 8)
#define PL011_CR_RX     (1U << 9)
#define PL011_LCR_FIFO  (1U << 4)
#define PL011_LCR_8BITS (3U << 5)
#define PL011_INT_RX    (1U << 4)
#define PL011_INT_TX    (1U << 5)
#define PL011_INT_RT    (1U << 6) /* something came, and nothing more for a while */
#define PL011_INT_ALL   0x7ffU

/* A mapped PL011. */
struct pl011 {
    volatile uint32_t *base;
};

static inline uint32_t pl011_read(struct pl011 uart, enum pl011_register reg)
{
    return uart.base[(unsigned)reg / 4];
}

static inline void pl011_write(struct pl011 uart, enum pl011_register reg, uint32_t value)
{
    uart.base[(unsigned)reg / 4] = value;
}
