/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed memory: every way to it is tried, by its creator, who has every right to what the cell
 * is made of; and whatever ends it, interrupted all the time, nobody finds a byte that is not 0. */
#include "cells/lib/status_name.h"
#include "tests/target/lab/lab.h"

#define ABOVE    60
#define VAULT    40
#define BYTES    0x8000u
#define AT       UINT64_C(0x20000000)
#define THIEF_AT UINT64_C(0x28000000)
#define RW       (BH_MAP_READ | BH_MAP_WRITE)
#define SECRET   UINT64_C(0x5ec2e75ec2e75ec2)
#define PATIENCE 2000 /* ms */
#define BADGE    0x5ea1
#define WORDS    (BYTES / sizeof(uint64_t))

enum order { COUNT, UNMAP, FAULT };

static uint8_t stacks[2][LAB_STACK] __attribute__((aligned(16)));
static uint32_t ram, other_ram;
static uint32_t slot_in; /* the sealed memory's slot in the vault */

static struct {
    uint32_t pool, cell, copy, door, slots[8], count;
    struct lab_thread thread;
} vault;

static volatile struct {
    uint64_t tries, refused, zeroed, found;
} thief;

/* ---- the vault: a cell that fills its memory itself, and answers ---- */

static void vault_main(uint64_t slot)
{
    volatile uint64_t *secret = (volatile uint64_t *)AT;
    struct bh_message m = {{0}};
    struct bh_received r;
    enum bh_action action = BH_WAIT_ONLY;

    for (unsigned i = 0; i < WORDS; i++) {
        secret[i] = SECRET + i;
    }
    for (;;) {
        uint64_t sum = 0;
        (void)bh_reply_wait(action, &m, &r);
        if (m.w[0] == FAULT) {
            __asm__ volatile("mov x30, %0\n\tmov sp, %0\n\tldr x0, [%0]" ::"r"(secret[0])
                             : "x0", "x30");
        }
        if (m.w[0] == UNMAP) {
            m.w[1] = bh_memory_unmap(0, (uint32_t)slot);
        }
        for (unsigned i = 0; m.w[0] == COUNT && i < WORDS; i++) {
            sum += secret[i] == SECRET + i;
        }
        m.w[0] = sum;
        action = BH_REPLY;
    }
}

static uint32_t keep(uint32_t slot)
{
    vault.slots[vault.count++] = slot;
    return slot;
}

/* copy: from what the vault's capability is derived. */
static void build(uint32_t copy)
{
    struct lab_spec spec = {.priority = VAULT, .entry = vault_main, .stack = stacks[0]};

    vault.count = 0;
    spec.pool = vault.pool = keep(lab_child_pool(0x20000));
    spec.cell = vault.cell = keep(lab_cell(vault.pool, 16, false));
    spec.arg = slot_in = lab_image_slots() + 1;
    lab_need("cap_derive",
             bh_cap_derive(copy, vault.cell, slot_in, RW | BH_MEMORY_SEAL | BH_MEMORY_SPLIT, 0));
    lab_need("memory_map", bh_memory_map(vault.cell, slot_in, AT, RW));
    spec.handler = keep(lab_derive(lab.door, BH_ENDPOINT_SEND, BADGE));
    vault.thread = lab_thread(&spec);
    keep(vault.thread.thread);
    keep(vault.thread.budget);
    vault.door = keep(lab_make(vault.pool, BH_ENDPOINT));
    lab_need("endpoint_bind", bh_endpoint_bind(vault.door, vault.thread.thread));
    lab_need("memory_seal", bh_memory_seal(vault.cell, slot_in));
    lab_need("thread_resume", bh_thread_resume(vault.thread.thread));
}

static void drop(void)
{
    (void)bh_object_destroy(vault.pool);
    for (unsigned i = 0; i < vault.count; i++) {
        lab_drop(vault.slots[i]);
    }
}

static enum bh_status ask(enum order order, uint64_t answer[2])
{
    struct bh_message m = {{order}};
    enum bh_status status = bh_call(vault.door, &m);

