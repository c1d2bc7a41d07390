/* SPDX-License-Identifier: Apache-2.0 */
/* Budgets with amount and period, in the machine: shares of cells that never wait, a runaway of a
 * high priority, servers on their callers' budgets, and what a client without time can delay. */
#include "tests/target/lab/lab.h"

#define SAMPLE  1 /* milliseconds */
#define SAMPLES 150u
#define PERIOD  10u /* of every budget here, in samples */
#define SERVER  60  /* priorities: above the two cells that spin */
#define CLIENT  70
#define URGENT  80
#define RUNAWAY 190
#define REQUEST 19u /* milliseconds that a long request takes */

static uint8_t stacks[3][LAB_STACK] __attribute__((aligned(16)));
static uint64_t used[SAMPLES + 1][2];
static volatile uint64_t runaway_used, answered_at, asked_at;
static uint32_t door;

static uint64_t ticks(uint64_t microseconds)
{
    return counter_frequency() * microseconds / 1000000;
}

/* Run for so long, however often others come first. */
static void work(uint64_t microseconds, volatile uint64_t *total)
{
    uint64_t left = ticks(microseconds), pause = ticks(10), last = counter_now();

    while (left != 0) {
        uint64_t now = counter_now(), used_now = now - last < pause ? now - last : 0;
        left -= used_now < left ? used_now : left;
        if (total) {
            *total += used_now;
        }
        last = now;
    }
}

static struct lab_thread limited(unsigned i, uint64_t priority, const uint64_t limit[2],
                                 void (*entry)(uint64_t arg))
{
    struct lab_spec spec = {.pool = lab.pool,
                            .cell = lab.self,
                            .priority = priority,
                            .entry = entry,
                            .arg = i,
                            .stack = stacks[i]};
    struct lab_thread thread = lab_thread(&spec);

    if (limit[1] != 0) {
        lab_need("object_destroy", bh_object_destroy(thread.budget));
        lab_drop(thread.budget);
        thread.budget = lab_create(
            lab.pool, BH_BUDGET,
            (uint64_t[]){lab.core, priority, BH_BUDGET_LIMIT(ticks(limit[0]), ticks(limit[1]))});
        lab_need("thread_budget", bh_thread_budget(thread.thread, thread.budget));
    }
    return thread;
}

/* ---- two cells of the description ---- */

/* Sleep from sample to sample; what others have used by then. */
static void sample(const volatile uint64_t *first, const volatile uint64_t *second)
{
    uint64_t next = counter_now();

    for (unsigned i = 0; i <= SAMPLES; i++, next += ticks(1000 * SAMPLE)) {
        struct bh_message m = {{0}};
        struct bh_received r;
        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){.deadline = next});
        used[i][0] = *first;
        used[i][1] = *second;
    }
}

/* In any count samples in a row, the share must be from least to most per mille. */
static void expect_share(unsigned which, unsigned count, uint64_t least, uint64_t most)
{
    for (unsigned i = 0; i + count <= SAMPLES; i++) {
        uint64_t share =
            (used[i + count][which] - used[i][which]) * 1000 / ticks(1000 * SAMPLE * count);
        if (!lab_expect(share >= least && share <= most, "%u samples from %u on: %lu per mille",
                        count, i, (unsigned long)share)) {
            return;
        }
    }
}

static void test_two_cells(void)
{
    const struct start_memory *memory = start_need_memory(lab.start, "shares", BH_MAP_READ);
    const volatile uint64_t *shares = (const volatile uint64_t *)(uintptr_t)memory->address;

    lab_begin("shares.cells_of_30_and_70_percent");
    lab_sleep(20); /* both have begun */
    sample(&shares[0], &shares[1]);
    expect_share(0, 10 * PERIOD, 297, 303);
    expect_share(1, 10 * PERIOD, 693, 707);
    expect_share(0, PERIOD, 0, 303);
    lab_end();
}

/* ---- a runaway ---- */

static void runaway(uint64_t arg)
{
    (void)arg;
    for (;;) {
        work(1000000, &runaway_used);
    }
}

static void test_runaway(void)
{
    struct lab_thread thread = limited(0, RUNAWAY, (uint64_t[]){2000, 10000}, runaway);

    lab_begin("shares.runaway_stays_within_its_budget");
    lab_need("thread_resume", bh_thread_resume(thread.thread));
    lab_sleep(20);
    sample(&runaway_used, &runaway_used);
    expect_share(0, PERIOD, 195, 201);
    expect_share(0, 10 * PERIOD, 197, 201);
    lab_thread_end(thread);
    lab_end();
}

