/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the data cache's line size (Arm ARM: CTR_EL0.DminLine) and cleans ranges line by line. */
#include "cells/lib/cache.h"

#include <stdint.h>

#include "cells/lib/arch/sysreg.h"

void cache_clean(const void *start, size_t size)
{
    uint64_t line = UINT64_C(4) << (sysreg_ctr() >> 16 & 0xf);
    uint64_t end = (uintptr_t)start + size;

    uint64_t at = (uintptr_t)start & ~(line - 1);

    while (at + 4 * line <= end) { /* images of guests are large */
        for (unsigned i = 0; i < 4; i++, at += line) {
            cache_clean_line(at);
        }
    }
    for (; at < end; at += line) {
        cache_clean_line(at);
    }
    barrier_dsb();
}
