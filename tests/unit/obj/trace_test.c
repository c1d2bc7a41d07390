/* SPDX-License-Identifier: Apache-2.0 */
/* Traces: which events are told, in which order, to whom, and how long. */
#include "kernel/obj/trace.h"

#include "abi/plan_page.h"
#include "tests/unit/world.h"

#define ME     7 /* number of the warden's cell */
#define OTHER  9
#define PLACES 127 /* records of a page */
#define HIGH   150

static struct bh_trace_ring *ring;
static uint64_t seen; /* records looked at so far */
static uint64_t trace, memory;

static struct bh_trace_ring *ring_of(uint64_t slot)
{
    return memory_kernel(memory_of(world_object(slot)));
}

/* A trace with a ring for this core; nothing is under it yet. */
static uint64_t trace_made(void)
{
    uint64_t made = world_make(BH_TRACE, 0, 0, 0);
    memory = world_make(BH_MEMORY, PAGE_SIZE, 0, 0);
    assert_int_equal(DO(trace_ring, made, 0, memory), BH_OK);
    ring = ring_of(memory);
    seen = 0;
    return made;
}

/* The warden watches its own cell. */
static void watch_self(void)
{
    trace = trace_made();
    assert_int_equal(DO(trace_watch, trace, WARDEN_CELL, ME), BH_OK);
}

static const struct bh_trace_record *record(uint64_t number)
{
    return (const struct bh_trace_record *)(const void *)ring + 1 + number % PLACES;
}

/* The next record is this. */
static void comes(enum bh_trace_event event, uint32_t thread, uint64_t a, uint64_t b)
{
    const struct bh_trace_record *r = record(seen);
    assert_true(seen < ring->head);
    assert_int_equal(r->event, event);
    assert_int_equal(r->thread, thread);
    assert_int_equal(r->a, a);
    assert_int_equal(r->b, b);
    assert_int_equal(r->cell, ME);
    assert_int_equal(r->core, 0);
    assert_true(seen == 0 || r->time >= record(seen - 1)->time);
    seen++;
}

static void nothing_more(void)
{
    assert_int_equal(ring->head, seen);
}

static uint32_t number_of(uint64_t slot)
{
    return world_thread_at(slot)->number;
}

static void test_arguments(void **state)
{
    (void)state;
    uint64_t made = world_make(BH_TRACE, 0, 0, 0), page = world_make(BH_MEMORY, PAGE_SIZE, 0, 0);
    assert_int_equal(DO(trace_ring, made, CPU_MAX, page), BH_BAD_ARG);
    assert_int_equal(DO(trace_ring, made, 0, 0), BH_NO_CAP);
    assert_int_equal(DO(trace_ring, made, 0, SLOT_RAM), BH_BAD_ARG);
    assert_int_equal(DO(trace_ring, made, 0, world_derive(page, BH_MEMORY_READ, 0)), BH_NO_RIGHT);
    assert_int_equal(DO(trace_watch, made, WARDEN_CELL, 0), BH_BAD_ARG);
    assert_int_equal(DO(trace_watch, made, WARDEN_CELL, 0x10000), BH_BAD_ARG);
    uint64_t cell = world_derive(WARDEN_CELL, BH_CELL_GRANT | BH_CELL_THREAD | BH_CELL_INFO, 0);
    assert_int_equal(DO(trace_watch, made, cell, 1), BH_NO_RIGHT);
    assert_int_equal(DO(trace_watch, made, WARDEN_CELL, 1), BH_OK);
    assert_int_equal(DO(trace_watch, made, WARDEN_CELL, 1), BH_BUSY);
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_TRACE, world_slot(), 1), BH_BAD_ARG);
}

