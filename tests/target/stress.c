/* SPDX-License-Identifier: Apache-2.0 */
/* Hundreds of threads in tens of cells call, signal, derive, revoke, map, seal, create, bind and
 * destroy at random, while a supervisor kills and rebuilds their cells. Nothing may be left of a
 * cell that is gone, and nothing at all at the end. */
#include "cells/lib/status_name.h"
#include "tests/target/lab/lab.h"

#define CELLS      24u
#define THREADS    10u
#define STACK      1024u
#define CELL_BYTES 0x10000u
#define SHARED     0x8000u
#define MAP_AT     UINT64_C(0x20000000)
#define MAP_PLACES 16
#define RW         (BH_MAP_READ | BH_MAP_WRITE)
#define PRIORITY   30u
#define SPREAD     6u
#define SLICE      UINT64_C(300) /* ticks */
#define FREES      24u
#define SIBLINGS   4u
#define SILENCE    UINT64_C(40000000) /* ticks in which somebody must do something */
#define SAY_EVERY  UINT64_C(20000)
#define POWER_ON   3

/* A cell's table behind its image. */
enum inside {
    IN_POOL = 16,
    IN_CELL,
    IN_MEMORY,
    IN_THREADS,
    IN_DOORS = IN_THREADS + SIBLINGS,
    IN_SIGNALS = IN_DOORS + CELLS,
    IN_FREE = IN_SIGNALS + CELLS,
    IN_SLOTS = IN_FREE + FREES
};

static uint8_t stacks[CELLS * THREADS][STACK] __attribute__((aligned(16)));
static uint32_t big, shared, doors[CELLS], signals[CELLS];
static uint32_t cores[LAB_CORES];
static unsigned core_count, migrations;
static bool failed;

static struct member {
    uint32_t pool, cell;
    struct lab_thread threads[THREADS];
} cells[CELLS];

/* What the threads count; two that count at once may lose one. */
static volatile uint64_t statuses[BH_STATUS_COUNT], operations, faults;

/* ---- one of the threads ---- */

/* A call: what x9 and x0.. name, letter by letter; see some(). */
static const struct form {
    uint8_t number, weight;
    char cap;
    const char *args;
} forms[] = {
    {BH_CALL_call, 40, 'd', ""},           {BH_CALL_signal_send, 25, 's', ""},
    {BH_CALL_yield, 4, '0', ""},           {BH_CALL_cap_derive, 25, 'a', "0fr0"},
    {BH_CALL_cap_delete, 20, '0', "f"},    {BH_CALL_cap_revoke, 6, 'a', ""},
    {BH_CALL_cap_identify, 2, 'a', ""},    {BH_CALL_cap_restrict, 1, 'f', "r"},
    {BH_CALL_object_destroy, 8, 'f', ""},  {BH_CALL_pool_create, 16, 'p', "kf"},
    {BH_CALL_pool_info, 1, 'p', ""},       {BH_CALL_memory_map, 12, '0', "mix"},
    {BH_CALL_memory_unmap, 8, '0', "m"},   {BH_CALL_memory_seal, 1, '0', "m"},
    {BH_CALL_memory_clean, 1, 'm', "0"},   {BH_CALL_memory_info, 1, 'm', ""},
    {BH_CALL_thread_suspend, 1, 't', ""},  {BH_CALL_thread_resume, 8, 't', ""},
    {BH_CALL_thread_cancel, 6, 't', ""},   {BH_CALL_thread_read, 2, 't', "n"},
    {BH_CALL_endpoint_bind, 4, 'f', "t"},  {BH_CALL_signal_bind, 4, 'f', "t"},
    {BH_CALL_thread_handler, 2, 't', "f"}, {BH_CALL_cell_info, 1, 'c', ""},
};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

static uint64_t below(uint64_t *random, uint64_t limit)
{
    return lab_random(random) % limit;
}

