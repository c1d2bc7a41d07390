/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a thread is set on something and how its end is seen: a fault, a signal, or nothing
 * in time. */
#include "tests/target/lab/probe.h"

#define DONE_BIT (UINT64_C(1) << 62)
#define PATIENCE 1000 /* ms */

static uint8_t probe_stack[LAB_STACK] __attribute__((aligned(16)));

/* What the thread executes; it sees the test's variables. */
static struct {
    void (*entry)(uint64_t arg);
    uint32_t signal; /* in the probe's own table */
} order;

static void probe_main(uint64_t arg)
{
    order.entry(arg);
    (void)bh_signal_send(order.signal);
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    }
}

static void open_thread(struct lab_probe *probe, uint64_t flags)
{
    struct lab_spec spec;

    probe->handler = lab_derive(lab.door, BH_ENDPOINT_SEND, LAB_PROBE_BADGE);
    probe->stack = probe_stack;
    spec = (struct lab_spec){.pool = probe->pool,
                             .cell = probe->cell,
                             .priority = LAB_PROBE_PRIORITY,
                             .flags = flags,
                             .handler = probe->handler,
                             .entry = probe_main,
                             .stack = probe_stack};
    probe->thread = lab_thread(&spec);
}

void lab_probe_open(struct lab_probe *probe, uint64_t flags)
{
    uint32_t signal = lab_derive(lab.signal, BH_SIGNAL_SEND, DONE_BIT);

    probe->pool = lab_child_pool(0x40000);
    probe->cell = lab_cell(probe->pool, LAB_PROBE_SLOTS, false);
    order.signal = LAB_PROBE_SLOTS - 1;
    lab_need("cap_derive", bh_cap_derive(signal, probe->cell, order.signal, BH_SIGNAL_SEND, 0));
    open_thread(probe, flags);
}

void lab_probe_open_empty(struct lab_probe *probe, uint64_t flags)
{
    probe->pool = lab_child_pool(0x40000);
    probe->cell = lab_create(probe->pool, BH_CELL, (uint64_t[]){LAB_PROBE_SLOTS, 0, 0});
    open_thread(probe, flags);
}

void lab_probe_close(struct lab_probe *probe)
{
    lab_need("object_destroy", bh_object_destroy(probe->pool));
    lab_drop(probe->pool);
    lab_drop(probe->cell);
    lab_drop(probe->thread.thread);
    lab_drop(probe->thread.budget);
    lab_drop(probe->handler);
}

struct lab_outcome lab_probe_wait(enum bh_action action, uint64_t milliseconds)
{
    struct lab_outcome outcome = {0};
    struct bh_message m = {{0}};
    struct bh_received r = {0};
    enum bh_status status = lab_wait(action, &m, &r, milliseconds);

    if (status == BH_OK && r.event == BH_EVENT_FAULT) {
        outcome.faulted = r.badge == LAB_PROBE_BADGE;
        outcome.fault =
            (struct bh_fault_words){m.w[0], m.w[1], m.w[2], m.w[3], m.w[4], m.w[5], m.w[6], m.w[7]};
    } else {
        outcome.hung = status != BH_OK || r.event != BH_EVENT_SIGNAL || (m.w[0] & DONE_BIT) == 0;
    }
    return outcome;
}

struct lab_outcome lab_probe_try(struct lab_probe *probe, void (*entry)(uint64_t arg), uint64_t arg)
{
    struct lab_outcome outcome;
    struct bh_message m = {{0}};
    struct bh_received r;

    order.entry = entry;
    (void)bh_thread_suspend(probe->thread.thread);
    lab_restart(probe->thread, probe_main, arg, probe->stack);
    lab_need("thread_resume", bh_thread_resume(probe->thread.thread));
    outcome = lab_probe_wait(BH_WAIT_ONLY, PATIENCE);
    if (outcome.faulted) {
        (void)bh_reply_wait_with(BH_STOP, &m, &r, (struct bh_wait){.deadline = 1});
    }
    return outcome;
}
