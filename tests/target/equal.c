/* SPDX-License-Identifier: Apache-2.0 */
/* Random calls of threads in two cells, each with every register set, and a digest of all that came
 * back. Nothing in it depends on time: a kernel whose calls all take the ordinary path must say the
 * same (test_equal.py). */
#include "tests/target/lab/lab.h"
#include "tests/target/lab/registers.h"

#define WORKERS    14
#define SERVERS    10 /* the first ones: more than a chain of calls may have */
#define ROUNDS     10000
#define SAY_EVERY  250
#define PRIORITY   60 /* and above: main goes on when all of them wait */
#define SLOTS      80
#define FIRST_SLOT 16
#define FIRST_KEPT 18
#define FAR        (UINT64_C(1) << 62)
#define PAST       1
#define DEEP       0xdee9 /* a call that its server passes on to the next one */
#define NO_CALL    61
#define BRK_2      0xd4200040u

/* What every cell has, in this order. */
enum {
    DOOR,
    DOOR_END = DOOR + SERVERS,
    BADGED = DOOR_END,
    BADGED_END = BADGED + SERVERS,
    SIGNALS = BADGED_END,
    SIGNALS_END = SIGNALS + WORKERS,
    WRONG = SIGNALS_END,
    WRONG_END = WRONG + 4
};

static uint8_t stacks[WORKERS][LAB_STACK] __attribute__((aligned(16)));
static uint32_t caps[2][WRONG_END]; /* by cell */
static struct lab_thread workers[WORKERS];
static uint64_t digest, calls, changed, fp_wrong;

