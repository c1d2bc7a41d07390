/* SPDX-License-Identifier: Apache-2.0 */
/* A million calls with random numbers and arguments, made by two threads of a cell that holds
 * capabilities to everything in a sandbox. When the sandbox has taken itself apart it is
 * destroyed and built anew. The kernel goes on, and nothing outside the sandbox changes. */
#include "cells/lib/status_name.h"
#include "cells/lib/string.h"
#include "tests/target/lab/lab.h"

#define CALLS_PER_SEED 250000u
#define SEEDS          4
#define CALLERS        2
#define SANDBOX_BYTES  0x40000
#define SANDBOX_SLOTS  64
#define SLOTS_GIVEN    32 /* about */
#define STATE_AT       UINT64_C(0x20000000)
#define STATE_BYTES    0x4000 /* one page of variables, one of stack for each caller */
#define PATIENCE       15     /* ms without a call: the sandbox has stopped itself */
#define LIVES_MAX      100000
#define CANARY         UINT64_C(0xca11ab1e0ddba115)
#define REGISTERS      13 /* x0..x12 go in */

/* One caller's variables, in the sandbox's memory: it can destroy them. */
struct caller {
    uint64_t random;
    uint64_t calls;
    uint64_t statuses[BH_STATUS_COUNT];
    uint8_t slot_of[BH_TRACE + 1]; /* where it was given one of each type */
    uint64_t x[REGISTERS];
};

static struct {
    struct caller *state[CALLERS]; /* as this thread sees them */
    uint32_t memory, spare, signal, irq;
    uint32_t pool, cell;
    uint32_t slots[48], count; /* capabilities of this cell into the sandbox */
    uint32_t handler;
    struct lab_thread threads[CALLERS];
} sandbox;

static uint64_t lives, faults, stops;
static uint64_t statuses[BH_STATUS_COUNT];
static uint64_t random_state;
static const volatile uint64_t canary = CANARY;
static volatile uint64_t canary_data = CANARY;

/* ---- in the sandbox: nothing here may touch this program's own variables ---- */

/* The type masks of abi/calls.def. */
#define OBJECT(number, NAME, name, doc) T_##NAME = 1 << (number),
#define RIGHT(NAME, bit, RIGHT_NAME, doc)
enum {
#include "abi/objects.def"
    T_NONE = 0,
    T_ANY = 0x1ffe,
    T_SELF_OR_CELL = 0x10000
};

