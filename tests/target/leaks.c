/* SPDX-License-Identifier: Apache-2.0 */
/* What is left in registers: after every kind of call, message, fault, preemption and change of FP
 * owner, every register of both sides holds what is documented, zero, or its own old value. */
#include "tests/target/lab/probe.h"
#include "tests/target/lab/registers.h"

#define LOW        20
#define MIDDLE     30
#define ABOVE      60
#define PATIENCE   5000 /* ms */
#define BIT(n)     (UINT64_C(1) << (n))
#define ROUNDS     4
#define FIRST_KEPT 19 /* x19..x30 survive a call */
#define BADGE      0x77
#define FP_ROUNDS  300
#define FP_THREADS 3

enum who { CALLER = 0xa, SERVER = 0xb, FAULTER = 0xc, SPINNER = 0xd };

static uint8_t stacks[6][LAB_STACK] __attribute__((aligned(16)));
static uint32_t to_main[4];

/* ---- what a register may hold ---- */

static uint64_t mark(enum who who, unsigned i)
{
    return (uint64_t)who << 60 | UINT64_C(0x0ea7000000000000) | i * UINT64_C(0x0101010101);
}

static void mark_all(enum who who, uint64_t x[LAB_REGISTERS])
{
    for (unsigned i = 0; i < LAB_REGISTERS; i++) {
        x[i] = mark(who, i);
    }
}

/* Results in x0..x(count - 1); of everything else below x19 the old value or zero, above the old
 * one. */
struct result {
    const uint64_t *words;
    unsigned count;
    bool message; /* x9..x11 are results as well */
};

static void expect_registers(const char *what, const uint64_t in[], const uint64_t out[],
                             const struct result *result)
{
    for (unsigned i = 0; i < LAB_REGISTERS; i++) {
        bool good = out[i] == in[i] || (i < FIRST_KEPT && out[i] == 0);
        good = good || (i < result->count && out[i] == result->words[i]);
        good = good || (i == 8 && out[i] < BH_STATUS_COUNT);
        good = good || (i >= 9 && i <= 11 && result->message && out[i] < 0x100);
        lab_expect(good, "%s: x%u is 0x%lx, was 0x%lx", what, i, (unsigned long)out[i],
                   (unsigned long)in[i]);
    }
}

/* ---- calls that are not messages ---- */