static uint64_t some(uint64_t *random, char letter)
{
    static const uint8_t types[] = {BH_ENDPOINT, BH_SIGNAL, BH_SIGNAL, BH_MEMORY,
                                    BH_POOL,     BH_CELL,   BH_THREAD};

    switch (letter) {
    case 'd':
        return IN_DOORS + below(random, CELLS);
    case 's':
        return IN_SIGNALS + below(random, CELLS);
    case 'f':
        return IN_FREE + below(random, FREES);
    case 'a':
        return IN_POOL + below(random, IN_SLOTS - IN_POOL);
    case 'm':
        return below(random, 4) != 0 ? (uint64_t)IN_MEMORY : IN_FREE + below(random, FREES);
    case 't':
        return IN_THREADS + below(random, SIBLINGS);
    case 'p':
        return IN_POOL;
    case 'c':
        return IN_CELL;
    case 'r':
        return below(random, 4) != 0 ? BH_ALL & ~(uint64_t)BH_DESTROY : below(random, BH_ALL + 1);
    case 'i':
        return MAP_AT + below(random, MAP_PLACES) * SHARED;
    case 'x':
        return below(random, 2) != 0 ? RW : BH_MAP_READ;
    case 'k':
        return types[below(random, sizeof(types))];
    case 'n':
        return below(random, BH_REG_COUNT);
    default:
        return 0;
    }
}

static void count(enum bh_status status)
{
    statuses[status]++;
    operations++;
}

static const struct form *some_form(uint64_t *random)
{
    unsigned sum = 0;
    uint64_t at;

    for (unsigned i = 0; i < FORMS; i++) {
        sum += forms[i].weight;
    }
    at = below(random, sum);
    for (unsigned i = 0;; i++) {
        if (at < forms[i].weight) {
            return &forms[i];
        }
        at -= forms[i].weight;
    }
}

static void operate(uint64_t *random)
{
    const struct form *form = some_form(random);
    uint64_t cap = some(random, form->cap), args[6] = {0};

    if (form->number == BH_CALL_call) {
        struct bh_message m = {{0}};
        bool came;
        uint64_t send = below(random, 3) == 0 ? some(random, 'a') : 0;
        count(bh_call_cap((uint32_t)cap, &m, send, below(random, 2) * some(random, 'f'), &came));
        return;
    }
    for (unsigned i = 0; form->args[i] != 0; i++) {
        args[i] = some(random, form->args[i]);
    }
    if (form->number == BH_CALL_pool_create) {
        args[2] = args[0] == BH_CELL                           ? 8
                  : args[0] == BH_THREAD                       ? (uint64_t)IN_CELL
                  : args[0] == BH_POOL || args[0] == BH_MEMORY ? 4096
                                                               : 0;
    }
    count(bh_call_number(form->number, cap, args));
}

/* Waits for a moment, or answers whoever waits; true: somebody waits. */
static bool meet(uint64_t *random, bool owes)
{
    struct bh_message m = {{0}};
    struct bh_received r = {0};
    enum bh_action action = owes ? BH_REPLY : BH_WAIT_ONLY;
    struct bh_wait wait = {.send = owes && below(random, 4) == 0 ? some(random, 'a') : 0,
                           .slot = below(random, 2) * some(random, 'f'),
                           .deadline = counter_now() + below(random, 3000)};
    enum bh_status status = bh_reply_wait_with(action, &m, &r, wait);

    count(status);
    if (status != BH_OK && owes) {
        wait.send = wait.slot = 0; /* nobody takes it, or nobody is there */
        status = bh_reply_wait_with(status == BH_NO_CALLER ? BH_WAIT_ONLY : BH_REPLY, &m, &r, wait);
    }
    if (status == BH_OK && r.event == BH_EVENT_FAULT) {
        faults++;
        (void)bh_reply_wait_with(BH_STOP, &m, &r, (struct bh_wait){.deadline = 1});
        return r.event == BH_EVENT_MESSAGE;
    }
    return status == BH_OK && r.event == BH_EVENT_MESSAGE;
}

static void thread_main(uint64_t seed)
{
    uint64_t random = seed;
    bool owes = false;

    for (;;) {
        for (uint64_t left = below(&random, 6); left != 0; left--) {
            operate(&random);
        }
        owes = meet(&random, owes);
    }
}

