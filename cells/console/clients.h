/* SPDX-License-Identifier: Apache-2.0 */
/* Who writes to the console: streams (a channel each, which can be typed to) and callers. */
#pragma once

#include "abi/start.h"
#include "cells/console/screen.h"
#include "cells/lib/channel.h"

#define CLIENTS_MAX  64
#define CLIENTS_TURN 8 /* entries of one stream before the next one's turn */

/* Room in the terminal without which nothing is taken from a stream: what one entry can become (63
 * lines, each with its name) and what is shown before it. */
#define CLIENTS_ROOM 4096

struct client {
    struct voice voice;
    uint64_t badge;         /* of its calls; 0: it has a channel */
    struct channel channel; /* and the rest: of a stream */
    uint32_t signal;        /* capability that wakes it */
    uint64_t bits;          /* that arrive when it wakes the console */
    bool ready;             /* there may be something in its channel */
    bool broken;            /* its indices are impossible */
};

struct clients {
    struct screen *screen;
    size_t (*room)(void *context); /* of the terminal: bytes that it takes without waiting */
    struct voice self;             /* the console's own lines */
    struct client *focus;          /* NULL: there are no streams */
    unsigned stream_count;         /* the first of the table, in the order of the description */
    unsigned count;
    unsigned next;                        /* stream whose turn it is */
    struct client table[CLIENTS_MAX + 1]; /* the last: callers that are not listed */
};

/* Finds all clients in the start page, attaches to their channels and wakes them. The first stream
 * gets the focus. colours: give each client one. */
void clients_open(struct clients *clients, const struct start_info *start, bool colours);

/* Text of a call, from the client with this badge. */
void clients_call(struct clients *clients, uint64_t badge, const char *text, size_t size);

/* These bits have arrived: their streams get a turn. */
void clients_signal(struct clients *clients, uint64_t bits);

/* One turn for each stream that has something, as far as the terminal has room. True if some have
 * more: another turn when there is room. */
bool clients_turn(struct clients *clients);

/* Shows unfinished lines that were there a call ago. True if there are others to come back for. */
bool clients_tick(struct clients *clients);
bool clients_wait(const struct clients *clients);

/* Typed characters for the client with the focus. If it does not take them they are dropped, and
 * the bell rings. */
void clients_type(struct clients *clients, const char *text, size_t size);

void clients_focus(struct clients *clients, struct client *client);

/* A line of the console's own. */
__attribute__((format(printf, 2, 3))) void clients_say(struct clients *clients, const char *text,
                                                       ...);
