/* SPDX-License-Identifier: Apache-2.0 */
/* Channel: two rings of 64-byte entries in memory that two cells share, and a signal each way.
 *
 * Neither end believes the other. An end keeps its own index of each ring to itself, reads the
 * other's index once per operation, and goes on only if the two are not further apart than the ring
 * is long; entries are copied out before anything looks at them. So the worst that a hostile end
 * can do is to send nonsense, or nothing.
 *
 *   DOWN --each has acknowledged the other's generation--> UP --one attaches anew--> DOWN
 *
 * An end that starts (again) raises its generation. The other sees that, empties its side of both
 * rings and acknowledges; entries that were under way are lost, as are calls to a dead server. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANNEL_ENTRY 64 /* bytes */

/* One end's words in the shared memory: only this end writes them, both read. One cache line. */
struct channel_side {
    _Atomic uint32_t generation;   /* of this end; 0: never attached */
    _Atomic uint32_t acknowledged; /* the other end's generation that this end has taken note of */
    _Atomic uint32_t head;         /* entries that this end has put into its ring, ever */
    _Atomic uint32_t tail;         /* entries that this end has taken from the other's ring, ever */
    uint32_t reserved[12];
};

_Static_assert(sizeof(struct channel_side) == 64, "the two ends write different cache lines");

/* The shared memory. Ring 0 carries entries from side 0 to side 1, ring 1 the other way. */
struct channel_shared {
    struct channel_side side[2];
    uint8_t entries[]; /* ring 0, then ring 1, each of the same power of two of entries */
};

enum channel_status {
    CHANNEL_OK,
    CHANNEL_EMPTY, /* nothing to receive */
    CHANNEL_FULL,  /* no room to send */
    CHANNEL_DOWN,  /* the other end is not there (yet, or any more); channel_update again later */
    CHANNEL_BROKEN /* the other end's index is impossible */
};

/* One end, private memory. */
struct channel {
    struct channel_side *mine;
    struct channel_side *other;
    uint8_t *out; /* entries of the ring that this end fills */
    uint8_t *in;
    uint32_t length; /* entries in each ring, a power of two */
    uint32_t head;   /* as mine->head, which the other could overwrite */
    uint32_t tail;
    uint32_t generation;   /* as mine->generation */
    uint32_t acknowledged; /* as mine->acknowledged */
    bool wake;             /* see channel_wake_needed() */
    bool restarted;        /* see channel_restarted() */
};

/* Attach to shared memory as side 0 or 1. False if size has no room for one entry each way. */
bool channel_attach(struct channel *channel, void *shared, size_t size, unsigned side);

/* Look whether the other end has come (anew), and acknowledge it. True if the channel is up. */
bool channel_update(struct channel *channel);

/* True once after the other end attached anew: whatever was agreed with it is void. */
bool channel_restarted(struct channel *channel);

/* Put one entry in, take one out. Both do a channel_update first; DOWN if that says so. */
enum channel_status channel_send(struct channel *channel, const void *entry);
enum channel_status channel_receive(struct channel *channel, void *entry);

/* True once after operations that the other end may sleep through: send it the signal. */
bool channel_wake_needed(struct channel *channel);
