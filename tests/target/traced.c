/* SPDX-License-Identifier: Apache-2.0 */
/* Traces in the machine: what actor, server and remote do is told, in order, on the core where they
 * do it; what stranger does is not. */
#include "tests/target/lab/lab.h"

#include "abi/trace.h"
#include "cells/lib/trace_ring.h"
#include "tests/target/traced_wishes.h"

enum { ACTOR = 1, SERVER, REMOTE }; /* in the order of traces */
enum { NEAR, FAR };                 /* where the test and remote are; where the others are */

#define ANY       UINT64_C(0x123456789) /* no word of a record here */
#define ENOUGH_MS 30                    /* longer than anything takes */
#define RING      127                   /* records of a ring */

struct expected {
    uint8_t place, cell, event;
    uint64_t a, b;
};

static struct trace_ring rings[2];
static unsigned far; /* core */
static uint64_t last[2];

static void open_ring(unsigned core, const char *name)
{
    const struct start_memory *memory = start_need_memory(lab.start, name, BH_MAP_READ);

    if (!trace_ring_open(&rings[core], (const void *)(uintptr_t)memory->address, memory->size)) {
        print_stop("%s is no ring", name);
    }
}

static void ask(const char *wish)
{
    lab_need("signal_send", bh_signal_send(start_need_cap(lab.start, wish, BH_SIGNAL)));
    lab_sleep(ENOUGH_MS);
}

static bool take(unsigned place, struct bh_trace_record *record)
{
    return trace_ring_read(&rings[place == FAR ? far : 0], record);
}

static unsigned drain(void)
{
    struct bh_trace_record record;
    unsigned count = 0;

    while (take(NEAR, &record) || take(FAR, &record)) {
        count++;
    }
    return count;
}

static bool word_is(uint64_t got, uint64_t want)
{
    return want == ANY || got == want;
}

static bool record_is(const struct bh_trace_record *got, const struct expected *want)
{
    unsigned core = want->place == FAR ? far : 0;
    bool later = got->time >= last[core];

    last[core] = got->time;
    return later && got->core == core && got->cell == want->cell && got->thread == 1 &&
           got->event == want->event && word_is(got->a, want->a) && word_is(got->b, want->b);
}

/* Exactly these come, those of one core in this order. */
static void expect(const struct expected *want, unsigned count)
{
    struct bh_trace_record got = {0};

    for (unsigned i = 0; i < count; i++) {
        if (!lab_expect(take(want[i].place, &got), "record %u does not come", i) ||
            !lab_expect(record_is(&got, &want[i]),
                        "record %u: core %u cell %u.%u event %u words %lx %lx", i, got.core,
                        got.cell, got.thread, got.event, (unsigned long)got.a,
                        (unsigned long)got.b)) {
            break;
        }
    }
    unsigned more = drain();
    lab_expect(more == 0, "%u records more", more);
}

#define EXPECT(...)                                \
    expect((const struct expected[]){__VA_ARGS__}, \
           sizeof((const struct expected[]){__VA_ARGS__}) / sizeof(struct expected))

/* What the actor does before and behind each wish. */
#define BEGINS                         \
    {FAR, ACTOR, BH_TRACE_WAKE, 0, 0}, \
    {                                  \
        FAR, ACTOR, BH_TRACE_IN, 50, 0 \
    }
#define WAITS                                                      \
    {FAR, ACTOR, BH_TRACE_CALL, BH_CALL_reply_wait, BH_WAIT_ONLY}, \
    {                                                              \
        FAR, ACTOR, BH_TRACE_OUT, BH_TRACE_WAITING, 0              \
    }
/* What a server does for whomever, on the core where he is at home. */
#define SERVES(place, cell)                                         \
    {place, cell, BH_TRACE_IN, BH_TRACE_OTHER, 0},                  \
        {place, cell, BH_TRACE_CALL, BH_CALL_reply_wait, BH_REPLY}, \
    {                                                               \
        place, cell, BH_TRACE_OUT, BH_TRACE_WAITING, 0              \
    }

static void test_call(void)
{
    lab_begin("traced.call");
    ask("actor-call");
    EXPECT(BEGINS, {FAR, ACTOR, BH_TRACE_CALL, BH_CALL_call, ANY},
           {FAR, ACTOR, BH_TRACE_OUT, BH_TRACE_CALLING, 0}, SERVES(FAR, SERVER),
           {FAR, ACTOR, BH_TRACE_IN, 50, 0}, WAITS);
    lab_end();
}

/* On another core he works on his own budget. */
static void test_remote(void)
{
    lab_begin("traced.call_of_another_core");
    ask("actor-remote");
    if (far == 0) {
        EXPECT(BEGINS, {FAR, ACTOR, BH_TRACE_CALL, BH_CALL_call, ANY},
               {FAR, ACTOR, BH_TRACE_OUT, BH_TRACE_CALLING, 0}, SERVES(NEAR, REMOTE),
               {FAR, ACTOR, BH_TRACE_IN, 50, 0}, WAITS);
    } else {
        EXPECT(BEGINS, {FAR, ACTOR, BH_TRACE_CALL, BH_CALL_call, ANY},
               {FAR, ACTOR, BH_TRACE_OUT, BH_TRACE_AWAY, 0}, BEGINS, WAITS,
               {NEAR, REMOTE, BH_TRACE_WAKE, 0, 0}, {NEAR, REMOTE, BH_TRACE_IN, 61, 0},
               {NEAR, REMOTE, BH_TRACE_CALL, BH_CALL_reply_wait, BH_REPLY},
               {NEAR, REMOTE, BH_TRACE_OUT, BH_TRACE_WAITING, 0});
    }
    lab_end();
}

