/* SPDX-License-Identifier: Apache-2.0 */
/* Cells that can only meet if each runs on a core of its own: all of one priority and without a
 * slice, each spins until all have come. */
#include "cells/lib/call.h"
#include "cells/lib/counter.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"

#define ROUNDS 50u

static uint32_t value(const struct start_info *start, const char *name)
{
    return (uint32_t)start_find_value(start, name)->value;
}

/* Each writes its own word; a round is over when all have come. */
static void meet(uint32_t *came, uint32_t core, uint32_t cores)
{
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        __atomic_store_n(&came[core], round, __ATOMIC_RELEASE);
        for (uint32_t i = 0; i < cores; i++) {
            while (__atomic_load_n(&came[i], __ATOMIC_ACQUIRE) < round) {
                cpu_pause();
            }
        }
    }
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *memory = start_find_memory(start, "hall");
    uint32_t core = value(start, "core"), cores = value(start, "cores");
    struct bh_message m = {{0}};
    struct bh_received r;

    meet((uint32_t *)(uintptr_t)memory->address, core, cores);
    print("core %u: %u met %u times\n", core, cores, ROUNDS);
    for (;;) {
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    }
}
