/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell can do to make kernel entries long: the largest of everything, as full as it can be.
 * How long they are is what tests/bench/bounds measures here; that it all works is seen here. */
#include "tests/target/lab/lab.h"

#define INTERRUPTS 1020u
#define FIRST      32u /* no SGIs, no timers */
#define ROUNDS     16
#define SETTINGS   (BH_VIRQ_ENABLE | BH_VIRQ_ALTERNATE)
#define DEEP       30
#define SLOTS      1024

static uint32_t big;

static uint32_t vcpu_make(uint32_t cell)
{
    uint32_t vcpu = lab_create(big, BH_VCPU, (uint64_t[]){cell, INTERRUPTS, 0});
    uint32_t budget = lab_budget(big, 20);

    lab_need("thread_set", bh_thread_set(vcpu, 0, 0, 0));
    lab_need("thread_handler", bh_thread_handler(vcpu, lab.door));
    lab_need("thread_budget", bh_thread_budget(vcpu, budget));
    return vcpu;
}

/* All pending, and each that comes later is more urgent than those before. */
static void all_pending(uint32_t vcpu)
{
    uint64_t state;

    for (unsigned i = FIRST; i < INTERRUPTS; i++) {
        uint64_t priority = (255 - i / 4) & 0xf8;
        lab_need("vcpu_irq", bh_vcpu_irq(vcpu, i, priority | SETTINGS));
        lab_need("vcpu_irq_state", bh_vcpu_irq_state(vcpu, i, 1, 0, &state));
    }
}

/* The vCPU has nothing mapped: each fetch is an exit. Meanwhile its vmm changes what is pending. */
static void exits(uint32_t vcpu)
{
    struct bh_message m = {{0}};
    struct bh_received r;
    uint64_t state;
    enum bh_action action = BH_WAIT_ONLY;

    for (unsigned i = 0; i < ROUNDS; i++) {
        enum bh_status status = lab_wait(action, &m, &r, 1000);
        bool came = r.event == BH_EVENT_EXIT || r.event == BH_EVENT_FAULT;
        lab_expect(status == BH_OK && came, "exit %u: status %u, event %u", i, status,
                   (unsigned)r.event);
        for (unsigned k = 0; k < 8; k++) {
            unsigned interrupt = INTERRUPTS - 1 - (i * 8 + k);
            lab_need("vcpu_irq_state", bh_vcpu_irq_state(vcpu, interrupt, 0, 1, &state));
            lab_expect(state == 0, "interrupt %u is %lu", interrupt, (unsigned long)state);
            lab_need("vcpu_irq_state", bh_vcpu_irq_state(vcpu, interrupt, 1, 0, &state));
            lab_expect(state == 1, "interrupt %u is %lu", interrupt, (unsigned long)state);
        }
        action = BH_RESUME;
    }
    (void)lab_wait(BH_STOP, &m, &r, 1);
}

/* 988 virtual interrupts wait for 4 list registers. */
static void test_interrupts(void)
{
    struct lab_account before;
    uint32_t cell, vcpu;

    lab_begin("longest.virtual_interrupts");
    before = lab_account();
    cell = lab_create(big, BH_CELL, (uint64_t[]){8, 1, 0});
    vcpu = vcpu_make(cell);
    all_pending(vcpu);
    lab_need("thread_resume", bh_thread_resume(vcpu));
    exits(vcpu);
    lab_need("object_destroy", bh_object_destroy(vcpu));
    lab_need("object_destroy", bh_object_destroy(cell));
    lab_drop(vcpu);
    lab_drop(cell);
    lab_expect(lab_account().slots >= before.slots, "slots are missing");
    lab_end();
}

/* A table of 1,024 slots, full of a chain as deep as it can be and many of its ends. */
static void test_table(void)
{
    uint32_t cell, parent = lab.signal;

    lab_begin("longest.full_table");
    cell = lab_create(big, BH_CELL, (uint64_t[]){SLOTS, 0, 0});
    for (unsigned i = 0; i < DEEP - 2; i++) {
        parent = lab_derive(parent, BH_ALL, 0);
    }
    for (uint64_t i = 1; i < SLOTS; i++) {
        lab_status("cap_derive", bh_cap_derive(parent, cell, i, BH_ALL, 0), BH_OK);
    }
    lab_need("object_destroy", bh_object_destroy(cell));
    lab_drop(cell);
    lab_end();
}

/* The largest pool, and the largest memory of one, out of a whole one. */
static void test_pools(void)
{
    uint32_t pool, memory;

    lab_begin("longest.pools");
    for (uint64_t size = 4096; size <= UINT64_C(2) << 20; size *= 2) {
        pool = lab_create(big, BH_POOL, (uint64_t[]){size, 0, 0});
        lab_need("object_destroy", bh_object_destroy(pool));
        lab_drop(pool);
    }
    for (uint64_t size = 4096; size <= 32768; size *= 2) {
        memory = lab_create(big, BH_MEMORY, (uint64_t[]){size, 0, 0});
        (void)lab_map(memory, BH_MAP_READ | BH_MAP_WRITE);
        lab_need("object_destroy", bh_object_destroy(memory));
        lab_drop(memory);
    }
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    big = start_need_cap(start, "big", BH_POOL);
    test_pools();
    test_table();
    test_interrupts();
    lab_done();
}
