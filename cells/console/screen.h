/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal as many clients share it: each line under the name of who wrote it.
 *
 * One client has the focus. Its unfinished line (a prompt, what is being typed) is always the last
 * on the terminal: when somebody else has a line to show it is erased and shown again below.
 * Others' unfinished lines are shown when they are finished, full, or after a while. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cells/console/line.h"

/* One client as the terminal knows it. */
struct voice {
    const char *name; /* up to 32 characters, not necessarily ended by NUL */
    char prefix[48];  /* what its lines start with: the name in its colour */
    uint8_t prefix_size;
    bool due; /* its unfinished line has waited for one period already */
    struct line line;
};

struct screen {
    void (*put)(void *context, const char *text, size_t size); /* bytes for the terminal */
    void *context;
    struct voice *focus; /* who is typed to, NULL: nobody */
    struct voice *open;  /* in whose line the cursor is, NULL: at the left of an empty one */
};

/* A client that has said nothing yet. Its colour: ECMA-48 foreground, 30 to 37; 0: none. */
void screen_voice(struct voice *voice, const char *name, uint8_t colour);

/* Takes text of a client: whole lines are shown. */
void screen_write(struct screen *screen, struct voice *voice, const char *text, size_t size);

/* A client starts anew: what comes does not go on with what it had begun. */
void screen_restart(struct screen *screen, struct voice *voice);

/* Shows the unfinished line of a client that has waited long enough. */
void screen_show(struct screen *screen, struct voice *voice);

/* Says whether this client's line waits to be shown. */
bool screen_waits(const struct screen *screen, const struct voice *voice);

/* Called when there is nothing more to write for now: the focused client's line is the last. */
void screen_settle(struct screen *screen);

/* Another client is typed to from now on. */
void screen_focus(struct screen *screen, struct voice *voice);

void screen_bell(struct screen *screen);
