/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell can do to make the end of something long: tables that are alone in their part of a
 * pool, so that each is joined with all around it; the deepest chain of capabilities, at whose end
 * something is mapped, behind many empty slots; and bindings that replace others. How long that is,
 * tests/bench/bounds measures. */
#include "abi/plan_page.h"
#include "tests/target/lab/lab.h"

#define PAGE    12
#define REGION  19 /* order of the parts of the pool that have one table each */
#define TABLES  5
#define DEEP    30
#define BLOCKS  64
#define SIZE(o) (UINT64_C(1) << (o))
#define FIRST   475 /* entry of a table of level 2: the next step ends before the last ones */
#define ENTRIES 512

static uint32_t big, blocks[BLOCKS], links[DEEP + 1];
static uint32_t middle; /* slot of a cell: as many empty ones before it as a step passes */
static unsigned block_count;
static uint8_t stack[LAB_STACK] __attribute__((aligned(16)));

static uint64_t pool_free(void)
{
    uint64_t info[4];

    lab_need("pool_info", bh_pool_info(big, info));
    return info[1];
}

/* Everything from this order down to a page. */
static void take(unsigned order)
{
    for (; order >= PAGE; order--) {
        uint32_t slot = lab_slot();
        while (block_count < BLOCKS &&
               bh_pool_create(big, BH_POOL, slot, SIZE(order), 0, 0) == BH_OK) {
            blocks[block_count++] = slot;
            slot = lab_slot();
        }
        lab_drop(slot);
    }
}

static void give(unsigned i)
{
    lab_need("object_destroy", bh_object_destroy(blocks[i]));
    lab_drop(blocks[i]);
}

/* One page in each of five parts of a space that need a table; the first one also needs that of
 * level 2. */
static void tables_make(uint32_t cell)
{
    uint32_t page = lab_create(lab.pool, BH_MEMORY, (uint64_t[]){SIZE(PAGE), 0, 0});

    for (unsigned i = 0; i < TABLES; i++) {
        uint64_t entry = i == 0 ? FIRST : ENTRIES - TABLES + i;
        give(i);
        lab_need("cap_derive", bh_cap_derive(page, cell, 1 + i, BH_MEMORY_READ, 0));
        lab_need("memory_map",
                 bh_memory_map(cell, 1 + i, SIZE(30) + entry * SIZE(21), BH_MAP_READ));
        take(REGION - 1);
    }
}

static void test_tables(void)
{
    uint64_t before = pool_free();
    uint32_t cell;

    lab_begin("longest_end.tables");
    cell = lab_create(big, BH_CELL, (uint64_t[]){8, 0, 0});
    take(REGION);
    lab_expect(block_count > TABLES && pool_free() < SIZE(PAGE), "only %u blocks", block_count);
    tables_make(cell);
    for (unsigned i = TABLES; i < block_count; i++) {
        give(i);
    }
    lab_need("object_destroy", bh_object_destroy(cell));
    lab_drop(cell);
    lab_expect(pool_free() == before, "%lx did not come back",
               (unsigned long)(before - pool_free()));
    lab_end();
}

/* In the cell that ends, which has three capabilities behind many empty slots: the first goes on in
 * a slot of the cell that the second one names. */
static void holder(uint64_t to)
{
    lab_need("cap_derive", bh_cap_derive(middle, middle + 1, to, BH_ALL, 0));
    lab_need("signal_send", bh_signal_send(middle + 2));
    for (;;) {
        cpu_pause();
    }
}

/* A chain from a capability; its end. */
static uint32_t chain(uint32_t parent, unsigned depth, uint64_t rights)
{
    links[0] = parent;
    for (unsigned i = 0; i < depth; i++) {
        links[i + 1] = lab_derive(links[i], rights, 0);
    }
    return links[depth];
}

/* The last one has gone with the first one. */
static void chain_gone(unsigned depth)
{
    lab_status("cap_delete", bh_cap_delete(0, links[depth]), BH_NO_CAP);
    for (unsigned i = 0; i <= depth; i++) {
        lab_drop(links[i]);
    }
}

/* Unmapped; revoked; and deleted with its first one. */
static void test_chain(void)
{
    lab_begin("longest_end.chain");
    for (unsigned i = 0; i < 3; i++) {
        uint32_t page = lab_create(lab.pool, BH_MEMORY, (uint64_t[]){SIZE(PAGE), 0, 0});
        uint32_t first = lab_derive(page, BH_ALL, 0), end = chain(first, DEEP, BH_ALL);
        volatile uint64_t *word = lab_map(end, BH_MAP_READ | BH_MAP_WRITE);
        *word = 1;
        lab_need("memory_unmap", i == 0 ? bh_memory_unmap(0, end) : BH_OK);
        lab_need("revoke", i < 2 ? bh_cap_revoke(first) : bh_cap_delete(0, first));
        chain_gone(DEEP);
        lab_need("object_destroy", bh_object_destroy(page));
        lab_drop(page);
    }
    lab_end();
}

