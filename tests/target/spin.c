/* SPDX-License-Identifier: Apache-2.0 */
/* Never waits; says in shared memory how long it has run. Pauses of more than PAUSE are others'. */
#include "cells/lib/counter.h"
#include "cells/lib/start.h"

#define PAUSE_DIVISOR 100000 /* of a second: 10 us */

void cell_main(const struct start_info *start)
{
    const struct start_memory *memory =
        start_need_memory(start, "shares", BH_MAP_READ | BH_MAP_WRITE);
    volatile uint64_t *used = (volatile uint64_t *)(uintptr_t)memory->address;
    uint64_t own = start_need_value(start, "place"), pause = counter_frequency() / PAUSE_DIVISOR;

    for (uint64_t last = counter_now();;) {
        uint64_t now = counter_now();
        if (now - last < pause) {
            used[own] += now - last;
        }
        last = now;
    }
}
