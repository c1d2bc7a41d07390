/* SPDX-License-Identifier: Apache-2.0 */
/* Queues of items of one size, between tasks and from interrupts to tasks. */
#pragma once

#include "guests/rtos/list.h"
#include "guests/rtos/task.h"

struct queue {
    uint8_t *buffer; /* length items */
    size_t item;     /* bytes of one */
    size_t length;
    size_t first; /* index of the oldest item */
    size_t count;
    struct link senders;
    struct link receivers;
};

void queue_open(struct queue *queue, void *buffer, size_t item, size_t length);

/* Copy an item in or out; wait for room or an item until the deadline. False: none until then.
 * TIME_NOW: do not wait (the only way in an interrupt). */
bool queue_send(struct queue *queue, const void *item, uint64_t deadline);
bool queue_receive(struct queue *queue, void *item, uint64_t deadline);
