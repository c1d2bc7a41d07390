/* SPDX-License-Identifier: Apache-2.0 */
/* A cell that does on demand what a trace tells of; without "wish-call" a server that answers. */
#include <stddef.h>

#include "cells/lib/call.h"
#include "cells/lib/counter.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"
#include "cells/lib/trace_ring.h"
#include "tests/target/traced_wishes.h"

/* Registers of the PL031 (DDI 0224, 3.2). */
enum { RTC_DATA = 0, RTC_MATCH = 1, RTC_MASK = 4, RTC_CLEAR = 7 };

static const struct start_info *info;
static volatile uint32_t *rtc;

static uint32_t slot_of(const char *name)
{
    const struct start_cap *cap = start_find_cap(info, name);

    return cap == NULL ? 0 : cap->slot;
}

static void call(const char *name)
{
    struct bh_message m = {{0}};

    (void)bh_call(slot_of(name), &m);
}

static void wish_call(void)
{
    call("door");
}

static void wish_remote(void)
{
    call("remote");
}

static void wish_fail(void)
{
    uint64_t result[4];

    (void)bh_pool_info(NO_SLOT_HAS, result);
}

static void wish_many(void)
{
    for (unsigned i = 0; i < MANY; i++) {
        wish_fail();
    }
}

/* The alarm is for now. */
static void wish_irq(void)
{
    rtc[RTC_MATCH] = rtc[RTC_DATA];
    rtc[RTC_MASK] = 1;
}

/* Until somebody else had the core. */
static void wish_spend(void)
{
    uint64_t last = counter_now(), now = last;

    for (; now - last < counter_frequency() / 1000; now = counter_now()) {
        last = now;
    }
}

static void wish_fault(void)
{
    *(volatile uint32_t *)UINT64_C(0x7000000000) = 1;
}

/* Tell what was traced so far, and what was counted. */
static void wish_look(void)
{
    const struct start_memory *memory = start_need_memory(info, "trace-0", BH_MAP_READ);
    const struct start_memory *seen = start_need_memory(info, "seen", BH_MAP_WRITE);
    volatile struct traced_seen *tell = (volatile struct traced_seen *)(uintptr_t)seen->address;
    struct bh_trace_record record;
    struct trace_ring ring;
    uint64_t has[6] = {0};

    if (trace_ring_open(&ring, (const void *)(uintptr_t)memory->address, memory->size)) {
        while (trace_ring_read(&ring, &record)) {
            tell->cell = record.cell;
        }
        tell->records = ring.next;
    }
    tell->status = bh_cell_info(slot_of("console"), has);
}

static void silence(void)
{
    if (rtc != NULL) {
        rtc[RTC_MASK] = 0;
        rtc[RTC_CLEAR] = 1;
        (void)bh_irq_ack(slot_of("rtc-irq"));
    }
}

static const struct {
    const char *name;
    void (*grant)(void);
} wishes[] = {
    {"wish-call", wish_call},   {"wish-remote", wish_remote}, {"wish-fail", wish_fail},
    {"wish-many", wish_many},   {"wish-irq", wish_irq},       {"wish-spend", wish_spend},
    {"wish-fault", wish_fault}, {"wish-look", wish_look},
};

static void grant(uint64_t bits)
{
    if ((bits & start_value_or(info, "rtc-irq", 0)) != 0) {
        silence();
    }
    for (unsigned i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        if ((bits & start_value_or(info, wishes[i].name, 0)) != 0) {
            wishes[i].grant();
        }
    }
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *memory = start_find_memory(start, "rtc");
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    info = start;
    if (memory != NULL) {
        rtc = (volatile uint32_t *)(uintptr_t)memory->address;
        silence();
    }
    for (;;) {
        struct bh_received r;
        enum bh_status status = bh_reply_wait(action, &m, &r);

        action = BH_WAIT_ONLY;
        if (status == BH_OK && r.event == BH_EVENT_MESSAGE) {
            action = BH_REPLY;
        } else if (status == BH_OK && r.event == BH_EVENT_SIGNAL) {
            grant(m.w[0]);
        }
    }
}
