/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an event ring (abi/trace.h) that the kernel, or anybody, writes meanwhile. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi/trace.h"

struct trace_ring {
    const struct bh_trace_ring *ring;
    uint32_t records; /* that it has room for: from the size of its memory, not from the ring */
    uint64_t next;    /* number of the record that is read next */
    uint64_t lost;    /* records that were overwritten before they were read, so far */
};

/* Begin with the oldest record of the ring in this memory. False if it is too small or not aligned
 * to 8 bytes. */
bool trace_ring_open(struct trace_ring *ring, const void *memory, uint64_t size);

/* The next whole record, in the order in which they were written. False if there is none now, or if
 * the ring is written faster than it can be read. Never waits. Nothing that is in the memory leads
 * outside it: who else can write it spoils only the records. */
bool trace_ring_read(struct trace_ring *ring, struct bh_trace_record *record);