/* ---- the supervisor ---- */

static void fail(const char *what)
{
    failed = true;
    lab_expect(false, "%s", what);
}

static void give(const struct member *member, uint32_t cap, uint32_t slot, uint64_t rights)
{
    enum bh_status status;

    do { /* somebody else's revoke may have been interrupted */
        status = bh_cap_derive(cap, member->cell, slot, rights, 0);
    } while (status == BH_BUSY);
    lab_need("cap_derive", status);
}

static uint32_t make_budget(const struct member *member, uint64_t core, uint64_t *random)
{
    uint64_t priority = PRIORITY + below(random, SPREAD);

    return lab_create(member->pool, BH_BUDGET,
                      (uint64_t[]){cores[core], priority | SLICE << 32, 0});
}

static void build_thread(struct member *member, unsigned cell, unsigned n, uint64_t *random)
{
    unsigned place = cell * THREADS + n;
    uint64_t core = below(random, core_count);
    struct lab_thread *made = &member->threads[n];

    made->thread = lab_create(member->pool, BH_THREAD, (uint64_t[]){member->cell, n == 0, core});
    made->budget = make_budget(member, core, random);
    lab_need("thread_set", bh_thread_set(made->thread, (uintptr_t)thread_main,
                                         (uintptr_t)stacks[place + 1], lab_random(random) | 1));
    lab_need("thread_budget", bh_thread_budget(made->thread, made->budget));
    if (n < SIBLINGS) {
        give(member, made->thread, IN_THREADS + n, BH_ALL & ~(uint64_t)BH_DESTROY);
    }
}

static void build(unsigned i, uint64_t *random)
{
    struct member *member = &cells[i];

    member->pool = lab_create(big, BH_POOL, (uint64_t[]){CELL_BYTES, 0, 0});
    member->cell = lab_cell(member->pool, IN_SLOTS, false);
    give(member, member->pool, IN_POOL, BH_POOL_CREATE | BH_POOL_INFO);
    give(member, member->cell, IN_CELL, BH_CELL_GRANT | BH_CELL_THREAD | BH_CELL_INFO);
    give(member, shared, IN_MEMORY, RW | BH_MEMORY_SEAL);
    for (unsigned k = 0; k < CELLS; k++) {
        give(member, doors[k], IN_DOORS + k, BH_ENDPOINT_SEND | BH_ENDPOINT_GRANT);
        give(member, signals[k], IN_SIGNALS + k, BH_SIGNAL_SEND);
    }
    for (unsigned n = 0; n < THREADS; n++) {
        build_thread(member, i, n, random);
    }
    lab_need("endpoint_bind", bh_endpoint_bind(doors[i], member->threads[0].thread));
    lab_need("signal_bind", bh_signal_bind(signals[i], member->threads[1].thread));
    for (unsigned n = 0; n < THREADS; n++) {
        lab_need("thread_resume", bh_thread_resume(member->threads[n].thread));
    }
}

static void destroy(uint32_t slot)
{
    if (!lab_status("object_destroy", bh_object_destroy(slot), BH_OK)) {
        failed = true;
    }
}

static void kill_cell(unsigned i, uint64_t *random)
{
    struct member *member = &cells[i];
    uint64_t way = below(random, 4);

    if (way == 0) {
        destroy(member->threads[below(random, THREADS)].thread);
    }
    if (way <= 1) {
        destroy(member->cell);
    }
    destroy(member->pool);
    lab_drop(member->pool);
    lab_drop(member->cell);
    for (unsigned n = 0; n < THREADS; n++) {
        lab_drop(member->threads[n].thread);
        lab_drop(member->threads[n].budget);
    }
}

/* A thread goes on on another core, if it is in nothing that keeps it on its own; the cell may have
 * spent all of its pool. */
