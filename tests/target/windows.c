/* SPDX-License-Identifier: Apache-2.0 */
/* A described plan of windows: loads run in theirs and nowhere else, whatever their priority; the
 * judge switches plans at the end of a frame and at once; a cell that is built again is still in
 * its window. */
#include "tests/target/windows.h"

#include "abi/plan_page.h"
#include "cells/lib/plans.h"
#include "tests/target/lab/lab.h"

#define WORKERS 3
#define LATE    6  /* microseconds behind a window: the longest kernel entry, and a loop */
#define EARLY   60 /* late to begin: the debug kernel checks itself before it lets go */
#define WINDOWS 5  /* of a plan, with those that are nobody's */

/* As windows.dts says: milliseconds, and the worker whose window it is. */
struct part {
    unsigned from, to;
    int worker;
};
#define NOBODY (-1)
#define OTHERS (-2)
struct frame {
    unsigned length, count;
    struct part parts[WINDOWS];
};
static const struct frame calm = {
    10, 5, {{0, 2, 0}, {2, 5, 1}, {5, 6, 2}, {6, 7, NOBODY}, {7, 10, OTHERS}}};
static const struct frame hot = {8, 3, {{0, 4, 2}, {4, 5, 0}, {5, 8, OTHERS}}};

static const volatile struct stays *workers[WORKERS];
static const volatile struct bh_plan *pages[2];
static struct orders *orders;

static uint64_t ticks(uint64_t microseconds)
{
    return counter_frequency() * microseconds / 1000000;
}

static unsigned long microseconds(uint64_t ticks)
{
    return (unsigned long)(ticks * 1000000 / counter_frequency());
}

static const void *memory_of(const char *name)
{
    return (const void *)(uintptr_t)start_need_memory(lab.start, name, BH_MAP_READ)->address;
}

/* From at a frame begins. Whether a stay is in a window of the worker, to its end if the load goes
 * on behind it. */
static bool in_window(const struct frame *frame, int worker, struct stay stay, uint64_t at)
{
    uint64_t behind = (stay.from + ticks(EARLY) - at) % ticks(1000 * frame->length);

    for (unsigned i = 0; i < frame->count; i++) {
        const struct part *part = &frame->parts[i];
        uint64_t from = ticks(1000 * part->from), to = ticks(1000 * part->to);
        if (part->worker == worker && behind >= from && behind <= from + 2 * ticks(EARLY)) {
            uint64_t end = stay.from + ticks(EARLY) - behind + to;
            return stay.to <= end + ticks(LATE) && stay.to + ticks(EARLY) >= end;
        }
    }
    return false;
}

/* What all workers have noted by now: from there a test looks. */
static void note_counts(uint64_t *counts)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        counts[i] = workers[i]->count;
    }
}

/* All whole stays of a worker from number first to before last are in windows of its. */
static void expect_stays(const struct frame *frame, int worker, const uint64_t *first_last,
                         uint64_t at)
{
    for (uint64_t n = first_last[0]; n < first_last[1]; n++) {
        struct stay stay = {workers[worker]->stays[n].from, workers[worker]->stays[n].to};
        if (!lab_expect(in_window(frame, worker, stay, at),
                        "worker %d, stay %lu: from %lu to %lu us of the frame", worker,
                        (unsigned long)n,
                        microseconds((stay.from - at) % ticks(1000 * frame->length)),
                        microseconds((stay.to - at) % ticks(1000 * frame->length)))) {
            return;
        }
    }
}

/* The begin of the frame that this program runs in: it is one of the others, whose window is the
 * last. */
static uint64_t frame_begin(const struct frame *frame)
{
    uint64_t before = workers[0]->count, at;

    while (workers[0]->count == before) { /* until another window of the first worker began */
        lab_sleep(1);
    }
    at = workers[0]->stays[workers[0]->count].from;
    for (unsigned i = 0; i < frame->count; i++) {
        if (frame->parts[i].worker == 0) {
            return at - ticks(1000 * frame->parts[i].from);
        }
    }
    return at;
}

/* For some frames everybody runs in his windows; least: times that a worker does. */
static void watch(const struct frame *frame, const unsigned *least)
{
    uint64_t first[WORKERS], last[WORKERS], at = frame_begin(frame);

    note_counts(first);
    lab_sleep(10 * frame->length);
    note_counts(last);
    for (int i = 0; i < WORKERS; i++) {
        lab_expect(last[i] - first[i] >= least[i] && (least[i] != 0 || last[i] == first[i]),
                   "worker %d ran %lu times in 10 frames", i, (unsigned long)(last[i] - first[i]));
        expect_stays(frame, i, (uint64_t[]){first[i], last[i]}, at);
    }
}

