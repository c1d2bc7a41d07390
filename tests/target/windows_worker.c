/* SPDX-License-Identifier: Apache-2.0 */
/* A load that never waits and notes when it ran; it faults when it is told to. */
#include "tests/target/windows.h"

#include "cells/lib/counter.h"
#include "cells/lib/start.h"

#define PAUSE 200 /* microseconds: more than the debug kernel takes for its own checks */

void cell_main(const struct start_info *start)
{
    volatile struct stays *own =
        (void *)(uintptr_t)start_need_memory(start, "stays", BH_MAP_WRITE)->address;
    const struct orders *orders =
        (void *)(uintptr_t)start_need_memory(start, "orders", BH_MAP_READ)->address;
    uint64_t number = start_need_value(start, "number");
    uint64_t pause = counter_frequency() * PAUSE / 1000000, last = counter_now();
    uint64_t birth = ++own->births;

    own->stays[own->count].from = last;
    for (;;) {
        uint64_t now = counter_now();
        if (now - last > pause && own->count + 1 < STAYS) {
            own->stays[own->count].to = last;
            own->stays[own->count + 1].from = now;
            own->count++;
        }
        last = now;
        if (orders->fault[number] == birth) {
            own->stays[own->count++].to = last;
            __builtin_trap();
        }
    }
}