static const struct row {
    uint64_t number;
    const char *name;
} rows[] = {
#define CALL(number, name, types, rights, argc, args, resc, results, doc) {number, #name},
#include "abi/calls.def"
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct
try {
    const char *name;
    uint64_t number, cap;
    uint64_t args[6];
};

static void try_call(const struct try *try, const struct result *result, enum bh_status want)
{
    uint64_t in[LAB_REGISTERS], out[LAB_REGISTERS];

    mark_all(CALLER, in);
    for (unsigned i = 0; i < 6; i++) {
        in[i] = try->args[i] != 0 ? try->args[i] : in[i];
    }
    in[8] = try->number;
    in[9] = try->cap;
    if (try->number == BH_CALL_call || try->number == BH_CALL_reply_wait) {
        in[10] = in[11] = in[12] = 0;
    }
    lab_registers_call(in, out);
    expect_registers(try->name, in, out, result);
    lab_expect(want == BH_STATUS_COUNT || out[8] == want, "%s: status %lu", try->name,
               (unsigned long)out[8]);
}

static void test_refused(void)
{
    static const struct result none = {NULL, 0, false};
    const uint32_t door = lab_derive(lab.door, 0, 0), signal = lab_derive(lab.signal, 0, 0);
    const uint32_t caps[] = {0, lab.pool, lab.self, lab.thread, door, signal, 1u << 20};

    lab_begin("leaks.refused_calls");
    for (unsigned i = 0; i < ROWS; i++) {
        for (unsigned k = 0; k < sizeof(caps) / sizeof(caps[0]); k++) {
            struct try try = {rows[i].name, rows[i].number, caps[k], {0}};
            bool harmless = rows[i].number > BH_CALL_cap_delete;
            if (harmless && rows[i].number != BH_CALL_cap_revoke &&
                rows[i].number != BH_CALL_pool_info && rows[i].number != BH_CALL_cell_info &&
                rows[i].number != BH_CALL_cap_identify) {
                try_call(&try, &none, BH_STATUS_COUNT);
            }
        }
    }
    for (uint64_t number = 0; number < 256; number += 5) {
        struct try try = {"a call without capability", number | 0x1000, 0, {0}};
        try_call(&try, &none, BH_BAD_CALL);
    }
    lab_drop(door);
    lab_drop(signal);
    lab_end();
}

static void test_failed_messages(void)
{
    static const struct result none = {NULL, 0, false};
    uint32_t unserved = lab_make(lab.pool, BH_ENDPOINT);
    const struct try deadlock = {"call of oneself", BH_CALL_call, lab.door, {0}};
    const struct try down = {"call without server", BH_CALL_call, unserved, {0}};
    const struct try answer = {"reply without caller", BH_CALL_reply_wait, BH_REPLY, {0}};

    lab_begin("leaks.messages_that_fail");
    try_call(&deadlock, &none, BH_DEADLOCK);
    try_call(&down, &none, BH_DOWN);
    try_call(&answer, &none, BH_NO_CALLER);
    lab_need("object_destroy", bh_object_destroy(unserved));
    lab_drop(unserved);
    lab_end();
}

static void try_info(const char *name, uint64_t number, uint32_t cap, unsigned count)
{
    struct try try = {name, number, cap, {0}};
    uint64_t words[6] = {0};
    struct result result = {words, count, false};

    lab_need(name, number == BH_CALL_pool_info     ? bh_pool_info(cap, words)
                   : number == BH_CALL_cell_info   ? bh_cell_info(cap, words)
                   : number == BH_CALL_memory_info ? bh_memory_info(cap, words)
                                                   : bh_cap_identify(cap, words));
    try_call(&try, &result, BH_OK);
}

static void test_done(uint32_t memory)
{
    static const struct result none = {NULL, 0, false};
    uint32_t slot = lab_slot();
    const struct try tries[] = {
        {"yield", BH_CALL_yield, 0, {0}},
        {"signal_send", BH_CALL_signal_send, to_main[0], {0}},
        {"memory_map", BH_CALL_memory_map, 0, {memory, 0x30000000, BH_MAP_READ}},
        {"memory_unmap", BH_CALL_memory_unmap, 0, {memory}},
        {"memory_clean", BH_CALL_memory_clean, memory, {BH_ZERO, 0x1000}},
        {"pool_create of a pool", BH_CALL_pool_create, lab.pool, {BH_POOL, slot, 4096}},
    };

    lab_begin("leaks.calls_that_succeed");
    try_info("pool_info", BH_CALL_pool_info, lab.pool, 4);
    try_info("cell_info", BH_CALL_cell_info, lab.self, 6);
    try_info("memory_info", BH_CALL_memory_info, memory, 4);
    try_info("cap_identify", BH_CALL_cap_identify, lab.pool, 3);
    for (unsigned i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        bool unused_zero = tries[i].number == BH_CALL_pool_create;
        try_call(&tries[i], &none, unused_zero ? BH_STATUS_COUNT : BH_OK);
    }
    lab_end();
    lab_drop(slot);
}

/* ---- messages ---- */

static volatile struct {
    uint64_t in[LAB_REGISTERS], out[LAB_REGISTERS];
    uint32_t count;
} server_saw[ROUNDS], caller_saw[ROUNDS];

static uint64_t first_deadline;

static void copy(volatile uint64_t *to, const uint64_t *from)
{
    for (unsigned i = 0; i < LAB_REGISTERS; i++) {
        to[i] = from[i];
    }
}

/* Waits and answers with every register marked, and writes down what it found in them. */
static void server(uint64_t arg)
{
    uint64_t in[LAB_REGISTERS], out[LAB_REGISTERS];

    (void)arg;
    out[10] = BH_EVENT_SIGNAL;
    for (unsigned round = 0; round <= ROUNDS; round++) {
        mark_all(SERVER, in);
        in[8] = BH_CALL_reply_wait;
        in[9] = out[10] == BH_EVENT_MESSAGE ? BH_REPLY : BH_WAIT_ONLY;
        in[10] = in[11] = in[12] = 0;
        in[12] = round == 0 ? first_deadline : 0;
        lab_registers_call(in, out);
        if (round < ROUNDS) {
            copy(server_saw[round].in, in);
            copy(server_saw[round].out, out);
            server_saw[round].count = round + 1;
        }
    }
    cell_break();
}

static void caller(uint64_t door)
{
    uint64_t in[LAB_REGISTERS], out[LAB_REGISTERS];

    for (unsigned round = 0; round < ROUNDS - 1; round++) {
        mark_all(CALLER, in);
        in[8] = BH_CALL_call;
        in[9] = door;
        in[10] = in[11] = 0;
        lab_registers_call(in, out);
        copy(caller_saw[round].in, in);
        copy(caller_saw[round].out, out);
        caller_saw[round].count = round + 1;
    }
    (void)bh_signal_send(to_main[1]);
    (void)bh_reply_wait(BH_WAIT_ONLY, &(struct bh_message){{0}}, &(struct bh_received){0});
}

static void expect_saw(const char *what, const volatile uint64_t *in, const volatile uint64_t *out,
                       const uint64_t words[BH_MESSAGE_WORDS])
{
    struct result result = {words, BH_MESSAGE_WORDS, true};
    uint64_t before[LAB_REGISTERS], after[LAB_REGISTERS];

    for (unsigned i = 0; i < LAB_REGISTERS; i++) {
        before[i] = in[i];
        after[i] = out[i];
    }
    for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
        lab_expect(after[i] == words[i], "%s: word %u is 0x%lx", what, i, (unsigned long)after[i]);
    }
    expect_registers(what, before, after, &result);
}

