/* SPDX-License-Identifier: Apache-2.0 */
/* The warden after its plan (rule 8): with everything that is left in its table it creates nothing,
 * gives nothing to a cell, and sees nothing of one. */
#include "cells/lib/call.h"
#include "cells/warden/plan.h"
#include "cells/warden/report.h"

#define SLOTS    1024u
#define FREE_IPA UINT64_C(0x7000000000) /* where the warden has nothing */

struct left {
    uint32_t slot;
    enum bh_type type;
    uint64_t rights;
};

static struct left left[SLOTS];
static unsigned count;
static uint32_t empty;
static unsigned wrong;

static void look(void)
{
    for (uint32_t slot = 1; slot < SLOTS; slot++) {
        uint64_t what[3];
        enum bh_status status = bh_cap_identify(slot, what);

        if (status == BH_OK) {
            left[count++] = (struct left){slot, (enum bh_type)what[0], what[1]};
        } else if (status == BH_NO_CAP && empty == 0) {
            empty = slot;
        }
    }
}

static void refused(const char *what, uint32_t a, uint32_t b, enum bh_status status)
{
    if (status == BH_OK) {
        wrong++;
        report("FAIL frozen: %s with slots %u and %u\n", what, a, b);
    }
}

static void try_create(uint32_t slot)
{
    static const uint64_t args[][4] = {{BH_POOL, 4096}, {BH_ENDPOINT},    {BH_SIGNAL},
                                       {BH_CELL, 16},   {BH_CELL, 16, 1}, {BH_THREAD, 1},
                                       {BH_VCPU, 1, 32}};

    for (unsigned i = 0; i < sizeof args / sizeof args[0]; i++) {
        uint64_t x[6] = {args[i][0], empty, args[i][1], args[i][2], args[i][3]};
        refused("created", slot, empty, bh_call_number(BH_CALL_pool_create, slot, x));
    }
}

/* Into each cell that it still names: a capability of its own, a mapping. */
static void try_give(const struct left *cell)
{
    for (unsigned i = 0; i < count; i++) {
        for (uint32_t to = 1; to < 64; to += 9) {
            refused("gave", cell->slot, left[i].slot,
                    bh_cap_derive(left[i].slot, cell->slot, to, 0, 0));
        }
    }
    for (uint32_t slot = 1; slot < 64; slot++) {
        refused("mapped", cell->slot, slot, bh_memory_map(cell->slot, slot, FREE_IPA, 1));
    }
}

static void try_all(const struct plan_view *plan)
{
    unsigned memories = 0, seen = 0;

    for (unsigned i = 0; i < count; i++) {
        try_create(left[i].slot);
        try_give(&left[i]);
        memories += left[i].type == BH_MEMORY;
        seen += left[i].type == BH_MEMORY && left[i].rights == 0;
    }
    report("%u capabilities, %u memories, %u of them without rights, %u cells\n", count, memories,
           seen, plan->cell_count);
    if (count == 0 || empty == 0 || seen < 4) {
        wrong++;
        report("FAIL frozen: nothing was tried\n");
    }
}

void cell_main(const struct start_info *start)
{
    struct plan_view plan = {0};

    report_open(start);
    if (plan_open(&plan, start)) {
        struct plan_failures failed = plan_execute(&plan);

        if (failed.calls + failed.cells != 0) {
            report("FAIL frozen: %u calls and %u cells\n", failed.calls, failed.cells);
        }
        look();
        try_all(&plan);
        if (wrong == 0) {
            report("PASS frozen.nothing_more_is_built\n");
        }
    }
    report("DONE\n");
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    }
}
