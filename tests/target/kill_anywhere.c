/* SPDX-License-Identifier: Apache-2.0 */
/* A cell that uses everything is destroyed before each of its calls and at any instruction, from
 * its own core or another one, and built again. After each round kernel memory, slots and VMIDs are
 * what they were, its clients and servers have been told and go on, and a neighbour of a higher
 * priority is no later than beside a victim that nobody kills. */
#include "cells/lib/status_name.h"
#include "tests/target/kill_script.h"
#include "tests/target/lab/lab.h"

#define POOL_BYTES    0x20000
#define INNER_SLOTS   64
#define PRIVATE_BYTES 0x8000
#define SHARED_BYTES  0x2000
#define GOT_AT        UINT64_C(0x23000000)
#define PATIENCE      (60 * counter_frequency()) /* that somebody may need to get on */
#define ON            3
#define NO_STOP       ~0u
#define WAYS          3
#define QUIET_LOOPS   (world.home != 0 ? 20u : 200u)
#define LATE_MORE     250 /* ticks of 16 ns: 4,000 instructions, the longest kernel entry */

enum bits { STOPPED = 1, TO_VICTIM = 2, TO_PEER = 4 };

static uint8_t stacks[7][LAB_STACK] __attribute__((aligned(16)));

static struct {
    uint32_t private, shared, door, service, victim_signal, peer_signal, killer_cap;
    uint32_t got, client_slot;
    uint32_t core; /* of the victim, its peer and the neighbour */
    uint64_t home;
} world;

static struct {
    uint32_t pool, cell, inner_door, slots[16], count;
    struct lab_thread main, server;
} victim;

/* What the victim's threads say of themselves: they see this program's variables. */
static volatile struct {
    unsigned stop; /* before this step it tells the killer */
    bool dying;    /* from now on it finds things gone */
    unsigned loops, wrong_step;
    uint32_t wrong_status;
} script;

/* Statuses that each of the others has seen, as bits, and how far it is. */
static volatile struct seen {
    uint64_t statuses, turns;
} client_seen, service_seen, peer_seen;

static volatile struct {
    uint64_t worst, times;
} late;

/* ---- the victim ---- */

static enum bh_status make_step(const struct step *step)
{
    struct bh_message m = {{0}};
    struct bh_received r;
    bool came;

    if (step->number == BH_CALL_call) {
        return bh_call_cap((uint32_t)step->cap, &m, step->args[0], step->args[1], &came);
    }
    if (step->number == BH_CALL_reply_wait) {
        struct bh_wait wait = {.deadline = counter_now() + step->args[0]};
        return bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, wait);
    }
    return bh_call_number(step->number, step->cap, step->args);
}

static void victim_main(uint64_t arg)
{
    (void)arg;
    for (;;) {
        for (unsigned i = 0; i < STEPS; i++) {
            enum bh_status status;
            if (script.stop == i) {
                (void)bh_signal_send(IN_KILLER);
            }
            do { /* another core revokes what was made of the same object */
                status = make_step(&steps[i]);
            } while (status == BH_BUSY && world.home != 0);
            if (status != steps[i].want && script.wrong_step == NO_STOP && !script.dying) {
                script.wrong_status = status;
                script.wrong_step = i;
            }
        }
        script.loops++;
    }
}

static void work(unsigned loops)
{
    for (unsigned i = 0; i < loops; i++) {
        __asm__ volatile("");
    }
}

/* Serves the client, the victim's own thread and the fault of what that one made. */
static void victim_server(uint64_t arg)
{
    struct bh_message m = {{0}};
    struct bh_received r = {0};
    enum bh_action action = BH_WAIT_ONLY;
    uint64_t send = 0;

    (void)arg;
    for (;;) {
        struct bh_wait wait = {.send = send, .slot = IN_RECEIVED};
        enum bh_status status = bh_reply_wait_with(action, &m, &r, wait);
        if (status != BH_OK) {
            send = 0; /* nobody takes it, or nobody is there */
            action = status == BH_NO_SLOT ? action : BH_WAIT_ONLY;
            continue;
        }
        if (r.cap != 0) {
            (void)bh_cap_delete(0, IN_RECEIVED);
        }
        work(100);
        send = r.event == BH_EVENT_MESSAGE ? (uint64_t)IN_SHARED : 0;
        action = r.event == BH_EVENT_MESSAGE ? BH_REPLY
                 : r.event == BH_EVENT_FAULT ? BH_STOP
                                             : BH_WAIT_ONLY;
    }
}

