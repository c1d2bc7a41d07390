/* SPDX-License-Identifier: Apache-2.0 */
/* A driver of a PL031 that crashes on demand, and remembers in every kind of memory that it must
 * find as new after a restart. */
#include "tests/target/restart_driver.h"

#include "cells/lib/call.h"
#include "cells/lib/channel.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"
#include "cells/lib/string.h"

/* Registers of the PL031 (DDI 0224, 3.2). */
enum { RTC_DATA = 0, RTC_MATCH = 1, RTC_MASK = 4, RTC_CLEAR = 7 };

static uint64_t driver_data = DRIVER_DATA_NEW;
static uint64_t driver_calls;
static uint64_t driver_interrupts;
static bool driver_dies; /* in its next interrupt */
static bool driver_loops;
static uint64_t *driver_heap;
static volatile uint32_t *rtc;
static uint32_t rtc_irq;
static struct channel driver_channel;
static uint32_t driver_signal;

static void write_nowhere(void)
{
    *(volatile uint32_t *)UINT64_C(0x7000000000) = 1;
}

static void write_code(void)
{
    *(volatile uint32_t *)(uintptr_t)write_nowhere = 0;
}

static unsigned __attribute__((noinline)) recurse(unsigned depth)
{
    volatile unsigned used[64];

    used[0] = depth; /* never 0 when it is read */
    return used[0] == 0 ? 0 : recurse(depth + 1) + used[0];
}

static void fill_stack(void)
{
    (void)recurse(1);
}

static void jump_to_data(void)
{
    ((void (*)(void))(uintptr_t)&driver_data)();
}

static void execute_nothing(void)
{
    __asm__ volatile(".inst 0x00000000");
}

static void die_later(void)
{
    driver_dies = true;
}

static void (*const crashes[CRASH_COUNT])(void) = {
    [CRASH_POINTER] = write_nowhere,     [CRASH_CODE] = write_code,
    [CRASH_STACK] = fill_stack,          [CRASH_JUMP] = jump_to_data,
    [CRASH_UNDEFINED] = execute_nothing, [CRASH_INTERRUPT] = die_later,
};

/* The alarm is for now. */
static void raise(void)
{
    if (rtc != NULL) {
        rtc[RTC_MATCH] = rtc[RTC_DATA];
        rtc[RTC_MASK] = 1;
    }
}

static void serve_interrupt(void)
{
    rtc[RTC_MASK] = 0;
    if (driver_dies) {
        write_nowhere();
    }
    while (driver_loops) {
        __asm__ volatile("" ::: "memory");
    }
    rtc[RTC_CLEAR] = 1;
    driver_interrupts++;
    (void)bh_irq_ack(rtc_irq);
}

static void serve_channel(void)
{
    uint64_t entry[CHANNEL_ENTRY / sizeof(uint64_t)];
    enum channel_status status;

    while ((status = channel_receive(&driver_channel, entry)) == CHANNEL_OK) {
        if (entry[0] == DRIVER_BELIEVE) {
            entry[1] = *(volatile uint64_t *)(uintptr_t)entry[1];
        }
        (void)channel_send(&driver_channel, entry); /* its client sends one at a time */
    }
    if (status == CHANNEL_BROKEN) {
        print_stop("there is garbage in the channel");
    }
    if (channel_wake_needed(&driver_channel)) {
        (void)bh_signal_send(driver_signal);
    }
}

static void serve_call(struct bh_message *m)
{
    enum driver_operation operation = (enum driver_operation)m->w[0];
    uint64_t kind = m->w[1];

    driver_calls++;
    ++*driver_heap;
    *m = (struct bh_message){{0, driver_data, driver_calls, *driver_heap, driver_interrupts}};
    driver_data++;
    switch (operation) {
    case DRIVER_READ:
        m->w[DRIVER_SECONDS] = rtc == NULL ? 0 : rtc[RTC_DATA];
        break;
    case DRIVER_INTERRUPT:
        raise();
        break;
    case DRIVER_CRASH:
        if (kind < CRASH_COUNT) {
            crashes[kind]();
        }
        driver_loops = kind == CRASH_LOOP;
        break;
    }
}

static enum bh_action handle(struct bh_message *m, const struct bh_received *r, uint64_t interrupt)
{
    if (r->event == BH_EVENT_MESSAGE) {
        serve_call(m);
        return BH_REPLY;
    }
    if (r->event == BH_EVENT_SIGNAL && (m->w[0] & interrupt) != 0) {
        serve_interrupt();
    }
    if (r->event == BH_EVENT_SIGNAL && driver_signal != 0) {
        serve_channel();
    }
    return server_refuse(m, r);
}

static void open_channel(const struct start_info *start)
{
    const struct start_memory *memory = start_find_memory(start, "channel");

    if (memory != NULL) {
        driver_signal = start_need_cap(start, "channel", BH_SIGNAL);
        if (!channel_attach(&driver_channel, (void *)(uintptr_t)memory->address, memory->size,
                            (unsigned)start_need_value(start, "channel-side"))) {
            print_stop("the memory 'channel' is too small for a channel");
        }
        serve_channel(); /* tells the other end */
    }
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *device = start_find_memory(start, "rtc");
    uint64_t interrupt = start_value_or(start, "rtc-irq", 0);
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    driver_heap =
        (uint64_t *)(uintptr_t)start_need_memory(start, "heap", BH_MAP_READ | BH_MAP_WRITE)
            ->address;
    if (device != NULL) {
        rtc = (volatile uint32_t *)(uintptr_t)device->address;
        rtc_irq = start_need_cap(start, "rtc-irq", BH_IRQ);
        rtc[RTC_MASK] = 0; /* whatever the last life has left */
        rtc[RTC_CLEAR] = 1;
    }
    open_channel(start);
    for (;;) {
        struct bh_received r;

        action = bh_reply_wait(action, &m, &r) == BH_OK ? handle(&m, &r, interrupt) : BH_WAIT_ONLY;
    }
}