static void test_calls(void **state)
{
    (void)state;
    watch_self();
    comes(BH_TRACE_IN, 1, MACHINE_PRIORITY, 0);
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    comes(BH_TRACE_CALL, 1, CALL_pool_create, WARDEN_POOL);
    assert_int_equal(DO(signal_send, signal), BH_DOWN);
    comes(BH_TRACE_CALL, 1, CALL_signal_send, signal);
    comes(BH_TRACE_FAIL, 1, BH_DOWN, 0);
    assert_int_equal(world_send(999, 0, 0, 0), BH_NO_CAP);
    comes(BH_TRACE_CALL, 1, CALL_call, 999);
    comes(BH_TRACE_FAIL, 1, BH_NO_CAP, 0);
    assert_int_equal(world_wait(BH_REPLY, 0, 0, 0, 0), BH_NO_CALLER);
    comes(BH_TRACE_CALL, 1, CALL_reply_wait, BH_REPLY);
    comes(BH_TRACE_FAIL, 1, BH_NO_CALLER, 0);
    nothing_more();
}

/* Call, reply and switches between two threads of a traced cell. */
static void test_messages(void **state)
{
    (void)state;
    uint64_t server = world_waiting(0), endpoint = world_endpoint(server);
    uint32_t s = number_of(server);
    watch_self();
    comes(BH_TRACE_IN, 1, MACHINE_PRIORITY, 0);
    (void)world_send(endpoint, 1, 0, 0);
    assert_runs(server);
    comes(BH_TRACE_CALL, 1, CALL_call, endpoint);
    comes(BH_TRACE_OUT, 1, BH_TRACE_CALLING, 0);
    comes(BH_TRACE_IN, s, BH_TRACE_OTHER, 0);
    for (unsigned i = 0; i < 2; i++) { /* it was receptive once, and never is again */
        (void)world_wait(BH_REPLY, 0, 0, 0, 0);
        comes(BH_TRACE_CALL, s, CALL_reply_wait, BH_REPLY);
        comes(BH_TRACE_OUT, s, BH_TRACE_WAITING, 0);
        comes(BH_TRACE_IN, 1, MACHINE_PRIORITY, 0);
        (void)world_send(endpoint, 1, 0, 0);
        comes(BH_TRACE_CALL, 1, CALL_call, endpoint);
        comes(BH_TRACE_OUT, 1, BH_TRACE_CALLING, 0);
        comes(BH_TRACE_IN, s, BH_TRACE_OTHER, 0);
    }
    nothing_more();
}

/* A cell with one waiting thread that serves an endpoint and has a budget. */
struct side {
    uint64_t cell, thread, endpoint, signal;
};

static struct side side_made(unsigned priority)
{
    struct side side;
    side.cell = world_make(BH_CELL, 8, 0, 0);
    side.thread = world_make(BH_THREAD, side.cell, 0, 0);
    side.endpoint = world_endpoint(side.thread);
    side.signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, side.signal, side.thread), BH_OK);
    if (priority != 0) {
        uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, priority, 0);
        assert_int_equal(DO(thread_budget, side.thread, budget), BH_OK);
    }
    assert_int_equal(DO(thread_resume, side.thread), BH_OK);
    if (priority != 0) {
        assert_runs(side.thread);
        (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    }
    return side;
}

/* Of a call between two cells each trace has its own side. */
static void test_sides(void **state)
{
    (void)state;
    struct side other = side_made(HIGH);
    watch_self();
    struct bh_trace_ring *mine = ring;
    uint64_t own = trace;
    trace = trace_made();
    struct bh_trace_ring *theirs = ring;
    assert_int_equal(DO(trace_watch, trace, other.cell, OTHER), BH_OK);
    assert_int_equal(theirs->head, 0);
    seen = mine->head;
    (void)world_send(other.endpoint, 1, 0, 0);
    (void)world_wait(BH_REPLY, 0, 0, 0, 0);
    ring = mine;
    comes(BH_TRACE_CALL, 1, CALL_call, other.endpoint);
    comes(BH_TRACE_OUT, 1, BH_TRACE_CALLING, 0);
    comes(BH_TRACE_IN, 1, MACHINE_PRIORITY, 0);
    nothing_more();
    ring = theirs;
    assert_int_equal(theirs->head, 3);
    assert_int_equal(record(0)->event, BH_TRACE_IN);
    assert_int_equal(record(0)->a, BH_TRACE_OTHER);
    assert_int_equal(record(1)->event, BH_TRACE_CALL);
    assert_int_equal(record(2)->event, BH_TRACE_OUT);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(record(i)->cell, OTHER);
        assert_int_equal(record(i)->thread, 1);
    }
    /* a signal: the sender's trace has the call, the other one who wakes */
    ring = mine;
    (void)DO(signal_send, other.signal);
    assert_runs(other.thread);
    comes(BH_TRACE_CALL, 1, CALL_signal_send, other.signal);
    comes(BH_TRACE_OUT, 1, BH_TRACE_READY, 0);
    nothing_more();
    ring = theirs;
    assert_int_equal(theirs->head, 5);
    assert_int_equal(record(3)->event, BH_TRACE_WAKE);
    assert_int_equal(record(4)->event, BH_TRACE_IN);
    assert_int_equal(record(4)->a, HIGH);
    (void)own;
}

