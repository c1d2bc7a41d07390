/* SPDX-License-Identifier: Apache-2.0 */
/* The cells of inversion.dts: a server, those who keep it busy, one who keeps the core busy, and
 * one in a hurry. */
#include "cells/lib/call.h"
#include "cells/lib/start.h"
#include "tests/target/inversion.h"

static volatile struct inversion *shared;
static uint32_t server_cap;
static uint64_t place;
static volatile uint64_t total;

static void sleep_until(uint64_t when)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){0, 0, when});
}

/* When the round after the last one begins. */
static uint64_t next_round(uint64_t last)
{
    while (shared->start == last) {
        sleep_until(counter_now() + ticks(1000));
    }
    return shared->start;
}

static void serve(void)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    for (enum bh_action action = BH_WAIT_ONLY;; action = BH_REPLY) {
        (void)bh_reply_wait(action, &m, &r);
        work(m.w[0], &total);
    }
}

static void ask(uint64_t microseconds)
{
    struct bh_message m = {{microseconds}};

    (void)bh_call(server_cap, &m);
}

static void be_attacker(uint64_t start)
{
    sleep_until(start);
    ask(REQUEST_US);
    shared->calls[place]++;
}

static void be_low(uint64_t start)
{
    sleep_until(start);
    while (shared->answered == 0 && shared->start == start) {
        ask(REQUEST_US);
        shared->calls[place]++;
    }
}

static void be_medium(uint64_t start)
{
    sleep_until(shared->medium);
    while (shared->answered == 0 && shared->start == start) {
        work(10, &shared->ran);
    }
}

static void be_high(uint64_t start)
{
    (void)start;
    sleep_until(shared->medium + ticks(HIGH_US));
    shared->ran_asked = shared->ran;
    shared->asked = counter_now();
    ask(URGENT_US);
    shared->ran_answered = shared->ran;
    shared->answered = counter_now();
}

void cell_main(const struct start_info *start)
{
    static void (*const roles[])(uint64_t start) = {[INVERSION_ATTACKER] = be_attacker,
                                                    [INVERSION_LOW] = be_low,
                                                    [INVERSION_MEDIUM] = be_medium,
                                                    [INVERSION_HIGH] = be_high};
    uint64_t role = start_need_value(start, "role"), round = 0;

    if (role == INVERSION_SERVER) {
        serve();
    }
    place = start_need_value(start, "place");
    server_cap = start_need_cap(start, "server", BH_ENDPOINT);
    shared = (volatile struct inversion *)(uintptr_t)start_need_memory(start, "inversion",
                                                                       BH_MAP_READ | BH_MAP_WRITE)
                 ->address;
    for (;;) {
        round = next_round(round);
        roles[role](round);
    }
}
