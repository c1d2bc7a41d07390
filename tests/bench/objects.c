/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to make, share, take back and destroy what the kernel keeps; and calls, faults and
 * switches that need more than one thread of a kind. */
#include "tests/bench/measure.h"
#include "tests/target/lab/guest.h"

#define FEW       64
#define BLOCK_AT  UINT64_C(0x4000000000) /* empty, and no table is there */
#define GIB_AT    UINT64_C(0x5000000000)
#define LEAVES    10000U
#define HOLDERS   10U /* cells with that many */
#define TABLE     1024U
#define ROW       100U /* slots of our own */
#define UNMAPPED  UINT64_C(0x3000000000)
#define PARTNER   60 /* priority, above ours */
#define VCPU_DOOR 20 /* slot in the table of a VM cell */
#define STOP      "the bench is wrong: "

static uint32_t row[ROW], big, signal, partner_door, echo_door;
static uint8_t stacks[3][LAB_STACK] __attribute__((aligned(16)));

static void need(const char *what, enum bh_status status)
{
    if (status != BH_OK) {
        print_stop(STOP "%s does not work", what);
    }
}

/* ---- capabilities ---- */

static void loop_derive(void)
{
    for (unsigned i = 0; i < FEW; i++) {
        MARK_BEGINS(MARK_DERIVE);
        enum bh_status derived = bh_cap_derive(signal, 0, row[0], BH_SIGNAL_SEND, 1);
        MARK_ENDS(MARK_DERIVE);
        MARK_BEGINS(MARK_REVOKE_1);
        enum bh_status revoked = bh_cap_revoke(signal);
        MARK_ENDS(MARK_REVOKE_1);
        need("cap_derive", derived);
        need("cap_revoke", revoked);
    }
}

static void loop_revoke_100(void)
{
    for (unsigned i = 0; i < FEW; i++) {
        for (unsigned k = 0; k < ROW; k++) {
            need("cap_derive", bh_cap_derive(signal, 0, row[k], BH_SIGNAL_SEND, 1));
        }
        MARK_BEGINS(MARK_REVOKE_100);
        enum bh_status revoked = bh_cap_revoke(signal);
        MARK_ENDS(MARK_REVOKE_100);
        need("cap_revoke", revoked);
    }
}

static void loop_revoke_10000(void)
{
    uint32_t pool = lab_create(big, BH_POOL, (uint64_t[]){0x200000, 0, 0});
    uint32_t cells[HOLDERS];

    for (unsigned i = 0; i < HOLDERS; i++) {
        cells[i] = lab_create(pool, BH_CELL, (uint64_t[]){TABLE, 0, 0});
    }
    for (unsigned i = 0; i < LEAVES; i++) {
        need("cap_derive", bh_cap_derive(signal, cells[i % HOLDERS], 1 + i / HOLDERS, 1, 1));
    }
    MARK_BEGINS(MARK_REVOKE_10000);
    enum bh_status revoked = bh_cap_revoke(signal);
    MARK_ENDS(MARK_REVOKE_10000);
    need("cap_revoke", revoked);
    need("object_destroy", bh_object_destroy(pool));
}

/* ---- objects ---- */

#define LOOP_CREATE(name, create, destroy, type, a, b)                                    \
    static void name(void)                                                                \
    {                                                                                     \
        for (unsigned i = 0; i < FEW; i++) {                                              \
            MARK_BEGINS(create);                                                          \
            enum bh_status created = bh_pool_create(lab.pool, (type), row[0], (a), b, 0); \
            MARK_ENDS(create);                                                            \
            MARK_BEGINS(destroy);                                                         \
            enum bh_status destroyed = bh_object_destroy(row[0]);                         \
            MARK_ENDS(destroy);                                                           \
            need("pool_create", created);                                                 \
            need("object_destroy", destroyed);                                            \
        }                                                                                 \
    }

