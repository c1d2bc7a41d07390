/* SPDX-License-Identifier: Apache-2.0 */
/* Knows where a client's line begins and ends on the shared terminal. */
#include "cells/console/lines.h"

#include "cells/lib/start.h"

static void put(struct lines *lines, char c)
{
    lines->put(lines->context, c);
}

static void put_name(struct lines *lines, const char *name)
{
    for (size_t i = 0; i < BH_NAME_MAX && name[i] != '\0'; i++) {
        put(lines, name[i]);
    }
    put(lines, ':');
    put(lines, ' ');
}

/* Bring the client's text to the terminal; end: and its newline. */
static void show(struct lines *lines, struct lines_client *client, bool end)
{
    if (lines->open != NULL && lines->open != client) {
        put(lines, '\n');
        lines->open = NULL;
    }
    if (lines->open == NULL) {
        put_name(lines, client->name);
    }
    for (size_t i = 0; i < client->length; i++) {
        put(lines, client->text[i]);
    }
    client->length = 0;
    lines->open = client;
    if (end) {
        put(lines, '\n');
        lines->open = NULL;
    }
}

static void append(struct lines *lines, struct lines_client *client, char c)
{
    if (client->length == LINES_TEXT_MAX) {
        show(lines, client, false);
    }
    client->text[client->length++] = c;
}

/* Bytes above ASCII: to some terminals they are control characters too (C1: 0x9b is ESC [). */
static void append_byte(struct lines *lines, struct lines_client *client, unsigned char byte)
{
    append(lines, client, '\\');
    append(lines, client, 'x');
    append(lines, client, "0123456789abcdef"[byte >> 4]);
    append(lines, client, "0123456789abcdef"[byte & 0xf]);
}

static void accept(struct lines *lines, struct lines_client *client, char c)
{
    unsigned char byte = (unsigned char)c;

    if (c == '\n') {
        show(lines, client, true);
    } else if (byte > 0x7f) {
        append_byte(lines, client, byte);
    } else if ((byte < ' ' && c != '\t') || byte == 0x7f) {
        if (c != '\r') {
            append(lines, client, '^');
            append(lines, client, (char)(byte ^ 0x40));
        }
    } else {
        append(lines, client, c);
    }
}

void lines_accept(struct lines *lines, struct lines_client *client, const char *text, size_t size,
                  bool more)
{
    for (size_t i = 0; i < size; i++) {
        accept(lines, client, text[i]);
    }
    if (client->length > 0 && !more) {
        show(lines, client, false);
    }
}
