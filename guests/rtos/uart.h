/* SPDX-License-Identifier: Apache-2.0 */
/* The PL011: polled output, input by interrupt. */
#pragma once

#include <stdbool.h>

#include "guests/rtos/board.h"
#include "guests/rtos/queue.h"

/* From then on uart_text() works. */
void uart_open(const struct board *board);

/* Characters go into a queue of char from now on; those that find it full are lost. */
__attribute__((warn_unused_result)) bool uart_listen(const struct board *board,
                                                     struct queue *input);

void uart_text(const char *text);