LOOP_CREATE(loop_cell, MARK_CREATE_CELL, MARK_DESTROY_CELL, BH_CELL, 64, 0)
LOOP_CREATE(loop_thread, MARK_CREATE_THREAD, MARK_DESTROY_THREAD, BH_THREAD, lab.self, 0)

#define LOOP_MAP(name, map, unmap, what, at)                                     \
    static void name(void)                                                       \
    {                                                                            \
        uint32_t memory = (what);                                                \
                                                                                 \
        (void)bh_memory_unmap(0, memory);                                        \
        for (unsigned i = 0; i < FEW; i++) {                                     \
            MARK_BEGINS(map);                                                    \
            enum bh_status mapped = bh_memory_map(0, memory, (at), BH_MAP_READ); \
            MARK_ENDS(map);                                                      \
            MARK_BEGINS(unmap);                                                  \
            enum bh_status unmapped = bh_memory_unmap(0, memory);                \
            MARK_ENDS(unmap);                                                    \
            need("memory_map", mapped);                                          \
            need("memory_unmap", unmapped);                                      \
        }                                                                        \
    }

LOOP_MAP(loop_map_2m, MARK_MAP_2M, MARK_UNMAP_2M, start_need_cap(lab.start, "ram-2m", BH_MEMORY),
         BLOCK_AT)
LOOP_MAP(loop_map_1g, MARK_MAP_1G, MARK_UNMAP_1G,
         start_need_memory(lab.start, "hole", BH_MAP_READ)->slot, GIB_AT)

/* ---- a partner in a cell of its own ---- */

enum partner_duty { PLAIN, TAKES_CAP, USES_FP };
static volatile enum partner_duty duty;

static void use_fp(void)
{
    __asm__ volatile("movi v8.16b, #1" ::: "v8");
}

/* Sends every message back as it came; slot: empty, for a capability. */
static void partner(uint64_t slot)
{
    struct bh_message m = {{0}};
    struct bh_received r;
    enum bh_action action = BH_WAIT_ONLY;

    for (;;) {
        struct bh_wait wait = {0, duty == TAKES_CAP ? slot : 0, 0};
        (void)bh_reply_wait_with(action, &m, &r, wait);
        MARK_ENDS(MARK_CALL_CAP);
        action = BH_REPLY;
        if (r.cap != 0) {
            (void)bh_cap_delete(0, slot);
        }
        if (duty == USES_FP) {
            use_fp();
        }
    }
}

/* The same and nothing else. It has used FP registers. */
static void echo(uint64_t unused)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    (void)unused;
    use_fp();
    (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    for (;;) {
        (void)bh_reply_wait(BH_REPLY, &m, &r);
    }
}

static uint32_t partner_open(void (*entry)(uint64_t), unsigned stack)
{
    struct lab_spec spec = {.pool = lab.pool, .priority = PARTNER, .flags = BH_THREAD_FP};
    struct lab_thread thread;
    uint32_t door;

    spec.cell = lab_cell(lab.pool, 32, false);
    spec.entry = entry;
    spec.arg = 31;
    spec.stack = stacks[stack];
    thread = lab_thread(&spec);
    door = lab_make(lab.pool, BH_ENDPOINT);
    need("endpoint_bind", bh_endpoint_bind(door, thread.thread));
    need("thread_resume", bh_thread_resume(thread.thread));
    return door;
}

/* A call first: the partner looks at its duty before it waits. */
static void partner_does(enum partner_duty now)
{
    struct bh_message m = {{0}};

    duty = now;
    need("call", bh_call(partner_door, &m));
}

static void loop_round_4(void)
{
    struct bh_message m = {{1, 2, 3, 4}};

    for (unsigned i = 0; i < FEW; i++) {
        MARK_BEGINS(MARK_ROUND_4);
        (void)bh_call(echo_door, &m);
        MARK_ENDS(MARK_ROUND_4);
    }
}