/* A tenth of the core in the smallest pieces: the others have the rest, but for what the kernel
 * does at each begin, some 5 per mille of what they should have. */
static void test_short_period(void)
{
    const struct start_memory *memory = start_need_memory(lab.start, "shares", BH_MAP_READ);
    const volatile uint64_t *shares = (const volatile uint64_t *)(uintptr_t)memory->address;
    struct lab_thread thread = limited(0, RUNAWAY, (uint64_t[]){0, 0}, runaway);
    uint64_t terms[] = {lab.core, RUNAWAY, BH_BUDGET_LIMIT(BH_BUDGET_LEAST, BH_BUDGET_LEAST * 10)};

    lab_begin("shares.short_period_leaves_time_to_others");
    lab_need("object_destroy", bh_object_destroy(thread.budget));
    lab_drop(thread.budget);
    thread.budget = lab_create(lab.pool, BH_BUDGET, terms);
    lab_need("thread_budget", bh_thread_budget(thread.thread, thread.budget));
    lab_need("thread_resume", bh_thread_resume(thread.thread));
    sample(&shares[0], &shares[1]);
    expect_share(0, 10 * PERIOD, 290, 400);
    expect_share(1, 10 * PERIOD, 540, 700);
    lab_thread_end(thread);
    lab_end();
}

/* ---- parts of a budget ---- */

static volatile uint64_t parts_used[2];

static void part(uint64_t arg)
{
    for (;;) {
        work(1000000, &parts_used[arg]);
    }
}

/* A thread of 5 ms in 10 gives 2 of them to another one, and takes them back by its end. */
static void test_parts(void)
{
    struct lab_thread whole = limited(0, RUNAWAY, (uint64_t[]){5000, 10000}, part);
    struct lab_thread other = limited(1, RUNAWAY, (uint64_t[]){0, 0}, part);
    uint64_t terms[] = {whole.budget, RUNAWAY, BH_BUDGET_LIMIT(ticks(2000), ticks(10000))};

    lab_begin("shares.parts_of_a_budget");
    lab_need("object_destroy", bh_object_destroy(other.budget));
    lab_drop(other.budget);
    other.budget = lab_create(lab.pool, BH_BUDGET, terms);
    lab_need("thread_budget", bh_thread_budget(other.thread, other.budget));
    uint32_t third = lab_slot();
    terms[2] = BH_BUDGET_LIMIT(ticks(3001), ticks(10000));
    lab_status("more than is left",
               bh_pool_create(lab.pool, BH_BUDGET, third, terms[0], terms[1], terms[2]), BH_BUSY);
    lab_need("thread_resume", bh_thread_resume(whole.thread));
    lab_need("thread_resume", bh_thread_resume(other.thread));
    lab_sleep(30);
    sample(&parts_used[0], &parts_used[1]);
    expect_share(0, 10 * PERIOD, 297, 303);
    expect_share(1, 10 * PERIOD, 197, 203);
    lab_need("object_destroy", bh_object_destroy(other.budget));
    lab_sleep(30);
    sample(&parts_used[0], &parts_used[1]);
    expect_share(0, 10 * PERIOD, 495, 503);
    expect_share(1, 10 * PERIOD, 0, 0);
    lab_drop(other.budget);
    other.budget = lab_budget(lab.pool, 1);
    lab_thread_end(whole);
    lab_thread_end(other);
    lab_drop(third);
    lab_end();
}

