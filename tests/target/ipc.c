/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between real threads: call, reply, helping, deadlock, ends, signals, deadlines,
 * priorities (docs/design.md, section 3). */
#include "cells/lib/status_name.h"
#include "tests/target/lab/lab.h"

#define LOW      20
#define MIDDLE   30
#define HIGH     40 /* all below the main thread's 50 */
#define ABOVE    60
#define MANY     18
#define PATIENCE 500 /* ms */
#define BIT(n)   (UINT64_C(1) << (n))

static uint8_t stacks[MANY][LAB_STACK] __attribute__((aligned(16)));
static uint32_t sender[8]; /* signal capabilities of the main thread's bits */

/* What threads found out. */
static volatile struct {
    uint64_t order[16];
    uint32_t steps;
    uint32_t status[MANY];
    uint64_t words[MANY][BH_MESSAGE_WORDS];
    uint64_t badge, event, cap;
} seen;

static void forget(void)
{
    for (unsigned i = 0; i < sizeof(seen); i++) {
        ((volatile uint8_t *)&seen)[i] = 0;
    }
}

static void note(uint64_t what)
{
    if (seen.steps < 16) {
        seen.order[seen.steps++] = what;
    }
}

static __attribute__((noreturn)) void rest(void)
{
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    }
}

static struct lab_spec spec(unsigned n, uint64_t priority, void (*entry)(uint64_t), uint64_t arg)
{
    return (struct lab_spec){.pool = lab.pool,
                             .cell = lab.self,
                             .priority = priority,
                             .entry = entry,
                             .arg = arg,
                             .stack = stacks[n]};
}

/* An endpoint served by this thread. */
static uint32_t door_of(uint32_t thread)
{
    uint32_t door = lab_make(lab.pool, BH_ENDPOINT);

    lab_need("endpoint_bind", bh_endpoint_bind(door, thread));
    return door;
}

static void end_all(struct lab_thread *threads, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        lab_thread_end(threads[i]);
    }
}

static void drop_object(uint32_t slot)
{
    lab_need("object_destroy", bh_object_destroy(slot));
    lab_drop(slot);
}

/* ---- threads ---- */

/* Calls once: arg = door | index << 32. Its words are (index + 1) * 10 + i. */
static void caller(uint64_t arg)
{
    unsigned index = (unsigned)(arg >> 32);
    struct bh_message m;

    for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
        m.w[i] = (index + 1) * 10 + i;
    }
    seen.status[index] = bh_call((uint32_t)arg, &m);
    for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
        seen.words[index][i] = m.w[i];
    }
    note(100 + index);
    (void)bh_signal_send(sender[0]);
    rest();
}

/* Answers every call with each word + 1. */
static void server(uint64_t arg)
{
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    (void)arg;
    for (;;) {
        struct bh_received r;
        if (bh_reply_wait(action, &m, &r) != BH_OK) {
            action = BH_WAIT_ONLY;
            continue;
        }
        action = r.event == BH_EVENT_MESSAGE ? BH_REPLY : BH_WAIT_ONLY;
        seen.badge = r.badge;
        seen.event = r.event;
        note(1);
        for (unsigned i = 0; action == BH_REPLY && i < BH_MESSAGE_WORDS; i++) {
            m.w[i]++;
        }
    }
}

static void spin_until_two(void)
{
    while (seen.words[MANY - 1][0] != 2) {
        cpu_pause();
    }
}

/* Takes one call, says so to the main thread, and computes until told to answer. */
static void slow_server(uint64_t arg)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    (void)arg;
    (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    note(2);
    (void)bh_signal_send(sender[1]);
    spin_until_two();
    note(3);
    seen.status[MANY - 1] = bh_reply_wait(BH_REPLY, &m, &r);
    if (seen.status[MANY - 1] == BH_NO_CALLER) {
        rest();
    }
    for (;;) {
        note(4);
        (void)bh_reply_wait(BH_REPLY, &m, &r);
    }
}

/* ---- tests ---- */