static void test_start(void)
{
    lab_begin("windows.the_described_plan_runs_from_the_start");
    watch(&calm, (unsigned[]){9, 9, 9});
    lab_end();
}

static void test_at_end(void)
{
    lab_begin("windows.plans_change_at_the_end_of_the_frame");
    uint64_t begin = frame_begin(&calm), n = workers[2]->count + 1;
    uint32_t turns = pages[1]->windows[0].turns;
    lab_need("switch", plans_switch(lab.start, "hot", PLAN_SWITCH_AT_END));
    lab_expect(pages[1]->windows[0].turns == turns, "it begins before the frame's end");
    lab_sleep(2 * hot.length);
    uint64_t from = workers[2]->stays[n].from;
    uint64_t want = begin + ticks(1000 * calm.length);
    lab_expect(from + ticks(EARLY) >= want && from <= want + ticks(EARLY),
               "the first window of the new plan begins %lu us behind the old one's begin",
               microseconds(from - begin));
    watch(&hot, (unsigned[]){9, 0, 9});
    lab_end();
}

static void test_at_once(void)
{
    lab_begin("windows.plans_change_at_once");
    (void)frame_begin(&hot);
    lab_sleep(1); /* longer than a pause that a worker notices */
    uint64_t n = workers[0]->count + 1, before = counter_now();
    lab_need("switch", plans_switch(lab.start, "calm", PLAN_SWITCH_AT_ONCE));
    uint64_t after = counter_now(), from = workers[0]->stays[n].from;
    lab_expect(from >= before && from <= before + ticks(2 * EARLY),
               "the new plan's first window began %lu us later", microseconds(from - before));
    lab_expect(after - from + ticks(2 * EARLY) >= ticks(7000) && after - from <= ticks(7200),
               "whoever switched went on %lu us later", microseconds(after - from));
    watch(&calm, (unsigned[]){9, 9, 9});
    lab_end();
}

static void test_restart(void)
{
    lab_begin("windows.a_restarted_cell_is_in_its_window");
    orders->fault[0] = workers[0]->births;
    for (unsigned i = 0; i < 100 && workers[0]->births == orders->fault[0]; i++) {
        lab_sleep(10);
    }
    lab_expect(workers[0]->births == orders->fault[0] + 1, "it was born %lu times",
               (unsigned long)workers[0]->births);
    watch(&calm, (unsigned[]){9, 9, 9});
    lab_end();
}

/* The kernel's own account, in the pages that a cell may read. */
static void test_late(void)
{
    lab_begin("windows.no_window_is_overrun_by_more_than_an_entry");
    for (unsigned p = 0; p < 2; p++) {
        for (unsigned i = 0; i < pages[p]->count; i++) {
            lab_expect(pages[p]->windows[i].turns >= 10, "plan %u, window %u began %u times", p, i,
                       pages[p]->windows[i].turns);
            lab_expect(pages[p]->windows[i].late <= ticks(LATE), "plan %u, window %u: %u ticks", p,
                       i, pages[p]->windows[i].late);
        }
    }
    lab_end();
}

static void test_rights(void)
{
    uint32_t door = start_need_cap(lab.start, "plans", BH_ENDPOINT);

    lab_begin("windows.nothing_but_its_plans");
    for (uint64_t row = 2; row != 0; row <<= 1) {
        struct bh_message m = {{row, PLAN_SWITCH_AT_ONCE}};
        lab_status("call of a row that is not its", bh_call(door, &m), BH_OK);
        lab_status("a row that is not its", (enum bh_status)m.w[0], BH_NO_RIGHT);
    }
    struct bh_message m = {{0, 2}};
    lab_status("call", bh_call(door, &m), BH_OK);
    lab_status("neither at once nor at the end", (enum bh_status)m.w[0], BH_BAD_ARG);
    lab_status("a plan of no name", plans_switch(lab.start, "cold", PLAN_SWITCH_AT_ONCE),
               BH_NO_RIGHT);
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    workers[0] = memory_of("stays-a");
    workers[1] = memory_of("stays-b");
    workers[2] = memory_of("stays-c");
    pages[0] = memory_of("page-calm");
    pages[1] = memory_of("page-hot");
    orders = (void *)(uintptr_t)start_need_memory(start, "orders", BH_MAP_WRITE)->address;
    test_start();
    test_at_end();
    test_at_once();
    test_restart();
    test_rights();
    test_late();
    lab_done();
}
