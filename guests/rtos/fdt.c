/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the format of a flattened device tree. */
#include "guests/rtos/fdt.h"

#include "cells/lib/string.h"

#define MAGIC        0xd00dfeedU
#define HEADER_WORDS 10
#define NOP          4U

/* Words of the header. */
enum { TOTAL = 1, TOKENS = 2, STRINGS = 3, STRINGS_SIZE = 8, TOKENS_SIZE = 9 };

static uint32_t word_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static bool inside(uint32_t offset, uint32_t size, uint32_t total)
{
    return offset <= total && size <= total - offset;
}

bool fdt_open(struct fdt *fdt, const void *blob, size_t limit)
{
    const uint8_t *base = blob;
    uint32_t header[HEADER_WORDS];

    if (limit < sizeof(header) || word_at(base) != MAGIC) {
        return false;
    }
    for (unsigned i = 0; i < HEADER_WORDS; i++) {
        header[i] = word_at(base + 4 * i);
    }
    if (header[TOTAL] > limit || !inside(header[TOKENS], header[TOKENS_SIZE], header[TOTAL]) ||
        !inside(header[STRINGS], header[STRINGS_SIZE], header[TOTAL])) {
        return false;
    }
    *fdt = (struct fdt){
        .tokens = base + header[TOKENS],
        .size = header[TOKENS_SIZE],
        .strings = (const char *)base + header[STRINGS],
        .strings_size = header[STRINGS_SIZE],
    };
    return true;
}

static bool next_word(struct fdt *fdt, uint32_t *word)
{
    if (fdt->size - fdt->at < 4) {
        return false;
    }
    *word = word_at(fdt->tokens + fdt->at);
    fdt->at += 4;
    return true;
}

/* Moves behind so many bytes and what aligns them. */
static bool skip(struct fdt *fdt, uint32_t bytes)
{
    uint32_t left = fdt->size - fdt->at;

    uint32_t padding = (0 - bytes) % 4;

    if (bytes > left || padding > left - bytes) {
        return false;
    }
    fdt->at += bytes + padding;
    return true;
}

static bool read_node(struct fdt *fdt, struct fdt_item *item)
{
    item->name = (const char *)fdt->tokens + fdt->at;
    return skip(fdt, (uint32_t)strnlen(item->name, fdt->size - fdt->at) + 1);
}

static bool read_property(struct fdt *fdt, struct fdt_item *item)
{
    uint32_t name;

    if (!next_word(fdt, &item->size) || !next_word(fdt, &name) || name >= fdt->strings_size) {
        return false;
    }
    item->name = fdt->strings + name;
    item->value = fdt->tokens + fdt->at;
    return strnlen(item->name, fdt->strings_size - name) < fdt->strings_size - name &&
           skip(fdt, item->size);
}

enum fdt_token fdt_next(struct fdt *fdt, struct fdt_item *item)
{
    uint32_t token = NOP;

    while (token == NOP) {
        if (!next_word(fdt, &token)) {
            return FDT_END;
        }
    }
    if (token == FDT_NODE_END || (token == FDT_NODE && read_node(fdt, item)) ||
        (token == FDT_PROPERTY && read_property(fdt, item))) {
        return (enum fdt_token)token;
    }
    fdt->at = fdt->size;
    return FDT_END;
}

bool fdt_has(const struct fdt_item *property, const char *text)
{
    const char *at = (const char *)property->value;
    size_t left = property->size;

    while (left > 0) {
        size_t length = strnlen(at, left);

        if (length == left) {
            return false; /* not terminated */
        }
        if (strcmp(at, text) == 0) {
            return true;
        }
        at += length + 1;
        left -= length + 1;
    }
    return false;
}

uint64_t fdt_number(const struct fdt_item *property, uint32_t index, uint32_t cells)
{
    uint64_t number = 0;

    if (cells > 2 || index > property->size / 4 || cells > property->size / 4 - index) {
        return 0;
    }
    for (uint32_t i = 0; i < cells; i++) {
        number = number << 32 | word_at(property->value + 4 * (size_t)(index + i));
    }
    return number;
}