/* Nobody who is not under a trace leaves anything in it. */
static void test_others(void **state)
{
    (void)state;
    struct side other = side_made(HIGH), watched = side_made(HIGH + 1);
    trace = trace_made();
    assert_int_equal(DO(trace_watch, trace, watched.cell, ME), BH_OK);
    (void)DO(signal_send, other.signal);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    (void)world_send(other.endpoint, 1, 0, 0);
    world_fault(BH_FAULT_BREAK);
    (void)DO(object_destroy, other.cell);
    world_time(1000);
    nothing_more();
}

static void test_faults(void **state)
{
    (void)state;
    uint64_t server = world_waiting(0), endpoint = world_endpoint(server),
             thread = world_running(HIGH);
    uint32_t t = number_of(thread), s = number_of(server);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_int_equal(DO(thread_handler, thread, endpoint), BH_OK);
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, thread), BH_OK);
    watch_self();
    comes(BH_TRACE_IN, 1, MACHINE_PRIORITY, 0);
    (void)DO(signal_send,
             signal); /* it waited before it was traced: nobody is told that it wakes */
    comes(BH_TRACE_CALL, 1, CALL_signal_send, signal);
    comes(BH_TRACE_OUT, 1, BH_TRACE_READY, 0);
    comes(BH_TRACE_IN, t, HIGH, 0);
    world_fault(BH_FAULT_BREAK);
    comes(BH_TRACE_FAULT, t, BH_FAULT_BREAK, BH_FAULT_BREAK + 1);
    comes(BH_TRACE_OUT, t, BH_TRACE_CALLING, 0);
    comes(BH_TRACE_IN, s, BH_TRACE_OTHER, 0);
    (void)world_wait(BH_RESUME, 0, 0, 0, 0);
    comes(BH_TRACE_CALL, s, CALL_reply_wait, BH_RESUME);
    comes(BH_TRACE_OUT, s, BH_TRACE_WAITING, 0);
    comes(BH_TRACE_IN, t, HIGH, 0);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, host.now + 100);
    comes(BH_TRACE_CALL, t, CALL_reply_wait, BH_WAIT_ONLY);
    comes(BH_TRACE_OUT, t, BH_TRACE_WAITING, 0);
    comes(BH_TRACE_IN, 1, MACHINE_PRIORITY, 0);
    world_time(100); /* the deadline */
    comes(BH_TRACE_WAKE, t, 0, 0);
    comes(BH_TRACE_OUT, 1, BH_TRACE_READY, 0);
    comes(BH_TRACE_IN, t, HIGH, 0);
    nothing_more();
}