/* The server in a cell of its own; its first event is of another kind, then three calls. */
static void run_messages(const struct lab_probe *home, bool by_signal)
{
    struct lab_spec s = {.pool = home->pool,
                         .cell = home->cell,
                         .priority = MIDDLE,
                         .entry = server,
                         .stack = stacks[0]};
    struct lab_spec c = {
        .pool = lab.pool, .cell = lab.self, .priority = LOW, .entry = caller, .stack = stacks[1]};
    uint32_t door = lab_make(lab.pool, BH_ENDPOINT),
             badged = lab_derive(door, BH_ENDPOINT_SEND, BADGE);
    uint32_t signal = lab_make(lab.pool, BH_SIGNAL);
    struct lab_thread threads[2];

    first_deadline = by_signal ? 0 : counter_after(2);
    threads[0] = lab_run(&s);
    lab_need("endpoint_bind", bh_endpoint_bind(door, threads[0].thread));
    lab_need("signal_bind", bh_signal_bind(signal, threads[0].thread));
    lab_sleep(1);
    if (by_signal) {
        lab_need("signal_send", bh_signal_send(signal));
    }
    lab_sleep(4);
    c.arg = badged;
    threads[1] = lab_run(&c);
    lab_expect(lab_wait_bits(BIT(1), PATIENCE), "no answers");
    lab_thread_end(threads[0]);
    lab_thread_end(threads[1]);
    lab_need("object_destroy", bh_object_destroy(door));
    lab_need("object_destroy", bh_object_destroy(signal));
    lab_drop(door);
    lab_drop(badged);
    lab_drop(signal);
}

