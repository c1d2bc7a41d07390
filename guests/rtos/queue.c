/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the ring of a queue and who waits at its ends. */
#include "guests/rtos/queue.h"

#include "cells/lib/string.h"

static uint8_t *item_at(const struct queue *queue, size_t index)
{
    return queue->buffer + index % queue->length * queue->item;
}

static void wake_first(const struct link *waiters)
{
    if (!list_empty(waiters)) {
        task_wake(task_first_waiter(waiters));
    }
}

/* Until count is not the one that stops us. A task that was woken may find that another was faster:
 * then it waits again. */
static bool wait_while(const size_t *count, size_t stop, struct link *waiters, uint64_t deadline)
{
    while (*count == stop) {
        if (deadline == TIME_NOW || !task_block(waiters, deadline)) {
            return false;
        }
    }
    return true;
}

void queue_open(struct queue *queue, void *buffer, size_t item, size_t length)
{
    *queue = (struct queue){.buffer = buffer, .item = item, .length = length};
    list_open(&queue->senders);
    list_open(&queue->receivers);
}

bool queue_send(struct queue *queue, const void *item, uint64_t deadline)
{
    uint64_t was = port_lock();
    bool room = wait_while(&queue->count, queue->length, &queue->senders, deadline);

    if (room) {
        memcpy(item_at(queue, queue->first + queue->count), item, queue->item);
        queue->count++;
        wake_first(&queue->receivers);
        task_reschedule();
    }
    port_unlock(was);
    return room;
}

bool queue_receive(struct queue *queue, void *item, uint64_t deadline)
{
    uint64_t was = port_lock();
    bool some = wait_while(&queue->count, 0, &queue->receivers, deadline);

    if (some) {
        memcpy(item, item_at(queue, queue->first), queue->item);
        queue->first = (queue->first + 1) % queue->length;
        queue->count--;
        wake_first(&queue->senders);
        task_reschedule();
    }
    port_unlock(was);
    return some;
}
