/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of another core: they run there, and a cell of the warden's core switches them. Judged by
 * what the kernel counts in their pages, so that it does not matter how fast the cores are. */
#include "abi/plan_page.h"
#include "cells/lib/plans.h"
#include "tests/target/lab/lab.h"

#define PATIENCE 8000 /* times 5 ms */
#define TURNS    5

static const volatile struct bh_plan *pages[2];
static const char *const names[2] = {"one", "two"};

/* This plan runs, and the other one does not. */
static void expect_runs(unsigned which)
{
    const volatile struct bh_plan *runs = pages[which], *rests = pages[!which];
    uint32_t last = runs->count - 1, begin = runs->windows[last].turns;

    for (unsigned i = 0; i < PATIENCE && runs->windows[last].turns < begin + TURNS; i++) {
        lab_sleep(5);
    }
    begin = rests->windows[0].turns;
    uint32_t turns = runs->windows[0].turns;
    for (unsigned i = 0; i < PATIENCE && runs->windows[0].turns < turns + TURNS; i++) {
        lab_sleep(5);
    }
    lab_expect(runs->windows[0].turns >= turns + TURNS, "plan %s does not run", names[which]);
    lab_expect(rests->windows[0].turns == begin, "plan %s goes on", names[!which]);
}

static void test_start(void)
{
    lab_begin("windows_far.the_plan_of_another_core_runs_from_the_start");
    lab_expect(pages[0]->count == 3 && pages[1]->count == 1, "%u and %u windows", pages[0]->count,
               pages[1]->count);
    expect_runs(0);
    lab_end();
}

static void test_switch(const char *name, enum plan_switch_when when)
{
    lab_begin(name);
    for (unsigned i = 0; i < 6; i++) {
        unsigned next = (i + 1) % 2;
        lab_need("switch", plans_switch(lab.start, names[next], when));
        expect_runs(next);
    }
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    for (unsigned i = 0; i < 2; i++) {
        pages[i] =
            (const void *)(uintptr_t)start_need_memory(start, names[i], BH_MAP_READ)->address;
    }
    test_start();
    test_switch("windows_far.plans_change_there_at_once", PLAN_SWITCH_AT_ONCE);
    test_switch("windows_far.plans_change_there_at_the_end_of_the_frame", PLAN_SWITCH_AT_END);
    lab_done();
}