static const struct row {
    uint8_t number;
    uint32_t types;
} rows[] = {
#define CALL(number, name, types, rights, argc, args, resc, results, doc) {number, types},
#include "abi/calls.def"
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* A number that is worth trying: mostly a slot. */
static uint64_t some_value(uint64_t *random)
{
    uint64_t r = lab_random(random);

    switch (r >> 60) {
    case 0:
    case 1:
        return r & 15;
    case 2:
        return UINT64_C(1) << (r & 63);
    case 3:
        return r & 0x7ffffff000;
    case 4:
        return r & 0xfff000;
    case 5:
        return r;
    case 6:
        return r & 0xffff;
    case 7:
        return BH_ALL & r;
    case 8:
    case 9:
        return r % SANDBOX_SLOTS;
    default:
        return r % SLOTS_GIVEN;
    }
}

/* A capability of one of these types, as far as it is still there. */
static uint64_t slot_of_types(struct caller *c, uint32_t types)
{
    uint32_t type = (uint32_t)(lab_random(&c->random) % (BH_TRACE + 1));

    if (types == T_SELF_OR_CELL) {
        return lab_random(&c->random) >> 63 != 0 ? c->slot_of[BH_CELL] : 0;
    }
    while (types != 0 && !(types >> type & 1)) {
        type = (type + 1) % (BH_TRACE + 1);
    }
    return c->slot_of[type];
}

/* A call that comes far: its capability is of the right type, its arguments may be. */
static void choose_well(struct caller *c)
{
    const struct row *row = &rows[lab_random(&c->random) % ROWS];

    c->x[8] = row->number;
    c->x[9] = slot_of_types(c, row->types);
    if (row->number == BH_CALL_pool_create) {
        static const uint8_t needs[] = {
            [BH_THREAD] = BH_CELL, [BH_VCPU] = BH_CELL, [BH_LINE] = BH_VCPU, [BH_BUDGET] = BH_CORE};
        c->x[0] = lab_random(&c->random) % (BH_TRACE + 1);
        c->x[1] = SLOTS_GIVEN + lab_random(&c->random) % SLOTS_GIVEN;
        c->x[2] = lab_random(&c->random) >> 60;
        if (c->x[0] < sizeof(needs) && needs[c->x[0]] != 0) {
            c->x[2] = c->slot_of[needs[c->x[0]]];
        } else if (c->x[0] != BH_CELL) {
            c->x[2] = c->x[0] == BH_POOL ? 4096 : 0;
        }
        c->x[3] = lab_random(&c->random) >> 62 == 0 ? lab_random(&c->random) % 50 : 0;
        c->x[4] = 0;
    } else if (lab_random(&c->random) >> 63 != 0) {
        c->x[0] = c->slot_of[lab_random(&c->random) % (BH_TRACE + 1)];
    }
}

static void choose_badly(struct caller *c)
{
    uint64_t r = lab_random(&c->random);

    c->x[8] = r >> 60 != 0 ? rows[(r & 0xffff) % ROWS].number : r >> 59 & 1 ? r : r & 0xff;
    c->x[9] = some_value(&c->random);
}

/* What takes capabilities away is rarer than the rest, or nothing would be left to attack. */
static bool takes_away(uint64_t number)
{
    return number == BH_CALL_cap_delete || number == BH_CALL_cap_revoke ||
           number == BH_CALL_cap_restrict || number == BH_CALL_object_destroy;
}

/* Messages wait: they mostly get a deadline that is near. Any other call gets any value. */
static void choose(struct caller *c)
{
    uint64_t *random = &c->random;

    for (unsigned i = 0; i < REGISTERS; i++) {
        c->x[i] = some_value(random);
    }
    do {
        if (lab_random(random) >> 62 != 0) {
            choose_well(c);
        } else {
            choose_badly(c);
        }
    } while (takes_away(c->x[8]) && lab_random(random) >> 59 != 0);
    if (c->x[8] == BH_CALL_reply_wait) {
        c->x[9] = lab_random(random) % 6;
        c->x[12] = counter_now() + (lab_random(random) & 0xfff);
    }
    if (c->x[8] <= BH_CALL_reply_wait && lab_random(random) >> 62 != 0) {
        c->x[10] = c->x[11] = 0;
    }
}

static uint64_t make(uint64_t *x)
{
    register uint64_t *at __asm__("x19") = x;
    register uint64_t status __asm__("x8");

    __asm__ volatile("ldp x0, x1, [x19]\n\tldp x2, x3, [x19, #16]\n\tldp x4, x5, [x19, #32]\n\t"
                     "ldp x6, x7, [x19, #48]\n\tldp x8, x9, [x19, #64]\n\t"
                     "ldp x10, x11, [x19, #80]\n\tldr x12, [x19, #96]\n\tsvc #0"
                     : "=r"(status)
                     : "r"(at)
                     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12",
                       "x13", "x14", "x15", "x16", "x17", "x18", "memory");
    return status;
}

static void call_at_random(uint64_t arg)
{
    struct caller *c = (struct caller *)(uintptr_t)arg;

    for (;;) {
        uint64_t status;
        if (c->random == 0) {
            cell_break(); /* it has cleared its own memory */
        }
        choose(c);
        status = make(c->x);
        if (status < BH_STATUS_COUNT) { /* the other caller may have written its registers */
            c->statuses[status]++;
        }
        c->calls++;
    }
}

/* ---- building the sandbox ---- */

static uint32_t keep(uint32_t slot)
{
    sandbox.slots[sandbox.count++] = slot;
    return slot;
}

static uint32_t next_slot;

/* Into the sandbox's own table: the next slot. */
static uint32_t give(uint32_t cap, uint64_t rights)
{
    uint64_t what[3];

    lab_need("cap_derive", bh_cap_derive(cap, sandbox.cell, next_slot, rights, 0));
    lab_need("cap_identify", bh_cap_identify(cap, what));
    for (unsigned i = 0; i < CALLERS; i++) {
        sandbox.state[i]->slot_of[what[0]] = (uint8_t)next_slot; /* the last of its type */
    }
    return next_slot++;
}

static void give_code(void)
{
    for (uint32_t i = 0; i < lab.start->memory_count; i++) {
        const struct start_memory *row =
            (const struct start_memory *)((uintptr_t)lab.start + lab.start->memory_offset) + i;
        if (strncmp(row->name, "text", 4) == 0 || strncmp(row->name, "rodata", 6) == 0) {
            uint32_t slot = give(row->slot, row->access);
            lab_need("memory_map", bh_memory_map(sandbox.cell, slot, row->address, row->access));
        }
    }
}

static uint32_t give_new(enum bh_type type, uint64_t a, uint64_t b)
{
    uint32_t slot = keep(lab_create(sandbox.pool, type, (uint64_t[]){a, b, 0}));

    give(slot, BH_ALL);
    return slot;
}

static void give_threads(void)
{
    for (unsigned i = 0; i < CALLERS; i++) {
        struct lab_spec spec = {
            .pool = sandbox.pool,
            .cell = sandbox.cell,
            .priority = 20 + i,
            .flags = i == 0 ? BH_THREAD_FP : 0,
            .handler = sandbox.handler,
            .entry = call_at_random,
            .arg = STATE_AT + i * LAB_PAGE,
            .stack = (void *)(uintptr_t)(STATE_AT + (2 + i) * LAB_PAGE),
        };
        sandbox.threads[i] = lab_thread(&spec);
        keep(sandbox.threads[i].thread);
        keep(sandbox.threads[i].budget);
        give(sandbox.threads[i].thread, BH_ALL);
        give(sandbox.threads[i].budget, BH_ALL);
    }
}

/* One or more of each type, with all rights where that is harmless to others. */
static void give_all(void)
{
    uint32_t vm, vcpu;

    give_code();
    lab_need("memory_map", bh_memory_map(sandbox.cell, give(sandbox.memory, 3), STATE_AT, 3));
    give(sandbox.spare, BH_MEMORY_READ | BH_MEMORY_WRITE | BH_MEMORY_EXEC | BH_MEMORY_SPLIT);
    give_new(BH_POOL, 0x4000, 0);
    give(sandbox.cell, BH_ALL);
    give(lab.core, 0); /* neither time nor power */
    give(sandbox.irq, BH_IRQ_ACK | BH_IRQ_BIND);
    give(sandbox.signal, BH_SIGNAL_SEND); /* to the supervisor */
    vm = give_new(BH_CELL, 16, 1);
    vcpu = give_new(BH_VCPU, vm, 48);
    give_new(BH_LINE, vcpu, 40);
    give_new(BH_TRACE, 0, 0);
    for (unsigned i = 0; i < 2; i++) {
        uint32_t budget = keep(lab_budget(sandbox.pool, 19 + 2 * i));
        give(budget, BH_ALL);
        give_new(BH_ENDPOINT, 0, 0);
        give_new(BH_SIGNAL, 0, 0);
        give_new(BH_THREAD, sandbox.cell, i);
    }
    give_threads();
}

static void build(void)
{
    sandbox.count = 0;
    next_slot = 1;
    for (unsigned i = 0; i < CALLERS; i++) {
        *sandbox.state[i] = (struct caller){.random = lab_random(&random_state) | 1};
    }
    sandbox.pool = keep(lab_child_pool(SANDBOX_BYTES));
    sandbox.cell = keep(lab_create(sandbox.pool, BH_CELL, (uint64_t[]){SANDBOX_SLOTS, 0, 0}));
    give_all();
    for (unsigned i = 0; i < CALLERS; i++) {
        lab_need("thread_resume", bh_thread_resume(sandbox.threads[i].thread));
    }
}

/* Calls of both callers so far; what they have destroyed does not count. */
static uint64_t calls(void)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < CALLERS; i++) {
        uint64_t own = *(volatile uint64_t *)&sandbox.state[i]->calls;
        sum += own <= CALLS_PER_SEED ? own : 0;
    }
    return sum;
}

