/* SPDX-License-Identifier: Apache-2.0 */
/* Priority inversion across cells: low ones keep a server busy, the first of them without the time
 * for it, a medium one takes the core, and then a high one calls. It waits for what is left of the
 * request that the server works on, to the microsecond, whoever pays for it, and the medium one
 * gets nothing meanwhile. */
#include "tests/target/inversion.h"

#include "tests/target/lab/lab.h"

#define SLACK_US 60 /* of calls, wakes and switches on the way */
#define ROUND_MS 25 /* the exhausted one has its amount again */
#define FIRST_US 500
#define STEP_US  650
#define ROUNDS   11 /* over nearly two requests */
#define REST_MS  3

static volatile struct inversion *shared;

static uint64_t microseconds(uint64_t counted)
{
    return counted * 1000000 / counter_frequency();
}

/* One round; the medium one takes the core so long after the server's first request began. */
static uint64_t round_of(uint64_t after)
{
    uint64_t start = counter_after(REST_MS);

    shared->answered = 0;
    shared->ran = 0;
    shared->medium = start + ticks(after);
    shared->start = start;
    lab_sleep(ROUND_MS);
    return shared->answered == 0 ? UINT64_MAX : microseconds(shared->answered - shared->asked);
}

static void test_inversion(void)
{
    uint64_t longest = 0;

    lab_begin("inversion.high_waits_for_one_request");
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t after = FIRST_US + i * STEP_US;
        uint64_t left = REQUEST_US - after % REQUEST_US + URGENT_US, waited = round_of(after);
        uint64_t before = microseconds(shared->ran_asked);
        bool good = lab_expect(waited + SLACK_US >= left && waited <= left + SLACK_US,
                               "%lu us after %lu us, and %lu us were left", (unsigned long)waited,
                               (unsigned long)after, (unsigned long)left);
        good = good && lab_expect(before + SLACK_US >= HIGH_US && before <= HIGH_US + SLACK_US,
                                  "the medium one ran for %lu us before", (unsigned long)before);
        if (!good || !lab_expect(shared->ran_asked == shared->ran_answered,
                                 "the medium one ran meanwhile")) {
            break;
        }
        longest = waited > longest ? waited : longest;
    }
    print("inversion: longest wait %lu us of a request of %u us\n", (unsigned long)longest,
          REQUEST_US);
    lab_end();
}

/* Both low ones were served, so it was for either that the high one waited. */
static void test_low(void)
{
    lab_begin("inversion.low_ones_go_on");
    for (unsigned i = 0; i < 2; i++) {
        lab_expect(shared->calls[i] >= ROUNDS / 2, "low one %u: %lu requests", i,
                   (unsigned long)shared->calls[i]);
    }
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    shared = (volatile struct inversion *)(uintptr_t)start_need_memory(start, "inversion",
                                                                       BH_MAP_READ | BH_MAP_WRITE)
                 ->address;
    test_inversion();
    test_low();
    lab_done();
}
