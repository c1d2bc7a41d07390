/* SPDX-License-Identifier: Apache-2.0 */
/* memcpy, memset and cache_clean of the cell library: lengths and alignments around their loops. */
#include "cells/lib/cache.h"
#include "cells/lib/string.h"
#include "tests/target/lab/lab.h"

#define LENGTHS 600 /* multiples of the loops, and more */
#define GUARD   32

static uint8_t from[LENGTHS + 2 * GUARD], to[LENGTHS + 2 * GUARD];

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 7 + i / 256 + 1);
}

/* Bytes of 'to' outside [start, +size) that are not as they were. */
static unsigned harmed(size_t start, size_t size)
{
    unsigned count = 0;

    for (size_t i = 0; i < sizeof(to); i++) {
        count += (i < start || i >= start + size) && to[i] != 0xee;
    }
    return count;
}

static void prepare(void)
{
    for (size_t i = 0; i < sizeof(to); i++) {
        from[i] = pattern(i);
        to[i] = 0xee;
    }
}

static bool copies(size_t source, size_t target, size_t size)
{
    unsigned wrong = 0;

    prepare();
    wrong += memcpy(to + target, from + source, size) != to + target;
    for (size_t i = 0; i < size; i++) {
        wrong += to[target + i] != pattern(source + i);
    }
    return wrong + harmed(target, size) == 0;
}

static bool fills(size_t target, size_t size)
{
    unsigned wrong = 0;

    prepare();
    wrong += memset(to + target, 0x15a, size) != to + target;
    for (size_t i = 0; i < size; i++) {
        wrong += to[target + i] != 0x5a;
    }
    return wrong + harmed(target, size) == 0;
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    lab_begin("copy.memcpy");
    for (size_t size = 0; size < LENGTHS; size += size < 300 ? 1 : 37) {
        for (size_t shift = 0; shift < 16; shift += 5) {
            bool good = copies(shift, GUARD + 3 * shift % 16, size);
            lab_expect(good, "%lu bytes from alignment %lu", (unsigned long)size,
                       (unsigned long)shift);
        }
    }
    lab_end();
    lab_begin("copy.memset");
    for (size_t size = 0; size < LENGTHS; size += size < 150 ? 1 : 37) {
        lab_expect(fills(GUARD + size % 16, size), "%lu bytes", (unsigned long)size);
    }
    lab_end();
    lab_begin("copy.cache_clean_changes_nothing");
    prepare();
    for (size_t size = 0; size < LENGTHS; size += 61) {
        cache_clean(to + size % 7, size);
    }
    lab_expect(harmed(0, 0) == 0, "bytes changed");
    lab_end();
    lab_done();
}
