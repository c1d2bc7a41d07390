/* SPDX-License-Identifier: Apache-2.0 */
/* Computes the same checksum over and over beside cells that crash, and must never get another. */
#include "cells/lib/print.h"
#include "cells/lib/start.h"

/* Fill the memory from a seed and add it up again, in another order. */
static uint64_t checksum(volatile uint64_t *words, uint64_t count, uint64_t seed)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < count; i++) {
        words[i] = (i + seed) * UINT64_C(0x9e3779b97f4a7c15);
    }
    for (uint64_t i = count; i-- > 0;) {
        sum += words[i] ^ (words[i] >> 29);
    }
    return sum;
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *memory = start_need_memory(start, "heap", BH_MAP_WRITE);
    const struct start_memory *result = start_need_memory(start, "rounds", BH_MAP_WRITE);
    volatile uint64_t *words = (volatile uint64_t *)(uintptr_t)memory->address;
    volatile uint64_t *rounds = (volatile uint64_t *)(uintptr_t)result->address;
    uint64_t first = checksum(words, memory->size / 8, 1);

    for (;;) {
        if (checksum(words, memory->size / 8, 1) != first) {
            print_stop("WRONG: the checksum has changed");
        }
        ++*rounds;
    }
}