/* Let them call until nothing moves any more, a caller faults, or there have been enough calls. */
static void watch(uint64_t enough)
{
    uint64_t before;

    do {
        struct bh_message m = {{0}};
        struct bh_received r = {0};
        before = calls();
        enum bh_status status = lab_wait(BH_WAIT_ONLY, &m, &r, PATIENCE);
        if (status == BH_OK && r.event == BH_EVENT_FAULT) {
            faults++;
            (void)bh_reply_wait_with(BH_STOP, &m, &r, (struct bh_wait){.deadline = 1});
            return;
        }
        if (status == BH_OK && r.event == BH_EVENT_SIGNAL) {
            before = 0; /* they have signalled, so they are alive */
        }
    } while (calls() != before && calls() < enough);
    stops++;
}

static void take_apart(void)
{
    lab_status("object_destroy of the sandbox", bh_object_destroy(sandbox.pool), BH_OK);
    for (unsigned i = 0; i < sandbox.count; i++) {
        lab_drop(sandbox.slots[i]);
    }
    for (unsigned i = 0; i < CALLERS; i++) {
        for (unsigned k = 0; k < BH_STATUS_COUNT; k++) {
            statuses[k] += sandbox.state[i]->statuses[k];
        }
    }
}

static void test_seed(unsigned seed)
{
    static const char *const names[SEEDS] = {"million.seed_1", "million.seed_2", "million.seed_3",
                                             "million.seed_4"};
    struct lab_account before = lab_account();
    uint64_t done = 0;

    lab_begin(names[seed]);
    random_state = seed + 1;
    for (unsigned life = 0; life < LIVES_MAX && done < CALLS_PER_SEED; life++) {
        build();
        watch(CALLS_PER_SEED - done);
        done += calls();
        take_apart();
        lives++;
        if (!lab_expect(lab_account_same(before, lab_account()), "life %u: something is left",
                        life)) {
            break;
        }
    }
    lab_expect(done >= CALLS_PER_SEED, "only %lu calls", (unsigned long)done);
    lab_expect(canary == CANARY && canary_data == CANARY, "the supervisor's memory has changed");
    lab_end();
}