static void test_call(void)
{
    struct lab_spec s = spec(0, HIGH, server, 0), c = spec(1, LOW, caller, 0);
    struct lab_thread t[2];
    uint32_t door, badged;

    lab_begin("ipc.call_words_and_badge");
    forget();
    t[0] = lab_run(&s);
    door = door_of(t[0].thread);
    badged = lab_derive(door, BH_ENDPOINT_SEND, 77);
    c.arg = badged;
    t[1] = lab_run(&c);
    lab_expect(lab_wait_bits(BIT(0), PATIENCE), "no answer");
    lab_status("call", seen.status[0], BH_OK);
    lab_expect(seen.badge == 77 && seen.event == BH_EVENT_MESSAGE, "badge %lu",
               (unsigned long)seen.badge);
    for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
        lab_expect(seen.words[0][i] == 11 + i, "word %u is %lu", i,
                   (unsigned long)seen.words[0][i]);
    }
    end_all(t, 2);
    drop_object(door);
    lab_drop(badged);
    lab_end();
}

/* A server without a budget runs on its callers' time and priority: a thread in between does not
 * delay it. */
static void middle(uint64_t arg)
{
    (void)arg;
    note(50);
    rest();
}

static void test_donation(void)
{
    struct lab_spec s = spec(0, LOW, server, 0), c = spec(1, HIGH, caller, 0),
                    m = spec(2, MIDDLE, middle, 0);
    struct lab_thread t[3];
    uint32_t door;

    lab_begin("ipc.server_runs_at_callers_priority");
    forget();
    t[0] = lab_run(&s);
    lab_sleep(5); /* the server waits */
    lab_need("thread_budget", bh_thread_budget(t[0].thread, 0));
    door = door_of(t[0].thread);
    c.arg = door;
    t[1] = lab_run(&c);
    t[2] = lab_run(&m);
    lab_expect(lab_wait_bits(BIT(0), PATIENCE), "no answer");
    lab_sleep(5);
    lab_expect(seen.order[0] == 1 && seen.order[1] == 100 && seen.order[2] == 50,
               "order %lu %lu %lu", (unsigned long)seen.order[0], (unsigned long)seen.order[1],
               (unsigned long)seen.order[2]);
    end_all(t, 3);
    drop_object(door);
    lab_end();
}

/* A low caller is being served; a higher one calls: the server is helped past a thread in
 * between. */
static void test_helping(void)
{
    struct lab_spec s = spec(0, LOW, slow_server, 0), c = spec(1, LOW, caller, 0),
                    h = spec(2, HIGH, caller, 0), m = spec(3, MIDDLE, middle, 0);
    struct lab_thread t[4];
    uint32_t door;

    lab_begin("ipc.busy_server_is_helped");
    forget();
    t[0] = lab_run(&s);
    door = door_of(t[0].thread);
    c.arg = door;
    h.arg = door | BIT(32);
    t[1] = lab_run(&c);
    lab_expect(lab_wait_bits(BIT(1), PATIENCE), "the server was not reached");
    t[2] = lab_run(&h);
    t[3] = lab_run(&m);
    seen.words[MANY - 1][0] = 2;
    lab_expect(lab_wait_bits(BIT(0), PATIENCE), "no answer");
    lab_sleep(10);
    /* 3: the server ends the first call on the high caller's time; 4: it has the high one's
     * call; then the high caller, the one in between, the low one. */
    lab_expect(seen.order[1] == 3 && seen.order[2] == 4 && seen.order[3] == 101 &&
                   seen.order[4] == 50 && seen.order[5] == 100,
               "order %lu %lu %lu %lu %lu", (unsigned long)seen.order[1],
               (unsigned long)seen.order[2], (unsigned long)seen.order[3],
               (unsigned long)seen.order[4], (unsigned long)seen.order[5]);
    lab_status("first call", seen.status[0], BH_OK);
    lab_status("second call", seen.status[1], BH_OK);
    end_all(t, 4);
    drop_object(door);
    lab_end();
}

enum ending { END_DESTROY, END_SUSPEND, END_ENDPOINT, END_CANCEL };

static void do_ending(enum ending how, struct lab_thread serving, struct lab_thread calling,
                      uint32_t door)
{
    switch (how) {
    case END_DESTROY:
        lab_status("object_destroy", bh_object_destroy(serving.thread), BH_OK);
        break;
    case END_SUSPEND:
        lab_status("thread_suspend", bh_thread_suspend(serving.thread), BH_OK);
        break;
    case END_ENDPOINT:
        lab_status("object_destroy", bh_object_destroy(door), BH_OK);
        break;
    case END_CANCEL:
        lab_status("thread_cancel", bh_thread_cancel(calling.thread), BH_OK);
        break;
    }
}