    answer[0] = m.w[0];
    answer[1] = m.w[1];
    return status;
}

static void expect_secret(void)
{
    uint64_t answer[2];

    lab_status("the vault", ask(COUNT, answer), BH_OK);
    lab_expect(answer[0] == WORDS, "%lu words of the secret are left", (unsigned long)answer[0]);
}

/* ---- every path ---- */

static void test_memory(void)
{
    uint32_t copy = lab_derive(ram, RW | BH_MEMORY_SEAL | BH_MEMORY_SPLIT, 0);
    uint32_t cell = lab_cell(lab.pool, 16, false), vm = lab_cell(lab.pool, 16, true);
    const uint32_t cells[] = {cell, vm};

    lab_begin("sealed.no_way_to_the_memory");
    expect_secret();
    lab_status("map", bh_memory_map(0, ram, THIEF_AT, BH_MAP_READ), BH_BUSY);
    lab_status("map a copy", bh_memory_map(0, copy, THIEF_AT, RW), BH_BUSY);
    for (unsigned i = 0; i < 2; i++) {
        lab_status("derive", bh_cap_derive(ram, cells[i], 15, RW, 0), BH_OK);
        lab_status("map in a cell", bh_memory_map(cells[i], 15, THIEF_AT, RW), BH_BUSY);
    }
    lab_status("zero", bh_memory_clean(ram, BH_ZERO, 0), BH_BUSY);
    lab_status("clean", bh_memory_clean(copy, BH_CLEAN, 0), BH_BUSY);
    lab_status("split", bh_memory_split(ram, lab.pool, lab_slot(), 4096), BH_BAD_ARG);
    lab_status("seal it for oneself", bh_memory_seal(0, copy), BH_BUSY);
    lab_status("destroy", bh_object_destroy(copy), BH_NO_RIGHT);
    expect_secret();
    lab_need("object_destroy", bh_object_destroy(cell));
    lab_need("object_destroy", bh_object_destroy(vm));
    lab_drop(cell);
    lab_drop(vm);
    lab_drop(copy);
    lab_end();
}

static void test_table(void)
{
    uint32_t empty = slot_in + 1, attack = lab_make(lab.pool, BH_ENDPOINT);

    lab_begin("sealed.no_way_into_the_cell");
    lab_status("give a capability", bh_cap_derive(attack, vault.cell, empty, BH_ENDPOINT_SEND, 0),
               BH_NO_RIGHT);
    for (uint32_t slot = 1; slot <= empty; slot++) {
        lab_status("take a capability", bh_cap_delete(vault.cell, slot), BH_NO_RIGHT);
        lab_status("unmap", bh_memory_unmap(vault.cell, slot), BH_NO_RIGHT);
        lab_status("map", bh_memory_map(vault.cell, slot, THIEF_AT, 1), BH_NO_RIGHT);
    }
    lab_status("a thread of one's own in it",
               bh_pool_create(lab.pool, BH_THREAD, lab_slot(), vault.cell, 0, 0), BH_NO_RIGHT);
    lab_status("its thread serves another door", bh_endpoint_bind(attack, vault.thread.thread),
               BH_NO_RIGHT);
    lab_status("its thread gets another signal", bh_signal_bind(lab.signal, vault.thread.thread),
               BH_NO_RIGHT);
    expect_secret();
    lab_drop(attack);
    lab_end();
}

static void refuse_registers(const char *when, uint32_t thread)
{
    uint64_t values[6];

    for (uint64_t i = 0; i < BH_REG_COUNT; i++) {
        lab_expect(bh_thread_read(thread, i, values) == BH_NO_RIGHT, "%s: register %lu was read",
                   when, (unsigned long)i);
        lab_expect(bh_thread_write(thread, i, 0) == BH_NO_RIGHT, "%s: register %lu was written",
                   when, (unsigned long)i);
    }
    lab_status(when, bh_thread_set(thread, 0, 0, 0), BH_NO_RIGHT);
}

