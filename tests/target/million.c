/* SPDX-License-Identifier: Apache-2.0 */
/* A million random calls by two threads that hold one of everything: whatever they do to
 * themselves, this cell and its objects stay as they are, and all that they were given and made
 * comes back with their pool.
 * Debug builds look at the whole kernel meanwhile (kernel/core/check.c). */
#include "cells/lib/status_name.h"
#include "tests/target/lab/attack.h"

#define CALLS       1000000
#define ROUND_CALLS 1000 /* then a fresh sandbox */
#define ROUNDS_MAX  20000
#define RESTARTS    2000
#define IDLE_MAX    8 /* restarts without a call: it has lost its memory */
#define SEED        UINT64_C(0x42756c6b68656164)
#define TICK        2 /* ms between looks */
#define POOL_BYTES  0x10000
#define IMAGE_SLOT  200
#define VM_SLOTS    16
#define ATTACKERS   2
#define PRIORITY    30
#define LOW         20
#define WATCHER     5
#define STATE_AT    UINT64_C(0x5a3c691000) /* a page each, its stack on top; no argument hits it */
#define CANARY      UINT64_C(0x9e3779b97f4a7c15)
#define HANDLERS    0x100 /* badges of the attackers' faults */
#define CALLER      0x200 /* badge of their door to this thread */
#define MINE_MAX    16

enum bits { NOBODY_RUNS = 1, FROM_SANDBOX = 2 };

static uint8_t watcher_stack[LAB_STACK] __attribute__((aligned(16)));

static struct {
    uint64_t seed;
    struct attack *state[ATTACKERS];
    uint64_t *canary;
    uint32_t memory, spare_memory, irq, handlers[ATTACKERS], door, signal;
    uint32_t mine[MINE_MAX], mine_count;
    uint64_t identity[MINE_MAX][3];
    struct lab_thread watcher;
} world;

/* The sandbox of a round. */
static struct {
    uint32_t pool, cell, slots[32], count;
    struct lab_thread threads[ATTACKERS];
    uint32_t door; /* of its own */
    uint64_t calls;
    unsigned idle[ATTACKERS]; /* restarts without a call */
    bool lost[ATTACKERS];
    struct lab_account account;
} box;

static struct {
    uint64_t calls, wrong, statuses[BH_STATUS_COUNT];
    uint64_t rounds, restarts, faults, blocked, spinning, lost, messages, unsound;
} total;

/* Runs when nobody in the sandbox does. */
static void watch(uint64_t signal)
{
    for (;;) {
        (void)bh_signal_send((uint32_t)signal);
    }
}

/* ---- the sandbox ---- */

static uint32_t keep(uint32_t slot)
{
    box.slots[box.count++] = slot;
    return slot;
}

static void give(uint32_t cap, uint32_t slot, uint64_t rights)
{
    lab_need("cap_derive", bh_cap_derive(cap, box.cell, slot, rights, 0));
}

static void give_mapped(uint32_t cap, uint32_t slot, uint64_t rights, uint64_t at)
{
    give(cap, slot, rights);
    lab_need("memory_map", bh_memory_map(box.cell, slot, at, rights));
}

/* Two of a type. */
static void give_pair(enum bh_type type, uint32_t first, uint32_t second)
{
    give(first, ATTACK_PAIR(type), BH_ALL);
    give(second, ATTACK_PAIR(type) + 1, BH_ALL);
}

/* Text and constants, and the attackers' pages: in slots that few arguments name. */
static void build_space(void)
{
    const struct start_memory *text = start_need_memory(lab.start, "text", BH_MAP_READ);
    const struct start_memory *rodata = start_need_memory(lab.start, "rodata", BH_MAP_READ);

    give_mapped(text->slot, IMAGE_SLOT, text->access, text->address);
    give_mapped(rodata->slot, IMAGE_SLOT + 1, rodata->access, rodata->address);
    give_mapped(world.memory, IMAGE_SLOT + 2, BH_MEMORY_READ | BH_MEMORY_WRITE, STATE_AT);
}

/* What is made from the sandbox's pool, with all rights; its budgets are of low priority. */
static void build_objects(void)
{
    uint32_t vm = keep(lab_create(box.pool, BH_CELL, (uint64_t[]){VM_SLOTS, 1, 0}));
    uint32_t vcpu = keep(lab_create(box.pool, BH_VCPU, (uint64_t[]){vm, 64, 0}));
    uint32_t inner = keep(lab_create(box.pool, BH_POOL, (uint64_t[]){0x4000, 0, 0}));
    uint32_t lines[2];

    for (unsigned i = 0; i < 2; i++) {
        lines[i] = keep(lab_create(box.pool, BH_LINE, (uint64_t[]){vcpu, 40 + i, 0}));
    }
    give_pair(BH_POOL, box.pool, inner);
    give_pair(BH_CELL, box.cell, vm);
    give_pair(BH_VCPU, vcpu, vcpu);
    give_pair(BH_LINE, lines[0], lines[1]);
    give_pair(BH_BUDGET, keep(lab_budget(box.pool, LOW)), keep(lab_budget(box.pool, LOW)));
    box.door = keep(lab_make(box.pool, BH_ENDPOINT));
    give(box.door, ATTACK_PAIR(BH_ENDPOINT), BH_ALL);
    give(keep(lab_make(box.pool, BH_SIGNAL)), ATTACK_PAIR(BH_SIGNAL), BH_ALL);
}

