/* SPDX-License-Identifier: Apache-2.0 */
/* A cell with everything in it is destroyed and rebuilt 1,000 times while a timer interrupts all
 * the time; kernel memory, slots and VMIDs return to where they were, and whoever waited for it
 * is told. */
#include "cells/lib/status_name.h"
#include "tests/target/lab/lab.h"

#define ROUNDS        1000
#define LOW           20
#define VICTIM        30
#define VICTIM_LOW    25
#define ABOVE         60
#define POOL_BYTES    0x40000
#define PRIVATE_BYTES 0x8000
#define SHARED_BYTES  0x2000
#define PATIENCE      2000 /* ms */
#define BIT(n)        (UINT64_C(1) << (n))
#define PRIVATE_AT    UINT64_C(0x20000000)
#define SHARED_AT     UINT64_C(0x21000000)
#define DEVICE_AT     UINT64_C(0x22000000)
#define GOT_AT        UINT64_C(0x23000000)
#define NOTHING_AT    UINT64_C(0x30000000) /* where nobody has anything */

enum bits { ANSWERED = 1, REACHED = 2, ENTERED = 4 };
enum kind { BY_POOL, BY_CELL, BY_THREAD, VM_RUNNING, VM_IDLE, VM_EXIT, KINDS };
static const char *const kind_names[] = {"rebuild.by_pool",   "rebuild.by_cell",
                                         "rebuild.by_thread", "rebuild.vcpu_running",
                                         "rebuild.vcpu_idle", "rebuild.vcpu_in_exit"};

/* Slots of the victim's table behind the image. */
enum victim_slot { IN_SHARED, IN_PRIVATE, IN_DEVICE, IN_SIGNAL, IN_COUNT };

/* Offsets of the PL031 (TRM DDI 0224). */
enum { RTC_DR = 0x0, RTC_MR = 0x4, RTC_IMSC = 0x10, RTC_RIS = 0x14, RTC_ICR = 0x1c };

static uint8_t stacks[8][LAB_STACK] __attribute__((aligned(16)));

static struct {
    uint32_t shared, private, device, irq, rtc_slot;
    volatile uint32_t *rtc;
    uint32_t door, inner_door; /* served by the victim: from this cell's pool, from the victim's */
    uint32_t client_signal, got;
    uint32_t to_main[3];
    uint32_t first_in; /* first slot of the victim behind its image */
    uint32_t exit_door;
} world;

/* The victim of a round. */
static struct {
    uint32_t pool, cell, slots[24], count;
    struct lab_thread serving, waiting, sleeping, faulting, pending;
    uint32_t vcpu;
} victim;

static volatile struct {
    uint32_t first, second; /* what the client's calls returned */
    uint32_t came;
    uint64_t irqs, storms;
    uint32_t door;
} seen;

static unsigned destroys_interrupted; /* somebody else ran between the call and its end */

/* ---- threads of the victim: they see this program's variables, but their capabilities are
 * their own ---- */

static void victim_serve(uint64_t arg)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    (void)arg;
    __asm__ volatile(".arch_extension fp\n\tfmov d9, %0" ::"r"(UINT64_C(0x5ec2e7)));
    (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    (void)bh_reply_wait_with(BH_REPLY, &m, &r,
                             (struct bh_wait){.send = world.first_in + IN_PRIVATE});
    (void)bh_signal_send(world.first_in + IN_SIGNAL);
    for (;;) {
        cpu_pause();
    }
}

/* Waits with a deadline that is armed and never comes, or for the interrupt. */
static void victim_wait(uint64_t deadline)
{
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r = {0};
        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){.deadline = deadline});
        seen.irqs += r.event == BH_EVENT_SIGNAL;
    }
}

static void victim_fault(uint64_t arg)
{
    (void)arg;
    *(volatile uint32_t *)NOTHING_AT = 1;
}

/* ---- the guest: EL1, MMU off, this program's text at its addresses ---- */

static void guest(uint64_t kind)
{
    register uint64_t x8 __asm__("x8") = BH_CALL_signal_send;
    register uint64_t x9 __asm__("x9") = world.first_in + IN_SIGNAL;
    uint64_t later = kind == VM_IDLE ? UINT64_C(1) << 40 : 0;

    __asm__ volatile("mrs x10, cntvct_el0\n\tadd x10, x10, %2\n\tmsr cntv_cval_el0, x10\n\t"
                     "mov x10, #1\n\tmsr cntv_ctl_el0, x10\n\tisb\n\thvc #1"
                     : "+r"(x8), "+r"(x9)
                     : "r"(later)
                     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x10", "x11", "x12", "x13",
                       "x14", "x15", "x16", "x17", "x18", "memory");
    if (kind == VM_EXIT) {
        *(volatile uint32_t *)NOTHING_AT = 1;
    }
    for (;;) {
        if (kind == VM_IDLE) {
            __asm__ volatile("wfi");
        }
    }
}