static void migrate(struct member *member, uint64_t *random)
{
    struct lab_thread *moved = &member->threads[below(random, THREADS)];
    uint32_t slot = lab_slot(), core = cores[below(random, core_count)];

    if (bh_pool_create(member->pool, BH_BUDGET, slot, core, PRIORITY | SLICE << 32, 0) == BH_OK) {
        if (bh_thread_budget(moved->thread, slot) == BH_OK) {
            uint32_t old = moved->budget;
            moved->budget = slot;
            slot = old;
            migrations++;
        }
        (void)bh_object_destroy(slot);
    }
    lab_drop(slot);
}

static void pause_for(uint64_t ticks)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r,
                             (struct bh_wait){.deadline = counter_now() + ticks});
}

/* All that cells take from the common pool goes back with them. */
static void check_pool(const uint64_t first[4], unsigned alive)
{
    uint64_t now[4];

    lab_need("pool_info", bh_pool_info(big, now));
    if (now[1] != first[1] - alive * CELL_BYTES || now[2] != first[2] + alive) {
        fail("the common pool is not what its cells take");
    }
}

static void check_progress(uint64_t *last, uint64_t *since)
{
    if (operations != *last) {
        if (operations / SAY_EVERY != *last / SAY_EVERY) {
            print("%lu operations\n", (unsigned long)operations);
        }
        *last = operations;
        *since = counter_now();
    } else if (counter_now() - *since > SILENCE) {
        fail("nobody does anything any more");
    }
}

/* Kills and rebuilds until there was enough; how often. */
static unsigned supervise(uint64_t enough, const uint64_t first[4])
{
    uint64_t random = 88172645463325252, last = 0, since = counter_now();
    unsigned kills = 0;

    for (unsigned i = 0; i < CELLS; i++) {
        build(i, &random);
    }
    while (operations < enough && !failed) {
        unsigned victim = (unsigned)below(&random, CELLS);
        for (unsigned i = 0; core_count > 1 && i < 4; i++) {
            migrate(&cells[below(&random, CELLS)], &random);
        }
        pause_for(5000 + below(&random, 35000));
        kill_cell(victim, &random);
        check_pool(first, CELLS - 1);
        build(victim, &random);
        check_progress(&last, &since);
        kills++;
    }
    for (unsigned i = 0; i < CELLS; i++) {
        kill_cell(i, &random);
    }
    return kills;
}

static void test_stress(uint64_t enough)
{
    struct lab_account before = lab_account();
    uint64_t first[4];
    unsigned kills;

    lab_begin("stress.everything_at_random");
    lab_need("pool_info", bh_pool_info(big, first));
    kills = supervise(enough, first);
    check_pool(first, 0);
    lab_expect(lab_account_same(before, lab_account()), "something is left");
    lab_end();
    print("%u threads in %u cells on %u cores: %lu operations, %lu faults, %u cells killed, %u "
          "migrations\n",
          CELLS * THREADS, CELLS, core_count, (unsigned long)operations, (unsigned long)faults,
          kills, migrations);
}

/* What it cannot come to: calls without number, no VMID, with one core another one. */
static void test_statuses(void)
{
    lab_begin("stress.every_status_was_seen");
    for (unsigned i = 0; i < BH_STATUS_COUNT; i++) {
        bool possible =
            i != BH_BAD_CALL && i != BH_NO_VMID && (i != BH_OTHER_CORE || core_count > 1);
        lab_expect(statuses[i] > 0 || !possible, "never: %s", status_name((enum bh_status)i));
        print("status %u: %lu times\n", i, (unsigned long)statuses[i]);
    }
    lab_end();
}

static void open_cores(void)
{
    core_count = lab_cores(cores);
    for (unsigned i = 1; i < core_count; i++) {
        lab_need("core_power", bh_core_power(cores[i], POWER_ON));
    }
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    big = start_need_cap(start, "big", BH_POOL);
    shared = lab_ram(SHARED);
    for (unsigned i = 0; i < CELLS; i++) {
        doors[i] = lab_make(lab.pool, BH_ENDPOINT);
        signals[i] = lab_make(lab.pool, BH_SIGNAL);
    }
    open_cores();
    test_stress(start_need_value(start, "operations"));
    test_statuses();
    lab_done();
}
