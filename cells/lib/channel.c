/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the rings of a channel, the order of their loads and stores, and what not to believe.
 *
 * Order. An entry is complete before the head that counts it (release, acquire), and copied out
 * before the tail that frees it. A wake-up cannot be lost: each end first stores its index, then,
 * behind a full fence, loads the other's; so of two ends that pass each other at least one sees the
 * other. */
#include "cells/lib/channel.h"

#include "cells/lib/string.h"

static uint32_t load(const _Atomic uint32_t *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

static void store(_Atomic uint32_t *word, uint32_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
}

/* Empties this end's side of both rings; the generation that the other waits for comes last. */
static void open_side(struct channel *channel)
{
    channel->head = 0;
    channel->tail = 0;
    store(&channel->mine->head, 0);
    store(&channel->mine->tail, 0);
    store(&channel->mine->acknowledged, channel->acknowledged);
    store(&channel->mine->generation, channel->generation);
}

/* Only a bad other end, or one before it, can have written over this end's words. */
static bool is_damaged(const struct channel *channel)
{
    const struct channel_side *mine = channel->mine;

    return load(&mine->generation) != channel->generation ||
           load(&mine->acknowledged) != channel->acknowledged ||
           load(&mine->head) != channel->head || load(&mine->tail) != channel->tail;
}

bool channel_attach(struct channel *channel, void *shared, size_t size, unsigned side)
{
    struct channel_shared *s = shared;
    uint32_t length = 1;

    if (side > 1 || size < sizeof(*s) + 2 * CHANNEL_ENTRY) {
        return false;
    }
    while (length < 1U << 30 && (size - sizeof(*s)) / (2 * CHANNEL_ENTRY) >= 2 * (size_t)length) {
        length *= 2;
    }
    *channel = (struct channel){
        .mine = &s->side[side],
        .other = &s->side[1 - side],
        .out = s->entries + (size_t)side * length * CHANNEL_ENTRY,
        .in = s->entries + (size_t)(1 - side) * length * CHANNEL_ENTRY,
        .length = length,
        .wake = true,
    };
    channel->generation = load(&channel->mine->generation) + 1;
    if (channel->generation == 0) {
        channel->generation = 1; /* 0 is "never attached" */
    }
    channel->acknowledged = load(&channel->other->generation);
    open_side(channel);
    return true;
}

bool channel_update(struct channel *channel)
{
    uint32_t generation = load(&channel->other->generation);
    bool up = generation != 0 && load(&channel->other->acknowledged) == channel->generation;

    if (generation != channel->acknowledged || (!up && is_damaged(channel))) {
        channel->restarted = true;
        channel->wake = true;
        channel->acknowledged = generation;
        open_side(channel);
    }
    return up;
}

static uint8_t *entry_at(const struct channel *channel, uint8_t *ring, uint32_t index)
{
    return ring + (size_t)(index & (channel->length - 1)) * CHANNEL_ENTRY;
}

enum channel_status channel_send(struct channel *channel, const void *entry)
{
    uint32_t used;

    if (!channel_update(channel)) {
        return CHANNEL_DOWN;
    }
    used = channel->head - load(&channel->other->tail);
    if (used > channel->length) {
        return CHANNEL_BROKEN;
    }
    if (used == channel->length) {
        return CHANNEL_FULL;
    }
    memcpy(entry_at(channel, channel->out, channel->head), entry, CHANNEL_ENTRY);
    store(&channel->mine->head, ++channel->head);
    atomic_thread_fence(memory_order_seq_cst);
    /* The other end had taken all there was before this entry: it may be asleep. */
    channel->wake |= load(&channel->other->tail) == channel->head - 1;
    return CHANNEL_OK;
}

enum channel_status channel_receive(struct channel *channel, void *entry)
{
    uint32_t used;

    if (!channel_update(channel)) {
        return CHANNEL_DOWN;
    }
    used = load(&channel->other->head) - channel->tail;
    if (used > channel->length) {
        return CHANNEL_BROKEN;
    }
    if (used == 0) {
        return CHANNEL_EMPTY;
    }
    memcpy(entry, entry_at(channel, channel->in, channel->tail), CHANNEL_ENTRY);
    store(&channel->mine->tail, ++channel->tail);
    atomic_thread_fence(memory_order_seq_cst);
    /* The ring was full when this entry was still in it: the other end may wait for room. */
    channel->wake |= load(&channel->other->head) - (channel->tail - 1) == channel->length;
    return CHANNEL_OK;
}

bool channel_wake_needed(struct channel *channel)
{
    bool wake = channel->wake;

    channel->wake = false;
    return wake;
}

bool channel_restarted(struct channel *channel)
{
    bool restarted = channel->restarted;

    channel->restarted = false;
    return restarted;
}