/* ---- around it: threads of this cell ---- */

static void note(volatile struct seen *seen, enum bh_status status)
{
    seen->statuses |= UINT64_C(1) << status;
    seen->turns++;
}

static void pause_for(uint64_t ticks)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r,
                             (struct bh_wait){.deadline = counter_now() + ticks});
}

/* Calls the victim at a door that survives it and at one that does not, takes a capability from it
 * and maps it. */
static void client(uint64_t arg)
{
    (void)arg;
    for (unsigned turn = 0;; turn++) {
        struct bh_message m = {{0}};
        bool came = false;
        uint32_t door = turn % 2 == 0 ? world.door : victim.inner_door;
        enum bh_status status = bh_call_cap(door, &m, 0, world.client_slot, &came);
        if (came && bh_memory_map(0, world.client_slot, GOT_AT, BH_MAP_READ) == BH_OK) {
            (void)bh_memory_unmap(0, world.client_slot);
        }
        (void)bh_cap_delete(0, world.client_slot);
        note(&client_seen, status);
        pause_for(400);
    }
}

/* Serves the victim: maps what it sends, and answers with a capability. */
static void service(uint64_t arg)
{
    struct bh_message m = {{0}};
    struct bh_received r = {0};
    enum bh_action action = BH_WAIT_ONLY;

    (void)arg;
    for (;;) {
        struct bh_wait wait = {.send = action == BH_REPLY ? world.peer_signal : 0,
                               .slot = world.got};
        enum bh_status status = bh_reply_wait_with(action, &m, &r, wait);
        note(&service_seen, status);
        action = status == BH_OK ? BH_REPLY : BH_WAIT_ONLY;
        if (status == BH_OK) {
            if (bh_memory_map(0, world.got, GOT_AT + 0x10000, RW) == BH_OK) {
                (void)bh_memory_unmap(0, world.got);
            }
            (void)bh_cap_delete(0, world.got);
            work(200);
        }
    }
}

/* The device of the victim's driver part: is told, takes its time, tells. */
static void peer(uint64_t arg)
{
    (void)arg;
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
        pause_for(40);
        note(&peer_seen, bh_signal_send(world.victim_signal));
    }
}

/* Above all: how much later than asked for it runs. */
static void neighbour(uint64_t state)
{
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        uint64_t when = counter_now() + 200 + lab_random(&state) % 1000, now;
        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){.deadline = when});
        now = counter_now();
        late.worst = now - when > late.worst ? now - when : late.worst;
        late.times++;
    }
}

/* ---- building ---- */

static uint32_t keep(uint32_t slot)
{
    victim.slots[victim.count++] = slot;
    return slot;
}

static void give(uint32_t cap, enum inside slot, uint64_t rights)
{
    lab_need("cap_derive", bh_cap_derive(cap, victim.cell, slot, rights, 0));
}

static struct lab_thread victim_thread(unsigned n, uint64_t priority, void (*entry)(uint64_t))
{
    struct lab_spec spec = {.pool = victim.pool,
                            .cell = victim.cell,
                            .priority = priority,
                            .flags = n == 0 ? BH_THREAD_FP : 0,
                            .entry = entry,
                            .stack = stacks[n],
                            .home = world.home,
                            .home_cap = world.core};
    struct lab_thread made = lab_thread(&spec);

    keep(made.thread);
    keep(made.budget);
    return made;
}

static void build(unsigned stop)
{
    static unsigned lives;

    if (++lives % 100 == 0) {
        print("life %u\n", lives);
    }
    script.stop = stop;
    script.dying = false;
    victim.count = 0;
    victim.pool = keep(lab_child_pool(POOL_BYTES));
    victim.cell = keep(lab_cell(victim.pool, INNER_SLOTS, false));
    victim.main = victim_thread(0, VICTIM, victim_main);
    victim.server = victim_thread(1, DOOR, victim_server);
    victim.inner_door = keep(lab_make(victim.pool, BH_ENDPOINT));
    give(victim.pool, IN_POOL, BH_POOL_CREATE | BH_POOL_INFO);
    give(victim.cell, IN_CELL, BH_CELL_GRANT | BH_CELL_THREAD | BH_CELL_INFO);
    give(world.core, IN_CORE, BH_CORE_SCHED);
    give(world.private, IN_PRIVATE, RW);
    give(world.shared, IN_SHARED, RW);
    give(world.peer_signal, IN_PEER, BH_SIGNAL_SEND);
    give(world.service, IN_SERVICE, BH_ENDPOINT_SEND | BH_ENDPOINT_GRANT);
    give(victim.inner_door, IN_DOOR, BH_ENDPOINT_SEND | BH_ENDPOINT_GRANT);
    give(victim.server.thread, IN_SERVER, BH_THREAD_CONTROL | BH_THREAD_READ | BH_THREAD_BIND);
    give(world.killer_cap, IN_KILLER, BH_SIGNAL_SEND);
    lab_need("endpoint_bind", bh_endpoint_bind(world.door, victim.server.thread));
    lab_need("endpoint_bind", bh_endpoint_bind(victim.inner_door, victim.server.thread));
    lab_need("signal_bind", bh_signal_bind(world.victim_signal, victim.main.thread));
    lab_need("thread_resume", bh_thread_resume(victim.server.thread));
    lab_need("thread_resume", bh_thread_resume(victim.main.thread));
}