/* How a call under way ends when its server or endpoint goes, or when it is cancelled. */
static void test_ending(const char *name, enum ending how, enum bh_status want, bool no_caller)
{
    struct lab_spec s = spec(0, MIDDLE, slow_server, 0), c = spec(1, LOW, caller, 0);
    struct lab_thread t[2];
    uint32_t door;

    lab_begin(name);
    forget();
    t[0] = lab_run(&s);
    door = door_of(t[0].thread);
    c.arg = door;
    t[1] = lab_run(&c);
    lab_expect(lab_wait_bits(BIT(1), PATIENCE), "the server was not reached");
    do_ending(how, t[0], t[1], door);
    seen.words[MANY - 1][0] = 2;
    lab_expect(lab_wait_bits(BIT(0), PATIENCE), "the caller did not come back");
    lab_sleep(5);
    lab_status("call", seen.status[0], want);
    lab_expect(!no_caller || seen.status[MANY - 1] == BH_NO_CALLER, "the reply got %s",
               status_name(seen.status[MANY - 1]));
    (void)bh_object_destroy(t[0].thread);
    (void)bh_object_destroy(door);
    lab_need("object_destroy", bh_object_destroy(t[0].budget));
    lab_drop(t[0].thread);
    lab_drop(t[0].budget);
    lab_drop(door);
    end_all(&t[1], 1);
    lab_end();
}

static void test_no_server(void)
{
    struct bh_message m = {{0}};
    struct bh_received r;
    uint32_t door = lab_make(lab.pool, BH_ENDPOINT);

    lab_begin("ipc.no_server_is_down");
    lab_status("call", bh_call(door, &m), BH_DOWN);
    lab_end();
    lab_begin("ipc.own_endpoint_is_deadlock");
    lab_status("call", bh_call(lab.door, &m), BH_DEADLOCK);
    lab_end();
    lab_begin("ipc.reply_without_caller");
    for (unsigned action = BH_REPLY; action <= BH_ABORT; action++) {
        lab_status("reply_wait", bh_reply_wait((enum bh_action)action, &m, &r), BH_NO_CALLER);
    }
    lab_status("action 6", bh_reply_wait((enum bh_action)(BH_ABORT + 1), &m, &r), BH_BAD_ARG);
    lab_end();
    drop_object(door);
}

/* Each thread serves its door and calls the next one's: arg = next door | index << 32. */
static void chain_link(uint64_t arg)
{
    unsigned index = (unsigned)(arg >> 32);
    struct bh_message m = {{0}};
    struct bh_received r;

    (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    for (;;) {
        seen.words[index][0] = m.w[0];
        m.w[0]++;
        seen.status[index] = (uint32_t)arg != 0 ? bh_call((uint32_t)arg, &m) : BH_OK;
        (void)bh_reply_wait(BH_REPLY, &m, &r);
    }
}

/* A chain of this many calls: the last that is one too many fails, all others end well. */
static void test_chain(unsigned length, bool cycle)
{
    struct lab_thread t[MANY];
    uint32_t doors[MANY];
    struct lab_spec c = spec(MANY - 1, LOW, caller, 0);

    lab_begin(cycle ? "ipc.cycle_is_deadlock" : "ipc.chain_of_8_and_no_longer");
    forget();
    for (unsigned i = 0; i < length; i++) {
        doors[i] = lab_make(lab.pool, BH_ENDPOINT);
    }
    for (unsigned i = 0; i < length; i++) {
        uint64_t next = i + 1 < length ? doors[i + 1] : cycle ? doors[0] : 0;
        struct lab_spec s = spec(i, HIGH, chain_link, next | (uint64_t)i << 32);
        t[i] = lab_run(&s);
        lab_need("endpoint_bind", bh_endpoint_bind(doors[i], t[i].thread));
    }
    lab_sleep(5);
    c.arg = doors[0] | (uint64_t)(MANY - 1) << 32;
    t[length] = lab_run(&c);
    lab_expect(lab_wait_bits(BIT(0), PATIENCE), "no answer");
    lab_status("first call", seen.status[MANY - 1], BH_OK);
    for (unsigned i = 0; i < length; i++) {
        bool last = cycle ? i + 1 == length : i + 1 == BH_CHAIN_MAX;
        if (!cycle && i + 1 > BH_CHAIN_MAX) {
            lab_expect(seen.words[i][0] == 0, "call %u arrived", i + 1);
        } else {
            lab_status("a call of the chain", seen.status[i], last ? BH_DEADLOCK : BH_OK);
        }
    }
    end_all(t, length + 1);
    for (unsigned i = 0; i < length; i++) {
        drop_object(doors[i]);
    }
    lab_end();
}

/* ---- capabilities in messages ---- */

static uint32_t gift, gift_slot, back_slot;

/* Takes one capability, sends it back. */
static void taker(uint64_t arg)
{
    struct bh_message m = {{0}};
    struct bh_received r = {0};

    (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){.slot = arg});
    for (;;) {
        seen.cap = r.cap;
        (void)bh_reply_wait_with(BH_REPLY, &m, &r, (struct bh_wait){.send = r.cap ? arg : 0});
    }
}