static void loop_call_cap(void)
{
    struct bh_message m = {{0}};
    bool received;

    partner_does(TAKES_CAP);
    for (unsigned i = 0; i < FEW; i++) {
        MARK_BEGINS(MARK_CALL_CAP);
        need("call with a capability", bh_call_cap(partner_door, &m, signal, 0, &received));
    }
}

/* Both have used FP registers, and do not in between; then both do, each time. */
static void loop_fp(void)
{
    struct bh_message m = {{0}};

    use_fp();
    for (unsigned i = 0; i < FEW; i++) {
        MARK_BEGINS(MARK_ROUND_FP_KEPT);
        (void)bh_call(echo_door, &m);
        MARK_ENDS(MARK_ROUND_FP_KEPT);
    }
    partner_does(USES_FP);
    for (unsigned i = 0; i < FEW; i++) {
        MARK_BEGINS(MARK_ROUND_FP_USED);
        (void)bh_call(partner_door, &m);
        use_fp();
        MARK_ENDS(MARK_ROUND_FP_USED);
    }
}

/* ---- a fault, told by its handler ---- */

static void faulting(uint64_t address)
{
    (void)*(volatile uint64_t *)address;
}

/* From the answer, after which it faults again with its first instruction, to the next event. */
static void loop_fault(void)
{
    struct bh_message m = {{0}};
    struct bh_received r;
    struct lab_spec spec = {.pool = lab.pool, .priority = PARTNER, .stack = stacks[1]};
    struct lab_thread thread;

    spec.cell = lab_cell(lab.pool, 32, false);
    spec.entry = faulting;
    spec.arg = UNMAPPED;
    spec.handler = lab_derive(lab.door, BH_ENDPOINT_SEND, 1);
    thread = lab_run(&spec);
    need("the first fault", bh_reply_wait(BH_WAIT_ONLY, &m, &r));
    for (unsigned i = 0; i < FEW; i++) {
        MARK_BEGINS(MARK_FAULT);
        (void)bh_reply_wait(BH_RESUME, &m, &r);
        MARK_ENDS(MARK_FAULT);
        if (r.event != BH_EVENT_FAULT) {
            print_stop(STOP "event %lu is no fault", r.event);
        }
    }
    need("the last one", bh_reply_wait_with(BH_STOP, &m, &r, (struct bh_wait){.deadline = 1}));
    lab_thread_end(thread);
}

/* ---- guests ---- */

/* At EL1: x0 rounds, then the signal that it is done. x19 is kept over every call. */
#define GUEST(name, before, number, slot, after)                                                   \
    void guest_##name(void);                                                                       \
    __asm__(                                                                                       \
        ".text\n\t.global guest_" #name "\nguest_" #name ":\n\tmov x19, x0\n1:\t"                  \
        "movz xzr, #" MARK_TEXT(before) "\n\tmov x8, #" MARK_TEXT(                                 \
            number) "\n\tmov x9, #" MARK_TEXT(slot) "\n\tmov x10, xzr\n\tmov x11, xzr\n\t"         \
                                                    "hvc #1\n\tmovz xzr, #" MARK_TEXT(             \
                                                        after) "\n\tsubs x19, x19, #1\n\tb.ne "    \
                                                               "1b\n\t"                            \
                                                               "mov x8, #3\n\tmov x9, #31\n\thvc " \
                                                               "#1\n2:\twfi\n\tb 2b")
_Static_assert(BH_CALL_yield == 0 && BH_CALL_call == 1 && BH_CALL_signal_send == 3 &&
                   LAB_GUEST_DONE == 31,
               "as the assembly says");

GUEST(first, MARK_BEGIN + MARK_VCPU_SWITCH, 0, 0, 0);
GUEST(second, 0, 0, 0, MARK_END + MARK_VCPU_SWITCH);
GUEST(caller, MARK_BEGIN + MARK_HVC_CALL, 1, VCPU_DOOR, MARK_END + MARK_HVC_CALL);

static struct lab_guest guests[2];

