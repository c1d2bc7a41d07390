/* SPDX-License-Identifier: Apache-2.0 */
/* Never waits, and says twice a second how much of the core it had, in per mille. Pauses of more
 * than 10 us are others'. */
#include "cells/lib/counter.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"

void cell_main(const struct start_info *start)
{
    uint64_t period = counter_frequency() / 2, pause = counter_frequency() / 100000;
    uint64_t since = counter_now(), last = since, ran = 0;

    print_open(start);
    for (;;) {
        uint64_t now = counter_now();
        ran += now - last < pause ? now - last : 0;
        last = now;
        if (now - since >= period) {
            print("%u of 1000\n", (unsigned)(ran * 1000 / (now - since)));
            since = now;
            ran = 0;
        }
    }
}
