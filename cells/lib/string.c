/* SPDX-License-Identifier: Apache-2.0 */
/* The text and memory functions that need no speed; memcpy and memset are in copy.S. */
#include "cells/lib/string.h"

void *memmove(void *to, const void *from, size_t size)
{
    unsigned char *d = to;
    const unsigned char *s = from;

    if (d <= s || d >= s + size) {
        /* Forwards is safe, but memcpy moves 64 bytes at a time: not if they are closer. */
        if (d + 64 <= s || d >= s + size) {
            return memcpy(to, from, size);
        }
        for (size_t i = 0; i < size; i++) {
            *(volatile unsigned char *)&d[i] = s[i];
        }
        return to;
    }
    for (size_t i = size; i-- > 0;) {
        *(volatile unsigned char *)&d[i] = s[i];
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a;
    const unsigned char *y = b;

    for (size_t i = 0; i < size; i++) {
        if (x[i] != y[i]) {
            return x[i] - y[i];
        }
    }
    return 0;
}

size_t strnlen(const char *text, size_t max)
{
    size_t n = 0;

    while (n < max && text[n] != '\0') {
        n++;
    }
    return n;
}

size_t strlen(const char *text)
{
    return strnlen(text, (size_t)-1);
}

int strncmp(const char *a, const char *b, size_t max)
{
    for (size_t i = 0; i < max; i++) {
        if (a[i] != b[i] || a[i] == '\0') {
            return (unsigned char)a[i] - (unsigned char)b[i];
        }
    }
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, (size_t)-1);
}
