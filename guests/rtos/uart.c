/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the registers of a PL011. */
#include "guests/rtos/uart.h"

#include "guests/bare/sysreg.h"
#include "guests/rtos/interrupt.h"

#define UARTDR   0x000
#define UARTFR   0x018
#define UARTLCRH 0x02c
#define UARTCR   0x030
#define UARTIMSC 0x038
#define UARTICR  0x044

#define FR_RXFE   (1U << 4)
#define FR_TXFF   (1U << 5)
#define LCRH_8N1  0x70U  /* eight bits, FIFOs */
#define CR_ENABLE 0x301U /* UART, transmit, receive */
#define INT_RX    (1U << 4)
#define INT_RT    (1U << 6) /* receive timeout: fewer characters than the FIFO's level */

static uint64_t uart;
static struct queue *input;

/* The speed is left as firmware set it. */
void uart_open(const struct board *board)
{
    uart = board->uart;
    mmio_write(uart + UARTIMSC, 0);
    mmio_write(uart + UARTLCRH, LCRH_8N1);
    mmio_write(uart + UARTCR, CR_ENABLE);
}

static void receive(uint64_t entry)
{
    (void)entry;
    mmio_write(uart + UARTICR, INT_RX | INT_RT);
    while ((mmio_read(uart + UARTFR) & FR_RXFE) == 0) {
        char c = (char)mmio_read(uart + UARTDR);

        (void)queue_send(input, &c, TIME_NOW);
    }
}

bool uart_listen(const struct board *board, struct queue *queue)
{
    input = queue;
    if (!interrupt_attach(board->uart_irq, receive)) {
        return false;
    }
    mmio_write(uart + UARTIMSC, INT_RX | INT_RT);
    return true;
}

static void put(char c)
{
    while ((mmio_read(uart + UARTFR) & FR_TXFF) != 0) {
        cpu_pause();
    }
    mmio_write(uart + UARTDR, (unsigned char)c);
}

void uart_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            put('\r');
        }
        put(*text);
    }
}