/* The same with memory that is zeroed as its mapping ends. */
static void test_sealed_chain(void)
{
    uint64_t rights = BH_MEMORY_READ | BH_MEMORY_WRITE | BH_MEMORY_SEAL;
    uint32_t page = start_need_cap(lab.start, "page", BH_MEMORY), first, end, cell;

    lab_begin("longest_end.sealed_chain");
    cell = lab_create(lab.pool, BH_CELL, (uint64_t[]){8, 0, 0});
    first = lab_derive(page, rights, 0);
    end = chain(first, DEEP - 3, rights); /* the description's is itself derived */
    lab_need("cap_derive", bh_cap_derive(end, cell, 1, rights, 0));
    lab_need("memory_map", bh_memory_map(cell, 1, SIZE(30), BH_MAP_READ));
    lab_need("memory_seal", bh_memory_seal(cell, 1));
    lab_need("cap_revoke", bh_cap_revoke(first));
    chain_gone(DEEP - 3);
    lab_status("memory_clean", bh_memory_clean(page, BH_ZERO, 0), BH_OK); /* not mapped */
    lab_need("object_destroy", bh_object_destroy(cell));
    lab_drop(cell);
    lab_end();
}

/* The same, deep in pools, of which the outermost one ends; beside a vCPU that is bound to all that
 * it can be. */
static void test_nested(void)
{
    uint64_t rights = BH_MEMORY_READ | BH_MEMORY_WRITE | BH_MEMORY_SEAL, before = pool_free();
    uint32_t page = start_need_cap(lab.start, "page", BH_MEMORY), pools[BLOCKS], others[6], cell,
             vm, vcpu;
    unsigned count = 0;

    lab_begin("longest_end.nested");
    for (uint32_t in = big, slot = lab_slot();
         bh_pool_create(in, BH_POOL, slot, SIZE(21 - count), 0, 0) == BH_OK; slot = lab_slot()) {
        in = pools[count++] = slot;
    }
    lab_expect(count >= 4 && count < 10, "%u pools in pools", count);
    cell = lab_create(pools[count - 1], BH_CELL, (uint64_t[]){8, 0, 0});
    lab_need("cap_derive", bh_cap_derive(page, cell, 1, rights, 0));
    lab_need("memory_map", bh_memory_map(cell, 1, SIZE(30), BH_MAP_READ));
    for (unsigned i = 2; i < 8; i++) { /* more of them are cleaned in one entry */
        uint32_t other = lab_create(big, BH_MEMORY, (uint64_t[]){SIZE(PAGE), 0, 0});
        lab_need("cap_derive", bh_cap_derive(other, cell, i, BH_MEMORY_READ, 0));
        lab_need("memory_map", bh_memory_map(cell, i, SIZE(30) + i * SIZE(PAGE), BH_MAP_READ));
        others[i - 2] = other;
    }
    lab_need("memory_seal", bh_memory_seal(cell, 1));
    vm = lab_create(pools[count - 1], BH_CELL, (uint64_t[]){8, 1, 0});
    vcpu = lab_create(pools[count - 1], BH_VCPU, (uint64_t[]){vm, 64, 0});
    lab_need("thread_handler", bh_thread_handler(vcpu, lab_make(pools[count - 1], BH_ENDPOINT)));
    lab_need("vcpu_page", bh_vcpu_page(vcpu, lab_create(pools[count - 1], BH_MEMORY,
                                                        (uint64_t[]){SIZE(PAGE), 0, 0})));
    lab_need("thread_budget",
             bh_thread_budget(
                 vcpu, lab_create(pools[count - 1], BH_BUDGET,
                                  (uint64_t[]){lab.core, 10, BH_BUDGET_LIMIT(50000, 100000)})));
    lab_need("object_destroy", bh_object_destroy(pools[0]));
    lab_status("memory_clean", bh_memory_clean(page, BH_ZERO, 0), BH_OK); /* not mapped */
    for (unsigned i = 0; i < 6; i++) {
        lab_need("object_destroy", bh_object_destroy(others[i]));
        lab_drop(others[i]);
    }
    lab_expect(pool_free() == before, "%lx did not come back",
               (unsigned long)(before - pool_free()));
    lab_end();
}