static void test_messages(const struct lab_probe *home, bool by_signal)
{
    uint64_t sent[BH_MESSAGE_WORDS], answered[BH_MESSAGE_WORDS],
        event[BH_MESSAGE_WORDS] = {by_signal};

    lab_begin(by_signal ? "leaks.signal_and_calls" : "leaks.deadline_and_calls");
    run_messages(home, by_signal);
    for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
        sent[i] = mark(CALLER, i);
        answered[i] = mark(SERVER, i);
    }
    expect_saw("first event", server_saw[0].in, server_saw[0].out, event);
    lab_expect(server_saw[0].out[10] == (by_signal ? BH_EVENT_SIGNAL : BH_EVENT_DEADLINE),
               "event %lu", (unsigned long)server_saw[0].out[10]);
    for (unsigned round = 0; round < ROUNDS - 1; round++) {
        lab_expect(caller_saw[round].count == round + 1, "call %u did not come back", round);
        expect_saw("server", server_saw[round + 1].in, server_saw[round + 1].out, sent);
        expect_saw("caller", caller_saw[round].in, caller_saw[round].out, answered);
        lab_expect(server_saw[round + 1].out[9] == BADGE, "badge");
        lab_expect(caller_saw[round].out[8] == BH_OK, "status");
    }
    lab_end();
}

/* ---- faults ---- */

static volatile uint64_t fault_in[LAB_REGISTERS], fault_out[LAB_REGISTERS];

static void faulter(uint64_t arg)
{
    uint64_t in[LAB_REGISTERS], out[LAB_REGISTERS];

    (void)arg;
    mark_all(FAULTER, in);
    lab_registers_break(in, out);
    copy(fault_in, in);
    copy(fault_out, out);
}

static void test_fault(struct lab_probe *home)
{
    uint64_t in[LAB_REGISTERS], out[LAB_REGISTERS];
    struct result result = {out, BH_MESSAGE_WORDS, true}; /* the words: memory_of_others.c */

    lab_begin("leaks.fault_and_resume");
    lab_restart(home->thread, faulter, 0, home->stack);
    lab_need("thread_resume", bh_thread_resume(home->thread.thread));
    mark_all(CALLER, in);
    in[8] = BH_CALL_reply_wait;
    in[9] = BH_WAIT_ONLY;
    in[10] = in[11] = 0;
    in[12] = counter_after(PATIENCE);
    lab_registers_call(in, out);
    lab_expect(out[10] == BH_EVENT_FAULT && out[0] == BH_FAULT_BREAK, "event %lu",
               (unsigned long)out[10]);
    expect_registers("handler", in, out, &result);
    lab_expect(out[6] == mark(FAULTER, 30), "lr of the fault is 0x%lx", (unsigned long)out[6]);
    lab_need("thread_write", bh_thread_write(home->thread.thread, BH_REG_PC, out[4] + 4));
    (void)lab_probe_wait(BH_RESUME, PATIENCE); /* it returns to nowhere */
    for (unsigned i = 0; i < LAB_REGISTERS; i++) {
        lab_expect(fault_out[i] == fault_in[i] && fault_in[i] != 0, "x%u was 0x%lx, is 0x%lx", i,
                   (unsigned long)fault_in[i], (unsigned long)fault_out[i]);
    }
    (void)bh_thread_suspend(home->thread.thread);
    lab_end();
}

/* ---- preemption ---- */

static volatile uint64_t storms;

static void storm(uint64_t arg)
{
    uint64_t state = arg;

    for (;;) {
        uint64_t in[LAB_REGISTERS], out[LAB_REGISTERS];
        mark_all(SERVER, in);
        in[8] = BH_CALL_reply_wait;
        in[9] = in[10] = in[11] = 0;
        in[12] = counter_now() + 500 + lab_random(&state) % 3000;
        lab_registers_call(in, out);
        storms++;
    }
}

