/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the format language of format.h. */
#include "cells/lib/format.h"

#include <stdbool.h>
#include <stdint.h>

struct out {
    char *at;
    char *end; /* of the room, less the final NUL */
};

/* One conversion: %[-0][width][.max][l]kind. */
struct spec {
    bool left;
    bool zeros;
    bool wide; /* 64 bits */
    unsigned width;
    size_t max; /* characters of a %s */
    char kind;
};

static void put(struct out *out, char c)
{
    if (out->at < out->end) {
        *out->at++ = c;
    }
}

static void put_padded(struct out *out, const struct spec *spec, const char *text, size_t length)
{
    size_t pad = spec->width > length ? spec->width - length : 0;

    for (; pad > 0 && !spec->left; pad--) {
        put(out, spec->zeros ? '0' : ' ');
    }
    for (size_t i = 0; i < length; i++) {
        put(out, text[i]);
    }
    for (; pad > 0; pad--) {
        put(out, ' ');
    }
}

static void put_number(struct out *out, const struct spec *spec, uint64_t value, bool minus)
{
    char digits[24];
    char *at = digits + sizeof(digits);
    unsigned base = spec->kind == 'x' ? 16 : 10;

    do {
        *--at = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    if (minus) {
        *--at = '-';
    }
    put_padded(out, spec, at, (size_t)(digits + sizeof(digits) - at));
}

static unsigned parse_number(const char **text)
{
    unsigned value = 0;

    while (**text >= '0' && **text <= '9') {
        value = value * 10 + (unsigned)(*(*text)++ - '0');
    }
    return value;
}

/* *text is behind the %; leaves it behind the conversion. */
static struct spec parse(const char **text)
{
    struct spec spec = {.max = SIZE_MAX};

    for (; **text == '-' || **text == '0'; (*text)++) {
        spec.left |= **text == '-';
        spec.zeros |= **text == '0';
    }
    spec.width = parse_number(text);
    if (**text == '.') {
        (*text)++;
        spec.max = parse_number(text);
    }
    if (**text == 'l') {
        (*text)++;
        spec.wide = true;
    }
    spec.kind = **text;
    if (spec.kind != '\0') {
        (*text)++;
    }
    return spec;
}

static void put_text(struct out *out, const struct spec *spec, const char *text)
{
    size_t length = 0;

    while (length < spec->max && text[length] != '\0') {
        length++;
    }
    put_padded(out, spec, text, length);
}

static void put_signed(struct out *out, const struct spec *spec, int64_t value)
{
    put_number(out, spec, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

size_t format_list(char *to, size_t size, const char *text, va_list list)
{
    struct out out = {to, to + size - 1};

    while (*text != '\0') {
        const char *start = text;
        struct spec spec;

        if (*text++ != '%') {
            put(&out, *start);
            continue;
        }
        spec = parse(&text);
        if (spec.kind == 's') {
            put_text(&out, &spec, va_arg(list, const char *));
        } else if (spec.kind == 'c') {
            char c = (char)va_arg(list, int);
            put_padded(&out, &spec, &c, 1);
        } else if (spec.kind == 'd') {
            put_signed(&out, &spec, spec.wide ? va_arg(list, long) : va_arg(list, int));
        } else if (spec.kind == 'u' || spec.kind == 'x') {
            put_number(&out, &spec,
                       spec.wide ? va_arg(list, unsigned long) : va_arg(list, unsigned), false);
        } else if (spec.kind == '%') {
            put(&out, '%');
        } else {
            put_padded(&out, &(struct spec){0}, start, (size_t)(text - start));
        }
    }
    *out.at = '\0';
    return (size_t)(out.at - to);
}

size_t format(char *to, size_t size, const char *text, ...)
{
    va_list list;
    size_t length;

    va_start(list, text);
    length = format_list(to, size, text, list);
    va_end(list);
    return length;
}