/* What is not, with what it may do to that. */
static void give_others(void)
{
    const uint64_t rwx = BH_MEMORY_READ | BH_MEMORY_WRITE | BH_MEMORY_EXEC | BH_MEMORY_SPLIT;

    give(world.door, ATTACK_PAIR(BH_ENDPOINT) + 1, BH_ENDPOINT_SEND | BH_ENDPOINT_GRANT);
    give(world.signal, ATTACK_PAIR(BH_SIGNAL) + 1, BH_SIGNAL_SEND);
    for (unsigned i = 0; i < 2; i++) {
        give(world.spare_memory, ATTACK_PAIR(BH_MEMORY) + i, rwx);
        give(world.irq, ATTACK_PAIR(BH_IRQ) + i, BH_IRQ_ACK | BH_IRQ_BIND);
        give(lab.core, ATTACK_PAIR(BH_CORE) + i, 0);
    }
}

static void seed_state(unsigned i)
{
    *world.state[i] = (struct attack){.random = lab_random(&world.seed) | 1};
}

static void build_threads(void)
{
    for (unsigned i = 0; i < ATTACKERS; i++) {
        uint64_t page = STATE_AT + i * LAB_PAGE;
        struct lab_spec spec = {.pool = box.pool,
                                .cell = box.cell,
                                .priority = PRIORITY,
                                .handler = world.handlers[i],
                                .entry = attack_main,
                                .arg = page,
                                .stack = (void *)(uintptr_t)page};
        box.threads[i] = lab_thread(&spec);
        give(box.threads[i].thread, ATTACK_PAIR(BH_THREAD) + i,
             i == 0 ? BH_ALL & ~BH_THREAD_CONTROL : BH_ALL);
        give(box.threads[i].budget, ATTACK_PAIR(BH_BUDGET + 3) + i, BH_ALL);
        seed_state(i);
    }
}

static void build(void)
{
    box.count = 0;
    box.calls = 0;
    box.lost[0] = box.lost[1] = false;
    box.idle[0] = box.idle[1] = 0;
    box.pool = keep(lab_child_pool(POOL_BYTES));
    box.cell = keep(lab_create(box.pool, BH_CELL, (uint64_t[]){ATTACK_SLOTS, 0, 0}));
    build_space();
    build_objects();
    give_others();
    build_threads();
    lab_need("endpoint_bind", bh_endpoint_bind(box.door, box.threads[1].thread));
    box.account = lab_account();
    for (unsigned i = 0; i < ATTACKERS; i++) {
        lab_need("thread_resume", bh_thread_resume(box.threads[i].thread));
    }
}

/* ---- what must stay as it is ---- */

static void expect_intact(void)
{
    struct lab_account now = lab_account();

    lab_expect(now.pool_free == box.account.pool_free &&
                   now.pool_objects == box.account.pool_objects,
               "round %lu: the pool: %lu free, %lu objects", (unsigned long)total.rounds,
               (unsigned long)now.pool_free, (unsigned long)now.pool_objects);
    lab_expect(now.slots == box.account.slots && now.threads == box.account.threads,
               "round %lu: this cell: %lu slots, %lu threads", (unsigned long)total.rounds,
               (unsigned long)now.slots, (unsigned long)now.threads);
    for (unsigned i = 0; i < LAB_PAGE / sizeof(uint64_t); i++) {
        lab_expect(world.canary[i] == CANARY * i, "round %lu: memory changed",
                   (unsigned long)total.rounds);
    }
    for (unsigned i = 0; i < world.mine_count; i++) {
        uint64_t now_is[3] = {0};
        enum bh_status status = bh_cap_identify(world.mine[i], now_is);
        lab_expect(status == BH_OK && now_is[0] == world.identity[i][0] &&
                       now_is[1] == world.identity[i][1] && now_is[2] == world.identity[i][2],
                   "round %lu: slot %u: %s, type %lu, rights %lu", (unsigned long)total.rounds,
                   world.mine[i], status_name(status), (unsigned long)now_is[0],
                   (unsigned long)now_is[1]);
    }
}

/* ---- supervising ---- */

/* Whether an attacker's numbers can be true. Those of the second one, whose registers both may
 * write, need not be. */