static void mix(uint64_t value)
{
    digest = (digest ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    digest ^= digest >> 29;
}

/* Results as they are; what a call loses may be its own or 0. */
static void look(uint64_t who, const uint64_t in[], const uint64_t out[])
{
    bool message = in[8] == BH_CALL_call || in[8] == BH_CALL_reply_wait;
    mix(who << 8 | in[8]);
    for (unsigned i = 0; i < FIRST_KEPT; i++) {
        bool result = i <= 8 || (message && i <= 11);
        mix(!result && out[i] == in[i] ? 0 : out[i]);
    }
    for (unsigned i = FIRST_KEPT; i < LAB_REGISTERS; i++) {
        changed += out[i] != in[i];
    }
    calls++;
}

static uint64_t make_call(uint64_t who, uint64_t in[LAB_REGISTERS], uint64_t out[LAB_REGISTERS])
{
    lab_registers_call(in, out);
    look(who, in, out);
    return out[8];
}

static void fill(uint64_t *state, uint64_t x[LAB_REGISTERS])
{
    for (unsigned i = 0; i < LAB_REGISTERS; i++) {
        x[i] = lab_random(state);
    }
}

static bool seldom(uint64_t *state, unsigned times)
{
    return lab_random(state) % times == 0;
}

static uint64_t any_cap(uint64_t who, uint64_t *state, unsigned first, unsigned end)
{
    if (seldom(state, 10)) {
        first = DOOR;
        end = WRONG_END;
    }
    return caps[who % 2][first + lab_random(state) % (end - first)];
}

/* One call that is no wait. */
static void any_call(uint64_t who, uint64_t *state)
{
    uint64_t in[LAB_REGISTERS], out[LAB_REGISTERS];

    fill(state, in);
    switch (lab_random(state) % 8) {
    case 0:
    case 1:
    case 2:
        in[8] = BH_CALL_call;
        in[9] = who + 1 < SERVERS && !seldom(state, 4) ? caps[who % 2][BADGED + who + 1]
                                                       : any_cap(who, state, DOOR, BADGED_END);
        in[0] = seldom(state, 8) ? DEEP : in[0];
        in[10] = seldom(state, 20) ? any_cap(who, state, DOOR, WRONG_END) : 0;
        in[11] = seldom(state, 20) ? SLOTS - 1 : 0;
        break;
    case 3:
    case 4:
    case 5:
        in[8] = BH_CALL_signal_send;
        in[9] = any_cap(who, state, SIGNALS, SIGNALS_END);
        break;
    case 6:
        in[8] = BH_CALL_yield;
        break;
    default:
        in[8] = NO_CALL + lab_random(state) % 8;
        break;
    }
    (void)make_call(who, in, out);
}

static void pass_on(uint64_t who, uint64_t *state)
{
    uint64_t in[LAB_REGISTERS], out[LAB_REGISTERS];

    fill(state, in);
    in[0] = DEEP;
    in[8] = BH_CALL_call;
    in[9] = caps[who % 2][DOOR + (who + 1) % SERVERS];
    in[10] = in[11] = 0;
    (void)make_call(who, in, out);
}

/* Odd ones use FP. */
static void any_fp(uint64_t who, uint64_t pattern)
{
    uint64_t words[LAB_FP_WORDS];

    lab_fp_read(words);
    fp_wrong += words[0] != pattern || words[62] != pattern + 31;
    lab_fp_fill(pattern);
    mix(who);
}

/* The handler stops the thread; when main lets it go on, it is behind the instruction. */
static void fault(uint64_t who, uint64_t *state)
{
    uint64_t in[LAB_REGISTERS], out[LAB_REGISTERS];

    fill(state, in);
    lab_registers_break(in, out);
    mix(who);
    for (unsigned i = 0; i < LAB_REGISTERS; i++) {
        changed += out[i] != in[i];
    }
}

/* What the event asks for; the answer of the last one, if there was none because of NO_CALLER. */
static enum bh_action owed(const uint64_t out[], enum bh_action before)
{
    if (out[8] != BH_OK) {
        return out[8] == BH_NO_CALLER ? BH_WAIT_ONLY : before;
    }
    return out[10] == BH_EVENT_MESSAGE ? BH_REPLY
           : out[10] == BH_EVENT_FAULT ? BH_STOP
                                       : BH_WAIT_ONLY;
}

static enum bh_action any_wait(uint64_t who, uint64_t *state, enum bh_action owes, uint64_t *word)
{
    uint64_t in[LAB_REGISTERS], out[LAB_REGISTERS];

    fill(state, in);
    in[8] = BH_CALL_reply_wait;
    in[9] = seldom(state, 20) ? lab_random(state) % 8 : owes;
    in[10] = seldom(state, 30) ? any_cap(who, state, DOOR, WRONG_END) : 0;
    in[11] = seldom(state, 30) ? lab_random(state) % SLOTS : 0;
    in[12] = seldom(state, 3) ? FAR : seldom(state, 20) ? PAST : 0;
    (void)make_call(who, in, out);
    *word = out[0];
    return owed(out, owes);
}

static void any_work(uint64_t who, uint64_t *state, uint64_t pattern)
{
    any_call(who, state);
    if (seldom(state, 40)) {
        fault(who, state);
    }
    if (who % 2 && seldom(state, 2)) {
        any_fp(who, pattern);
    }
}

static void worker(uint64_t who)
{
    uint64_t state = 0x5eed + who * 77, pattern = (who + 1) << 40, word = 0;
    enum bh_action owes = BH_WAIT_ONLY;

    if (who % 2) {
        lab_fp_fill(pattern);
    }
    for (;;) {
        owes = any_wait(who, &state, owes, &word);
        if (owes == BH_REPLY && word == DEEP) {
            pass_on(who, &state);
        }
        for (uint64_t i = lab_random(&state) % 3; i > 0; i--) {
            any_work(who, &state, pattern);
        }
    }
}

/* ---- what main does when all wait ---- */

static void look_at(uint32_t thread)
{
    uint64_t x[6];

    for (unsigned i = FIRST_KEPT; i < BH_REG_PSR; i++) {
        lab_need("thread_read", bh_thread_read(thread, i, x));
        mix(x[0]);
    }
}

/* Only a suspended thread can be written. */
static void go_on(uint32_t thread)
{
    uint64_t x[6];

    if (bh_thread_read(thread, BH_REG_PC, x) == BH_OK && *(const uint32_t *)x[0] == BRK_2) {
        lab_need("thread_write", bh_thread_write(thread, BH_REG_PC, x[0] + 4));
    }
    lab_need("thread_resume", bh_thread_resume(thread));
}

static void turn(uint64_t *state)
{
    uint64_t who = lab_random(state) % WORKERS;
    uint32_t thread = workers[who].thread;

    switch (lab_random(state) % 16) {
    case 0:
        lab_need("thread_suspend", bh_thread_suspend(thread));
        look_at(thread);
        break;
    case 1:
    case 2:
    case 3:
        any_call(WORKERS, state);
        break;
    default:
        go_on(thread);
        mix(bh_signal_send(caps[0][SIGNALS + who]));
        break;
    }
}

/* ---- set-up ---- */

static void give(unsigned to, unsigned n, uint32_t cell, uint32_t cap, uint64_t rights,
                 uint64_t badge)
{
    caps[to][n] = to == 0 ? lab_slot() : FIRST_SLOT + n;
    lab_need("cap_derive", bh_cap_derive(cap, to == 0 ? 0 : cell, caps[to][n], rights, badge));
}

static void give_all(uint32_t cell, const uint32_t doors[], const uint32_t signals[])
{
    for (unsigned to = 0; to < 2; to++) {
        for (unsigned i = 0; i < SERVERS; i++) {
            give(to, DOOR + i, cell, doors[i], BH_ENDPOINT_SEND, 0);
            give(to, BADGED + i, cell, doors[i], BH_ENDPOINT_SEND | BH_ENDPOINT_GRANT, 0xbad0 + i);
        }
        for (unsigned i = 0; i < WORKERS; i++) {
            give(to, SIGNALS + i, cell, signals[i], BH_SIGNAL_SEND,
                 i % 2 ? UINT64_C(1) << (i + 20 * to) : 0);
        }
        give(to, WRONG, cell, doors[0], BH_ENDPOINT_MINT, 0);
        give(to, WRONG + 1, cell, lab.pool, BH_POOL_INFO, 0);
        caps[to][WRONG + 2] = 0;
        caps[to][WRONG + 3] = 1u << 20;
    }
}

static void set_up(void)
{
    uint32_t doors[SERVERS], signals[WORKERS], pool = lab_child_pool(0x40000);
    uint32_t cell = lab_cell(pool, SLOTS, false);

    for (unsigned i = 0; i < WORKERS; i++) {
        struct lab_spec spec = {.pool = i % 2 ? pool : lab.pool,
                                .cell = i % 2 ? cell : lab.self,
                                .priority = PRIORITY + i * 3 % 5,
                                .flags = i % 2 ? BH_THREAD_FP : 0,
                                .entry = worker,
                                .arg = i,
                                .stack = stacks[i]};
        workers[i] = lab_thread(&spec);
        signals[i] = lab_make(lab.pool, BH_SIGNAL);
        lab_need("signal_bind", bh_signal_bind(signals[i], workers[i].thread));
        if (i < SERVERS) {
            doors[i] = lab_make(lab.pool, BH_ENDPOINT);
            lab_need("endpoint_bind", bh_endpoint_bind(doors[i], workers[i].thread));
        }
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        lab_need("thread_handler", bh_thread_handler(workers[i].thread, doors[(i + 3) % SERVERS]));
    }
    give_all(cell, doors, signals);
    for (unsigned i = 0; i < WORKERS; i++) {
        lab_need("thread_resume", bh_thread_resume(workers[i].thread));
    }
}

void cell_main(const struct start_info *start)
{
    uint64_t state = 0x1234567;

    lab_open(start);
    lab_begin("equal.registers_kept");
    set_up();
    for (unsigned round = 1; round <= ROUNDS; round++) {
        turn(&state);
        if (round % SAY_EVERY == 0) {
            print("EQUAL %u rounds, %lu calls: 0x%lx\n", round, (unsigned long)calls,
                  (unsigned long)digest);
        }
    }
    lab_expect(changed == 0, "%lu registers that calls keep have changed", (unsigned long)changed);
    lab_expect(fp_wrong == 0, "%lu FP registers were not their owner's", (unsigned long)fp_wrong);
    lab_end();
    lab_done();
}