/* Whoever revokes a budget stops those that run on parts of it, and nobody else. */
static void test_parts_end(void)
{
    struct lab_thread whole = limited(0, RUNAWAY, (uint64_t[]){5000, 10000}, part);
    struct lab_thread other = limited(1, RUNAWAY, (uint64_t[]){2000, 10000}, part);
    uint32_t root =
        lab_create(lab.pool, BH_BUDGET,
                   (uint64_t[]){lab.core, RUNAWAY, BH_BUDGET_LIMIT(ticks(4000), ticks(10000))});

    lab_begin("shares.parts_end_with_the_whole");
    lab_need("object_destroy", bh_object_destroy(whole.budget));
    lab_drop(whole.budget);
    whole.budget =
        lab_create(lab.pool, BH_BUDGET,
                   (uint64_t[]){root, RUNAWAY, BH_BUDGET_LIMIT(ticks(4000), ticks(10000))});
    lab_need("thread_budget", bh_thread_budget(whole.thread, whole.budget));
    lab_need("thread_resume", bh_thread_resume(whole.thread));
    lab_need("thread_resume", bh_thread_resume(other.thread));
    lab_sleep(30);
    sample(&parts_used[0], &parts_used[1]);
    expect_share(0, 10 * PERIOD, 395, 403);
    expect_share(1, 10 * PERIOD, 197, 203);
    lab_need("cap_revoke", bh_cap_revoke(root));
    sample(&parts_used[0], &parts_used[1]);
    expect_share(0, PERIOD, 0, 0);
    expect_share(1, 10 * PERIOD, 197, 203);
    lab_thread_end(whole);
    lab_thread_end(other);
    lab_need("object_destroy", bh_object_destroy(root));
    lab_drop(root);
    lab_end();
}

/* ---- a server ---- */

/* Works as many microseconds as the message says. */
static void server(uint64_t arg)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    (void)arg;
    for (enum bh_action action = BH_WAIT_ONLY;; action = BH_REPLY) {
        (void)bh_reply_wait(action, &m, &r);
        work(m.w[0], NULL);
    }
}

static void ask(uint64_t microseconds)
{
    struct bh_message m = {{microseconds}};

    asked_at = counter_now();
    (void)bh_call(door, &m);
    answered_at = counter_now();
}

static void patient(uint64_t arg)
{
    (void)arg;
    ask(1000 * REQUEST);
    for (;;) {
        struct bh_received r;
        struct bh_message m = {{0}};
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    }
}

static struct lab_thread serve(void)
{
    struct lab_thread thread = limited(0, SERVER, (uint64_t[]){0, 0}, server);

    door = lab_make(lab.pool, BH_ENDPOINT);
    lab_need("endpoint_bind", bh_endpoint_bind(door, thread.thread));
    lab_need("thread_resume", bh_thread_resume(thread.thread));
    lab_sleep(20); /* and the console is done with what was printed */
    return thread;
}

static void serve_end(struct lab_thread thread)
{
    lab_thread_end(thread);
    lab_need("object_destroy", bh_object_destroy(door));
    lab_drop(door);
}

/* 19 ms of work at 4 ms in every 10 ms: the last 3 ms of it begin after four periods. */
static void test_callers_budget(void)
{
    struct lab_thread serving = serve();
    struct lab_thread client = limited(1, CLIENT, (uint64_t[]){4000, 10000}, patient);

    lab_begin("shares.server_runs_on_its_callers_budget");
    answered_at = 0;
    lab_need("thread_resume", bh_thread_resume(client.thread));
    lab_sleep(100);
    uint64_t took = (answered_at - asked_at) * 1000 / ticks(1000);
    lab_expect(answered_at != 0 && took >= 43000 && took <= 43100, "%lu us", (unsigned long)took);
    lab_thread_end(client);
    serve_end(serving);
    lab_end();
}

static void urgent(uint64_t arg)
{
    (void)arg;
    ask(100);
    for (;;) {
        struct bh_received r;
        struct bh_message m = {{0}};
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    }
}

/* A client's time ends 1 ms into its request, and comes back a second later. Who needs the server
 * meanwhile waits for the rest of that request, and no longer. */
static void test_exhausted_client(void)
{
    struct lab_thread serving = serve();
    struct lab_thread client = limited(1, CLIENT, (uint64_t[]){1000, 1000000}, patient);
    struct lab_thread other = limited(2, URGENT, (uint64_t[]){0, 0}, urgent);

    lab_begin("shares.exhausted_client_delays_by_one_request");
    lab_need("thread_resume", bh_thread_resume(client.thread));
    lab_sleep(10);
    answered_at = 0;
    lab_need("thread_resume", bh_thread_resume(other.thread));
    lab_sleep(50);
    uint64_t took = (answered_at - asked_at) * 1000 / ticks(1000);
    uint64_t most = 1000 * (REQUEST - 1) + 100;
    lab_expect(answered_at != 0 && took >= most - 50 && took <= most + 50, "%lu us",
               (unsigned long)took);
    lab_thread_end(client);
    lab_thread_end(other);
    serve_end(serving);
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    test_two_cells();
    test_runaway();
    test_short_period();
    test_parts();
    test_parts_end();
    test_callers_budget();
    test_exhausted_client();
    lab_done();
}
