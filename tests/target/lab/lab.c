/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what the description gives a test program, how its slots are shared out, how results are
 * printed. */
#include "tests/target/lab/lab.h"

#include "cells/lib/format.h"
#include "cells/lib/status_name.h"

#define SLOTS_MAX 1024u
#define WHY_MAX   160

struct lab lab;

static const char *test_name;
static bool test_failed;
static char test_why[WHY_MAX];
static bool slot_taken[SLOTS_MAX];
static uint32_t slot_first, slot_end;
static uint64_t bits_kept; /* bits that came while nobody asked for them */

/* ---- results ---- */

/* What an earlier test left in the inbox does not count. */
static void drain(void)
{
    struct bh_message m = {{0}};
    struct bh_received r = {0};

    do {
        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){.deadline = 1});
    } while (r.event == BH_EVENT_SIGNAL);
    bits_kept = 0;
}

void lab_begin(const char *name)
{
    test_name = name;
    test_failed = false;
    drain();
}

bool lab_expect(bool good, const char *why, ...)
{
    if (!good && !test_failed) {
        va_list list;
        va_start(list, why);
        format_list(test_why, sizeof(test_why), why, list);
        va_end(list);
        test_failed = true;
    }
    return good;
}

void lab_end(void)
{
    if (test_failed) {
        print("FAIL %s: %s\n", test_name, test_why);
    } else {
        print("PASS %s\n", test_name);
    }
}

void lab_done(void)
{
    print("DONE\n");
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    }
}

bool lab_status(const char *what, enum bh_status got, enum bh_status want)
{
    return lab_expect(got == want, "%s: %s, not %s", what, status_name(got), status_name(want));
}

void lab_need(const char *what, enum bh_status status)
{
    if (status != BH_OK) {
        print_stop("FAIL %s: set-up: %s: %s", test_name == NULL ? "set-up" : test_name, what,
                   status_name(status));
    }
}

/* ---- slots ---- */

uint32_t lab_slot(void)
{
    for (uint32_t i = slot_first; i < slot_end; i++) {
        if (!slot_taken[i]) {
            slot_taken[i] = true;
            return i;
        }
    }
    print_stop("FAIL %s: set-up: no slot is left", test_name);
}

void lab_drop(uint32_t slot)
{
    enum bh_status status = bh_cap_delete(0, slot);

    lab_expect(status == BH_OK || status == BH_NO_CAP, "cap_delete of slot %u: %s", slot,
               status_name(status));
    slot_taken[slot] = false;
}

/* ---- the beginning ---- */

void lab_open(const struct start_info *start)
{
    static const uint64_t none[3];

    lab.start = start;
    lab.pool = start_need_cap(start, "pool", BH_POOL);
    lab.self = start_need_cap(start, "self", BH_CELL);
    lab.thread = start_need_cap(start, "thread", BH_THREAD);
    lab.core = start_need_cap(start, "core", BH_CORE);
    slot_first = (uint32_t)start_need_value(start, "slot-first");
    slot_end = slot_first + (uint32_t)start_need_value(start, "slot-count");
    lab.door = lab_create(lab.pool, BH_ENDPOINT, none);
    lab.signal = lab_create(lab.pool, BH_SIGNAL, none);
    lab_need("endpoint_bind", bh_endpoint_bind(lab.door, lab.thread));
    lab_need("signal_bind", bh_signal_bind(lab.signal, lab.thread));
}

/* ---- waiting ---- */

enum bh_status lab_wait(enum bh_action action, struct bh_message *m, struct bh_received *r,
                        uint64_t milliseconds)
{
    return bh_reply_wait_with(action, m, r,
                              (struct bh_wait){.deadline = counter_after(milliseconds)});
}

bool lab_wait_bits(uint64_t bits, uint64_t milliseconds)
{
    uint64_t deadline = counter_after(milliseconds);

    while ((bits_kept & bits) != bits) {
        struct bh_message m = {{0}};
        struct bh_received r = {0};
        enum bh_status status =
            bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){.deadline = deadline});
        if (status != BH_OK || r.event != BH_EVENT_SIGNAL) {
            return false;
        }
        bits_kept |= m.w[0];
    }
    bits_kept &= ~bits;
    return true;
}

void lab_sleep(uint64_t milliseconds)
{
    (void)lab_wait_bits(UINT64_C(1) << 63, milliseconds); /* nobody sends this bit */
}

unsigned lab_cores(uint32_t cores[LAB_CORES])
{
    static const char *const names[LAB_CORES] = {"core",  "core1", "core2", "core3",
                                                 "core4", "core5", "core6", "core7"};
    unsigned count = 0;

    while (count < LAB_CORES && start_find_cap(lab.start, names[count]) != NULL) {
        cores[count] = start_need_cap(lab.start, names[count], BH_CORE);
        count++;
    }
    return count;
}

/* ---- accounts ---- */

struct lab_account lab_account(void)
{
    uint64_t pool[4], cell[6];

    lab_need("pool_info", bh_pool_info(lab.pool, pool));
    lab_need("cell_info", bh_cell_info(lab.self, cell));
    return (struct lab_account){pool[1], pool[2], pool[3], cell[1], cell[2]};
}

bool lab_account_same(struct lab_account a, struct lab_account b)
{
    return a.pool_free == b.pool_free && a.pool_objects == b.pool_objects && a.vmids == b.vmids &&
           a.slots == b.slots && a.threads == b.threads;
}

uint64_t lab_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}
