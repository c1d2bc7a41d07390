/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell can do to make the making of an object long: a pool whose only free blocks are those
 * that have to be split far, for the first, second or last block of each kind of object, or that
 * have not quite enough. How long that is, tests/bench/bounds measures.
 *
 * A pool that was never used has one free block of each order. All are taken here: those below a
 * page by signals, which are the smallest objects, in one page; the others by pools. What is given
 * back is holes, at most one of each order: so the free bytes, as a binary number, say which orders
 * are free, and an object can be made if and only if its bytes are not more. */
#include "tests/target/lab/lab.h"

#define SMALL    6  /* order of a signal */
#define PAGE     12 /* order of the page with the signals, and of the smallest pool */
#define TOP      21 /* order of the largest block of a pool of 4 MiB */
#define SIGNALS  (1u << (PAGE - SMALL))
#define HOLES    2 /* so many at a time; more make nothing longer */
#define CAPS     4
#define VMIDS    200
#define NESTING  7
#define PERIOD   UINT64_C(2000000) /* ticks */
#define SIZE(o)  (UINT64_C(1) << (o))
#define LIMIT(n) BH_BUDGET_LIMIT(PERIOD / 2 - (n)*1000, PERIOD)

static uint32_t big, signals[SIGNALS], pools[TOP + 1];
static uint64_t unused; /* the pool's free bytes at first */
static unsigned made;

/* What is made, the least cell first; and how many bytes that takes, measured in a pool that has
 * more than enough. */
