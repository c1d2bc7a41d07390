/* SPDX-License-Identifier: Apache-2.0 */
/* Plans in the machine: threads that never wait run in their windows and nowhere else, to a few
 * microseconds, and the kernel says by how much it was late. */
#include "abi/plan_page.h"
#include "tests/target/lab/lab.h"

#define THREADS  3
#define STAYS    64 /* uninterrupted runs that a thread notes */
#define FRAMES   10
#define PAUSE    200 /* microseconds: more than the debug kernel takes for its own checks */
#define LATE     6   /* microseconds: the longest kernel entry, and a loop that notices */
#define EARLY    25  /* or late to begin: the debug kernel checks itself before it lets go */
#define PRIORITY 40
#define PLAIN    1u

/* When a thread ran: in ticks. */
struct stay {
    uint64_t from, to;
};
static struct stay stays[THREADS][STAYS];
static volatile unsigned counts[THREADS];
static uint8_t stacks[THREADS][LAB_STACK] __attribute__((aligned(16)));
static struct bh_plan *page;
static uint32_t page_slot;

/* The windows of the test's plan: milliseconds, group of the thread in it (0: the rest). */
static const struct {
    unsigned length, group;
} windows[] = {{2, 1}, {3, 2}, {1, 0}, {1, 1}, {2, 3}, {1, 0}};
#define OWN     2u /* the first window of this thread */
#define WINDOWS (sizeof(windows) / sizeof(windows[0]))

static uint64_t ticks(uint64_t microseconds)
{
    return counter_frequency() * microseconds / 1000000;
}

static void spin(uint64_t which)
{
    uint64_t pause = ticks(PAUSE), last = counter_now();

    stays[which][0].from = last;
    for (;;) {
        uint64_t now = counter_now();
        unsigned count = counts[which];
        if (now - last > pause && count + 1 < STAYS) {
            stays[which][count].to = last;
            stays[which][count + 1].from = now;
            counts[which] = count + 1;
        }
        last = now;
    }
}

static void write_plan(void)
{
    page_slot = lab_create(lab.pool, BH_MEMORY, (uint64_t[]){LAB_PAGE, 0, 0});
    page = lab_map(page_slot, BH_MAP_READ | BH_MAP_WRITE);
    page->count = WINDOWS;
    for (unsigned i = 0; i < WINDOWS; i++) {
        page->windows[i].length = (uint32_t)ticks(1000 * windows[i].length);
        page->windows[i].open = windows[i].group == 0 ? PLAIN : 1u << windows[i].group;
    }
}

/* The window of a thread's stay number n: its begin and end. The threads are let go in the first
 * window of this one, and begin says when the one behind that began. */
static struct stay expected(unsigned group, unsigned n, uint64_t begin)
{
    uint64_t at = begin;

    for (unsigned i = OWN + 1;; i = (i + 1) % WINDOWS) {
        uint64_t end = at + ticks(1000 * windows[i].length);
        if (windows[i].group == group && n-- == 0) {
            return (struct stay){at, end};
        }
        at = end;
    }
}

/* Not before b by more than EARLY, nor behind it by more than so many microseconds. */
static bool near(uint64_t a, uint64_t b, uint64_t behind)
{
    return a + ticks(EARLY) >= b && b + ticks(behind) >= a;
}

static void expect_stays(unsigned which, unsigned least)
{
    uint64_t begin = stays[0][0].from; /* the first thread is in the next window */

    lab_expect(counts[which] >= least, "thread %u ran %u times", which, counts[which]);
    for (unsigned n = 0; n < counts[which] && n < STAYS - 1; n++) {
        struct stay is = stays[which][n], want = expected(which + 1, n, begin);
        if (!lab_expect(near(is.from, want.from, EARLY) && near(is.to, want.to, LATE),
                        "thread %u, window %u: %lu to %lu us, not %lu to %lu", which, n,
                        (unsigned long)((is.from - begin) / ticks(1)),
                        (unsigned long)((is.to - begin) / ticks(1)),
                        (unsigned long)((want.from - begin) / ticks(1)),
                        (unsigned long)((want.to - begin) / ticks(1)))) {
            return;
        }
    }
}

static struct lab_thread threads[THREADS];

static void make_threads(void)
{
    for (unsigned i = 0; i < THREADS; i++) {
        struct lab_spec spec = {.pool = lab.pool,
                                .cell = lab.self,
                                .priority = PRIORITY,
                                .entry = spin,
                                .arg = i,
                                .stack = stacks[i]};
        threads[i] = lab_thread(&spec);
        lab_need("budget_group", bh_budget_group(threads[i].budget, lab.core, i + 1));
    }
}

static void test_windows(void)
{
    lab_begin("plan.everybody_in_his_window");
    lab_need("plan_start", bh_plan_start(lab.core, page_slot, 1));
    for (unsigned i = 0; i < THREADS; i++) {
        lab_need("thread_resume", bh_thread_resume(threads[i].thread));
    }
    lab_sleep(10 * FRAMES + 5);
    expect_stays(0, 2 * FRAMES - 1);
    expect_stays(1, FRAMES - 1);
    expect_stays(2, FRAMES - 1);
    lab_end();
}

static void test_late(void)
{
    lab_begin("plan.no_window_is_overrun_by_more_than_an_entry");
    for (unsigned i = 0; i < WINDOWS; i++) {
        lab_expect(page->windows[i].turns >= FRAMES, "window %u began %u times", i,
                   page->windows[i].turns);
        lab_expect(page->windows[i].late <= ticks(LATE), "window %u: %u ticks late", i,
                   page->windows[i].late);
    }
    lab_end();
}

/* Without a plan the three share what is left; each of them runs, whoever's window it were. */
static void test_end(void)
{
    unsigned before[THREADS];

    lab_begin("plan.none_at_the_end_of_the_frame");
    lab_need("plan_start", bh_plan_start(lab.core, 0, 0));
    lab_sleep(30);
    for (unsigned i = 0; i < THREADS; i++) {
        before[i] = counts[i];
    }
    uint32_t turns = page->windows[0].turns;
    lab_sleep(30);
    lab_expect(page->windows[0].turns == turns, "the plan goes on");
    lab_expect(counts[1] <= before[1] + 1 && counts[2] <= before[2] + 1,
               "first come, first served among equals without slices: %u, %u, %u more runs",
               counts[0] - before[0], counts[1] - before[1], counts[2] - before[2]);
    lab_end();
}

/* The plan's memory is destroyed: everybody is admitted from the end of the window on. */
static void test_memory_gone(void)
{
    lab_begin("plan.ends_with_its_memory");
    lab_need("plan_start", bh_plan_start(lab.core, page_slot, 1));
    lab_sleep(20);
    lab_need("memory_unmap", bh_memory_unmap(0, page_slot));
    lab_need("object_destroy", bh_object_destroy(page_slot));
    uint64_t before = counter_now();
    lab_sleep(20);
    lab_expect(near(counter_now(), before + ticks(20000), EARLY), "a sleep of 20 ms took %lu us",
               (unsigned long)((counter_now() - before) / ticks(1)));
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    write_plan();
    make_threads();
    test_windows();
    test_late();
    test_end();
    test_memory_gone();
    lab_done();
}