/* ---- killing ---- */

static void destroy(uint32_t slot)
{
    lab_status("object_destroy", bh_object_destroy(slot), BH_OK);
}

static void kill_victim(unsigned way)
{
    script.dying = true;
    if (way == 2) {
        destroy(victim.main.thread);
        destroy(victim.server.thread);
    }
    if (way >= 1) {
        destroy(victim.cell);
    }
    destroy(victim.pool);
    for (unsigned i = 0; i < victim.count; i++) {
        lab_drop(victim.slots[i]);
    }
}

static bool expect_baseline(struct lab_account before, unsigned round)
{
    struct lab_account after = lab_account();

    return lab_expect(lab_account_same(before, after),
                      "round %u: free %lu to %lu, objects %lu to %lu, vmids %lu to %lu, slots %lu "
                      "to %lu",
                      round, before.pool_free, after.pool_free, before.pool_objects,
                      after.pool_objects, before.vmids, after.vmids, before.slots, after.slots);
}

/* Whoever called it is told: the client comes back from any call. */
static void expect_client_goes_on(unsigned round)
{
    uint64_t turns = client_seen.turns, end = counter_now() + PATIENCE;

    while (client_seen.turns == turns && counter_now() < end) {
        pause_for(50);
    }
    lab_expect(client_seen.turns != turns, "round %u: the client hangs", round);
}

static void expect_script(void)
{
    lab_expect(script.wrong_step == NO_STOP, "step %u of the victim: %s", script.wrong_step,
               status_name(script.wrong_status));
}

/* ---- the tests ---- */

/* Nobody is killed: the script works, and this is how late the neighbour is. Ticks of one loop. */
static uint64_t test_quiet(uint64_t *worst)
{
    struct lab_account before = lab_account();
    uint64_t start, ticks, end = counter_now() + PATIENCE;

    lab_begin("kill_anywhere.quiet");
    script.wrong_step = NO_STOP;
    script.loops = 0;
    build(NO_STOP);
    client_seen.statuses = 0; /* there was nothing to call before */
    late.worst = late.times = 0;
    start = counter_now();
    while (script.loops < QUIET_LOOPS && counter_now() < end) {
        pause_for(100);
    }
    ticks = (counter_now() - start) / QUIET_LOOPS;
    *worst = late.worst;
    lab_expect(script.loops >= QUIET_LOOPS, "%u loops, %lu turns of the client", script.loops,
               client_seen.turns);
    expect_script();
    /* The script suspends the server for a moment. */
    lab_expect((client_seen.statuses & ~(UINT64_C(1) << BH_DOWN)) == 1,
               "statuses of the client: 0x%lx", client_seen.statuses);
    kill_victim(0);
    expect_baseline(before, 0);
    lab_end();
    return ticks;
}

/* Before each call, in each way. */
static unsigned test_boundaries(void)
{
    struct lab_account before = lab_account();
    unsigned round = 0;

    lab_begin("kill_anywhere.before_each_call");
    for (unsigned step = 0; step < STEPS; step++) {
        for (unsigned way = 0; way < WAYS; way++, round++) {
            build(step);
            lab_expect(lab_wait_bits(STOPPED, 60000), "step %u is not reached", step);
            kill_victim(way);
            expect_client_goes_on(round);
            if (!expect_baseline(before, round)) {
                step = STEPS;
                break;
            }
        }
    }
    expect_script();
    lab_end();
    return round;
}