/* Every status must have been seen, or the calls were not hostile enough. */
static void test_statuses(void)
{
    lab_begin("million.every_status_was_seen");
    for (unsigned i = 0; i < BH_STATUS_COUNT; i++) {
        bool possible =
            i != BH_OTHER_CORE && i != BH_NO_VMID; /* one core; pools end before VMIDs */
        lab_expect(statuses[i] > 0 || !possible, "never: %s", status_name((enum bh_status)i));
        print("status %u: %lu times\n", i, (unsigned long)statuses[i]);
    }
    lab_end();
}

void cell_main(const struct start_info *start)
{
    uint8_t *state;

    lab_open(start);
    sandbox.memory = lab_ram(STATE_BYTES);
    sandbox.spare = lab_ram(0x2000);
    state = lab_map(sandbox.memory, BH_MAP_READ | BH_MAP_WRITE);
    for (unsigned i = 0; i < CALLERS; i++) {
        sandbox.state[i] = (struct caller *)(void *)(state + i * LAB_PAGE);
    }
    sandbox.irq = start_need_cap(start, "irq", BH_IRQ);
    sandbox.signal = lab_derive(lab.signal, BH_SIGNAL_SEND, 1);
    sandbox.handler = lab_derive(lab.door, BH_ENDPOINT_SEND, 7);
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        test_seed(seed);
    }
    test_statuses();
    print("%lu lives, %lu ended by a fault, %lu stopped\n", (unsigned long)lives,
          (unsigned long)faults, (unsigned long)stops);
    lab_done();
}
