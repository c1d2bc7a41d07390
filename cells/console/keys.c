/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the commands of the console. */
#include "cells/console/keys.h"

#include "cells/lib/stream.h"

static void help(struct keys *keys)
{
    static const char *const lines[] = {
        "Ctrl-T 1..9     type to the client of this number",
        "Ctrl-T A..Z     type to the next client whose name starts with this letter",
        "                (a small letter does it too, if it is none of these:)",
        "Ctrl-T l        list the clients",
        "Ctrl-T q        switch the machine off",
        "Ctrl-T Ctrl-T   type a Ctrl-T",
    };

    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        clients_say(keys->clients, "%s", lines[i]);
    }
}

static void list(struct keys *keys)
{
    const struct clients *clients = keys->clients;

    for (unsigned i = 0; i < clients->count; i++) {
        const struct client *client = &clients->table[i];

        if (i < clients->stream_count) {
            clients_say(keys->clients, "%3u %.32s%s%s", i + 1, client->voice.name,
                        client == clients->focus ? " (is typed to)" : "",
                        client->broken ? " (its channel is damaged)" : "");
        } else {
            clients_say(keys->clients, "  - %.32s (speaks only)", client->voice.name);
        }
    }
}

static void quit(struct keys *keys)
{
    keys->quit = true;
}

static void literal(struct keys *keys)
{
    clients_type(keys->clients, &(const char){KEYS_PREFIX}, 1);
}

static const struct {
    char key;
    void (*run)(struct keys *keys);
} commands[] = {{'l', list}, {'?', help}, {'q', quit}, {KEYS_PREFIX, literal}};

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* The stream that a number or letter means: of several with this initial the one after the one
 * with the focus. */
static struct client *find(struct clients *clients, char key)
{
    unsigned start = clients->focus == NULL ? 0 : (unsigned)(clients->focus - clients->table) + 1;

    if (key >= '1' && key <= '9') {
        unsigned i = (unsigned)(key - '1');
        return i < clients->stream_count ? &clients->table[i] : NULL;
    }
    for (unsigned n = 0; n < clients->stream_count; n++) {
        struct client *client = &clients->table[(start + n) % clients->stream_count];

        if (small(client->voice.name[0]) == small(key)) {
            return client;
        }
    }
    return NULL;
}

static void command(struct keys *keys, char key)
{
    struct client *client;

    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (commands[i].key == key) {
            commands[i].run(keys);
            return;
        }
    }
    client = find(keys->clients, key);
    if (client == NULL) {
        screen_bell(keys->clients->screen);
        return;
    }
    clients_focus(keys->clients, client);
    clients_say(keys->clients, "what you type goes to %.32s", client->voice.name);
}

void keys_type(struct keys *keys, const char *text, size_t size)
{
    size_t from = 0; /* of the text that has not been passed on */

    for (size_t i = 0; i < size; i++) {
        if (!keys->prefix && text[i] != KEYS_PREFIX && i - from < STREAM_TEXT_MAX) {
            continue;
        }
        if (i > from) {
            clients_type(keys->clients, text + from, i - from);
        }
        from = i;
        if (keys->prefix) {
            keys->prefix = false;
            command(keys, text[i]);
            from = i + 1;
        } else if (text[i] == KEYS_PREFIX) {
            keys->prefix = true;
            from = i + 1;
        }
    }
    if (size > from) {
        clients_type(keys->clients, text + from, size - from);
    }
}