static bool is_sound(unsigned i, const struct attack *state)
{
    uint64_t sum = state->wrong;

    for (unsigned s = 0; s < BH_STATUS_COUNT; s++) {
        sum += state->statuses[s];
    }
    return i == 0 || (state->wrong == 0 && sum == state->calls);
}

static uint64_t harvest(unsigned i)
{
    struct attack *state = world.state[i];
    uint64_t calls = state->calls;

    if (is_sound(i, state)) {
        total.calls += calls;
        total.wrong += state->wrong;
        for (unsigned s = 0; s < BH_STATUS_COUNT; s++) {
            total.statuses[s] += state->statuses[s];
        }
    } else {
        total.unsound++;
    }
    box.calls += calls;
    seed_state(i);
    return calls;
}

/* Anew, if it still exists, has a budget and got anywhere; what it holds stays. */
static void restart(unsigned i)
{
    uint32_t thread = box.threads[i].thread;
    uint64_t page = STATE_AT + i * LAB_PAGE;

    if (box.lost[i]) {
        return;
    }
    (void)bh_thread_suspend(thread);
    box.idle[i] = harvest(i) == 0 ? box.idle[i] + 1 : 0;
    box.lost[i] = box.idle[i] == IDLE_MAX ||
                  bh_thread_set(thread, (uintptr_t)attack_main, page + LAB_STACK, page) != BH_OK ||
                  bh_thread_budget(thread, box.threads[i].budget) != BH_OK ||
                  bh_thread_handler(thread, world.handlers[i]) != BH_OK ||
                  bh_thread_resume(thread) != BH_OK;
    total.restarts += !box.lost[i];
    total.lost += box.lost[i];
}

static void restart_all(void)
{
    for (unsigned i = 0; i < ATTACKERS; i++) {
        restart(i);
    }
}

/* Whether a tick passed without a call. */
static bool stands_still(uint64_t *last)
{
    uint64_t now = box.calls + world.state[0]->calls + world.state[1]->calls;
    bool still = now == *last;

    *last = now;
    return still;
}

/* What came; returns how to answer it. */
static enum bh_action handle(const struct bh_message *m, const struct bh_received *r,
                             uint64_t *last)
{
    switch ((enum bh_event)r->event) {
    case BH_EVENT_MESSAGE:
        lab_expect(r->badge == CALLER, "a message with badge %lu", (unsigned long)r->badge);
        total.messages++;
        return BH_REPLY;
    case BH_EVENT_FAULT:
    case BH_EVENT_EXIT:
        total.faults++;
        return BH_STOP;
    case BH_EVENT_SIGNAL:
        if (m->w[0] & NOBODY_RUNS) {
            total.blocked++;
            restart_all();
        }
        return BH_WAIT_ONLY;
    case BH_EVENT_DEADLINE:
        expect_intact();
        if (stands_still(last)) {
            total.spinning++;
            restart_all();
        }
        return BH_WAIT_ONLY;
    }
    lab_expect(false, "event %lu", (unsigned long)r->event);
    return BH_WAIT_ONLY;
}

static bool round_goes_on(uint64_t restarts)
{
    bool lost = box.lost[0] && box.lost[1];

    return !lost && total.restarts < restarts &&
           box.calls + world.state[0]->calls + world.state[1]->calls < ROUND_CALLS;
}

static void supervise(void)
{
    uint64_t restarts = total.restarts + RESTARTS, last = 0;
    uint64_t tick = counter_after(TICK);
    enum bh_action answer = BH_WAIT_ONLY;

    while (round_goes_on(restarts)) {
        struct bh_message m = {{0}};
        struct bh_received r = {0};
        enum bh_status status =
            bh_reply_wait_with(answer, &m, &r, (struct bh_wait){.deadline = tick});
        if (!lab_expect(status == BH_OK || (status == BH_NO_CALLER && answer != BH_WAIT_ONLY),
                        "reply_wait: %s", status_name(status))) {
            return;
        }
        answer = status == BH_OK ? handle(&m, &r, &last) : BH_WAIT_ONLY;
        tick = r.event == BH_EVENT_DEADLINE ? counter_after(TICK) : tick;
    }
    while (answer != BH_WAIT_ONLY) { /* whoever still waits for an answer */
        struct bh_message m = {{0}};
        struct bh_received r = {0};
        enum bh_status status = bh_reply_wait_with(answer, &m, &r, (struct bh_wait){.deadline = 1});
        bool owed = status == BH_OK && r.event != BH_EVENT_SIGNAL && r.event != BH_EVENT_DEADLINE;
        answer = !owed ? BH_WAIT_ONLY : r.event == BH_EVENT_MESSAGE ? BH_REPLY : BH_STOP;
    }
}