/* The same, but the chain begins in a cell that ends. */
static void test_chain_of_cell(void)
{
    uint32_t page, cell, first, end;
    struct lab_thread thread;

    lab_begin("longest_end.chain_of_cell");
    page = lab_create(lab.pool, BH_MEMORY, (uint64_t[]){SIZE(PAGE), 0, 0});
    cell = lab_cell(lab.pool, 64, false);
    middle = lab_image_slots() + 32;
    lab_need("cap_derive", bh_cap_derive(page, cell, middle, BH_ALL, 0));
    lab_need("cap_derive", bh_cap_derive(lab.self, cell, middle + 1, BH_CELL_GRANT, 0));
    lab_need("cap_derive", bh_cap_derive(lab.signal, cell, middle + 2, BH_SIGNAL_SEND, 1));
    first = lab_slot();
    thread = lab_run(&(struct lab_spec){.pool = lab.pool,
                                        .cell = cell,
                                        .priority = 10,
                                        .entry = holder,
                                        .arg = first,
                                        .stack = stack});
    lab_expect(lab_wait_bits(1, 1000), "the other cell did not derive");
    end = chain(first, DEEP - 1, BH_ALL);
    *(volatile uint64_t *)lab_map(end, BH_MAP_READ | BH_MAP_WRITE) = 1;
    lab_need("object_destroy", bh_object_destroy(cell));
    chain_gone(DEEP - 1);
    lab_need("object_destroy", bh_object_destroy(page));
    lab_drop(page);
    lab_need("object_destroy", bh_object_destroy(thread.budget));
    lab_drop(thread.budget);
    lab_drop(thread.thread);
    lab_drop(cell);
    lab_end();
}

/* One window that is open to everybody. */
static uint32_t plan_make(void)
{
    uint32_t memory = lab_create(big, BH_MEMORY, (uint64_t[]){SIZE(PAGE), 0, 0});
    volatile struct bh_plan *plan = lab_map(memory, BH_MAP_READ | BH_MAP_WRITE);

    plan->count = 1;
    plan->windows[0].length = UINT32_MAX;
    plan->windows[0].open = UINT32_MAX;
    return memory;
}

/* Each binding twice, the second one in place of the first. */
static void test_bindings(void)
{
    uint32_t signals[2], endpoints[2], pages[2], plans[2], budgets[2];
    uint32_t cell = lab_create(big, BH_CELL, (uint64_t[]){8, 1, 0});
    uint32_t vcpu = lab_create(big, BH_VCPU, (uint64_t[]){cell, 64, 0});
    uint32_t line = lab_create(big, BH_LINE, (uint64_t[]){vcpu, 40, 0});
    uint32_t trace = lab_create(big, BH_TRACE, (uint64_t[]){0, 0, 0});
    uint32_t irq = start_need_cap(lab.start, "irq", BH_IRQ);

    lab_begin("longest_end.bindings");
    for (unsigned i = 0; i < 2; i++) {
        signals[i] = lab_derive(lab_make(big, BH_SIGNAL), BH_ALL, 1);
        endpoints[i] = lab_derive(lab_make(big, BH_ENDPOINT), BH_ALL, 1);
        pages[i] = lab_create(big, BH_MEMORY, (uint64_t[]){SIZE(PAGE), 0, 0});
        plans[i] = plan_make();
        budgets[i] =
            lab_create(big, BH_BUDGET, (uint64_t[]){lab.core, 10, BH_BUDGET_LIMIT(50000, 100000)});
    }
    for (unsigned i = 0; i < 6; i++) {
        unsigned k = i % 2;
        lab_status("endpoint_bind", bh_endpoint_bind(endpoints[0], k ? vcpu : lab.thread), BH_OK);
        lab_status("signal_bind", bh_signal_bind(signals[0], k ? line : vcpu), BH_OK);
        lab_status("irq_bind", bh_irq_bind(irq, signals[k]), BH_OK);
        lab_status("budget_signal", bh_budget_signal(budgets[0], signals[k]), BH_OK);
        lab_status("thread_handler", bh_thread_handler(vcpu, endpoints[k]), BH_OK);
        lab_status("thread_budget", bh_thread_budget(vcpu, budgets[k]), BH_OK);
        lab_status("vcpu_page", bh_vcpu_page(vcpu, pages[k]), BH_OK);
        lab_status("plan_start", bh_plan_start(lab.core, plans[k], 1), BH_OK);
        lab_status("trace_ring", bh_trace_ring(trace, 0, pages[k]), BH_OK);
        lab_status("trace_watch", bh_trace_watch(trace, cell, 1), i ? BH_BUSY : BH_OK);
    }
    lab_need("plan_start", bh_plan_start(lab.core, 0, 1));
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    big = start_need_cap(start, "big", BH_POOL);
    test_tables();
    test_chain();
    test_sealed_chain();
    test_nested();
    test_chain_of_cell();
    test_bindings();
    lab_done();
}
