/* SPDX-License-Identifier: Apache-2.0 */
/* A driver cell dies in many ways and is there again each time: its clients go on, its memory is as
 * new, its interrupt fires, its channel works, a neighbour computes on, and nothing is lost. */
#include "cells/lib/channel.h"
#include "cells/lib/status_name.h"
#include "tests/target/lab/lab.h"
#include "tests/target/restart_driver.h"

#define PATIENCE 3000 /* waits of a millisecond, while all others run */

static uint32_t driver;   /* of higher priority than this cell */
static uint32_t low;      /* of lower priority */
static uint32_t believer; /* wakes the driver's end of the channel */
static struct channel channel;
static const volatile uint64_t *rounds; /* of the neighbour */

static enum bh_status ask(uint32_t door, enum driver_operation operation, uint64_t argument,
                          struct bh_message *m)
{
    *m = (struct bh_message){{operation, argument}};
    return bh_call(door, m);
}

/* Until it answers again. */
static enum bh_status ask_again(uint32_t door, struct bh_message *m)
{
    enum bh_status status = ask(door, DRIVER_READ, 0, m);

    for (unsigned i = 0; status == BH_DOWN && i < PATIENCE; i++) {
        lab_sleep(1);
        status = ask(door, DRIVER_READ, 0, m);
    }
    return status;
}

static void expect_new(uint32_t door)
{
    struct bh_message m;

    lab_status("the call after the restart", ask_again(door, &m), BH_OK);
    lab_expect(m.w[DRIVER_DATA] == DRIVER_DATA_NEW, "its data is 0x%lx",
               (unsigned long)m.w[DRIVER_DATA]);
    lab_expect(m.w[DRIVER_CALLS] == 1, "it has counted %lu calls",
               (unsigned long)m.w[DRIVER_CALLS]);
    lab_expect(m.w[DRIVER_HEAP] == 1, "its memory is not cleared: %lu",
               (unsigned long)m.w[DRIVER_HEAP]);
    lab_expect(m.w[DRIVER_INTERRUPTS] == 0, "it has had %lu interrupts",
               (unsigned long)m.w[DRIVER_INTERRUPTS]);
}

static void expect_interrupt(void)
{
    struct bh_message m = {{0}};

    lab_status("raise", ask(driver, DRIVER_INTERRUPT, 0, &m), BH_OK);
    for (unsigned i = 0; i < PATIENCE && m.w[DRIVER_INTERRUPTS] == 0; i++) {
        lab_sleep(1);
        lab_status("read", ask(driver, DRIVER_READ, 0, &m), BH_OK);
    }
    lab_expect(m.w[DRIVER_INTERRUPTS] == 1, "it had %lu interrupts, not 1",
               (unsigned long)m.w[DRIVER_INTERRUPTS]);
}

static enum channel_status send(uint64_t first, uint64_t second)
{
    uint64_t entry[CHANNEL_ENTRY / sizeof(uint64_t)] = {first, second};
    enum channel_status status = channel_send(&channel, entry);

    for (unsigned i = 0; i < PATIENCE && status == CHANNEL_DOWN; i++) {
        (void)bh_signal_send(believer);
        lab_sleep(1);
        status = channel_send(&channel, entry);
    }
    (void)bh_signal_send(believer);
    return status;
}

static void expect_channel(uint64_t word)
{
    uint64_t entry[CHANNEL_ENTRY / sizeof(uint64_t)] = {0};
    enum channel_status status = send(word, 0);

    lab_expect(status == CHANNEL_OK, "sending: %d", (int)status);
    for (unsigned i = 0; i < PATIENCE && entry[0] == 0; i++) {
        (void)channel_receive(&channel, entry);
        lab_sleep(entry[0] == 0 ? 1 : 0);
    }
    lab_expect(entry[0] == word, "the channel gave 0x%lx", (unsigned long)entry[0]);
}

static void expect_neighbour(void)
{
    uint64_t before = *rounds;

    for (unsigned i = 0; i < PATIENCE && *rounds < before + 2; i++) {
        lab_sleep(1);
    }
    lab_expect(*rounds >= before + 2, "the neighbour does not compute on");
}

/* Everything that a client of the restarted driver can see. */
static void expect_all(struct lab_account before, uint64_t word)
{
    struct lab_account after;

    expect_new(driver);
    expect_interrupt();
    expect_channel(word);
    expect_neighbour();
    after = lab_account();
    lab_expect(lab_account_same(before, after), "VMIDs %lu then %lu, slots %lu then %lu",
               (unsigned long)before.vmids, (unsigned long)after.vmids, (unsigned long)before.slots,
               (unsigned long)after.slots);
}