/* ---- threads of this cell ---- */

/* Calls the victim twice whenever told to: for a capability, then for an answer that does not
 * come. */
static void client(uint64_t arg)
{
    (void)arg;
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        bool came = false;
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
        seen.first = bh_call_cap(seen.door, &m, 0, world.got, &came);
        seen.came = came;
        seen.second = bh_call(seen.door, &m);
        (void)bh_signal_send(world.to_main[0]);
    }
}

/* Takes an exit and keeps it. */
static void exit_keeper(uint64_t arg)
{
    (void)arg;
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r = {0};
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
        while (r.event == BH_EVENT_EXIT && bh_reply_wait(BH_WAIT_ONLY, &m, &r) == BH_BAD_ARG) {
            seen.second = BH_EVENT_EXIT;
            (void)bh_signal_send(world.to_main[2]);
            cpu_pause(); /* BAD_ARG while the vCPU waits; NO_CALLER or an event once it is gone */
        }
    }
}

/* Interrupts whatever runs, again and again. */
static void storm(uint64_t arg)
{
    uint64_t state = arg;

    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        uint64_t next = counter_now() + 300 + lab_random(&state) % 3000;
        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){.deadline = next});
        seen.storms++;
    }
}

/* ---- building ---- */

static uint32_t keep(uint32_t slot)
{
    victim.slots[victim.count++] = slot;
    return slot;
}

static void give(uint32_t cap, enum victim_slot slot, uint64_t rights, uint64_t ipa)
{
    uint32_t to = world.first_in + slot;

    lab_need("cap_derive", bh_cap_derive(cap, victim.cell, to, rights, 0));
    if (ipa != 0) {
        lab_need("memory_map", bh_memory_map(victim.cell, to, ipa, BH_MAP_READ | BH_MAP_WRITE));
    }
}

static void build_cell(bool vm)
{
    victim.count = 0;
    victim.pool = keep(lab_child_pool(POOL_BYTES));
    victim.cell = keep(lab_cell(victim.pool, 32, vm));
    give(world.shared, IN_SHARED, BH_MEMORY_READ | BH_MEMORY_WRITE, SHARED_AT);
    give(world.private, IN_PRIVATE, BH_MEMORY_READ | BH_MEMORY_WRITE, PRIVATE_AT);
    give(world.rtc_slot, IN_DEVICE, BH_MEMORY_READ | BH_MEMORY_WRITE, DEVICE_AT);
    give(world.to_main[1], IN_SIGNAL, BH_SIGNAL_SEND, 0);
}

static struct lab_thread victim_thread(unsigned n, uint64_t priority, void (*entry)(uint64_t),
                                       uint64_t arg)
{
    struct lab_spec spec = {.pool = victim.pool,
                            .cell = victim.cell,
                            .priority = priority,
                            .entry = entry,
                            .arg = arg,
                            .flags = n == 0 ? BH_THREAD_FP : 0,
                            .stack = stacks[n]};
    struct lab_thread made;

    if (entry == victim_fault) {
        spec.handler = world.door; /* its server is busy, so the fault has to be tried again */
    }
    made = lab_thread(&spec);
    keep(made.thread);
    keep(made.budget);
    return made;
}

static void build_threads(void)
{
    uint32_t irq_signal, signal, badged;

    build_cell(false);
    victim.serving = victim_thread(0, VICTIM, victim_serve, 0);
    lab_need("endpoint_bind", bh_endpoint_bind(world.door, victim.serving.thread));
    world.inner_door = keep(lab_make(victim.pool, BH_ENDPOINT));
    lab_need("endpoint_bind", bh_endpoint_bind(world.inner_door, victim.serving.thread));
    victim.waiting = victim_thread(1, VICTIM, victim_wait, counter_after(1000000));
    victim.sleeping = victim_thread(2, VICTIM, victim_wait, 0);
    victim.faulting = victim_thread(3, VICTIM_LOW, victim_fault, 0);
    victim.pending = victim_thread(4, VICTIM, victim_wait, 0); /* stays suspended */
    irq_signal = keep(lab_make(victim.pool, BH_SIGNAL));
    badged = keep(lab_derive(irq_signal, BH_SIGNAL_SEND, 8));
    lab_need("signal_bind", bh_signal_bind(irq_signal, victim.sleeping.thread));
    lab_need("irq_bind", bh_irq_bind(world.irq, badged));
    signal = keep(lab_make(victim.pool, BH_SIGNAL));
    lab_need("signal_bind", bh_signal_bind(signal, victim.pending.thread));
    lab_need("signal_send", bh_signal_send(signal));
    lab_need("thread_resume", bh_thread_resume(victim.serving.thread));
    lab_need("thread_resume", bh_thread_resume(victim.waiting.thread));
    lab_need("thread_resume", bh_thread_resume(victim.sleeping.thread));
}