static void test_fail(void)
{
    lab_begin("traced.failed_call");
    ask("actor-fail");
    EXPECT(BEGINS, {FAR, ACTOR, BH_TRACE_CALL, BH_CALL_pool_info, NO_SLOT_HAS},
           {FAR, ACTOR, BH_TRACE_FAIL, BH_NO_CAP, 0}, WAITS);
    lab_end();
}

static void test_irq(void)
{
    lab_begin("traced.interrupt");
    ask("actor-irq");
    EXPECT(BEGINS, {FAR, ACTOR, BH_TRACE_IRQ, 34, 0},
           {FAR, ACTOR, BH_TRACE_CALL, BH_CALL_reply_wait, BH_WAIT_ONLY},
           {FAR, ACTOR, BH_TRACE_CALL, BH_CALL_irq_ack, ANY}, WAITS);
    lab_end();
}

static void test_spend(void)
{
    lab_begin("traced.budget");
    ask("actor-spend");
    EXPECT(BEGINS, {FAR, ACTOR, BH_TRACE_EXHAUSTED, 0, 0},
           {FAR, ACTOR, BH_TRACE_OUT, BH_TRACE_READY, 0}, {FAR, ACTOR, BH_TRACE_REFILL, 0, 0},
           {FAR, ACTOR, BH_TRACE_WAKE, 0, 0}, {FAR, ACTOR, BH_TRACE_IN, 50, 0}, WAITS);
    lab_end();
}

/* It is built again, as another cell, and that one is watched, too. */
static void test_fault(void)
{
    lab_begin("traced.fault_and_restart");
    uint64_t served = far == 0 ? BH_TRACE_CALLING : BH_TRACE_AWAY; /* by the warden */
    ask("actor-fault");
    EXPECT(BEGINS, {FAR, ACTOR, BH_TRACE_FAULT, BH_FAULT_MEMORY, ANY},
           {FAR, ACTOR, BH_TRACE_OUT, served, 0}, BEGINS,
           {FAR, ACTOR, BH_TRACE_CALL, BH_CALL_irq_ack, ANY}, WAITS);
    lab_end();
}

/* Of a call to somebody who is watched his side is told, and nothing of the caller. */
static void test_stranger(void)
{
    lab_begin("traced.stranger");
    ask("stranger-fail");
    ask("stranger-spend");
    EXPECT();
    ask("stranger-call");
    EXPECT(SERVES(FAR, SERVER));
    ask("stranger-fault");
    EXPECT();
    lab_end();
}

/* Its trace outlives a tracer: it is built again and goes on reading. */
static void test_tracer(void)
{
    const struct start_memory *memory = start_need_memory(lab.start, "seen", BH_MAP_READ);
    const volatile struct traced_seen *seen =
        (const volatile struct traced_seen *)(uintptr_t)memory->address;

    lab_begin("traced.tracer_restarted");
    ask("watcher-look");
    uint64_t before = seen->records;
    ask("watcher-fault");
    print("something to do for the console\n");
    ask("watcher-look");
    lab_expect(before > 10 && seen->records > before, "%lu records, then %lu",
               (unsigned long)before, (unsigned long)seen->records);
    lab_expect(seen->cell == 1, "of cell %lu", (unsigned long)seen->cell);
    lab_status("cell_info", (enum bh_status)seen->status, BH_OK);
    lab_end();
    (void)drain();
}

/* What is overwritten is counted. */
static void test_lost(void)
{
    struct trace_ring *ring = &rings[far];
    uint64_t before = ring->next;

    lab_begin("traced.lost_records");
    ask("actor-many");
    unsigned count = drain();
    lab_expect(count == RING - 1, "%u records are there", count);
    lab_expect(ring->next - before == 2 * MANY + 4, "%lu came",
               (unsigned long)(ring->next - before));
    lab_expect(ring->lost == 2 * MANY + 4 - (RING - 1), "%lu are lost", (unsigned long)ring->lost);
    lab_end();
}

/* What else the tracer has of them: to look at the kernel's counters. */
static void test_capabilities(void)
{
    uint64_t has[6];
    uint32_t actor = start_need_cap(lab.start, "actor", BH_CELL);

    lab_begin("traced.capabilities");
    lab_expect(start_need_value(lab.start, "actor") == ACTOR, "another number");
    lab_status("cell_info", bh_cell_info(actor, has), BH_OK);
    lab_expect(has[2] == 1 && has[5] != 0, "%lu threads, %lu ticks", (unsigned long)has[2],
               (unsigned long)has[5]);
    lab_status("memory_map", bh_memory_map(actor, 1, 0x10000, BH_MAP_READ), BH_NO_RIGHT);
    lab_expect(start_need_memory(lab.start, "trace-0", BH_MAP_READ)->access == BH_MAP_READ,
               "a ring is not read-only");
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    far = (unsigned)start_need_value(start, "far");
    open_ring(0, "trace-0");
    if (far != 0) {
        open_ring(far, "trace-1");
    }
    lab_sleep(ENOUGH_MS);
    (void)drain();
    test_call();
    test_remote();
    test_fail();
    test_irq();
    test_spend();
    test_stranger();
    test_capabilities();
    test_fault(); /* of what the capability named nothing is left */
    test_tracer();
    test_lost();
    lab_done();
}