static void spinner(uint64_t who)
{
    uint64_t in[LAB_REGISTERS], out[LAB_REGISTERS];

    for (unsigned i = 0; i < LAB_REGISTERS; i++) {
        in[i] = mark(SPINNER, i) + (who << 48);
    }
    lab_registers_spin(in, out);
}

static void expect_spinner(uint32_t thread, uint64_t who)
{
    for (unsigned i = 0; i < LAB_REGISTERS; i++) {
        uint64_t x[6];
        lab_need("thread_read", bh_thread_read(thread, i, x));
        lab_expect(x[0] == mark(SPINNER, i) + (who << 48), "thread %lu: x%u is 0x%lx",
                   (unsigned long)who, i, (unsigned long)x[0]);
    }
}

/* Let it come to where it spins. */
static void settle(uint32_t thread)
{
    const uint32_t branch_to_itself = 0x14000000;
    uint64_t x[6] = {0};

    for (unsigned tries = 0; tries < PATIENCE; tries++) {
        lab_sleep(1);
        lab_need("thread_suspend", bh_thread_suspend(thread));
        lab_need("thread_read", bh_thread_read(thread, BH_REG_PC, x));
        lab_need("thread_resume", bh_thread_resume(thread));
        if (*(const volatile uint32_t *)x[0] == branch_to_itself) {
            return;
        }
    }
    lab_expect(false, "it never spins, pc 0x%lx", (unsigned long)x[0]);
}

static void settle_both(const struct lab_thread threads[2])
{
    settle(threads[1].thread);
    lab_need("thread_suspend", bh_thread_suspend(threads[1].thread)); /* now the lower one */
    settle(threads[0].thread);
    lab_need("thread_resume", bh_thread_resume(threads[1].thread));
}

static void test_preemption(void)
{
    struct lab_spec s = {.pool = lab.pool,
                         .cell = lab.self,
                         .priority = ABOVE,
                         .entry = storm,
                         .arg = 7,
                         .stack = stacks[0]};
    struct lab_thread stormer, threads[2];
    uint64_t before;

    lab_begin("leaks.preemption");
    stormer = lab_run(&s);
    for (unsigned i = 0; i < 2; i++) {
        struct lab_spec t = {.pool = lab.pool,
                             .cell = lab.self,
                             .priority = LOW + i,
                             .entry = spinner,
                             .arg = i,
                             .stack = stacks[1 + i]};
        threads[i] = lab_run(&t);
    }
    settle_both(threads);
    before = storms;
    for (unsigned round = 0; round < 20 || (storms - before < 20 && round < PATIENCE); round++) {
        lab_sleep(2);
        lab_need("thread_suspend", bh_thread_suspend(threads[1].thread)); /* now the lower one */
        lab_sleep(2);
        lab_need("thread_suspend", bh_thread_suspend(threads[0].thread));
        expect_spinner(threads[0].thread, 0);
        expect_spinner(threads[1].thread, 1);
        lab_need("thread_resume", bh_thread_resume(threads[0].thread));
        lab_need("thread_resume", bh_thread_resume(threads[1].thread));
    }
    lab_expect(storms - before >= 20, "only %lu interruptions", (unsigned long)(storms - before));
    lab_thread_end(stormer);
    lab_thread_end(threads[0]);
    lab_thread_end(threads[1]);
    lab_end();
}

/* ---- FP ---- */

static volatile struct {
    uint64_t first; /* everything that a new thread found in its FP registers, or-ed */
    uint64_t rounds, wrong;
} fp_seen[FP_THREADS];

