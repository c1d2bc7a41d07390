/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how text comes from clients and goes to them, and whose turn it is.
 *
 * Fairness. A turn takes a few entries from each stream that has some, so a flood of one costs the
 * others a bounded time; between turns the UART and callers are served. While the terminal has no
 * room nothing is taken: rings fill, and their writers wait or drop. */
#include "cells/console/clients.h"

#include <stdarg.h>

#include "abi/types.h"
#include "cells/lib/call.h"
#include "cells/lib/format.h"
#include "cells/lib/start.h"
#include "cells/lib/stream.h"
#include "cells/lib/string.h"

_Static_assert(STREAM_TEXT_MAX *(sizeof(((struct voice *)0)->prefix) + 6) + LINE_MAX <=
                   CLIENTS_ROOM,
               "an entry of newlines fits");

static const uint8_t palette[] = {36, 33, 32, 35, 34, 31}; /* cyan first, red last */

static void add(struct clients *clients, const char *name, bool colours)
{
    unsigned i = clients->count++;

    screen_voice(&clients->table[i].voice, name, colours ? palette[i % sizeof(palette)] : 0);
}

static void wake(struct client *client)
{
    if (channel_wake_needed(&client->channel)) {
        (void)bh_signal_send(client->signal); /* DOWN: it will look when it starts */
    }
}

/* A memory that is a channel: there are a signal and values of its name, too. */
static bool open_stream(struct client *client, const struct start_info *start,
                        const struct start_memory *memory)
{
    const struct start_cap *signal = start_find_cap(start, memory->name);
    const struct start_value *bits = start_find_value(start, memory->name);
    char name[BH_NAME_MAX + 8];

    format(name, sizeof(name), "%.32s-side", memory->name);
    if (signal == NULL || signal->type != BH_SIGNAL || bits == NULL ||
        start_find_value(start, name) == NULL ||
        !channel_attach(&client->channel, (void *)(uintptr_t)memory->address, memory->size,
                        (unsigned)start_need_value(start, name))) {
        return false;
    }
    client->signal = signal->slot;
    client->bits = bits->value;
    client->ready = true;
    (void)channel_update(&client->channel);
    return true;
}

static void find_streams(struct clients *clients, const struct start_info *start, bool colours)
{
    for (uint32_t i = 0; i < start->memory_count && clients->count < CLIENTS_MAX; i++) {
        const struct start_memory *memory = start_memory_at(start, i);
        struct client client = {.badge = 0};

        if (open_stream(&client, start, memory)) {
            clients->table[clients->count] = client;
            add(clients, memory->name, colours);
            wake(&clients->table[clients->count - 1]);
        }
    }
    clients->stream_count = clients->count;
}

/* The rows of the start page that have no slot: each names the client that calls with its badge. */
static void find_callers(struct clients *clients, const struct start_info *start, bool colours)
{
    for (uint32_t i = 0; i < start->cap_count && clients->count < CLIENTS_MAX; i++) {
        const struct start_cap *cap = start_cap_at(start, i);

        if (cap->type == BH_ENDPOINT && cap->slot == 0) {
            clients->table[clients->count].badge = cap->badge;
            add(clients, cap->name, colours);
        }
    }
}

void clients_open(struct clients *clients, const struct start_info *start, bool colours)
{
    screen_voice(&clients->self, start->cell, 0);
    find_streams(clients, start, colours);
    find_callers(clients, start, colours);
    screen_voice(&clients->table[clients->count].voice, "(not listed)", 0);
    if (clients->stream_count > 0) {
        clients->focus = &clients->table[0];
        screen_focus(clients->screen, &clients->focus->voice);
    }
}

void clients_call(struct clients *clients, uint64_t badge, const char *text, size_t size)
{
    unsigned i = clients->stream_count;

    while (i < clients->count && clients->table[i].badge != badge) {
        i++;
    }
    screen_write(clients->screen, &clients->table[i].voice, text, size);
}

void clients_signal(struct clients *clients, uint64_t bits)
{
    for (unsigned i = 0; i < clients->stream_count; i++) {
        clients->table[i].ready |= (clients->table[i].bits & bits) != 0;
    }
}

/* A channel whose indices are impossible is ignored until they are not. */
static void note_broken(struct clients *clients, struct client *client, bool broken)
{
    static const char sentence[] = "[its channel has impossible indices and is ignored]\n";

    if (broken && !client->broken) {
        screen_write(clients->screen, &client->voice, sentence, sizeof(sentence) - 1);
    }
    client->broken = broken;
}

/* Take a few entries, as far as there is room for what becomes of them. */
static void serve(struct clients *clients, struct client *client)
{
    struct screen *screen = clients->screen;

    for (unsigned i = 0; i < CLIENTS_TURN && client->ready; i++) {
        char entry[CHANNEL_ENTRY];
        enum channel_status status;

        if (clients->room(screen->context) < CLIENTS_ROOM) {
            break;
        }
        status = channel_receive(&client->channel, entry);
        if (channel_restarted(&client->channel)) {
            screen_restart(screen, &client->voice);
        }
        note_broken(clients, client, status == CHANNEL_BROKEN);
        client->ready = status == CHANNEL_OK;
        if (client->ready) {
            size_t size = (uint8_t)entry[0];

            screen_write(screen, &client->voice, entry + 1,
                         size < STREAM_TEXT_MAX ? size : STREAM_TEXT_MAX);
        }
    }
    wake(client);
}

bool clients_turn(struct clients *clients)
{
    bool more = false;
    unsigned first = clients->next;

    for (unsigned n = 0; n < clients->stream_count; n++) {
        unsigned i =
            first + n < clients->stream_count ? first + n : first + n - clients->stream_count;
        struct client *client = &clients->table[i];

        if (client->ready) {
            serve(clients, client);
            more |= client->ready;
            clients->next = i + 1 < clients->stream_count ? i + 1 : 0;
        }
    }
    return more;
}

bool clients_wait(const struct clients *clients)
{
    for (unsigned i = 0; i <= clients->count; i++) {
        if (screen_waits(clients->screen, &clients->table[i].voice)) {
            return true;
        }
    }
    return false;
}

bool clients_tick(struct clients *clients)
{
    bool left = false;

    for (unsigned i = 0; i <= clients->count; i++) {
        struct voice *voice = &clients->table[i].voice;

        if (!screen_waits(clients->screen, voice)) {
            continue;
        }
        if (voice->due) {
            screen_show(clients->screen, voice);
        } else {
            voice->due = true;
            left = true;
        }
    }
    return left;
}

void clients_type(struct clients *clients, const char *text, size_t size)
{
    struct client *client = clients->focus;
    char entry[CHANNEL_ENTRY] = {0};
    enum channel_status status = CHANNEL_DOWN;

    size = size < STREAM_TEXT_MAX ? size : STREAM_TEXT_MAX;
    if (client != NULL && size > 0) {
        entry[0] = (char)size;
        memcpy(entry + 1, text, size);
        status = channel_send(&client->channel, entry);
        wake(client);
    }
    if (status != CHANNEL_OK) {
        screen_bell(clients->screen);
    }
}

void clients_focus(struct clients *clients, struct client *client)
{
    clients->focus = client;
    screen_focus(clients->screen, &client->voice);
}

void clients_say(struct clients *clients, const char *text, ...)
{
    char line[160];
    va_list list;
    size_t size;

    va_start(list, text);
    size = format_list(line, sizeof(line), text, list);
    va_end(list);
    screen_write(clients->screen, &clients->self, line, size);
    screen_write(clients->screen, &clients->self, "\n", 1);
}