static void build_vcpu(enum kind kind)
{
    uint32_t budget, line, signal;

    build_cell(true);
    victim.vcpu = keep(lab_create(victim.pool, BH_VCPU, (uint64_t[]){victim.cell, 64, 0}));
    budget = keep(lab_budget(victim.pool, VICTIM));
    line = keep(lab_create(victim.pool, BH_LINE, (uint64_t[]){victim.vcpu, 40, 0}));
    signal = keep(lab_make(victim.pool, BH_SIGNAL));
    lab_need("signal_bind", bh_signal_bind(signal, line));
    lab_need("vcpu_irq", bh_vcpu_irq(victim.vcpu, 27, BH_VIRQ_ENABLE | BH_VIRQ_LEVEL | 0x80));
    lab_need("vcpu_irq", bh_vcpu_irq(victim.vcpu, 40, BH_VIRQ_ENABLE | 0x80));
    lab_need("thread_handler", bh_thread_handler(victim.vcpu, world.exit_door));
    lab_need("thread_set", bh_thread_set(victim.vcpu, (uintptr_t)guest, 0, kind));
    lab_need("thread_write",
             bh_thread_write(victim.vcpu, BH_REG_PSR, 0x3c4)); /* EL1t: its sp is SP_EL0 */
    lab_need("thread_write",
             bh_thread_write(victim.vcpu, BH_REG_SP, (uintptr_t)stacks[0] + LAB_STACK));
    lab_need("thread_budget", bh_thread_budget(victim.vcpu, budget));
    if (kind != VM_IDLE) {
        lab_need("signal_send", bh_signal_send(signal)); /* the line's interrupt is pending */
    }
    lab_need("thread_resume", bh_thread_resume(victim.vcpu));
}

/* An alarm for the second that is now; anew if that one was over before it was set. */
static void raise_rtc(void)
{
    world.rtc[RTC_IMSC / 4] = 1;
    while (world.rtc[RTC_RIS / 4] == 0) {
        world.rtc[RTC_MR / 4] = world.rtc[RTC_DR / 4];
    }
}

/* Everything is under way: a capability got out, a call waits, the interrupt was delivered and
 * not acknowledged. */
static void use_threads(unsigned round)
{
    uint64_t irqs = seen.irqs;

    seen.first = seen.second = BH_STATUS_COUNT;
    seen.door = round % 2 == 0 ? world.door : world.inner_door;
    lab_need("signal_send", bh_signal_send(world.client_signal));
    lab_expect(lab_wait_bits(REACHED, PATIENCE), "round %u: the victim was not reached", round);
    lab_expect(seen.first == BH_OK && seen.came, "round %u: first call %s, capability %u", round,
               status_name(seen.first), seen.came);
    if (lab_status("map what came", bh_memory_map(0, world.got, GOT_AT, BH_MAP_READ | BH_MAP_WRITE),
                   BH_OK)) {
        *(volatile uint64_t *)GOT_AT = round;
    }
    lab_need("thread_resume", bh_thread_resume(victim.faulting.thread)); /* its handler is busy */
    raise_rtc();
    for (unsigned ms = 0; ms < PATIENCE && seen.irqs == irqs; ms++) {
        lab_sleep(1);
    }
    lab_expect(seen.irqs == irqs + 1, "round %u: interrupt came %lu times", round,
               (unsigned long)(seen.irqs - irqs));
}

static void use_vcpu(enum kind kind, unsigned round)
{
    lab_expect(lab_wait_bits(REACHED, PATIENCE), "round %u: the guest was not reached", round);
    if (kind == VM_EXIT) {
        lab_expect(lab_wait_bits(ENTERED, PATIENCE), "round %u: no exit", round);
    } else {
        lab_sleep(1);
    }
}

/* ---- destroying ---- */

static void destroy(uint32_t slot)
{
    uint64_t storms = seen.storms;

    lab_status("object_destroy", bh_object_destroy(slot), BH_OK);
    destroys_interrupted += seen.storms != storms;
}

