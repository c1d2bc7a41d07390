/* SPDX-License-Identifier: Apache-2.0 */
/* What single keys do, and the four ways to go wrong, by key or by command line. */
#include "guests/rtos/app/app.h"

#include "guests/rtos/arguments.h"
#include "guests/rtos/print.h"
#include "guests/rtos/report.h"
#include "guests/rtos/task.h"
#include "guests/rtos/uart.h"

#define KEYS        16
#define BAD_POINTER UINT64_C(0x123456789000)
#define CRASH_AFTER 100 /* periods */

static char key_buffer[KEYS], order_buffer[1];
static struct queue keys, orders;
static char first_order; /* once since power-on */

static void crash_pointer(void)
{
    *(volatile uint32_t *)BAD_POINTER = 1;
}

/* Far deeper than any stack. What comes back is used, so that it stays a call. */
__attribute__((noinline)) static unsigned dive(volatile unsigned *depth)
{
    volatile unsigned here = *depth + 1;

    return here == 0 ? 0 : dive(&here) + here;
}

static void crash_stack(void)
{
    volatile unsigned depth = 0;

    (void)dive(&depth);
}

static void crash_loop(void)
{
    for (;;) {
        __asm__ volatile("");
    }
}

static const struct {
    char key;
    const char *name; /* crash=NAME on the command line */
    void (*act)(void);
} orders_table[] = {
    {'c', "pointer", crash_pointer},
    {'o', "stack", crash_stack},
    {'l', "loop", crash_loop},
    {'g', "garbage", collect_garbage},
};
#define ORDERS (sizeof(orders_table) / sizeof(orders_table[0]))

void commands_open(const struct board *board)
{
    queue_open(&keys, key_buffer, 1, KEYS);
    queue_open(&orders, order_buffer, 1, 1);
    for (unsigned i = 0; i < ORDERS; i++) {
        if (report_starts() == 1 &&
            arguments_value(board->arguments, "crash", orders_table[i].name)) {
            first_order = orders_table[i].key;
        }
    }
    if (!uart_listen(board, &keys)) {
        print("no handler left for the UART: keys do nothing");
    }
}

/* At the highest priority, so that a loop in it is the worst one. */
void victim_run(void *nothing)
{
    char order = first_order;

    (void)nothing;
    if (order != '\0') {
        (void)task_sleep_until(port_now() + CRASH_AFTER * app.period);
    }
    for (;;) {
        for (unsigned i = 0; i < ORDERS; i++) {
            if (orders_table[i].key == order) {
                orders_table[i].act();
            }
        }
        (void)queue_receive(&orders, &order, TIME_NEVER);
    }
}

void commands_run(void *nothing)
{
    char key;

    (void)nothing;
    while (queue_receive(&keys, &key, TIME_NEVER)) {
        if (key == 's') {
            status_print();
        } else if (key == 'h' || key == '?') {
            print("keys: s status; c bad pointer, o stack overflow, l endless loop, g garbage");
        } else {
            (void)queue_send(&orders, &key, TIME_NOW);
        }
    }
}