static void destroy(struct lab_account before)
{
    struct lab_account after;

    lab_status("object_destroy of the pool", bh_object_destroy(box.pool), BH_OK);
    for (unsigned i = 0; i < ATTACKERS; i++) {
        (void)harvest(i);
        lab_drop(box.threads[i].thread);
        lab_drop(box.threads[i].budget);
    }
    for (unsigned i = 0; i < box.count; i++) {
        lab_drop(box.slots[i]);
    }
    after = lab_account();
    lab_expect(lab_account_same(before, after),
               "round %lu: free %lu to %lu, objects %lu to %lu, vmids %lu to %lu, slots %lu to %lu",
               (unsigned long)total.rounds, (unsigned long)before.pool_free,
               (unsigned long)after.pool_free, (unsigned long)before.pool_objects,
               (unsigned long)after.pool_objects, (unsigned long)before.vmids,
               (unsigned long)after.vmids, (unsigned long)before.slots, (unsigned long)after.slots);
}

/* ---- the program ---- */

static void know(uint32_t slot)
{
    world.mine[world.mine_count] = slot;
    lab_need("cap_identify", bh_cap_identify(slot, world.identity[world.mine_count++]));
}

static void open_world(void)
{
    const uint64_t send = BH_ENDPOINT_SEND | BH_ENDPOINT_GRANT;
    struct lab_spec watcher = {.pool = lab.pool,
                               .cell = lab.self,
                               .priority = WATCHER,
                               .entry = watch,
                               .stack = watcher_stack};

    world.seed = SEED;
    world.memory = lab_ram(0x2000);
    world.spare_memory = lab_ram(0x4000);
    world.irq = start_need_cap(lab.start, "irq", BH_IRQ);
    world.state[0] = lab_map(world.memory, BH_MAP_READ | BH_MAP_WRITE);
    world.state[1] = (struct attack *)((uintptr_t)world.state[0] + LAB_PAGE);
    world.canary = lab_map(lab_ram(0x8000), BH_MAP_READ | BH_MAP_WRITE);
    for (unsigned i = 0; i < LAB_PAGE / sizeof(uint64_t); i++) {
        world.canary[i] = CANARY * i;
    }
    for (unsigned i = 0; i < ATTACKERS; i++) {
        world.handlers[i] = lab_derive(lab.door, BH_ENDPOINT_SEND, HANDLERS + i);
    }
    world.door = lab_derive(lab.door, send, CALLER);
    world.signal = lab_derive(lab.signal, BH_SIGNAL_SEND, FROM_SANDBOX);
    watcher.arg = lab_derive(lab.signal, BH_SIGNAL_SEND, NOBODY_RUNS);
    world.watcher = lab_run(&watcher);
    know(lab.pool);
    know(lab.self);
    know(lab.thread);
    know(lab.core);
    know(lab.door);
    know(lab.signal);
    know(world.memory);
    know(world.spare_memory);
    know(world.irq);
    know(world.door);
    know(world.signal);
    know(world.handlers[0]);
    know(world.watcher.thread);
    know(world.watcher.budget);
}

static void report(void)
{
    print(
        "%lu calls in %lu rounds, seed 0x%lx: %lu restarts, %lu faults, %lu times all blocked, %lu "
        "spinning, %lu threads lost, %lu messages, %lu not counted\n",
        (unsigned long)total.calls, (unsigned long)total.rounds, (unsigned long)SEED,
        (unsigned long)total.restarts, (unsigned long)total.faults, (unsigned long)total.blocked,
        (unsigned long)total.spinning, (unsigned long)total.lost, (unsigned long)total.messages,
        (unsigned long)total.unsound);
    for (unsigned s = 0; s < BH_STATUS_COUNT; s++) {
        print("%s: %lu\n", status_name((enum bh_status)s), (unsigned long)total.statuses[s]);
    }
}

void cell_main(const struct start_info *start)
{
    uint64_t said = 0;

    lab_open(start);
    open_world();
    print("seed 0x%lx\n", (unsigned long)SEED);
    lab_begin("million.nobody_else_is_touched");
    while (total.calls < CALLS && total.rounds < ROUNDS_MAX) {
        struct lab_account before = lab_account();
        build();
        supervise();
        expect_intact();
        destroy(before);
        total.rounds++;
        if (total.calls / 100000 != said) {
            said = total.calls / 100000;
            print("%lu calls\n", (unsigned long)total.calls);
        }
    }
    lab_end();
    report();
    lab_begin("million.calls_were_made");
    lab_expect(total.calls >= CALLS, "only %lu", (unsigned long)total.calls);
    lab_expect(total.wrong == 0, "%lu had no status", (unsigned long)total.wrong);
    lab_expect(total.statuses[BH_OK] > CALLS / 20, "only %lu did something",
               (unsigned long)total.statuses[BH_OK]);
    lab_end();
    lab_done();
}
