/* SPDX-License-Identifier: Apache-2.0 */
/* All that runs on core 1 moves onto core 0, core 1 goes off and comes back,
 * and everything moves home, again and again. Meanwhile two VMs (guests/crowd/circle.c) stop if an
 * interrupt or a wake-up is lost, and count those that come twice; the RTOS on core 2 says what it
 * missed. */
#include "cells/lib/channel.h"
#include "cells/lib/move.h"
#include "cells/lib/statistics.h"
#include "guests/crowd/circle.h"
#include "cells/lib/status_name.h"
#include "tests/target/lab/lab.h"

#define VMS      2
#define OFF      2
#define ON       3
#define AWAY     1 /* the core that goes */
#define STAY     0
#define THREADS  9
#define TURNS    3    /* of each VM in each place */
#define PATIENCE 120u /* seconds of guest time without a turn */
#define NAP      5000 /* a second has so many */

static struct {
    const char *beat, *poke, *circle;
    uint64_t bits;
    uint32_t signal;
    const struct circle *page;
} vms[VMS] = {{.beat = "beat-two", .poke = "poke-two", .circle = "circle-two"},
              {.beat = "beat-four", .poke = "poke-four", .circle = "circle-four"}};

static struct channel channel;
static struct statistics rtos;
static struct move move;
static uint32_t core;
static unsigned tries;

/* False, and the test has failed, if it is not so. */
static bool expect(bool good, const char *what, uint64_t number)
{
    if (!good) {
        print("FAIL pack: %s (%lu)\n", what, (unsigned long)number);
    }
    return good;
}

static bool expect_status(const char *what, enum bh_status status, enum bh_status wanted)
{
    if (status != wanted) {
        print("FAIL pack: %s: %s, not %s\n", what, status_name(status), status_name(wanted));
    }
    return status == wanted;
}

/* Who waits for a signal is answered, for a while: another one each time, so that threads are moved
 * at any point of what they do. */
static void rest(void)
{
    static uint64_t random = 88172645463325252;
    uint64_t end = counter_now() + lab_random(&random) % (counter_frequency() / NAP);
    struct bh_message m = {{0}};
    struct bh_received r = {0};

    do {
        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){.deadline = end});
        for (unsigned i = 0; i < VMS && r.event == BH_EVENT_SIGNAL; i++) {
            if ((m.w[0] & vms[i].bits) != 0) {
                expect_status("poke", bh_signal_send(vms[i].signal), BH_OK);
            }
        }
    } while (r.event != BH_EVENT_DEADLINE);
    while (channel_receive(&channel, &rtos) == CHANNEL_OK) {
    }
}

/* Until it is true; false: it took too long. */
#define rest_until(condition)                                           \
    ({                                                                  \
        uint64_t end_ = counter_now() + PATIENCE * counter_frequency(); \
        bool true_ = (condition);                                       \
        while (!true_ && counter_now() < end_) {                        \
            rest();                                                     \
            true_ = (condition);                                        \
        }                                                               \
        true_;                                                          \
    })

static bool packed(void)
{
    rest();
    tries++;
    return move_pack(&move, AWAY, STAY) == 0;
}

static bool unpacked(void)
{
    rest();
    tries++;
    return move_unpack(&move, AWAY) == 0;
}

static bool power(uint64_t operation)
{
    enum bh_status status = BH_BUSY;

    return rest_until((status = bh_core_power(core, operation)) != BH_BUSY) &&
           expect_status("core_power", status, BH_OK);
}

/* Both VMs go all their ways a few times. */
static bool turn(const char *where)
{
    bool all = true;

    for (unsigned i = 0; i < VMS; i++) {
        uint64_t before = vms[i].page->rounds;
        all = expect(rest_until(vms[i].page->rounds >= before + TURNS), where, i) && all;
        all =
            expect(vms[i].page->wrong == 0,
                   "something came twice, or a register is not what it was", vms[i].page->wrong) &&
            all;
    }
    return all;
}

static bool round_trip(unsigned round)
{
    return turn("a VM stands still") && expect(rest_until(packed()), "not packed", round) &&
           power(OFF) && turn("a VM stands still, packed") && power(ON) &&
           expect(rest_until(unpacked()), "not unpacked", round);
}

static void test_pack(unsigned rounds)
{
    unsigned round = 0;

    while (round < rounds && round_trip(round)) {
        round++;
    }
    bool good = turn("a VM stands still at last") && round == rounds;
    print("%u round trips of %u threads, %u attempts; %lu and %lu turns\n", round, move.count,
          tries, (unsigned long)vms[0].page->rounds, (unsigned long)vms[1].page->rounds);
    if (good) {
        print("PASS pack.nothing_is_lost\n");
    }
}

/* judged: time passes as fast as instructions do. */
static void test_rtos(const struct statistics *before, bool judged)
{
    bool good = expect(rest_until(rtos.periods > before->periods), "the RTOS stands still", 0);

    print("the RTOS: %lu periods of %lu ns, %lu missed, at most %lu ns late\n",
          (unsigned long)(rtos.periods - before->periods), (unsigned long)rtos.period,
          (unsigned long)(rtos.misses - before->misses), (unsigned long)rtos.max);
    if (good &&
        expect(!judged || rtos.misses == before->misses, "periods are missed", rtos.misses)) {
        print("PASS pack.rtos_%s\n", judged ? "misses_no_period" : "goes_on");
    }
}

/* What cannot be asked for. */
static void test_refused(void)
{
    bool good = expect(move.count == THREADS, "so many threads may move", move.count);

    good = expect_status("no time there", move_thread(&move.threads[0], 2), BH_NO_RIGHT) && good;
    good = expect_status("no core", move_thread(&move.threads[0], MOVE_CORES), BH_NO_RIGHT) && good;
    good = expect_status("off with threads", bh_core_power(core, OFF), BH_BUSY) && good;
    if (good) {
        print("PASS pack.refused\n");
    }
}

static void find_vms(const struct start_info *start)
{
    for (unsigned i = 0; i < VMS; i++) {
        vms[i].bits = start_need_value(start, vms[i].beat);
        vms[i].signal = start_need_cap(start, vms[i].poke, BH_SIGNAL);
        vms[i].page =
            (const void *)(uintptr_t)start_need_memory(start, vms[i].circle, BH_MAP_READ)->address;
    }
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *memory =
        start_need_memory(start, "stats", BH_MAP_READ | BH_MAP_WRITE);

    core = start_need_cap(start, "core-1", BH_CORE);
    if (!channel_attach(&channel, (void *)(uintptr_t)memory->address, memory->size,
                        (unsigned)start_need_value(start, "stats-side"))) {
        print_stop("the memory 'stats' is too small for a channel");
    }
    find_vms(start);
    move_open(&move, start);
    test_refused();
    (void)turn("a VM stands still at first");
    struct statistics before = rtos;
    test_pack((unsigned)start_need_value(start, "rounds"));
    test_rtos(&before, start_find_value(start, "any-time") == NULL);
    print("DONE\n");
}
