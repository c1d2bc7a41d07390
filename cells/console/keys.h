/* SPDX-License-Identifier: Apache-2.0 */
/* What the person at the terminal types: text for the client with the focus, and commands after
 * Ctrl-T. */
#pragma once

#include "cells/console/clients.h"

#define KEYS_PREFIX 0x14 /* Ctrl-T */

struct keys {
    struct clients *clients;
    bool prefix; /* a command follows */
    bool quit;   /* the person wants the machine to go off */
};

void keys_type(struct keys *keys, const char *text, size_t size);