static void test_registers(void)
{
    lab_begin("sealed.no_way_to_the_registers");
    refuse_registers("while it waits", vault.thread.thread);
    lab_status("suspend", bh_thread_suspend(vault.thread.thread), BH_OK);
    refuse_registers("while it is suspended", vault.thread.thread);
    lab_status("resume", bh_thread_resume(vault.thread.thread), BH_OK);
    lab_sleep(5);
    expect_secret();
    lab_end();
}

static void client(uint64_t arg)
{
    uint64_t answer[2];

    (void)arg;
    (void)ask(FAULT, answer);
    for (;;) {
        cpu_pause();
    }
}

static void test_fault(void)
{
    struct lab_spec spec = {
        .pool = lab.pool, .cell = lab.self, .priority = 20, .entry = client, .stack = stacks[1]};
    struct lab_thread caller = lab_run(&spec);
    struct bh_message m = {{0}};
    struct bh_received r = {0};

    lab_begin("sealed.a_fault_says_only_its_kind");
    lab_status("wait", lab_wait(BH_WAIT_ONLY, &m, &r, PATIENCE), BH_OK);
    lab_expect(r.event == BH_EVENT_FAULT && r.badge == BADGE, "event %lu", (unsigned long)r.event);
    lab_expect(m.w[0] == BH_FAULT_MEMORY || m.w[0] == BH_FAULT_ALIGNMENT, "kind %lu",
               (unsigned long)m.w[0]);
    for (unsigned i = 1; i < BH_MESSAGE_WORDS; i++) {
        lab_expect(m.w[i] == 0, "word %u is 0x%lx", i, (unsigned long)m.w[i]);
    }
    refuse_registers("in a fault", vault.thread.thread);
    (void)bh_reply_wait_with(BH_STOP, &m, &r, (struct bh_wait){.deadline = 1});
    refuse_registers("after a fault", vault.thread.thread);
    lab_end();
    lab_thread_end(caller);
}

/* A revoke makes a hole in its table, and nobody can fill it; nor is the cell open again. */
static void test_hole(void)
{
    uint64_t info[6];

    lab_begin("sealed.closed_for_good");
    lab_status("revoke", bh_cap_revoke(vault.copy), BH_OK);
    lab_status("fill the hole", bh_cap_derive(other_ram, vault.cell, slot_in, RW, 0), BH_NO_RIGHT);
    refuse_registers("without its memory", vault.thread.thread);
    lab_status("cell_info", bh_cell_info(vault.cell, info), BH_OK);
    lab_expect(info[1] == lab_image_slots(), "%lu slots", (unsigned long)info[1]);
    lab_end();
}

/* ---- every end ---- */

/* Whenever it can be mapped, all of it must be zero. */
static void look(void)
{
    const volatile uint64_t *words = (const volatile uint64_t *)THIEF_AT;

    thief.tries++;
    if (bh_memory_map(0, ram, THIEF_AT, BH_MAP_READ) != BH_OK) {
        thief.refused++;
        return;
    }
    for (unsigned i = 0; i < WORDS; i++) {
        thief.found += words[i] != 0;
    }
    thief.zeroed++;
    lab_need("memory_unmap", bh_memory_unmap(0, ram));
}

static void thief_main(uint64_t state)
{
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        uint64_t next = counter_now() + 100 + lab_random(&state) % 900;
        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){.deadline = next});
        look();
    }
}

enum way { BY_POOL, BY_CELL, BY_REVOKE, BY_DELETE, BY_ITSELF, WAYS };
static const char *const way_names[] = {"sealed.zeroed_with_its_pool",
                                        "sealed.zeroed_with_its_cell", "sealed.zeroed_by_revoke",
                                        "sealed.zeroed_by_delete", "sealed.zeroed_by_itself"};

