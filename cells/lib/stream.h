/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of text to and from another cell (the console, usually), over a channel.
 *
 * Each entry carries up to STREAM_TEXT_MAX bytes: byte 0 is their number, then they follow. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/start.h"
#include "abi/types.h"
#include "cells/lib/channel.h"

#define STREAM_TEXT_MAX (CHANNEL_ENTRY - 1)

struct stream {
    struct channel channel;
    uint32_t signal; /* capability that wakes the other end */
    uint64_t bits;   /* that arrive when the other end wakes this one */
    uint64_t missed; /* other signals that stream_write() got while it waited: for the caller */
    bool away;       /* the other end was waited for in vain */
    uint8_t input[CHANNEL_ENTRY]; /* the entry that is being read */
    uint8_t input_at;             /* bytes of it that are read already */
};

/* Attach to the channel of this name (memory, signal and values of the start page). False if the
 * description gives none; a sentence and the end of the cell if it gives half of one. */
bool stream_open(struct stream *stream, const struct start_info *start, const char *name);

/* Put in as much of the text as there is room for, and wake the other end. Returns how much. */
size_t stream_try_write(struct stream *stream, const char *text, size_t size);

/* Put in all of it; while there is no room, wait. For programs that wait for nothing else: signals
 * that come meanwhile are kept in 'missed', calls are answered BUSY. DOWN if the other end is not
 * there for STREAM_PATIENCE_MS, and from then on at once until it is; BUSY if this thread cannot
 * wait, since it owes an answer. */
#define STREAM_PATIENCE_MS 1000
enum bh_status stream_write(struct stream *stream, const char *text, size_t size);

/* Take what has come, at most size bytes, without waiting: the bits say when to look. */
size_t stream_read(struct stream *stream, char *to, size_t size);
