/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which records of a ring are there, and when one is overwritten while it is read. */
#include "cells/lib/trace_ring.h"

#include "cells/lib/string.h"

#define TRIES 4 /* to read a record that is overwritten each time */
#define WORDS (sizeof(struct bh_trace_record) / sizeof(uint64_t))

bool trace_ring_open(struct trace_ring *ring, const void *memory, uint64_t size)
{
    uint64_t places = size / sizeof(struct bh_trace_record);

    *ring = (struct trace_ring){.ring = memory};
    if (places < 3 || places > UINT32_MAX || (uintptr_t)memory % sizeof(uint64_t) != 0) {
        return false;
    }
    ring->records = (uint32_t)(places - 1);
    return true;
}

/* The oldest record is being overwritten, perhaps: it does not count as there. */
static bool find_next(struct trace_ring *ring)
{
    uint64_t head = __atomic_load_n(&ring->ring->head, __ATOMIC_ACQUIRE);

    if (head < ring->next) {
        ring->next = 0; /* it was bound anew */
    }
    if (head - ring->next >= ring->records) {
        uint64_t oldest = head - (ring->records - 1);

        ring->lost += oldest - ring->next;
        ring->next = oldest;
    }
    return head != ring->next;
}

static void copy(uint64_t words[WORDS], const struct trace_ring *ring)
{
    const uint64_t *from =
        (const uint64_t *)(const void *)(ring->ring + 1) + ring->next % ring->records * WORDS;

    for (unsigned i = 0; i < WORDS; i++) {
        words[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE); /* then the head, which tells whether they are whole */
}

bool trace_ring_read(struct trace_ring *ring, struct bh_trace_record *record)
{
    if (__atomic_load_n(&ring->ring->magic, __ATOMIC_RELAXED) != BH_TRACE_MAGIC) {
        return false;
    }
    for (unsigned i = 0; i < TRIES && find_next(ring); i++) {
        uint64_t words[WORDS];

        copy(words, ring);
        if (__atomic_load_n(&ring->ring->head, __ATOMIC_RELAXED) - ring->next < ring->records) {
            memcpy(record, words, sizeof(*record));
            ring->next++;
            return true;
        }
    }
    return false;
}