static void end(enum way way)
{
    uint64_t answer[2];

    switch (way) {
    case BY_POOL:
        lab_status("destroy the pool", bh_object_destroy(vault.pool), BH_OK);
        break;
    case BY_CELL:
        lab_status("destroy the cell", bh_object_destroy(vault.cell), BH_OK);
        break;
    case BY_REVOKE:
        lab_status("revoke", bh_cap_revoke(vault.copy), BH_OK);
        break;
    case BY_DELETE:
        lab_status("delete", bh_cap_delete(0, vault.copy), BH_OK);
        break;
    case BY_ITSELF:
        lab_status("ask it", ask(UNMAP, answer), BH_OK);
        lab_status("unmap", (enum bh_status)answer[1], BH_OK);
        break;
    case WAYS:
        break;
    }
}

/* The first attempts are refused, the later ones see zeroes. */
static void test_end(enum way way)
{
    struct lab_account before = lab_account();
    uint64_t during = 0;

    lab_begin(way_names[way]);
    for (unsigned round = 0; round < 20; round++) {
        uint64_t refused;
        vault.copy = lab_derive(ram, RW | BH_MEMORY_SEAL | BH_MEMORY_SPLIT, 0);
        build(vault.copy);
        expect_secret();
        thief.zeroed = 0;
        lab_sleep(1);
        lab_expect(thief.zeroed == 0, "round %u: the thief was let in", round);
        refused = thief.refused;
        end(way);
        during += thief.refused - refused;
        for (unsigned ms = 0; ms < PATIENCE && thief.zeroed == 0; ms++) {
            lab_sleep(1);
        }
        lab_expect(thief.zeroed > 0, "round %u: it is never unsealed", round);
        lab_expect(thief.found == 0, "round %u: %lu words of the secret", round,
                   (unsigned long)thief.found);
        drop();
        lab_drop(vault.copy);
    }
    lab_expect(during > 0, "the end was never interrupted");
    lab_expect(lab_account_same(before, lab_account()), "something is left");
    lab_end();
}

/* ---- a cell that the description seals ---- */

static void test_described(const struct start_info *start)
{
    uint32_t door = start_need_cap(start, "vault", BH_ENDPOINT);
    uint32_t cell = start_need_cap(start, "vault-cell", BH_CELL);
    uint32_t thread = start_need_cap(start, "vault-thread", BH_THREAD);
    struct bh_message right = {{0x5ec2e700}}, wrong = {{1}}, bad = {{0}};

    lab_begin("sealed.by_the_description");
    lab_status("ask", bh_call(door, &right), BH_OK);
    lab_status("ask", bh_call(door, &wrong), BH_OK);
    lab_expect(right.w[0] == 1 && wrong.w[0] == 0, "%lu and %lu", (unsigned long)right.w[0],
               (unsigned long)wrong.w[0]);
    for (uint32_t slot = 1; slot < 16; slot++) {
        lab_status("take", bh_cap_delete(cell, slot), BH_NO_RIGHT);
        lab_status("unmap", bh_memory_unmap(cell, slot), BH_NO_RIGHT);
    }
    lab_status("suspend", bh_thread_suspend(thread), BH_OK);
    refuse_registers("while it is suspended", thread);
    lab_status("resume", bh_thread_resume(thread), BH_OK);
    lab_status("ask for a fault", bh_call(door, &bad), BH_DOWN);
    refuse_registers("after a fault", thread);
    lab_end();
}

void cell_main(const struct start_info *start)
{
    struct lab_spec spec = {.priority = ABOVE, .entry = thief_main, .arg = 88172645463325252};

    lab_open(start);
    ram = lab_ram(BYTES);
    other_ram = lab_ram(0x2000);
    vault.copy = lab_derive(ram, RW | BH_MEMORY_SEAL | BH_MEMORY_SPLIT, 0);
    build(vault.copy);
    test_memory();
    test_table();
    test_registers();
    test_fault();
    test_hole();
    drop();
    lab_drop(vault.copy);
    spec.pool = lab.pool;
    spec.cell = lab.self;
    spec.stack = stacks[1];
    (void)lab_run(&spec);
    for (unsigned way = 0; way < WAYS; way++) {
        test_end((enum way)way);
    }
    test_described(start);
    print("%lu attempts to map it, %lu of them refused\n", (unsigned long)thief.tries,
          (unsigned long)thief.refused);
    lab_done();
}
