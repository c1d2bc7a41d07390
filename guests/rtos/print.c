/* SPDX-License-Identifier: Apache-2.0 */
/* Knows that one task prints at a time. */
#include "guests/rtos/print.h"

#include <stdbool.h>

#include "cells/lib/format.h"
#include "guests/rtos/mutex.h"
#include "guests/rtos/uart.h"

#define LINE 161

static struct mutex lock;

static void put_line(const char *text, va_list list)
{
    char line[LINE];

    format_list(line, sizeof(line), text, list);
    uart_text("rtos: ");
    uart_text(line);
    uart_text("\n");
}

void print_open(void)
{
    mutex_open(&lock);
}

void print(const char *text, ...)
{
    bool locked = task_current != NULL && mutex_lock(&lock);
    va_list list;

    va_start(list, text);
    put_line(text, list);
    va_end(list);
    if (locked) {
        mutex_unlock(&lock);
    }
}

void print_at_once(const char *text, ...)
{
    va_list list;

    va_start(list, text);
    put_line(text, list);
    va_end(list);
}