static void test_crashes(void)
{
    static const char *const names[CRASH_COUNT] = {
        [CRASH_POINTER] = "bad pointer",      [CRASH_CODE] = "write into its code",
        [CRASH_STACK] = "stack overflow",     [CRASH_JUMP] = "jump into data",
        [CRASH_UNDEFINED] = "no instruction", [CRASH_INTERRUPT] = "fault in an interrupt",
    };

    for (unsigned kind = 0; kind < CRASH_COUNT; kind++) {
        struct lab_account before = lab_account();
        enum bh_status wanted = kind == CRASH_INTERRUPT ? BH_OK : BH_DOWN;
        struct bh_message m;

        lab_begin(names[kind]);
        lab_status("the call that kills it", ask(driver, DRIVER_CRASH, kind, &m), wanted);
        if (kind == CRASH_INTERRUPT) {
            (void)ask(driver, DRIVER_INTERRUPT, 0, &m);
            lab_sleep(10);
        }
        expect_all(before, 100 + kind);
        lab_end();
    }
}

static void test_believed(void)
{
    struct lab_account before = lab_account();

    lab_begin("a pointer in the channel");
    (void)send(DRIVER_BELIEVE, 0x7000000000);
    lab_sleep(10);
    expect_all(before, 200);
    lab_end();
}

static void test_garbage(void)
{
    struct lab_account before = lab_account();

    lab_begin("garbage in the channel");
    atomic_store_explicit(&channel.mine->head, 0x80000000, memory_order_release);
    (void)bh_signal_send(believer);
    lab_sleep(10);
    expect_all(before, 300);
    lab_end();
}

/* Its repair is at its own expense: as long as this cell does not wait, it does not get on. */
static void test_priority(void)
{
    struct bh_message m;

    lab_begin("a repair at the cell's own priority");
    lab_status("read", ask(low, DRIVER_READ, 0, &m), BH_OK);
    lab_status("the call that kills it", ask(low, DRIVER_CRASH, CRASH_POINTER, &m), BH_DOWN);
    for (unsigned i = 0; i < 1000; i++) {
        lab_status("a call meanwhile", ask(low, DRIVER_READ, 0, &m), BH_DOWN);
    }
    expect_new(low);
    lab_status("the call that kills the other", ask(driver, DRIVER_CRASH, CRASH_POINTER, &m),
               BH_DOWN);
    lab_status("the next one", ask(driver, DRIVER_READ, 0, &m), BH_OK);
    lab_end();
}

/* Who is in repair at a low priority is helped by whoever faults meanwhile. */
static void test_help(void)
{
    struct bh_message m;

    lab_begin("two repairs at once");
    lab_status("the call that kills the low one", ask(low, DRIVER_CRASH, CRASH_POINTER, &m),
               BH_DOWN);
    lab_status("the call that kills the other", ask(driver, DRIVER_CRASH, CRASH_STACK, &m),
               BH_DOWN);
    lab_status("the low one's next", ask(low, DRIVER_READ, 0, &m), BH_OK);
    lab_status("the other's next", ask(driver, DRIVER_READ, 0, &m), BH_OK);
    lab_end();
}

/* A cell that dies as soon as it starts is given up. */
static void test_hopeless(uint32_t hopeless)
{
    struct bh_message m = {{0}};

    lab_begin("one that is given up");
    lab_sleep(100); /* it has a higher priority: in this time it has died eleven times */
    lab_status("its server", bh_call(hopeless, &m), BH_DOWN);
    lab_end();
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *memory = start_need_memory(start, "channel", BH_MAP_WRITE);

    lab_open(start);
    driver = start_need_cap(start, "driver", BH_ENDPOINT);
    low = start_need_cap(start, "low", BH_ENDPOINT);
    believer = start_need_cap(start, "channel", BH_SIGNAL);
    rounds = (const volatile uint64_t *)(uintptr_t)start_need_memory(start, "rounds", BH_MAP_READ)
                 ->address;
    (void)channel_attach(&channel, (void *)(uintptr_t)memory->address, memory->size,
                         (unsigned)start_need_value(start, "channel-side"));
    test_crashes();
    test_believed();
    test_garbage();
    test_priority();
    test_help();
    test_hopeless(start_need_cap(start, "hopeless", BH_ENDPOINT));
    lab_done();
}
