/* SPDX-License-Identifier: Apache-2.0 */
/* As many cells as there are VMIDs, all alive at once: they take turns, each calls a server and
 * finds its own memory at an address that all of them use. One more is refused, and all comes back.
 * Then the deepest pools and the largest table. */
#include "cells/lib/status_name.h"
#include "tests/target/lab/lab.h"

#define CELLS_MAX  256u
#define CELL_BYTES 0x8000u
#define CELL_SLOTS 16u
#define OWN_AT     UINT64_C(0x20000000)
#define RW         (BH_MAP_READ | BH_MAP_WRITE)
#define WAVES      5
#define NESTING    7 /* pools in pools, the root pool and the cell's own among them */
#define TABLE      1024u
#define STACK      512u
#define PATIENCE   20000 /* ms */

enum { LOW = 30, SERVER = 60 };
enum inside { IN_POOL = CELL_SLOTS - 3, IN_DOOR, IN_OWN };

static uint8_t stacks[CELLS_MAX][STACK] __attribute__((aligned(16)));
static uint8_t server_stack[LAB_STACK] __attribute__((aligned(16)));
static uint32_t pools[2], door;
static struct {
    uint32_t pool, cell, budget;
} cells[CELLS_MAX];
static volatile uint64_t waves[CELLS_MAX]; /* how often each was right */
static volatile uint64_t answered, wrong;

/* ---- in each cell ---- */

static void cell_entry(uint64_t index)
{
    volatile uint64_t *own = (volatile uint64_t *)OWN_AT;

    if (bh_pool_create(IN_POOL, BH_MEMORY, IN_OWN, LAB_PAGE, 0, 0) == BH_OK &&
        bh_memory_map(0, IN_OWN, OWN_AT, RW) == BH_OK) {
        *own = index;
    }
    for (unsigned wave = 0; wave < WAVES; wave++) {
        struct bh_message m = {{*own}};
        if (bh_call(IN_DOOR, &m) == BH_OK && m.w[0] == ~index) {
            waves[index]++;
        }
        (void)bh_yield(0);
    }
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
    }
}

/* ---- outside ---- */

static void serve(uint64_t arg)
{
    struct bh_message m = {{0}};
    struct bh_received r = {0};
    enum bh_action action = BH_WAIT_ONLY;

    (void)arg;
    for (;;) {
        enum bh_status status = bh_reply_wait(action, &m, &r);
        action = status == BH_OK && r.event == BH_EVENT_MESSAGE ? BH_REPLY : BH_WAIT_ONLY;
        wrong += m.w[0] + 1 != r.badge;
        answered++;
        m.w[0] = ~m.w[0];
    }
}

static void build(unsigned i)
{
    uint32_t thread;

    cells[i].pool = lab_create(pools[i % 2], BH_POOL, (uint64_t[]){CELL_BYTES, 0, 0});
    cells[i].cell = lab_cell(cells[i].pool, CELL_SLOTS, false);
    cells[i].budget = lab_budget(cells[i].pool, LOW);
    thread = lab_create(cells[i].pool, BH_THREAD, (uint64_t[]){cells[i].cell, 0, 0});
    lab_need("cap_derive", bh_cap_derive(cells[i].pool, cells[i].cell, IN_POOL, BH_POOL_CREATE, 0));
    lab_need("cap_derive", bh_cap_derive(door, cells[i].cell, IN_DOOR, BH_ENDPOINT_SEND, i + 1));
    lab_need("thread_set",
             bh_thread_set(thread, (uintptr_t)cell_entry, (uintptr_t)stacks[i] + STACK, i));
    lab_need("thread_budget", bh_thread_budget(thread, cells[i].budget));
    lab_need("thread_resume", bh_thread_resume(thread));
    lab_drop(thread); /* it lives without a capability to it */
}

static void take_down(unsigned i)
{
    lab_status("object_destroy", bh_object_destroy(cells[i].pool), BH_OK);
    lab_drop(cells[i].pool);
    lab_drop(cells[i].cell);
    lab_drop(cells[i].budget);
}

static void use(unsigned count)
{
    uint64_t end = counter_after(PATIENCE);

    while (answered < (uint64_t)count * WAVES && counter_now() < end) {
        lab_sleep(1);
    }
    lab_sleep(2);
    lab_expect(wrong == 0, "%lu cells saw another's memory", (unsigned long)wrong);
    for (unsigned i = 0; i < count; i++) {
        lab_expect(waves[i] == WAVES, "cell %u of %u: %lu calls", i, count,
                   (unsigned long)waves[i]);
        waves[i] = 0;
    }
}

