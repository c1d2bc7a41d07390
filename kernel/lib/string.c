/* SPDX-License-Identifier: Apache-2.0 */
/* memset and memcpy, which the compiler may call. Kernel blocks are multiples of 16 bytes and
 * aligned. */
#include "kernel/lib/string.h"

void *memset(void *to, int value, size_t size)
{
    uint8_t *p = to;
    size_t i = 0;
    if (((uintptr_t)to & 7) == 0) {
        /* bound: 2 KiB, a vCPU: 256 words */
        for (uint64_t word = (uint8_t)value * UINT64_C(0x0101010101010101); i + 8 <= size; i += 8) {
            *(uint64_t *)(void *)(p + i) = word;
        }
    }
    /* bound: 7 bytes behind words; 288, a frame, if copied */
    for (; i < size; i++) {
        p[i] = (uint8_t)value;
    }
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *p = to;
    const uint8_t *q = from;
    /* bound: 7 bytes behind words; 288, a frame, if copied */
    for (size_t i = 0; i < size; i++) {
        p[i] = q[i];
    }
    return to;
}

void words_zero(void *to, size_t size)
{
    uint64_t *p = to, *end = p + size / sizeof(*p);
    /* bound: 2 KiB, a vCPU: 32 rounds; a page without DC ZVA: 64 */
    do {
        p[0] = p[1] = p[2] = p[3] = p[4] = p[5] = p[6] = p[7] = 0;
        p += 8;
    } while (p < end);
}