static struct kind {
    const char *name;
    enum bh_type type;
    uint64_t a, b, c;
    uint64_t size;
} kinds[] = {
    {"least cell", BH_CELL, 2, 0, 0, 0},
    {"endpoint", BH_ENDPOINT, 0, 0, 0, 0},
    {"signal", BH_SIGNAL, 0, 0, 0, 0},
    {"trace", BH_TRACE, 0, 0, 0, 0},
    {"least pool", BH_POOL, 4096, 0, 0, 0},
    {"pool", BH_POOL, SIZE(18), 0, 0, 0},
    {"largest pool", BH_POOL, SIZE(TOP), 0, 0, 0},
    {"page", BH_MEMORY, 4096, 0, 0, 0},
    {"largest memory", BH_MEMORY, 32768, 0, 0, 0},
    {"cell of a VM", BH_CELL, 64, 1, 0, 0},
    {"largest cell", BH_CELL, 1024, 0, 0, 0},
    {"unlimited budget", BH_BUDGET, 0, 10, 0, 0},
    {"budget", BH_BUDGET, 0, BH_BUDGET_ORDER(10, 5000), LIMIT(0), 0},
    {"part of a budget", BH_BUDGET, 0, BH_BUDGET_ORDER(10, 5000), LIMIT(NESTING + 1), 0},
    {"thread", BH_THREAD, 0, 0, 0, 0},
    {"thread with FP", BH_THREAD, 0, BH_THREAD_FP, 0, 0},
    {"least vCPU", BH_VCPU, 0, 32, 0, 0},
    {"largest vCPU", BH_VCPU, 0, 1020, 0, 0},
    {"line", BH_LINE, 0, 1019, 0, 0},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static uint64_t pool_free(void)
{
    uint64_t info[4];

    lab_need("pool_info", bh_pool_info(big, info));
    return info[1];
}

/* Of an order below a page: signals of the page, the first of which always stays. */
static void hole_small(unsigned order, bool open)
{
    for (unsigned i = 1u << (order - SMALL); i < 2u << (order - SMALL); i++) {
        if (open) {
            lab_need("object_destroy", bh_object_destroy(signals[i]));
            lab_drop(signals[i]);
        } else {
            signals[i] = lab_make(big, BH_SIGNAL);
        }
    }
}

/* The smallest hole that is open is closed first: what is made goes there. */
static void hole(unsigned order, bool open)
{
    if (order < PAGE) {
        hole_small(order, open);
    } else if (open) {
        lab_need("object_destroy", bh_object_destroy(pools[order]));
        lab_drop(pools[order]);
    } else {
        pools[order] = lab_create(big, BH_POOL, (uint64_t[]){SIZE(order), 0, 0});
    }
}

/* Those of all orders in a number. */
static void holes(uint64_t orders, bool open)
{
    for (unsigned order = SMALL; order < TOP; order++) {
        if (orders & SIZE(order)) {
            hole(order, open);
        }
    }
}

/* It is made if the bytes that are free suffice, of exactly these; and they come back. */
static void make_one(const struct kind *kind, uint64_t before)
{
    uint32_t slot = lab_slot();
    uint64_t after;
    bool fits = kind->size <= before;
    enum bh_status status = bh_pool_create(big, kind->type, slot, kind->a, kind->b, kind->c);

    after = pool_free();
    lab_status(kind->name, status, fits ? BH_OK : BH_NO_MEMORY);
    lab_expect(after == before - (fits ? kind->size : 0), "%s: of %lx are free %lx", kind->name,
               (unsigned long)before, (unsigned long)after);
    if (status == BH_OK) {
        made++;
        lab_status("object_destroy", bh_object_destroy(slot), BH_OK);
        after = pool_free();
        lab_expect(after == before, "%s gave back all but %lx", kind->name,
                   (unsigned long)(before - after));
    }
    lab_drop(slot);
}

static void make_all(void)
{
    for (unsigned i = 0; i < KINDS; i++) {
        make_one(&kinds[i], pool_free());
    }
}

/* With up to so many more holes, of orders below this one. */
static void make_with(unsigned end, unsigned more)
{
    make_all();
    for (unsigned order = SMALL; more != 0 && order < end; order++) {
        if (order < PAGE || pools[order] != 0) {
            hole(order, true);
            make_with(order, more - 1);
            hole(order, false);
        }
    }
}

static uint32_t parts_make(void)
{
    uint32_t part =
        lab_create(lab.pool, BH_BUDGET, (uint64_t[]){lab.core, BH_BUDGET_ORDER(10, 0), LIMIT(0)});

    for (unsigned i = 1; i <= NESTING; i++) {
        part = lab_create(lab.pool, BH_BUDGET, (uint64_t[]){part, 10, LIMIT(i)});
    }
    return part;
}

/* What objects are made of; many VMIDs are in use; and what each of them costs. */
static void kinds_begin(void)
{
    uint32_t many = start_need_cap(lab.start, "many", BH_POOL);
    uint32_t cell = lab_create(lab.pool, BH_CELL, (uint64_t[]){8, 1, 0});
    uint32_t vcpu = lab_create(lab.pool, BH_VCPU, (uint64_t[]){cell, 1020, 0});
    uint32_t part = parts_make();

    for (unsigned i = 0; i < VMIDS; i++) {
        lab_drop(lab_create(many, BH_CELL, (uint64_t[]){2, 0, 0}));
    }
    for (unsigned i = 0; i < KINDS; i++) {
        struct kind *kind = &kinds[i];
        uint64_t before = pool_free();
        uint32_t slot;
        kind->a = kind->type == BH_BUDGET   ? lab.core
                  : kind->type == BH_THREAD ? lab.self
                  : kind->type == BH_VCPU   ? cell
                  : kind->type == BH_LINE   ? vcpu
                                            : kind->a;
        kind->a = kind->c == LIMIT(NESTING + 1) ? part : kind->a;
        slot = lab_create(big, kind->type, (uint64_t[]){kind->a, kind->b, kind->c});
        kind->size = before - pool_free();
        lab_need("object_destroy", bh_object_destroy(slot));
        lab_drop(slot);
    }
    lab_expect(pool_free() == unused, "not all came back");
}

/* All but the largest block is taken. */
static void fill(void)
{
    unsigned order = PAGE;

    for (unsigned i = 0; i < SIGNALS; i++) {
        signals[i] = lab_make(big, BH_SIGNAL);
    }
    for (; order < TOP; order++) {
        if (pool_free() & SIZE(order)) {
            hole(order, false);
        }
    }
    lab_expect(pool_free() == SIZE(TOP), "%lx are left", (unsigned long)pool_free());
}

static void test_far(void)
{
    lab_begin("longest_make.split_far");
    make_with(TOP, HOLES);
    lab_expect(made > 1000, "only %u were made", made);
    lab_end();
}

static void test_short(void)
{
    lab_begin("longest_make.no_memory");
    hole(TOP, false);
    make_with(TOP, HOLES);
    hole(TOP, true);
    lab_end();
}

/* An object with so many capabilities that the call that destroys it stops as it is dead: so it is
 * freed by the next call that asks for the pool's bytes, or makes something. */
static void make_dead(const struct kind *kind, unsigned caps, bool make)
{
    uint64_t before = pool_free();
    uint32_t slot = lab_create(big, kind->type, (uint64_t[]){kind->a, kind->b, kind->c});
    uint32_t others[CAPS];

    for (unsigned i = 0; i < caps; i++) {
        others[i] = lab_derive(slot, BH_ALL, 0);
    }
    lab_need("object_destroy", bh_object_destroy(slot));
    if (make) {
        make_one(&kinds[caps % KINDS], before);
    }
    lab_expect(pool_free() == before, "%s with %u capabilities did not come back", kind->name,
               caps);
    lab_drop(slot);
    for (unsigned i = 0; i < caps; i++) {
        lab_drop(others[i]);
    }
}

static void test_dead(void)
{
    lab_begin("longest_make.dead");
    for (unsigned i = 0; i < KINDS; i++) {
        for (unsigned caps = 0; caps <= CAPS; caps++) {
            make_dead(&kinds[i], caps, false);
            make_dead(&kinds[i], caps, true);
        }
    }
    lab_end();
}

/* Both tables of a mapping are split off. */
static void test_tables(void)
{
    uint32_t ram = lab_ram(0x2000), cell;

    lab_begin("longest_make.tables");
    holes(kinds[0].size, true);
    cell = lab_create(big, BH_CELL, (uint64_t[]){2, 0, 0});
    lab_expect(pool_free() == SIZE(TOP), "the holes were not for the cell");
    lab_need("cap_derive", bh_cap_derive(ram, cell, 1, BH_MEMORY_READ, 0));
    lab_need("memory_map", bh_memory_map(cell, 1, SIZE(30), BH_MAP_READ));
    lab_expect(pool_free() == SIZE(TOP) - 2 * SIZE(PAGE), "%lx are free",
               (unsigned long)pool_free());
    lab_need("object_destroy", bh_object_destroy(cell));
    lab_drop(cell);
    holes(kinds[0].size, false);
    lab_expect(pool_free() == SIZE(TOP), "not all came back");
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    big = start_need_cap(start, "big", BH_POOL);
    unused = pool_free();
    kinds_begin();
    fill();
    test_far();
    test_short();
    test_dead();
    test_tables();
    lab_done();
}
