/* SPDX-License-Identifier: Apache-2.0 */
/* What a message costs with more cores up, what messages and signals cost from core to core, and a
 * signal that nobody more urgent waits for. Not between readings of the counter: cores sleep. */
#include "tests/bench/mark.h"
#include "tests/target/lab/lab.h"

#define FEW      64
#define ON       3 /* core_power */
#define BELOW    20
#define PARTNER  60
#define TELL     31   /* a slot in a cell of 32 */
#define PATIENCE 1000 /* ms of guest time */

enum { NEAR, FAR, FAR_WAITER, LOW_WAITER, STACKS };
static uint8_t stacks[STACKS][LAB_STACK] __attribute__((aligned(16)));
static uint32_t cores[LAB_CORES];

/* Sends every message back as it came. Marks of what the caller did not begin, or does not end,
 * count nothing. */
static void echo(uint64_t arg)
{
    struct bh_message m = {{0}};
    struct bh_received r;
    enum bh_action action = BH_WAIT_ONLY;

    (void)arg;
    for (;;) {
        MARK_BEGINS(MARK_FAR_REPLY);
        (void)bh_reply_wait(action, &m, &r);
        MARK_ENDS(MARK_FAR_CALL);
        action = BH_REPLY;
    }
}

/* Tells the lab of each signal that it has. */
static void waiter(uint64_t tell)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    for (;;) {
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
        MARK_ENDS(MARK_FAR_TAKE);
        (void)bh_signal_send((uint32_t)tell);
    }
}

/* A thread in a cell of its own, which can tell the lab. */
static uint32_t start(unsigned which, unsigned core, uint64_t priority, void (*entry)(uint64_t))
{
    struct lab_spec spec = {.pool = lab.pool, .priority = priority, .entry = entry, .home = core};

    spec.cell = lab_cell(lab.pool, 32, false);
    spec.arg = TELL;
    spec.stack = stacks[which];
    lab_need("cap_derive", bh_cap_derive(lab.signal, spec.cell, TELL, BH_SIGNAL_SEND, 1));
    spec.home_cap = cores[core];
    return lab_run(&spec).thread;
}

static uint32_t start_echo(unsigned which, unsigned core)
{
    uint32_t door = lab_make(lab.pool, BH_ENDPOINT);

    lab_need("endpoint_bind", bh_endpoint_bind(door, start(which, core, PARTNER, echo)));
    return door;
}

static uint32_t start_waiter(unsigned which, unsigned core, uint64_t priority)
{
    uint32_t signal = lab_make(lab.pool, BH_SIGNAL);

    lab_need("signal_bind", bh_signal_bind(signal, start(which, core, priority, waiter)));
    lab_sleep(1);
    return signal;
}

#define ROUNDS(name, begins, ends)           \
    static void name(uint32_t door)          \
    {                                        \
        struct bh_message m = {{0}};         \
                                             \
        for (unsigned i = 0; i < FEW; i++) { \
            MARK_BEGINS(begins);             \
            (void)bh_call(door, &m);         \
            MARK_ENDS(ends);                 \
        }                                    \
    }

/* Each is answered before the next. */
#define SIGNALS(name, mark)                                                           \
    static void name(uint32_t signal)                                                 \
    {                                                                                 \
        for (unsigned i = 0; i < FEW; i++) {                                          \
            MARK_BEGINS(mark);                                                        \
            (void)bh_signal_send(signal);                                             \
            MARK_ENDS(mark);                                                          \
            lab_expect(lab_wait_bits(1, PATIENCE), #name ": no answer, round %u", i); \
        }                                                                             \
    }

ROUNDS(rounds_2, MARK_ROUND_2_CORES, MARK_ROUND_2_CORES)
ROUNDS(rounds_4, MARK_ROUND_4_CORES, MARK_ROUND_4_CORES)
ROUNDS(rounds_far, MARK_FAR_CALL, MARK_FAR_REPLY)
SIGNALS(signals_far, MARK_FAR_SIGNAL)
SIGNALS(signals_below, MARK_SIGNAL_BELOW)

void cell_main(const struct start_info *start_info)
{
    uint32_t near;

    lab_open(start_info);
    lab_begin("bench.cores");
    if (lab_cores(cores) != 4) {
        lab_need("four cores", BH_BAD_ARG);
    }
    near = start_echo(NEAR, 0);
    lab_need("core_power", bh_core_power(cores[1], ON));
    rounds_2(near);
    rounds_far(start_echo(FAR, 1));
    signals_far(start_waiter(FAR_WAITER, 1, PARTNER));
    signals_below(start_waiter(LOW_WAITER, 0, BELOW));
    lab_need("core_power", bh_core_power(cores[2], ON));
    lab_need("core_power", bh_core_power(cores[3], ON));
    rounds_4(near);
    lab_end();
    lab_done();
}
