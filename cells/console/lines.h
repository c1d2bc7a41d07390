/* SPDX-License-Identifier: Apache-2.0 */
/* Many clients' text as lines of one terminal, each under its client's name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINES_TEXT_MAX 160

struct lines_client {
    const char *name; /* up to 32 characters, not necessarily ended by NUL */
    uint64_t badge;
    size_t length; /* of text that is not on the terminal yet */
    char text[LINES_TEXT_MAX];
};

struct lines {
    void (*put)(void *context, char c); /* the terminal */
    void *context;
    const struct lines_client *open; /* whose unfinished line the cursor is in, NULL: at the left */
};

/* Takes a piece of a client's text. more: its line surely goes on in the next piece, so that an
 * unfinished line need not be shown yet. Control characters are shown as ^X (carriage return: not
 * at all), bytes above ASCII as \x9b, so that no client can write under another's name. */
void lines_accept(struct lines *lines, struct lines_client *client, const char *text, size_t size,
                  bool more);