static void giver(uint64_t arg)
{
    struct bh_message m = {{0}};
    bool received = false;

    seen.status[0] = bh_call_cap((uint32_t)arg, &m, gift, back_slot, &received);
    seen.words[0][0] = received;
    (void)bh_signal_send(sender[0]);
    rest();
}

static void gift_round(uint32_t door, uint64_t rights, bool take, enum bh_status want)
{
    struct lab_spec s = spec(0, HIGH, taker, take ? gift_slot : 0), c = spec(1, LOW, giver, 0);
    struct lab_thread t[2];
    uint32_t send = lab_derive(door, rights, 5);

    forget();
    t[0] = lab_run(&s);
    lab_need("endpoint_bind", bh_endpoint_bind(door, t[0].thread));
    c.arg = send;
    t[1] = lab_run(&c);
    lab_expect(lab_wait_bits(BIT(0), PATIENCE), "no answer");
    lab_status("call", seen.status[0], want);
    end_all(t, 2);
    lab_drop(send);
}

static void test_gifts(void)
{
    uint32_t door = lab_make(lab.pool, BH_ENDPOINT), object = lab_make(lab.pool, BH_SIGNAL);
    uint64_t what[3];

    gift = lab_derive(object, BH_SIGNAL_SEND, 9);
    gift_slot = lab_slot();
    back_slot = lab_slot();
    lab_begin("ipc.capability_there_and_back");
    gift_round(door, BH_ENDPOINT_SEND | BH_ENDPOINT_GRANT, true, BH_OK);
    lab_expect(seen.cap == 1 && seen.words[0][0] == 1, "arrived: %lu, came back: %lu",
               (unsigned long)seen.cap, (unsigned long)seen.words[0][0]);
    lab_status("cap_identify", bh_cap_identify(back_slot, what), BH_OK);
    lab_expect(what[0] == BH_SIGNAL && what[1] == BH_SIGNAL_SEND,
               "it is type %lu with rights 0x%lx", (unsigned long)what[0], (unsigned long)what[1]);
    lab_status("cap_revoke", bh_cap_revoke(gift), BH_OK);
    lab_status("after revoke", bh_cap_identify(back_slot, what), BH_NO_CAP);
    lab_status("after revoke", bh_cap_identify(gift_slot, what), BH_NO_CAP);
    lab_end();
    lab_begin("ipc.capability_without_grant");
    gift_round(door, BH_ENDPOINT_SEND, true, BH_NO_RIGHT);
    lab_expect(bh_cap_identify(gift_slot, what) == BH_NO_CAP, "it arrived all the same");
    lab_end();
    lab_begin("ipc.capability_without_slot");
    gift_round(door, BH_ENDPOINT_SEND | BH_ENDPOINT_GRANT, false, BH_NO_SLOT);
    lab_end();
    drop_object(door);
    drop_object(object);
    lab_drop(gift);
    lab_drop(gift_slot);
    lab_drop(back_slot);
}

/* ---- signals and deadlines ---- */