static void guest_start(unsigned which, void (*entry)(void))
{
    (void)bh_thread_suspend(guests[which].vcpu);
    need("thread_set", bh_thread_set(guests[which].vcpu, (uintptr_t)entry, 0, FEW));
    need("thread_resume", bh_thread_resume(guests[which].vcpu));
}

/* Both yield to each other until the first is done, then the second is alone. */
static void loop_vcpu_switch(void)
{
    struct bh_message m = {{0}};

    guest_start(0, guest_first);
    guest_start(1, guest_second);
    if (lab_guest_wait(BH_WAIT_ONLY, &m, 1000) != GUEST_DONE) {
        print_stop(STOP "two guests that yield do not end");
    }
}

static void loop_hvc_call(void)
{
    struct bh_message m = {{0}};
    struct bh_received r = {0};
    enum bh_action action = BH_WAIT_ONLY;

    need("cap_derive", bh_cap_derive(lab.door, guests[0].cell, VCPU_DOOR, BH_ENDPOINT_SEND, 2));
    need("thread_suspend", bh_thread_suspend(guests[1].vcpu));
    guest_start(0, guest_caller);
    do {
        (void)bh_reply_wait(action, &m, &r);
        action = BH_REPLY;
    } while (r.event == BH_EVENT_MESSAGE);
}

/* ---- sizes ---- */

/* What one takes from its pool, with all that belongs to it: not timed. */
static void bytes_of(const char *name, enum bh_type type, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t before[4], after[4];

    need("pool_info", bh_pool_info(lab.pool, before));
    need("pool_create", bh_pool_create(lab.pool, type, row[0], a, b, c));
    need("pool_info", bh_pool_info(lab.pool, after));
    need("object_destroy", bh_object_destroy(row[0]));
    print("BENCH object=%s bytes=%lu\n", name, before[1] - after[1]);
}

static void bytes_of_objects(void)
{
    bytes_of("cell_of_64_slots", BH_CELL, 64, 0, 0);
    bytes_of("thread", BH_THREAD, lab.self, 0, 0);
    bytes_of("thread_with_fp", BH_THREAD, lab.self, BH_THREAD_FP, 0);
    bytes_of("endpoint", BH_ENDPOINT, 0, 0, 0);
    bytes_of("signal", BH_SIGNAL, 0, 0, 0);
    bytes_of("budget", BH_BUDGET, lab.core, 1, 0);
    bytes_of("trace", BH_TRACE, 0, 0, 0);
    bytes_of("vcpu_of_64_interrupts", BH_VCPU, guests[0].cell, 64, 0);
    bytes_of("line", BH_LINE, guests[0].vcpu, 40, 0);
    bytes_of("pool_of_4_KiB", BH_POOL, 0x1000, 0, 0);
}

static const struct loop loops[] = {
    {"derive", loop_derive}, {"revoke_100", loop_revoke_100},   {"revoke_10000", loop_revoke_10000},
    {"cell", loop_cell},     {"thread", loop_thread},           {"map_2m", loop_map_2m},
    {"map_1g", loop_map_1g}, {"round_4", loop_round_4},         {"call_cap", loop_call_cap},
    {"fault", loop_fault},   {"vcpu_switch", loop_vcpu_switch}, {"hvc_call", loop_hvc_call},
    {"fp", loop_fp}, /* last: from here on this thread has FP registers to be kept */
};

void cell_main(const struct start_info *start)
{
    lab_open(start);
    big = start_need_cap(start, "big", BH_POOL);
    signal = lab_make(lab.pool, BH_SIGNAL);
    for (unsigned i = 0; i < ROW; i++) {
        row[i] = lab_slot();
    }
    partner_door = partner_open(partner, 0);
    echo_door = partner_open(echo, 2);
    lab_guest_open(&guests[0]);
    lab_guest_open(&guests[1]);
    for (unsigned i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        measure(&loops[i]);
    }
    bytes_of_objects();
    print("BENCH of objects: done\n");
    lab_done();
}