/* A guest's exit, and its interrupt through a line. */
static void test_guests(void **state)
{
    (void)state;
    uint64_t cell, vcpu = world_vcpu(HIGH, &cell), server = world_waiting(0),
                   endpoint = world_endpoint(server), line = world_make(BH_LINE, vcpu, 20, 0),
                   signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(signal_bind, signal, line), BH_OK);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, signal), BH_OK);
    assert_int_equal(DO(thread_handler, vcpu, endpoint), BH_OK);
    trace = trace_made();
    assert_int_equal(DO(trace_watch, trace, cell, ME), BH_OK);
    (void)DO(thread_resume, vcpu);
    comes(BH_TRACE_WAKE, 1, 0, 0);
    comes(BH_TRACE_IN, 1, HIGH, 0);
    world_exit(BH_EXIT_READ, 1);
    comes(BH_TRACE_EXIT, 1, BH_EXIT_READ, BH_EXIT_READ + 1);
    comes(BH_TRACE_OUT, 1, BH_TRACE_CALLING, 0);
    (void)world_wait(BH_RESUME, 0, 0, 0, 0);
    comes(BH_TRACE_IN, 1, HIGH, 0);
    assert_true(world_interrupt(MACHINE_INTID));
    comes(BH_TRACE_IRQ, 1, MACHINE_INTID, 0);
    nothing_more();
}

static void test_interrupts(void **state)
{
    (void)state;
    struct side other = side_made(HIGH), watched = side_made(HIGH + 1);
    assert_int_equal(DO(irq_bind, SLOT_IRQ, other.signal), BH_OK);
    assert_int_equal(DO(irq_bind, SLOT_IRQ + 1, watched.signal), BH_OK);
    trace = trace_made();
    assert_int_equal(DO(trace_watch, trace, watched.cell, ME), BH_OK);
    assert_true(world_interrupt(MACHINE_INTID));
    assert_runs(other.thread);
    nothing_more();
    assert_true(world_interrupt(MACHINE_INTID + 1));
    assert_runs(watched.thread);
    comes(BH_TRACE_IRQ, 1, MACHINE_INTID + 1, 0);
    comes(BH_TRACE_IN, 1, HIGH + 1, 0);
    nothing_more();
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_runs(other.thread);
}

static void test_budgets(void **state)
{
    (void)state;
    struct side side = side_made(0);
    uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, HIGH, BH_BUDGET_LIMIT(100, 1000));
    trace = trace_made();
    assert_int_equal(DO(trace_watch, trace, side.cell, ME), BH_OK);
    assert_int_equal(DO(thread_budget, side.thread, budget), BH_OK);
    assert_runs(side.thread);
    comes(BH_TRACE_WAKE, 1, 0, 0);
    comes(BH_TRACE_IN, 1, HIGH, 0);
    world_time(100);
    comes(BH_TRACE_EXHAUSTED, 1, 0, 0);
    comes(BH_TRACE_OUT, 1, BH_TRACE_READY, 0);
    nothing_more();
    world_time(900);
    comes(BH_TRACE_REFILL, 1, 0, 0);
    comes(BH_TRACE_WAKE, 1, 0, 0);
    comes(BH_TRACE_IN, 1, HIGH, 0);
    nothing_more();
    assert_int_equal(cell_of(&world_thread_at(side.thread)->cell->object)->time, 100);
}

/* Nobody else can run: the thread is told to stop, and to run again. */
static void test_idle(void **state)
{
    (void)state;
    watch_self();
    comes(BH_TRACE_IN, 1, MACHINE_PRIORITY, 0);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, host.now + 50);
    comes(BH_TRACE_CALL, 1, CALL_reply_wait, BH_WAIT_ONLY);
    comes(BH_TRACE_OUT, 1, BH_TRACE_WAITING, 0);
    nothing_more();
    world_time(50);
    comes(BH_TRACE_WAKE, 1, 0, 0);
    comes(BH_TRACE_IN, 1, MACHINE_PRIORITY, 0);
    nothing_more();
}

static void test_overrun(void **state)
{
    (void)state;
    watch_self();
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0);
    for (unsigned i = 0; i < 3 * PLACES; i++) {
        assert_int_equal(DO(cap_identify, i % 2 ? signal : WARDEN_POOL), BH_OK);
    }
    assert_int_equal(ring->head, 2 + 3 * PLACES);
    assert_int_equal(ring->records, PLACES);
    for (uint64_t n = ring->head - PLACES; n < ring->head; n++) {
        assert_int_equal(record(n)->event, BH_TRACE_CALL);
        assert_int_equal(record(n)->b, n % 2 ? signal : WARDEN_POOL);
    }
}