static void fp_worker(uint64_t who)
{
    uint64_t words[LAB_FP_WORDS];
    uint64_t pattern = (who + 1) * UINT64_C(0x1111000000400000);

    lab_fp_read(words);
    for (unsigned i = 0; i < LAB_FP_WORDS; i++) {
        fp_seen[who].first |= words[i];
    }
    lab_fp_fill(pattern);
    for (unsigned round = 0; round < FP_ROUNDS; round++) {
        (void)bh_yield(0);
        lab_fp_read(words);
        for (unsigned i = 0; i < 64; i++) {
            fp_seen[who].wrong += words[i] != pattern + i / 2;
        }
        fp_seen[who].wrong += words[64] != (pattern & 0x1f) || words[65] != (pattern & 0xc00000);
        fp_seen[who].rounds++;
    }
    (void)bh_signal_send(to_main[who]);
    (void)bh_reply_wait(BH_WAIT_ONLY, &(struct bh_message){{0}}, &(struct bh_received){0});
}

/* They are done, or it has taken too long: then the expectations say so. */
static void fp_wait(unsigned threads, uint64_t rounds)
{
    for (unsigned who = 0; who < threads; who++) {
        for (unsigned tries = 0; fp_seen[who].rounds < rounds && tries < PATIENCE; tries++) {
            lab_sleep(1);
        }
    }
}

static void fp_life(const struct lab_probe *home)
{
    struct lab_thread threads[FP_THREADS];

    for (unsigned i = 0; i < FP_THREADS; i++) {
        struct lab_spec t = {.pool = i == 0 ? home->pool : lab.pool,
                             .cell = i == 0 ? home->cell : lab.self,
                             .priority = LOW,
                             .flags = BH_THREAD_FP,
                             .entry = fp_worker,
                             .arg = i,
                             .stack = stacks[i]};
        fp_seen[i].first = fp_seen[i].rounds = fp_seen[i].wrong = 0;
        threads[i] = lab_run(&t);
    }
    fp_wait(FP_THREADS, FP_ROUNDS);
    for (unsigned i = 0; i < FP_THREADS; i++) {
        lab_expect(fp_seen[i].first == 0, "thread %u found 0x%lx", i,
                   (unsigned long)fp_seen[i].first);
        lab_expect(fp_seen[i].rounds == FP_ROUNDS && fp_seen[i].wrong == 0,
                   "thread %u: %lu wrong in %lu rounds", i, (unsigned long)fp_seen[i].wrong,
                   (unsigned long)fp_seen[i].rounds);
        lab_thread_end(threads[i]);
    }
}

/* A thread that is set anew finds nothing of its former life either. */
static void fp_again(void)
{
    struct lab_spec t = {.pool = lab.pool,
                         .cell = lab.self,
                         .priority = LOW,
                         .flags = BH_THREAD_FP,
                         .entry = fp_worker,
                         .stack = stacks[0]};
    struct lab_thread thread;

    fp_seen[0].rounds = 0;
    thread = lab_run(&t);
    fp_wait(1, 1);
    fp_seen[0].first = fp_seen[0].rounds = 0;
    lab_need("thread_suspend", bh_thread_suspend(thread.thread));
    lab_restart(thread, fp_worker, 0, stacks[0]);
    lab_need("thread_resume", bh_thread_resume(thread.thread));
    fp_wait(1, 1);
    lab_expect(fp_seen[0].rounds > 0 && fp_seen[0].first == 0, "after thread_set: 0x%lx",
               (unsigned long)fp_seen[0].first);
    lab_thread_end(thread);
}

static void test_fp(const struct lab_probe *home)
{
    lab_begin("leaks.fp_registers");
    for (unsigned life = 0; life < 5; life++) {
        fp_life(home);
    }
    fp_again();
    lab_end();
}

void cell_main(const struct start_info *start)
{
    static struct lab_probe home;

    lab_open(start);
    for (unsigned i = 0; i < 4; i++) {
        to_main[i] = lab_derive(lab.signal, BH_SIGNAL_SEND, BIT(i));
    }
    lab_probe_open(&home, 0);
    test_refused();
    test_failed_messages();
    test_done(lab_ram(0x2000));
    test_messages(&home, false);
    test_messages(&home, true);
    test_fault(&home);
    test_preemption();
    test_fp(&home);
    lab_done();
}