static void test_signals(void)
{
    struct bh_message m = {{0}};
    struct bh_received r = {0};
    uint64_t before;

    lab_begin("ipc.signals_collect_and_come_first");
    (void)bh_signal_send(sender[2]);
    (void)bh_signal_send(sender[3]);
    (void)bh_signal_send(sender[3]);
    lab_status("reply_wait", lab_wait(BH_WAIT_ONLY, &m, &r, PATIENCE), BH_OK);
    lab_expect(r.event == BH_EVENT_SIGNAL && m.w[0] == (BIT(2) | BIT(3)), "event %lu, bits 0x%lx",
               (unsigned long)r.event, (unsigned long)m.w[0]);
    lab_end();
    lab_begin("ipc.deadline_comes_and_not_early");
    before = counter_now();
    lab_status("reply_wait", lab_wait(BH_WAIT_ONLY, &m, &r, 10), BH_OK);
    lab_expect(r.event == BH_EVENT_DEADLINE, "event %lu", (unsigned long)r.event);
    lab_expect(counter_now() - before >= counter_frequency() / 100, "too early");
    lab_status("reply_wait",
               bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){.deadline = 1}), BH_OK);
    lab_expect(r.event == BH_EVENT_DEADLINE, "past deadline: event %lu", (unsigned long)r.event);
    lab_end();
    lab_begin("ipc.unbound_signal_is_down");
    lab_need("signal_bind", bh_signal_bind(lab.signal, 0));
    lab_status("signal_send", bh_signal_send(sender[2]), BH_DOWN);
    lab_need("signal_bind", bh_signal_bind(lab.signal, lab.thread));
    lab_end();
}

/* Marks when it runs, at a priority above the main thread's. */
static void urgent(uint64_t arg)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    (void)arg;
    for (;;) {
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
        note(7);
    }
}

static void test_preemption(void)
{
    struct lab_spec s = spec(0, ABOVE, urgent, 0);
    struct lab_thread t;
    uint32_t signal = lab_make(lab.pool, BH_SIGNAL);

    lab_begin("ipc.signal_preempts_at_once");
    forget();
    t = lab_run(&s);
    lab_need("signal_bind", bh_signal_bind(signal, t.thread));
    note(8);
    lab_status("signal_send", bh_signal_send(signal), BH_OK);
    note(9);
    lab_expect(seen.order[0] == 8 && seen.order[1] == 7 && seen.order[2] == 9, "order %lu %lu %lu",
               (unsigned long)seen.order[0], (unsigned long)seen.order[1],
               (unsigned long)seen.order[2]);
    lab_thread_end(t);
    drop_object(signal);
    lab_end();
}

/* Two of one priority take turns by slices, with no other help. */
static volatile uint64_t turns[2];

static void counter(uint64_t arg)
{
    for (;;) {
        turns[arg]++;
        cpu_pause();
    }
}

static void test_slices(void)
{
    struct lab_thread t[2];

    lab_begin("ipc.slices_share_time");
    for (unsigned i = 0; i < 2; i++) {
        struct lab_spec s = spec(i, LOW, counter, i);
        t[i] = lab_thread(&s);
        uint32_t sliced =
            lab_create(lab.pool, BH_BUDGET,
                       (uint64_t[]){lab.core, BH_BUDGET_ORDER(LOW, counter_frequency() / 1000), 0});
        lab_need("thread_budget", bh_thread_budget(t[i].thread, sliced));
        lab_need("object_destroy", bh_object_destroy(t[i].budget));
        lab_drop(t[i].budget);
        t[i].budget = sliced;
        lab_need("thread_resume", bh_thread_resume(t[i].thread));
    }
    for (unsigned i = 0; i < 1000 && !(turns[0] > 0 && turns[1] > 0); i++) {
        lab_sleep(10); /* a host that stands still may take slices with it */
    }
    lab_expect(turns[0] > 0 && turns[1] > 0, "turns %lu and %lu", (unsigned long)turns[0],
               (unsigned long)turns[1]);
    end_all(t, 2);
    lab_end();
}

void cell_main(const struct start_info *start)
{
    struct lab_account before;

    lab_open(start);
    for (unsigned i = 0; i < 8; i++) {
        sender[i] = lab_derive(lab.signal, BH_SIGNAL_SEND, BIT(i));
    }
    before = lab_account();
    test_call();
    test_donation();
    test_helping();
    test_ending("ipc.server_destroyed", END_DESTROY, BH_DOWN, false);
    test_ending("ipc.server_suspended", END_SUSPEND, BH_DOWN, false);
    test_ending("ipc.endpoint_destroyed_call_goes_on", END_ENDPOINT, BH_OK, false);
    test_ending("ipc.call_cancelled", END_CANCEL, BH_CANCELED, true);
    test_no_server();
    test_chain(10, false);
    test_chain(4, true);
    test_gifts();
    test_signals();
    test_preemption();
    test_slices();
    lab_begin("ipc.nothing_is_left_over");
    lab_expect(lab_account_same(before, lab_account()), "kernel memory or slots differ");
    lab_end();
    lab_done();
}