/* What a cell writes into the ring has no power over where the kernel writes. */
static void test_garbage(void **state)
{
    (void)state;
    watch_self();
    memset(ring, 0xff, PAGE_SIZE);
    (void)DO(cap_identify, trace);
    assert_int_equal(ring->head, 2);
    ring->records = UINT32_MAX;
    for (unsigned i = 0; i < 2 * PLACES; i++) {
        ring->head = UINT64_MAX - i;
        (void)DO(cap_identify, trace);
    }
    assert_int_equal(ring->head, 2 + 2 * PLACES);
}

/* The events stop with the capability that the watch was made with, the trace, the memory. */
static void test_ends(void **state)
{
    (void)state;
    trace = trace_made();
    const struct cell *warden = world_warden()->cell;
    uint64_t lent = world_derive(trace, BH_TRACE_WATCH, 0);
    assert_int_equal(DO(trace_watch, lent, WARDEN_CELL, ME), BH_OK);
    assert_int_equal(warden->fast_count, 0);
    assert_int_equal(DO(cap_delete, 0, lent), BH_OK);
    assert_int_equal(warden->fast_count, MACHINE_SLOTS);
    assert_int_equal(warden->marks, 0);
    uint64_t head = ring->head;
    (void)DO(cap_identify, trace);
    (void)world_send(world_endpoint(world_waiting(0)), 1, 0, 0);
    assert_int_equal(ring->head, head);
    (void)world_wait(BH_REPLY, 0, 0, 0, 0);

    assert_int_equal(DO(trace_watch, trace, WARDEN_CELL, ME), BH_OK); /* again */
    assert_int_equal(DO(cap_revoke, memory), BH_OK);
    head = ring->head;
    (void)DO(cap_identify, trace);
    assert_int_equal(ring->head, head);
    assert_int_equal(DO(trace_ring, trace, 0, memory), BH_OK);
    (void)DO(cap_identify, trace);
    assert_int_equal(ring->head, 1);
    uint64_t next = world_make(BH_MEMORY, 2 * PAGE_SIZE, 0, 0);
    head = ring->head;
    assert_int_equal(DO(trace_ring, trace, 0, next), BH_OK); /* in place of the other */
    (void)DO(cap_identify, trace);
    assert_int_equal(ring->head, head + 1); /* that call itself */
    assert_int_equal(ring_of(next)->head, 1);
    assert_int_equal(DO(object_destroy, next), BH_OK);
    (void)DO(cap_identify, trace);
    assert_int_equal(DO(object_destroy, trace), BH_OK);
    assert_int_equal(warden->marks, 0);
    (void)DO(cap_identify, WARDEN_POOL);
}

/* Cells, threads and pools under a trace die; the ring stays. */
static void test_deaths(void **state)
{
    (void)state;
    uint64_t pool = world_make(BH_POOL, 1 << 16, 0, 0), free, after;
    struct side side = side_made(HIGH);
    trace = trace_made();
    assert_int_equal(DO(trace_watch, trace, side.cell, ME), BH_OK);
    (void)DO(signal_send, side.signal);
    assert_runs(side.thread);
    assert_int_equal(DO(cap_identify, 3), BH_NO_CAP);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    uint64_t head = ring->head;
    assert_int_equal(head, 5);
    assert_int_equal(DO(object_destroy, side.cell), BH_OK);
    assert_int_equal(ring->head, head);
    assert_int_equal(DO(pool_info, pool), BH_OK);
    free = world_result(1);
    uint64_t slot = world_slot(), page;
    assert_int_equal(DO(pool_create, pool, BH_TRACE, slot, 0, 0, 0), BH_OK);
    page = world_slot();
    assert_int_equal(DO(pool_create, pool, BH_MEMORY, page, PAGE_SIZE, 0, 0), BH_OK);
    assert_int_equal(DO(trace_ring, slot, 0, page), BH_OK);
    assert_int_equal(DO(trace_watch, slot, WARDEN_CELL, ME), BH_OK);
    assert_int_equal(DO(object_destroy, page), BH_OK);
    assert_int_equal(DO(object_destroy, slot), BH_OK);
    assert_int_equal(DO(pool_info, pool), BH_OK);
    after = world_result(1);
    assert_int_equal(after, free);
    assert_int_equal(DO(object_destroy, pool), BH_OK);
}