static void destroy_victim(enum kind kind)
{
    if (kind == BY_THREAD) {
        destroy(victim.faulting.thread);
        destroy(victim.serving.thread);
        destroy(victim.waiting.thread);
        destroy(victim.sleeping.thread);
        destroy(victim.pending.thread);
    }
    if (kind == VM_RUNNING) {
        destroy(victim.vcpu);
    }
    if (kind == BY_THREAD || kind == BY_CELL || kind == VM_IDLE) {
        destroy(victim.cell);
    }
    destroy(victim.pool);
}

static void check_ended(unsigned round)
{
    uint64_t info[4];

    lab_expect(lab_wait_bits(ANSWERED, PATIENCE), "round %u: the caller still waits", round);
    lab_expect(seen.second == BH_DOWN, "round %u: the call that waited: %s", round,
               status_name(seen.second));
    lab_expect(bh_memory_info(world.got, info) == BH_NO_CAP,
               "round %u: a derived capability is left", round);
    world.rtc[RTC_ICR / 4] = 1;
}

static void one_round(enum kind kind, unsigned round)
{
    if (kind <= BY_THREAD) {
        build_threads();
        use_threads(round);
    } else {
        build_vcpu(kind);
        use_vcpu(kind, round);
    }
    destroy_victim(kind);
    if (kind <= BY_THREAD) {
        check_ended(round);
    }
    for (unsigned i = 0; i < victim.count; i++) {
        lab_drop(victim.slots[i]);
    }
}

/* ---- the program ---- */

static void open_world(const struct start_info *start)
{
    const struct start_memory *rtc = start_need_memory(start, "rtc", BH_MAP_READ | BH_MAP_WRITE);
    struct lab_spec c = {
        .pool = lab.pool, .cell = lab.self, .priority = LOW, .entry = client, .stack = stacks[5]};
    struct lab_spec s = {.pool = lab.pool,
                         .cell = lab.self,
                         .priority = ABOVE,
                         .entry = storm,
                         .arg = 88172645463325252,
                         .stack = stacks[6]};
    struct lab_spec e = {.pool = lab.pool,
                         .cell = lab.self,
                         .priority = VICTIM,
                         .entry = exit_keeper,
                         .stack = stacks[7]};

    world.rtc = (volatile uint32_t *)(uintptr_t)rtc->address;
    world.rtc_slot = rtc->slot;
    world.irq = start_need_cap(start, "irq", BH_IRQ);
    world.shared = lab_ram(SHARED_BYTES);
    world.private = lab_ram(PRIVATE_BYTES);
    (void)lab_map(world.shared, BH_MAP_READ | BH_MAP_WRITE);
    world.door = lab_make(lab.pool, BH_ENDPOINT);
    world.exit_door = lab_make(lab.pool, BH_ENDPOINT);
    world.client_signal = lab_make(lab.pool, BH_SIGNAL);
    world.got = lab_slot();
    world.first_in = lab_image_slots() + 1;
    for (unsigned i = 0; i < 3; i++) {
        world.to_main[i] = lab_derive(lab.signal, BH_SIGNAL_SEND, BIT(i));
    }
    lab_need("signal_bind", bh_signal_bind(world.client_signal, lab_run(&c).thread));
    lab_need("endpoint_bind", bh_endpoint_bind(world.exit_door, lab_run(&e).thread));
    (void)lab_run(&s);
    lab_sleep(5);
}

static void test_kind(enum kind kind)
{
    struct lab_account before = lab_account();

    lab_begin(kind_names[kind]);
    for (unsigned round = kind; round < ROUNDS; round += KINDS) {
        struct lab_account after;
        one_round(kind, round);
        after = lab_account();
        if (!lab_expect(
                lab_account_same(before, after),
                "round %u: free %lu to %lu, objects %lu to %lu, vmids %lu to %lu, slots %lu to %lu",
                round, (unsigned long)before.pool_free, (unsigned long)after.pool_free,
                (unsigned long)before.pool_objects, (unsigned long)after.pool_objects,
                (unsigned long)before.vmids, (unsigned long)after.vmids,
                (unsigned long)before.slots, (unsigned long)after.slots)) {
            break;
        }
    }
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    open_world(start);
    for (unsigned kind = 0; kind < KINDS; kind++) {
        test_kind((enum kind)kind);
    }
    lab_begin("rebuild.destroys_are_preempted");
    lab_expect(destroys_interrupted > 0, "none of them was, with %lu interrupts",
               (unsigned long)seen.storms);
    lab_end();
    print("%u destroys were preempted\n", destroys_interrupted);
    lab_done();
}