/* At the instruction at which a deadline comes. */
static void test_anywhere(unsigned rounds, uint64_t loop)
{
    struct lab_account before = lab_account();
    uint64_t random = 88172645463325252;

    lab_begin("kill_anywhere.at_any_instruction");
    for (unsigned round = 0; round < rounds; round++) {
        build(NO_STOP);
        pause_for(lab_random(&random) % (loop + loop / 2));
        kill_victim((unsigned)(lab_random(&random) % WAYS));
        if (round % 8 == 0) {
            expect_client_goes_on(round);
        }
        if (!expect_baseline(before, round)) {
            break;
        }
    }
    expect_script();
    lab_end();
}

static void test_others(void)
{
    struct bh_message m = {{0}};
    bool came = false;
    const uint64_t ok = UINT64_C(1) << BH_OK;
    /* OTHER_CORE: of a server there that has lost its time before it is gone itself. */
    const uint64_t client_may = ok | UINT64_C(1) << BH_DOWN | UINT64_C(1) << BH_STALE |
                                UINT64_C(1) << BH_NO_CAP | UINT64_C(1) << BH_OTHER_CORE;
    const uint64_t service_may = ok | UINT64_C(1) << BH_NO_CALLER;

    lab_begin("kill_anywhere.others_are_told");
    lab_expect((client_seen.statuses & ~client_may) == 0, "statuses of the client: 0x%lx",
               client_seen.statuses);
    lab_expect(client_seen.statuses >> BH_DOWN & 1, "the client was never in a call");
    lab_expect((service_seen.statuses & ~service_may) == 0 && service_seen.turns != 0 &&
                   (world.home != 0 || service_seen.statuses == service_may),
               "statuses of the service: 0x%lx", service_seen.statuses);
    lab_expect((peer_seen.statuses & ~(ok | UINT64_C(1) << BH_DOWN)) == 0,
               "statuses of the peer: 0x%lx", peer_seen.statuses);
    lab_status("the service answers", bh_call_cap(world.service, &m, 0, lab_slot(), &came), BH_OK);
    lab_end();
}

static void test_late(uint64_t quiet)
{
    lab_begin("kill_anywhere.neighbour_is_not_later");
    print("the neighbour was at most %lu ticks late beside the victim, %lu beside the kills (%lu "
          "times)\n",
          quiet, late.worst, late.times);
    lab_expect(late.worst <= quiet + LATE_MORE, "%lu ticks late, %lu without kills", late.worst,
               quiet);
    lab_end();
}

static uint32_t around(unsigned n, uint64_t priority, void (*entry)(uint64_t), bool near)
{
    struct lab_spec spec = {.pool = lab.pool,
                            .cell = lab.self,
                            .priority = priority,
                            .entry = entry,
                            .arg = n + 1,
                            .stack = stacks[n],
                            .home = near ? 0 : world.home,
                            .home_cap = near ? lab.core : world.core};

    return lab_run(&spec).thread;
}

/* The victim is on another core than its killer if the description has one. */
static void find_core(const struct start_info *start)
{
    const struct start_cap *other = start_find_cap(start, "core1");

    world.core = other == NULL ? lab.core : other->slot;
    world.home = other != NULL;
    lab_need("core_power", bh_core_power(world.core, ON));
}

void cell_main(const struct start_info *start)
{
    unsigned rounds, done;
    uint64_t quiet, loop;

    lab_open(start);
    rounds = (unsigned)start_need_value(start, "rounds");
    find_core(start);
    world.private = lab_ram(PRIVATE_BYTES);
    world.shared = lab_ram(SHARED_BYTES);
    world.door = lab_make(lab.pool, BH_ENDPOINT);
    world.service = lab_make(lab.pool, BH_ENDPOINT);
    world.victim_signal = lab_make(lab.pool, BH_SIGNAL);
    world.peer_signal = lab_make(lab.pool, BH_SIGNAL);
    world.killer_cap = lab_derive(lab.signal, BH_SIGNAL_SEND, STOPPED);
    world.got = lab_slot();
    world.client_slot = lab_slot();
    lab_need("endpoint_bind", bh_endpoint_bind(world.service, around(2, SERVICE, service, true)));
    lab_need("signal_bind", bh_signal_bind(world.peer_signal, around(3, PEER, peer, false)));
    (void)around(4, ABOVE, neighbour, false);
    (void)around(5, CLIENT, client, true);
    loop = test_quiet(&quiet);
    late.worst = late.times = 0;
    done = test_boundaries();
    test_anywhere(rounds > done ? rounds - done : 1, loop);
    test_others();
    if (world.home == 0) { /* else time passes as the build machine likes */
        test_late(quiet);
    }
    print("%u kills before a call, %u anywhere in %lu ticks\n", done, rounds - done, loop);
    lab_done();
}