static void test_sealed(void **state)
{
    (void)state;
    struct side side = side_made(HIGH);
    assert_int_equal(DO(cap_derive, SLOT_RAM, side.cell, 7, BH_ALL & ~BH_DESTROY, 0), BH_OK);
    assert_int_equal(DO(memory_map, side.cell, 7, 0x10000, BH_MAP_READ), BH_OK);
    trace = trace_made();
    assert_int_equal(DO(trace_watch, trace, side.cell, ME), BH_OK);
    assert_int_equal(DO(memory_seal, side.cell, 7), BH_OK);
    (void)DO(signal_send, side.signal);
    assert_runs(side.thread);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_int_equal(ring->head, 0);
    assert_int_equal(DO(trace_watch, trace, side.cell, ME), BH_NO_RIGHT);
}

/* In which window of the core's plan a thread begins to run, and when that ends. */
static void test_windows(void **state)
{
    (void)state;
    enum { LENGTH = 1000 };
    uint64_t slot = world_make(BH_MEMORY, PAGE_SIZE, 0, 0);
    struct bh_plan *plan = memory_kernel(memory_of(world_object(slot)));
    *plan = (struct bh_plan){.count = 2, .windows = {{.length = LENGTH}, {LENGTH, 1, 0, 0}}};
    watch_self();
    comes(BH_TRACE_IN, 1, MACHINE_PRIORITY, 0);
    uint64_t begin = host.now;
    assert_int_equal(DO(plan_start, WARDEN_CORE, slot, 1), BH_OK);
    comes(BH_TRACE_CALL, 1, CALL_plan_start, WARDEN_CORE);
    comes(BH_TRACE_OUT, 1, BH_TRACE_READY, 0);
    world_time(LENGTH);
    uint64_t word = record(seen)->b;
    assert_int_equal(BH_TRACE_WINDOW(word), 1);
    assert_int_equal(BH_TRACE_WINDOW_END(word), begin + 2 * LENGTH);
    comes(BH_TRACE_IN, 1, MACHINE_PRIORITY, word);
    nothing_more();
}

static void test_counters(void **state)
{
    (void)state;
    assert_int_equal(DO(cell_info, WARDEN_CELL), BH_OK);
    uint64_t refused = world_result(4);
    (void)DO(cap_identify, 999);                                 /* NO_CAP */
    (void)DO(pool_info, WARDEN_CELL);                            /* BAD_TYPE */
    (void)DO(pool_info, world_derive(WARDEN_POOL, 0, 0));        /* NO_RIGHT */
    (void)world_send(WARDEN_POOL, 0, 0, 0);                      /* BAD_TYPE, of a message */
    (void)DO(cap_derive, WARDEN_POOL, 0, 0, 0, 0);               /* NO_SLOT: not refused */
    (void)world_send(world_make(BH_ENDPOINT, 0, 0, 0), 0, 0, 0); /* DOWN: not refused */
    assert_int_equal(DO(cell_info, WARDEN_CELL), BH_OK);
    assert_int_equal(world_result(4), refused + 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_arguments), WORLD_TEST(test_calls),      WORLD_TEST(test_messages),
        WORLD_TEST(test_sides),     WORLD_TEST(test_others),     WORLD_TEST(test_faults),
        WORLD_TEST(test_guests),    WORLD_TEST(test_interrupts), WORLD_TEST(test_budgets),
        WORLD_TEST(test_overrun),   WORLD_TEST(test_garbage),    WORLD_TEST(test_ends),
        WORLD_TEST(test_deaths),    WORLD_TEST(test_counters),   WORLD_TEST(test_idle),
        WORLD_TEST(test_sealed),    WORLD_TEST(test_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
