/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how words and values are told apart. */
#include "guests/rtos/arguments.h"

#include <stddef.h>

#include "cells/lib/string.h"

static bool ends(char c)
{
    return c == '\0' || c == ' ';
}

/* Behind the name, at its '=' or end; NULL: no such word. */
static const char *find(const char *text, const char *name)
{
    size_t length = strlen(name);

    while (*text != '\0') {
        if (strncmp(text, name, length) == 0 && (ends(text[length]) || text[length] == '=')) {
            return text + length;
        }
        while (!ends(*text)) {
            text++;
        }
        while (*text == ' ') {
            text++;
        }
    }
    return NULL;
}

bool arguments_flag(const char *text, const char *name)
{
    return find(text, name) != NULL;
}

uint64_t arguments_number(const char *text, const char *name, uint64_t otherwise)
{
    const char *at = find(text, name);
    uint64_t number = 0;

    if (at == NULL || *at != '=' || ends(at[1])) {
        return otherwise;
    }
    for (at++; !ends(*at); at++) {
        if (*at < '0' || *at > '9' || number > (UINT64_MAX - 9) / 10) {
            return otherwise;
        }
        number = number * 10 + (uint64_t)(*at - '0');
    }
    return number;
}

bool arguments_value(const char *text, const char *name, const char *value)
{
    const char *at = find(text, name);
    size_t length = strlen(value);

    return at != NULL && *at == '=' && strncmp(at + 1, value, length) == 0 && ends(at[1 + length]);
}
