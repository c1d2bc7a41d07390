/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the cores' power: on and off by capability, again and again, and what is refused. */
#include "tests/target/lab/lab.h"

#define OFF      2
#define ON       3
#define ROUNDS   50
#define VISITS   50
#define PATIENCE 100000000u /* looks; firmware has so long to obey */

static uint32_t cores[LAB_CORES];
static unsigned count;

/* The operation, made again while the core is still on its way. */
static enum bh_status power(uint32_t core, uint64_t operation)
{
    enum bh_status status = BH_BUSY;

    for (unsigned i = 0; i < PATIENCE && status == BH_BUSY; i++) {
        status = bh_core_power(core, operation);
        cpu_pause();
    }
    return status;
}

static void test_refused(void)
{
    lab_begin("cores.refused");
    lab_status("an operation that there is not", bh_core_power(lab.core, 4), BH_BAD_ARG);
    lab_status("core 0 on", bh_core_power(lab.core, ON), BH_OK);
    lab_status("core 0 off", bh_core_power(lab.core, OFF), BH_BAD_ARG);
    lab_end();
}

/* Nothing can be made on a core that is off. */
static void test_off(void)
{
    uint32_t slot = lab_slot();

    lab_begin("cores.off_at_first");
    for (unsigned i = 1; i < count; i++) {
        lab_status("off", bh_core_power(cores[i], OFF), BH_BUSY);
        lab_status("a thread there", bh_pool_create(lab.pool, BH_THREAD, slot, lab.self, 0, i),
                   BH_DOWN);
    }
    lab_end();
    lab_drop(slot);
}

/* One after the other, then all at once. */
static void test_power(void)
{
    lab_begin("cores.on_and_off");
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 1; i < count; i++) {
            lab_status("on", power(cores[i], ON), BH_OK);
            lab_status("on once more", bh_core_power(cores[i], ON), BH_OK);
            if (round % 2 == 0) {
                lab_status("off", power(cores[i], OFF), BH_OK);
            }
        }
        for (unsigned i = 1; i < count && round % 2 != 0; i++) {
            lab_status("off", power(cores[i], OFF), BH_OK);
        }
    }
    lab_end();
}

static uint8_t stack[LAB_STACK] __attribute__((aligned(16)));

/* On another core: one signal back, then nothing. */
static void visitor(uint64_t signal)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    (void)bh_signal_send((uint32_t)signal);
    for (;;) {
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    }
}

/* A core with a thread stays on; without, it goes; and so again. */
static void test_visitor(void)
{
    uint32_t signal = lab_derive(lab.signal, BH_SIGNAL_SEND, 1);
    struct lab_account before;

    lab_begin("cores.off_when_nobody_is_at_home");
    before = lab_account();
    for (unsigned i = 0; i < VISITS && count > 1; i++) {
        unsigned core = 1 + i % (count - 1);
        struct lab_spec spec = {.pool = lab.pool,
                                .cell = lab.self,
                                .priority = 10,
                                .entry = visitor,
                                .arg = signal,
                                .stack = stack,
                                .home = core,
                                .home_cap = cores[core]};
        lab_status("on", power(cores[core], ON), BH_OK);
        struct lab_thread thread = lab_run(&spec);
        lab_expect(lab_wait_bits(1, 60000), "no signal from core %u", core);
        lab_status("off with a thread", bh_core_power(cores[core], OFF), BH_BUSY);
        lab_thread_end(thread);
        lab_status("off", power(cores[core], OFF), BH_OK);
    }
    lab_expect(lab_account_same(before, lab_account()), "kernel memory or slots differ");
    lab_end();
    lab_drop(signal);
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    count = lab_cores(cores);
    print("%u cores\n", count);
    test_refused();
    test_off();
    test_power();
    test_visitor();
    lab_done();
}
