/* SPDX-License-Identifier: Apache-2.0 */
/* Event rings: what the kernel writes into the memory that is bound to a TRACE for one core. */
#pragma once

#include <assert.h>
#include <stdint.h>

/* The ring's first record. head: how many records were ever written; the newest is number
 * head - 1, and number n is record 1 + n % records of the memory. Whoever has read number n looks
 * at head again: it was n, and whole, if head - n < records. */
struct bh_trace_ring {
    uint64_t head;
    uint32_t magic;   /* BH_TRACE_MAGIC once it is bound */
    uint32_t records; /* that it has room for */
    uint64_t core;
    uint64_t reserved;
};
#define BH_TRACE_MAGIC 0x72746862u /* "bhtr" */

struct bh_trace_record {
    uint64_t time; /* CNTPCT ticks */
    uint8_t event; /* enum bh_trace_event */
    uint8_t core;
    uint16_t cell;   /* the number that it got when it was put under the trace */
    uint32_t thread; /* the how manieth of its cell that was made, from 1 */
    uint64_t a, b;   /* abi/trace.def */
};
static_assert(sizeof(struct bh_trace_ring) == sizeof(struct bh_trace_record), "a record's place");
static_assert(sizeof(struct bh_trace_record) == 32, "half a cache line");

enum bh_trace_event {
#define EVENT(number, NAME, name, a, b, doc) BH_TRACE_##NAME = number,
#include "abi/trace.def"
};

/* Word a of OUT: where the thread is. */
enum bh_trace_state {
    BH_TRACE_STOPPED = 0, /* suspended */
    BH_TRACE_READY = 1,   /* somebody more urgent runs */
    BH_TRACE_BUSY = 2,    /* its call's server is busy; it is made again */
    BH_TRACE_CALLING = 3, /* its call, fault or exit is served */
    BH_TRACE_WAITING = 4, /* reply_wait */
    BH_TRACE_IDLE = 5,    /* a vCPU waits for an interrupt */
    BH_TRACE_AWAY = 6     /* its call, fault or exit goes on on another core */
};

#define BH_TRACE_OTHER 0x100 /* word a of IN: not on its own budget */
#define BH_TRACE_CELLS 0xffff

/* Word b of IN: the window's index in its plan, and its end in CNTPCT ticks (of 2^56). */
#define BH_TRACE_WINDOW(b)     ((unsigned)((b)&0xff))
#define BH_TRACE_WINDOW_END(b) ((b) >> 8)
