/* SPDX-License-Identifier: Apache-2.0 */
/* Each processor of a VM posts a priority of its own, in its page or through its vmm's registers,
 * and takes it along to another core. */
#include "guests/poster/poster.h"
#include "tests/target/lab/lab.h"

#define CEILING  50
#define LOW      20 /* below the middle cells, which leave a fifth of their cores to others */
#define HIGH     45
#define MOST     UINT32_MAX
#define SETTLE   2     /* ms: whoever is on his way has arrived */
#define LOOK     2000  /* us that who runs must run for */
#define PATIENCE 20000 /* ms */
#define PLACES   (POSTER_OTHER + 1u)

#define RUNS(place) (1u << POSTER_##place)
#define OTHERS      (RUNS(MIDDLE) | RUNS(OTHER))

static volatile struct poster_shares *shares;

/* What both processors are to post, how, and who runs then. */
struct step {
    const char *name;
    uint32_t want[POSTER_CPUS];
    bool by_device;
    unsigned runs;
};

static uint64_t ticks(uint64_t microseconds)
{
    return counter_frequency() * microseconds / 1000000;
}

/* Both have posted what they were to, and can read it the other way. */
static bool have_posted(const uint32_t want[POSTER_CPUS])
{
    bool all = true;

    for (unsigned i = 0; i < POSTER_CPUS; i++) {
        all = all && shares->posted[i] == want[i] && shares->registers[i] == want[i];
    }
    return all;
}

/* Who has run for so many ticks since then. */
static unsigned who_ran(const uint64_t since[PLACES], uint64_t least)
{
    unsigned ran = 0;

    for (unsigned i = 0; i < PLACES; i++) {
        ran |= shares->ran[i] - since[i] >= least ? 1u << i : 0;
    }
    return ran;
}

/* These run, and no others; a core that the host stopped in mid-change is waited for. */
static void expect_run(unsigned these)
{
    uint64_t end = counter_after(PATIENCE);
    unsigned ran;

    do {
        uint64_t since[PLACES];
        for (unsigned i = 0; i < PLACES; i++) {
            since[i] = shares->ran[i];
        }
        while ((who_ran(since, ticks(LOOK)) & these) != these && counter_now() < end) {
            lab_sleep(1);
        }
        ran = who_ran(since, 1);
    } while (ran != these && counter_now() < end);
    lab_expect(ran == these, "0x%x run, predicted 0x%x", ran, these);
}

static void try_step(const struct step *step)
{
    uint64_t end = counter_after(PATIENCE);

    lab_begin(step->name);
    shares->by_device = step->by_device;
    for (unsigned i = 0; i < POSTER_CPUS; i++) {
        shares->want[i] = step->want[i];
    }
    while (!have_posted(step->want) && counter_now() < end) {
        lab_sleep(1);
    }
    lab_expect(have_posted(step->want), "it posts %u and %u", shares->registers[0],
               shares->registers[1]);
    lab_sleep(SETTLE);
    expect_run(step->runs);
    lab_end();
}

static void try_steps(const struct step *steps, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        try_step(&steps[i]);
    }
}

/* On one core. A low one must have a turn to become another. */
static const struct step together[] = {
    {"posters.equal", {LOW, LOW}, true, OTHERS | RUNS(FIRST) | RUNS(SECOND)},
    {"posters.second_high", {LOW, HIGH}, false, RUNS(OTHER) | RUNS(SECOND)},
    {"posters.low_by_device", {LOW, LOW}, true, OTHERS | RUNS(FIRST) | RUNS(SECOND)},
    {"posters.first_high_by_device", {HIGH, LOW}, true, RUNS(OTHER) | RUNS(FIRST)},
    {"posters.low_in_pages", {LOW, LOW}, false, OTHERS | RUNS(FIRST) | RUNS(SECOND)},
    {"posters.most_is_the_ceiling", {MOST, LOW}, true, RUNS(OTHER) | RUNS(FIRST)},
    {"posters.low_again", {LOW, LOW}, false, OTHERS | RUNS(FIRST) | RUNS(SECOND)},
};
/* The first one on the other core, with that core's middle cell. */
static const struct step apart[] = {
    {"posters.apart_low",
     {LOW, LOW},
     true,
     RUNS(MIDDLE) | RUNS(FIRST) | RUNS(SECOND) | RUNS(OTHER)},
    {"posters.apart_high_by_device", {HIGH, LOW}, true, RUNS(MIDDLE) | RUNS(FIRST) | RUNS(SECOND)},
    {"posters.apart_low_in_page", {LOW, HIGH}, false, RUNS(FIRST) | RUNS(SECOND) | RUNS(OTHER)},
    {"posters.apart_both_high", {HIGH, HIGH}, false, RUNS(FIRST) | RUNS(SECOND)},
    {"posters.apart_first_high", {HIGH, LOW}, false, RUNS(MIDDLE) | RUNS(FIRST) | RUNS(SECOND)},
};

/* A processor goes to another core with what it posts, and posts there. */
static void move(uint32_t vcpu, uint32_t budget)
{
    enum bh_status status = BH_BUSY;

    for (unsigned i = 0; i < 100 && status == BH_BUSY; i++) {
        status = bh_thread_budget(vcpu, budget);
        lab_sleep(1);
    }
    lab_need("thread_budget", status);
}

static void test_moves(void)
{
    uint32_t vcpu = start_need_cap(lab.start, "vcpu", BH_VCPU);
    uint32_t other = start_need_cap(lab.start, "other", BH_CORE);
    uint32_t there =
        lab_create(lab.pool, BH_BUDGET, (uint64_t[]){other, BH_BUDGET_ORDER(CEILING, 0), 0});
    uint32_t here =
        lab_create(lab.pool, BH_BUDGET, (uint64_t[]){lab.core, BH_BUDGET_ORDER(CEILING, 0), 0});

    move(vcpu, there);
    try_steps(apart, sizeof(apart) / sizeof(apart[0]));
    lab_begin("posters.comes_back_high");
    move(vcpu, here);
    lab_sleep(SETTLE);
    expect_run(RUNS(FIRST) | RUNS(OTHER));
    lab_end();
    static const struct step low = {
        "posters.low_here", {LOW, LOW}, false, RUNS(MIDDLE) | RUNS(FIRST) | RUNS(OTHER)};
    try_step(&low);
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    shares = (volatile struct poster_shares *)(uintptr_t)start_need_memory(
                 lab.start, "shares", BH_MAP_READ | BH_MAP_WRITE)
                 ->address;
    try_steps(together, sizeof(together) / sizeof(together[0]));
    test_moves();
    lab_done();
}
