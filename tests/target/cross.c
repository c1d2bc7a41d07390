/* SPDX-License-Identifier: Apache-2.0 */
/* Tests across cores: messages, signals, faults, kernel calls, moving house and ends between the
 * first core and every other one, all of which run at the same time. */
#include "tests/target/lab/lab.h"

#define ON       3
#define CALLS    3000
#define PINGS    3000
#define MOVES    200
#define STOPS    300
#define LIVES    100
#define LOW      30
#define HIGH     60
#define PATIENCE 60000 /* ms of guest time */
#define POOL     0x10000

static uint8_t stacks[LAB_CORES][2][LAB_STACK] __attribute__((aligned(16)));
static uint32_t cores[LAB_CORES];
static unsigned count;

static struct far {
    uint32_t thread, budget, door, signal; /* signal: to the far thread */
    volatile uint64_t served, rounds;
} far[LAB_CORES];

static void find_cores(void)
{
    count = lab_cores(cores);
    for (unsigned i = 1; i < count; i++) {
        lab_need("core_power", bh_core_power(cores[i], ON));
    }
}

/* Answers with the words turned round; signals go back to the lab. */
static void serve(uint64_t index)
{
    struct bh_message m = {{0}};
    struct bh_received r = {0};
    enum bh_action action = BH_WAIT_ONLY;
    for (;;) {
        if (bh_reply_wait(action, &m, &r) != BH_OK) {
            action = BH_WAIT_ONLY;
            continue;
        }
        if (r.event == BH_EVENT_MESSAGE) {
            for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
                m.w[i] = ~m.w[i];
            }
            far[index].served++;
            action = BH_REPLY;
        } else {
            (void)bh_signal_send(lab.signal);
            action = BH_WAIT_ONLY;
        }
    }
}

static uint32_t make(uint32_t pool, enum bh_type type, uint64_t a, uint64_t b, uint64_t c)
{
    uint32_t slot = lab_slot();
    lab_need("pool_create", bh_pool_create(pool, type, slot, a, b, c));
    return slot;
}

/* A thread whose home is a core, with a budget of that core, running. */
static void start(struct far *f, uint32_t pool, unsigned core, void (*entry)(uint64_t))
{
    f->budget = make(pool, BH_BUDGET, cores[core], LOW, 0);
    f->thread = make(pool, BH_THREAD, lab.self, 0, core);
    uint64_t sp = (uint64_t)(uintptr_t)stacks[core][0] + LAB_STACK;
    lab_need("thread_set", bh_thread_set(f->thread, (uint64_t)(uintptr_t)entry, sp, core));
    lab_need("thread_budget", bh_thread_budget(f->thread, f->budget));
    lab_need("thread_resume", bh_thread_resume(f->thread));
}

static void test_calls(void)
{
    lab_begin("cross.calls");
    for (unsigned i = 0; i < CALLS; i++) {
        for (unsigned c = 1; c < count; c++) {
            struct bh_message m = {{i, c, i * c, 3, 4, 5, 6, 7}};
            lab_status("call", bh_call(far[c].door, &m), BH_OK);
            lab_expect(m.w[0] == ~(uint64_t)i && m.w[7] == ~UINT64_C(7), "other words came back");
        }
    }
    for (unsigned c = 1; c < count; c++) {
        lab_expect(far[c].served == CALLS, "core %u served %lu", c, far[c].served);
    }
    lab_end();
}

static void test_signals(void)
{
    lab_begin("cross.signals");
    for (unsigned i = 0; i < PINGS; i++) {
        unsigned c = 1 + i % (count - 1);
        lab_status("signal_send", bh_signal_send(far[c].signal), BH_OK);
        if (!lab_expect(lab_wait_bits(1, PATIENCE), "no signal came back, round %u", i)) {
            break;
        }
    }
    lab_end();
}

/* From core to core and back, while somebody of this core calls it. */
static void caller(uint64_t index)
{
    for (;;) {
        struct bh_message m = {{1}};
        enum bh_status status = bh_call(far[index].door, &m);
        if (status == BH_OK && m.w[0] == ~UINT64_C(1)) {
            far[index].rounds++;
        } else if (status != BH_CANCELED && status != BH_DOWN) {
            far[0].served = 1 + status;
        }
    }
}

static void test_moves(void)
{
    uint32_t near = lab_budget(lab.pool, LOW);
    struct lab_spec spec = {lab.pool, lab.self, LOW, 0, 0, caller, 1, stacks[1][1], 0, 0};
    struct lab_thread client = lab_run(&spec);

    lab_begin("cross.moves");
    for (unsigned i = 0; i < MOVES; i++) {
        uint32_t budget = i % 2 == 0 ? near : far[1].budget;
        enum bh_status status = BH_BUSY;
        for (unsigned k = 0; k < PATIENCE && status == BH_BUSY; k++) {
            status = bh_thread_budget(far[1].thread, budget);
            if (status == BH_BUSY) {
                lab_sleep(1);
            }
        }
        lab_status("thread_budget", status, BH_OK);
        uint64_t before = far[1].rounds;
        for (unsigned k = 0; k < PATIENCE && far[1].rounds == before; k++) {
            lab_sleep(1);
        }
        lab_expect(far[1].rounds != before, "no call after move %u", i);
    }
    lab_expect(far[0].served == 0, "a call failed with status %lu", far[0].served - 1);
    lab_end();
    lab_thread_end(client);
    lab_drop(near);
}

