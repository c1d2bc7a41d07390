/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a VM is made of the test program's own image, and how its events come. */
#include "tests/target/lab/guest.h"

#define DONE_BIT (UINT64_C(1) << 61)

void lab_guest_entry(void);

static uint8_t guest_stack[LAB_STACK] __attribute__((aligned(16)));
static struct {
    void *sp;
    uint64_t (*function)(uint64_t arg);
    uint64_t arg;
} order;

void lab_guest_open(struct lab_guest *guest)
{
    guest->handler = lab_derive(lab.door, BH_ENDPOINT_SEND, LAB_GUEST_BADGE);
    guest->pool = lab_child_pool(0x40000);
    guest->cell = lab_cell(guest->pool, LAB_GUEST_SLOTS, true);
    lab_need("cap_derive",
             bh_cap_derive(lab.signal, guest->cell, LAB_GUEST_DONE, BH_SIGNAL_SEND, DONE_BIT));
    guest->vcpu =
        lab_create(guest->pool, BH_VCPU, (uint64_t[]){guest->cell, LAB_GUEST_INTERRUPTS, 0});
    guest->budget = lab_budget(guest->pool, LAB_GUEST_PRIORITY);
    lab_need("thread_handler", bh_thread_handler(guest->vcpu, guest->handler));
    lab_need("thread_budget", bh_thread_budget(guest->vcpu, guest->budget));
}

void lab_guest_start(struct lab_guest *guest, uint64_t (*function)(uint64_t arg), uint64_t arg)
{
    order.sp = guest_stack + LAB_STACK;
    order.function = function;
    order.arg = arg;
    (void)bh_thread_suspend(guest->vcpu);
    lab_need("thread_set",
             bh_thread_set(guest->vcpu, (uintptr_t)lab_guest_entry, 0, (uintptr_t)&order));
    lab_need("thread_resume", bh_thread_resume(guest->vcpu));
}

enum lab_guest_event lab_guest_wait(enum bh_action action, struct bh_message *m,
                                    uint64_t milliseconds)
{
    uint64_t deadline = counter_after(milliseconds);

    for (;;) {
        struct bh_received r = {0};
        enum bh_status status =
            bh_reply_wait_with(action, m, &r, (struct bh_wait){.deadline = deadline});
        if (status == BH_OK && r.badge == LAB_GUEST_BADGE) {
            return r.event == BH_EVENT_EXIT ? GUEST_EXIT : GUEST_FAULT;
        }
        if (status == BH_OK && r.event == BH_EVENT_SIGNAL && (m->w[0] & DONE_BIT) != 0) {
            return GUEST_DONE;
        }
        if (status != BH_OK || r.event == BH_EVENT_DEADLINE) {
            return GUEST_SILENT;
        }
        action = BH_WAIT_ONLY; /* another signal */
    }
}
