/* SPDX-License-Identifier: Apache-2.0 */
/* A driver of a higher priority that loops for ever uses up its budget, and no more; then it is
 * built again. A neighbour of a lower priority computes on all the time. */
#include "tests/target/lab/lab.h"
#include "tests/target/restart_driver.h"

#define LOOPS    3
#define PATIENCE 3000 /* waits of a millisecond, while all others run */

static const volatile uint64_t *rounds; /* of the neighbour */

static enum bh_status ask(uint32_t door, enum driver_operation operation, uint64_t argument,
                          struct bh_message *m)
{
    *m = (struct bh_message){{operation, argument}};
    return bh_call(door, m);
}

/* The one that is built again has counted no call but this. A call that finds the old one, looping,
 * helps it until it is ended, and is told DOWN. */
static void expect_new(uint32_t door)
{
    struct bh_message m;
    enum bh_status status = ask(door, DRIVER_READ, 0, &m);

    for (unsigned i = 0; i < PATIENCE && status == BH_DOWN; i++) {
        lab_sleep(1);
        status = ask(door, DRIVER_READ, 0, &m);
    }
    lab_status("the call afterwards", status, BH_OK);
    lab_expect(m.w[DRIVER_CALLS] == 1, "it has counted %lu calls",
               (unsigned long)m.w[DRIVER_CALLS]);
}

static void test_loop(uint32_t door, unsigned number)
{
    uint64_t before = *rounds;
    struct bh_message m;

    lab_begin("an endless loop");
    lab_status("arm", ask(door, DRIVER_CRASH, CRASH_LOOP, &m), BH_OK);
    lab_status("raise", ask(door, DRIVER_INTERRUPT, 0, &m), BH_OK);
    for (unsigned i = 0; i < PATIENCE && *rounds < before + 2; i++) {
        lab_sleep(1);
    }
    lab_expect(*rounds >= before + 2, "the neighbour does not compute on (loop %u)", number);
    lab_sleep(30); /* three periods */
    expect_new(door);
    lab_end();
}

void cell_main(const struct start_info *start)
{
    uint32_t door = start_need_cap(start, "driver", BH_ENDPOINT);

    lab_open(start);
    rounds = (const volatile uint64_t *)(uintptr_t)start_need_memory(start, "rounds", BH_MAP_READ)
                 ->address;
    for (unsigned i = 0; i < LOOPS; i++) {
        test_loop(door, i);
    }
    lab_done();
}