/* Stopped, read and let go on from here, wherever it is. */
static void test_stops(void)
{
    lab_begin("cross.stops");
    for (unsigned i = 0; i < STOPS; i++) {
        unsigned c = 1 + i % (count - 1);
        uint64_t r[6];
        lab_status("suspend", bh_thread_suspend(far[c].thread), BH_OK);
        lab_status("read", bh_thread_read(far[c].thread, BH_REG_SP, r), BH_OK);
        struct bh_message m = {{1}};
        lab_status("call", bh_call(far[c].door, &m), BH_DOWN);
        lab_status("resume", bh_thread_resume(far[c].thread), BH_OK);
        lab_status("call", bh_call(far[c].door, &m), BH_OK);
    }
    lab_end();
}

/* Threads of the other cores call each other's servers, and are killed with all that they have. */
static void busy(uint64_t index)
{
    for (;;) {
        for (unsigned c = 1; c < count; c++) {
            struct bh_message m = {{1}};
            (void)bh_call(far[c].door, &m);
            (void)bh_signal_send(far[c].signal);
            far[index].rounds++;
        }
    }
}

static void test_lives(void)
{
    static struct far lives[LAB_CORES];
    struct lab_account before = lab_account();

    lab_begin("cross.lives");
    for (unsigned i = 0; i < LIVES; i++) {
        uint32_t pool = lab_child_pool(POOL);
        for (unsigned c = 1; c < count; c++) {
            lives[c].budget = make(pool, BH_BUDGET, cores[c], LOW + 5, 0);
            lives[c].thread = make(pool, BH_THREAD, lab.self, 0, c);
            uint64_t sp = (uint64_t)(uintptr_t)stacks[c][1] + LAB_STACK;
            (void)bh_thread_set(lives[c].thread, (uint64_t)(uintptr_t)busy, sp, c);
            (void)bh_thread_budget(lives[c].thread, lives[c].budget);
            lab_status("resume", bh_thread_resume(lives[c].thread), BH_OK);
        }
        lab_sleep(i % 4);
        lab_status("destroy", bh_object_destroy(pool), BH_OK);
        for (unsigned c = 1; c < count; c++) {
            lab_drop(lives[c].thread);
            lab_drop(lives[c].budget);
        }
        lab_drop(pool);
        (void)lab_wait_bits(1, 1);
    }
    lab_expect(lab_account_same(before, lab_account()), "something is left");
    lab_end();
}

/* A fault on another core is handled here. */
static void crash(uint64_t index)
{
    *(volatile uint64_t *)(uintptr_t)(0x30000000 + index * 8) = index;
    for (;;) {
        far[index].rounds++;
    }
}

static void test_faults(void)
{
    struct bh_message m = {{0}};
    struct bh_received r = {0};

    lab_begin("cross.faults");
    for (unsigned c = 1; c < count; c++) {
        uint32_t budget = make(lab.pool, BH_BUDGET, cores[c], LOW + 5, 0);
        uint32_t thread = make(lab.pool, BH_THREAD, lab.self, 0, c);
        uint64_t sp = (uint64_t)(uintptr_t)stacks[c][1] + LAB_STACK;
        (void)bh_thread_set(thread, (uint64_t)(uintptr_t)crash, sp, c);
        (void)bh_thread_budget(thread, budget);
        lab_status("handler", bh_thread_handler(thread, lab.door), BH_OK);
        (void)bh_thread_resume(thread);
        lab_status("wait", lab_wait(BH_WAIT_ONLY, &m, &r, PATIENCE), BH_OK);
        lab_expect(r.event == BH_EVENT_FAULT && m.w[2] == 0x30000000 + c * 8,
                   "event %lu, address 0x%lx", r.event, m.w[2]);
        lab_status("wait", lab_wait(BH_STOP, &m, &r, 5), BH_OK);
        lab_status("destroy", bh_object_destroy(thread), BH_OK);
        lab_status("destroy", bh_object_destroy(budget), BH_OK);
        lab_drop(thread);
        lab_drop(budget);
    }
    lab_end();
}

void cell_main(const struct start_info *info)
{
    lab_open(info);
    find_cores();
    print("%u cores\n", count);
    for (unsigned c = 1; c < count; c++) {
        start(&far[c], lab.pool, c, serve);
        far[c].door = lab_make(lab.pool, BH_ENDPOINT);
        far[c].signal = lab_make(lab.pool, BH_SIGNAL);
        lab_need("endpoint_bind", bh_endpoint_bind(far[c].door, far[c].thread));
        lab_need("signal_bind", bh_signal_bind(far[c].signal, far[c].thread));
    }
    test_calls();
    test_signals();
    test_faults();
    test_stops();
    test_moves();
    test_lives();
    lab_done();
}