static void test_cells(const char *name)
{
    struct lab_account before = lab_account();
    unsigned count = before.vmids < CELLS_MAX ? (unsigned)before.vmids : CELLS_MAX;
    uint32_t more = lab_slot();
    uint64_t info[4];

    lab_begin(name);
    answered = wrong = 0;
    for (unsigned i = 0; i < count; i++) {
        build(i);
    }
    lab_need("pool_info", bh_pool_info(lab.pool, info));
    lab_expect(info[3] == before.vmids - count, "%lu VMIDs are left", (unsigned long)info[3]);
    if (info[3] == 0) {
        lab_status("one more", bh_pool_create(lab.pool, BH_CELL, more, 2, 0, 0), BH_NO_VMID);
    }
    use(count);
    if (info[3] == 0) { /* as soon as one is gone there is room for one, and no sooner */
        take_down(count / 2);
        lab_status("one instead", bh_pool_create(lab.pool, BH_CELL, more, 2, 0, 0), BH_OK);
        lab_status("object_destroy", bh_object_destroy(more), BH_OK);
        build(count / 2);
    }
    for (unsigned i = 0; i < count; i++) {
        take_down(i);
    }
    lab_drop(more);
    lab_expect(lab_account_same(before, lab_account()), "something is left");
    lab_end();
    print("%u cells at once\n", count);
}

/* A pool in a pool, as deep as they go; the outermost takes all along. */
static void test_pools(void)
{
    struct lab_account before = lab_account();
    uint32_t slots[NESTING + 1], depth = 0;
    enum bh_status status = BH_OK;

    lab_begin("many_cells.deep_pools");
    while (status == BH_OK && depth <= NESTING) {
        slots[depth] = lab_slot();
        status = bh_pool_create(depth == 0 ? lab.pool : slots[depth - 1], BH_POOL, slots[depth],
                                UINT64_C(0x80000) >> depth, 0, 0);
        depth += status == BH_OK;
    }
    lab_status("the innermost", status, BH_BAD_ARG);
    lab_expect(depth >= 4, "%u pools in each other", depth);
    for (uint32_t i = 0; i < depth; i++) {
        uint32_t slot = lab_slot();
        lab_status("a signal", bh_pool_create(slots[i], BH_SIGNAL, slot, 0, 0, 0), BH_OK);
        lab_need("cap_delete", bh_cap_delete(0, slot));
        lab_drop(slot);
    }
    lab_status("object_destroy", bh_object_destroy(slots[0]), BH_OK);
    for (uint32_t i = 0; i <= depth; i++) {
        lab_drop(slots[i]);
    }
    lab_expect(lab_account_same(before, lab_account()), "something is left");
    lab_end();
    print("%u pools in each other below this cell's\n", depth);
}

/* 1,023 capabilities derived from one: revoked at once, then destroyed with their table. */
static void test_table(void)
{
    struct lab_account before = lab_account();
    uint32_t signal = lab_make(lab.pool, BH_SIGNAL), lent = lab_derive(signal, BH_ALL, 0);
    uint32_t cell = lab_create(lab.pool, BH_CELL, (uint64_t[]){TABLE, 0, 0});
    uint64_t info[6];

    lab_begin("many_cells.large_table");
    for (unsigned round = 0; round < 2; round++) {
        for (uint32_t slot = 1; slot < TABLE; slot++) {
            lab_status("cap_derive", bh_cap_derive(lent, cell, slot, BH_ALL, 0), BH_OK);
        }
        lab_status("beyond", bh_cap_derive(lent, cell, TABLE, BH_ALL, 0), BH_NO_SLOT);
        lab_need("cell_info", bh_cell_info(cell, info));
        lab_expect(info[1] == TABLE - 1, "%lu slots", (unsigned long)info[1]);
        lab_status("end", round == 0 ? bh_cap_revoke(lent) : bh_object_destroy(signal), BH_OK);
        lab_need("cell_info", bh_cell_info(cell, info));
        lab_expect(info[1] == (round == 0 ? 0 : TABLE - 1), "%lu slots", (unsigned long)info[1]);
    }
    lab_status("object_destroy", bh_object_destroy(cell), BH_OK);
    lab_drop(cell);
    lab_drop(lent);
    lab_drop(signal);
    lab_expect(lab_account_same(before, lab_account()), "something is left");
    lab_end();
}

void cell_main(const struct start_info *start)
{
    struct lab_spec spec = {.priority = SERVER, .entry = serve, .stack = server_stack};

    lab_open(start);
    pools[0] = start_need_cap(start, "low", BH_POOL);
    pools[1] = start_need_cap(start, "high", BH_POOL);
    door = lab_make(lab.pool, BH_ENDPOINT);
    spec.pool = lab.pool;
    spec.cell = lab.self;
    lab_need("endpoint_bind", bh_endpoint_bind(door, lab_run(&spec).thread));
    lab_sleep(1);
    test_cells("many_cells.every_vmid");
    test_cells("many_cells.every_vmid_again");
    test_pools();
    test_table();
    lab_done();
}
