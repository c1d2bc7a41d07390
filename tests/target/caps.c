/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities that were not given: every call with every wrong type, missing right, stale,
 * empty and impossible index, and every argument out of its range. The documented status, and
 * nothing has changed. */
#include "cells/lib/status_name.h"
#include "tests/target/lab/lab.h"

#define TYPES     13
#define EXTENT    0x4000u
#define DEEP      256
#define CELLS_MAX 380

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
    uint64_t number;
    const char *name;
    uint32_t types, rights;
} rows[] = {
#define CALL(number, name, types, rights, argc, args, resc, results, doc) \
    {number, "caps." #name, types, rights},
#include "abi/calls.def"
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const uint64_t zeroes[6];

static uint32_t caps[TYPES];  /* one of each type, all rights that this cell can have */
static uint32_t weak[TYPES];  /* the same with no right at all */
static uint32_t stale, empty; /* a tombstone; an empty slot */
static struct lab_account before;

static void account_unchanged(const char *what)
{
    lab_expect(lab_account_same(before, lab_account()), "%s had an effect", what);
}

/* A call that must be refused, and must change nothing. */
static void refuse(const char *what, uint64_t number, uint64_t cap, const uint64_t args[6],
                   enum bh_status want)
{
    enum bh_status got = bh_call_number(number, cap, args);

    lab_expect(got == want, "%s: %s, not %s", what, status_name(got), status_name(want));
    account_unchanged(what);
}

/* The same for a call of any number of which nothing but x8 and x9 matters: also messages. */
static void refuse_cap(const struct row *row, const char *what, uint64_t cap, enum bh_status want)
{
    enum bh_status got;

    if (row->number == BH_CALL_call) {
        struct bh_message m = {{0}};
        got = bh_call((uint32_t)cap, &m);
    } else {
        got = bh_call_number(row->number, cap, zeroes);
    }
    lab_expect(got == want, "%s: %s, not %s", what, status_name(got), status_name(want));
    account_unchanged(what);
}

/* ---- the capability of the call itself ---- */

static void refuse_types(const struct row *row)
{
    uint32_t types = row->types == T_SELF_OR_CELL ? T_CELL : row->types;

    for (unsigned type = 1; type < TYPES; type++) {
        if (!(types >> type & 1)) {
            refuse_cap(row, "a wrong type", caps[type], BH_BAD_TYPE);
            refuse_cap(row, "a wrong type without rights", weak[type], BH_BAD_TYPE);
        } else if (row->rights != 0) {
            refuse_cap(row, "no right", weak[type], BH_NO_RIGHT);
        }
    }
}

/* Every right but those that are needed does not help. */
static void refuse_rights(const struct row *row)
{
    uint32_t types = row->types == T_SELF_OR_CELL ? T_CELL : row->types;

    for (unsigned type = 1; type < TYPES; type++) {
        uint64_t what[3];
        if ((types >> type & 1) && row->rights != 0) {
            lab_need("cap_identify", bh_cap_identify(caps[type], what));
            uint32_t slot = lab_derive(caps[type], what[1] & ~(uint64_t)row->rights, 0);
            before = lab_account();
            refuse_cap(row, "all rights but the one", slot, BH_NO_RIGHT);
            lab_drop(slot);
            before = lab_account();
        }
    }
}

static void refuse_indices(const struct row *row)
{
    static const uint64_t outside[] = {
        1024, 4096, UINT64_C(1) << 31, UINT64_C(1) << 32, UINT64_C(1) << 63, ~UINT64_C(0)};

    refuse_cap(row, "a stale capability", stale, BH_STALE);
    refuse_cap(row, "an empty slot", empty, BH_NO_CAP);
    if (row->types != T_SELF_OR_CELL) {
        refuse_cap(row, "slot 0", 0, BH_NO_CAP);
    }
    if (row->number == BH_CALL_call) {
        return; /* its stub takes 32 bits */
    }
    for (unsigned i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        refuse_cap(row, "an index outside the table", outside[i], BH_NO_CAP);
        refuse_cap(row, "an index with high bits", outside[i] | caps[BH_POOL], BH_NO_CAP);
    }
}

static void test_call(const struct row *row)
{
    if (row->types == T_NONE) {
        return;
    }
    lab_begin(row->name);
    before = lab_account();
    refuse_types(row);
    refuse_rights(row);
    refuse_indices(row);
    lab_end();
}

static void test_numbers(void)
{
    bool known[256] = {false};

    lab_begin("caps.unknown_numbers");
    for (unsigned i = 0; i < ROWS; i++) {
        known[rows[i].number] = true;
    }
    for (uint64_t number = 0; number < 256; number++) {
        if (!known[number]) {
            refuse("an unknown call", number, 0, zeroes, BH_BAD_CALL);
        }
    }
    for (unsigned bit = 8; bit < 64; bit++) {
        refuse("a huge call number", UINT64_C(1) << bit | 8, 0, zeroes, BH_BAD_CALL);
    }
    lab_end();
}

/* ---- capabilities as arguments ---- */

/* Where a capability is wanted, of which type and with which right. */
static const struct want {
    uint64_t number, made; /* made: type that pool_create makes, 0 for other calls */
    unsigned place;
    uint32_t types, rights;
} wants[] = {
#define ARGUMENT(call, place, types, rights, how) {BH_CALL_##call, 0, place, types, rights},
#define CREATION(TYPE, used, b)
#define PART(TYPE, types, rights) {BH_CALL_pool_create, BH_##TYPE, 2, types, rights},
#include "abi/arguments.def"
};
#define WANTS (sizeof(wants) / sizeof(wants[0]))

/* Argument b of what pool_create makes. */
static const uint64_t good_b[BH_TOMBSTONE] = {
#define ARGUMENT(call, place, types, rights, how)
#define CREATION(TYPE, used, b) [BH_##TYPE] = b,
#define PART(TYPE, types, rights)
#include "abi/arguments.def"
};

static uint64_t cap_of_types(uint32_t types)
{
    for (unsigned type = 1; type < TYPES; type++) {
        if (types != T_SELF_OR_CELL && (types >> type & 1)) {
            return caps[type];
        }
    }
    return 0;
}

/* Each of the rights that it needs, taken away alone. */
static void refuse_argument_rights(const struct want *want, unsigned type, uint64_t args[6],
                                   const struct row *row)
{
    uint64_t cap = cap_of_types(row->types);
    for (unsigned bit = 0; bit < 8; bit++) {
        uint64_t what[3];
        if (want->rights >> bit & 1) {
            lab_need("cap_identify", bh_cap_identify(caps[type], what));
            args[want->place] = lab_derive(caps[type], what[1] & ~(UINT64_C(1) << bit), 0);
            before = lab_account();
            refuse(row->name, want->number, cap, args, BH_NO_RIGHT);
            lab_drop((uint32_t)args[want->place]);
            before = lab_account();
        }
    }
}

static void refuse_argument(const struct want *want, const struct row *row)
{
    uint64_t args[6] = {0, 0x100000, 1}, cap = cap_of_types(row->types);

    if (want->made != 0) {
        args[0] = want->made;
        args[1] = empty;
        args[3] = good_b[want->made];
    }
    for (unsigned type = 1; type < TYPES; type++) {
        if (want->types >> type & 1) {
            refuse_argument_rights(want, type, args, row);
            continue;
        }
        args[want->place] = caps[type];
        refuse(row->name, want->number, cap, args, BH_BAD_TYPE);
        args[want->place] = weak[type];
        refuse(row->name, want->number, cap, args, BH_BAD_TYPE);
    }
    args[want->place] = stale;
    refuse(row->name, want->number, cap, args, BH_STALE);
    args[want->place] = empty;
    refuse(row->name, want->number, cap, args, BH_NO_CAP);
    args[want->place] = UINT64_C(1) << 32 | caps[BH_CELL];
    refuse(row->name, want->number, cap, args, BH_NO_CAP);
}

static void test_arguments(void)
{
    lab_begin("caps.arguments");
    before = lab_account();
    for (unsigned i = 0; i < WANTS; i++) {
        for (unsigned k = 0; k < ROWS; k++) {
            if (rows[k].number == wants[i].number) {
                refuse_argument(&wants[i], &rows[k]);
            }
        }
    }
    lab_end();
}

/* ---- slots as arguments ---- */

static void test_slots(void)
{
    const uint64_t bad[] = {0, caps[BH_POOL], stale, 1024, UINT64_C(1) << 32 | empty, ~UINT64_C(0)};

    lab_begin("caps.destination_slots");
    before = lab_account();
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        refuse("cap_derive", BH_CALL_cap_derive, caps[BH_SIGNAL], (uint64_t[6]){0, bad[i]},
               BH_NO_SLOT);
        refuse("pool_create", BH_CALL_pool_create, caps[BH_POOL], (uint64_t[6]){BH_SIGNAL, bad[i]},
               BH_NO_SLOT);
    }
    /* The extent is the root pool's: nobody but the warden can split it. */
    refuse("memory_split from another pool", BH_CALL_memory_split, caps[BH_MEMORY],
           (uint64_t[6]){caps[BH_POOL], empty, 4096}, BH_BAD_ARG);
    refuse("cap_delete of an empty slot", BH_CALL_cap_delete, 0, (uint64_t[6]){empty}, BH_NO_CAP);
    refuse("cap_delete of slot 0", BH_CALL_cap_delete, 0, (uint64_t[6]){0}, BH_NO_CAP);
    refuse("cap_delete outside", BH_CALL_cap_delete, 0, (uint64_t[6]){~UINT64_C(0)}, BH_NO_CAP);
    refuse("memory_map of another type", BH_CALL_memory_map, 0, (uint64_t[6]){caps[BH_POOL], 0, 1},
           BH_BAD_TYPE);
    refuse("memory_map of nothing", BH_CALL_memory_map, 0, (uint64_t[6]){empty, 0, 1}, BH_NO_CAP);
    refuse("memory_map of a tombstone", BH_CALL_memory_map, 0, (uint64_t[6]){stale, 0, 1},
           BH_STALE);
    refuse("memory_unmap of another type", BH_CALL_memory_unmap, 0, (uint64_t[6]){caps[BH_POOL]},
           BH_BAD_TYPE);
    lab_end();
}

/* ---- rights cannot grow, badges cannot be forged ---- */

static void test_growing(void)
{
    uint32_t some = lab_derive(caps[BH_ENDPOINT], BH_ENDPOINT_SEND | BH_ENDPOINT_MINT, 5);
    uint32_t plain = lab_derive(caps[BH_ENDPOINT], BH_ENDPOINT_SEND, 0);

    lab_begin("caps.rights_and_badges");
    before = lab_account();
    for (unsigned bit = 0; bit < 8; bit++) {
        uint64_t args[6] = {0, empty, UINT64_C(1) << bit, 0};
        if ((UINT64_C(1) << bit) != BH_ENDPOINT_SEND) {
            refuse("more rights", BH_CALL_cap_derive, plain, args, BH_NO_RIGHT);
        }
    }
    refuse("rights above 8 bits", BH_CALL_cap_derive, plain, (uint64_t[6]){0, empty, 0x100, 0},
           BH_BAD_ARG);
    refuse("another badge", BH_CALL_cap_derive, some, (uint64_t[6]){0, empty, BH_ENDPOINT_SEND, 6},
           BH_BAD_ARG);
    refuse("a badge without MINT", BH_CALL_cap_derive, plain,
           (uint64_t[6]){0, empty, BH_ENDPOINT_SEND, 6}, BH_NO_RIGHT);
    refuse("a badge on a pool", BH_CALL_cap_derive, caps[BH_POOL], (uint64_t[6]){0, empty, 1, 6},
           BH_BAD_ARG);
    lab_end();
    lab_drop(some);
    lab_drop(plain);
}

/* ---- ranges ---- */

static void create_ranges(void)
{
    const struct {
        uint64_t a[4]; /* type, a, b, c */
    } bad[] = {
        {{BH_EMPTY, 0, 0, 0}},       {{BH_MEMORY, 0, 0, 0}},
        {{BH_MEMORY, 2048, 0, 0}},   {{BH_MEMORY, 4097, 0, 0}},
        {{BH_MEMORY, 65536, 0, 0}},  {{BH_MEMORY, 4096, 1, 0}},
        {{BH_MEMORY, 4096, 0, 1}},   {{BH_IRQ, 0, 0, 0}},
        {{BH_CORE, 0, 0, 0}},        {{BH_TRACE + 1, 0, 0, 0}},
        {{BH_TOMBSTONE, 0, 0, 0}},   {{~UINT64_C(0), 0, 0, 0}},
        {{BH_POOL, 0, 0, 0}},        {{BH_POOL, 2048, 0, 0}},
        {{BH_POOL, 4097, 0, 0}},     {{BH_POOL, 12288, 0, 0}},
        {{BH_POOL, 8u << 20, 0, 0}}, {{BH_POOL, ~UINT64_C(0), 0, 0}},
        {{BH_POOL, 4096, 1, 0}},     {{BH_POOL, 4096, 0, 1}},
        {{BH_CELL, 0, 0, 0}},        {{BH_CELL, 1, 0, 0}},
        {{BH_CELL, 1025, 0, 0}},     {{BH_CELL, UINT64_C(1) << 59, 0, 0}},
        {{BH_CELL, 8, 2, 0}},        {{BH_CELL, 8, 0, 1}},
        {{BH_THREAD, 0, 0, 8}},      {{BH_SIGNAL, 1, 0, 0}},
        {{BH_ENDPOINT, 0, 1, 0}},    {{BH_SIGNAL, 0, 0, 1}},
    };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        enum bh_status want = bad[i].a[0] == BH_THREAD ? BH_NO_CAP : BH_BAD_ARG;
        refuse("pool_create", BH_CALL_pool_create, caps[BH_POOL],
               (uint64_t[6]){bad[i].a[0], empty, bad[i].a[1], bad[i].a[2], bad[i].a[3]}, want);
    }
    refuse("thread flags", BH_CALL_pool_create, caps[BH_POOL],
           (uint64_t[6]){BH_THREAD, empty, lab.self, 2, 0}, BH_BAD_ARG);
    refuse("thread core", BH_CALL_pool_create, caps[BH_POOL],
           (uint64_t[6]){BH_THREAD, empty, lab.self, 0, 1}, BH_BAD_ARG);
    refuse("thread core", BH_CALL_pool_create, caps[BH_POOL],
           (uint64_t[6]){BH_THREAD, empty, lab.self, 0, UINT64_C(1) << 32}, BH_BAD_ARG);
    refuse("a vCPU in a native cell", BH_CALL_pool_create, caps[BH_POOL],
           (uint64_t[6]){BH_VCPU, empty, lab.self, 64, 0}, BH_BAD_ARG);
    refuse("a thread in a VM cell", BH_CALL_pool_create, caps[BH_POOL],
           (uint64_t[6]){BH_THREAD, empty, caps[BH_CELL], 0, 0}, BH_BAD_ARG);
    refuse("few interrupts", BH_CALL_pool_create, caps[BH_POOL],
           (uint64_t[6]){BH_VCPU, empty, caps[BH_CELL], 31, 0}, BH_BAD_ARG);
    refuse("many interrupts", BH_CALL_pool_create, caps[BH_POOL],
           (uint64_t[6]){BH_VCPU, empty, caps[BH_CELL], 1021, 0}, BH_BAD_ARG);
    refuse("a line beyond", BH_CALL_pool_create, caps[BH_POOL],
           (uint64_t[6]){BH_LINE, empty, caps[BH_VCPU], 64, 0}, BH_BAD_ARG);
    refuse(
        "a budget's amount", BH_CALL_pool_create, caps[BH_POOL],
        (uint64_t[6]){BH_BUDGET, empty, lab.core, 5, BH_BUDGET_LIMIT(BH_BUDGET_LEAST - 1, 1 << 30)},
        BH_BAD_ARG);
    refuse("a budget's priority", BH_CALL_pool_create, caps[BH_POOL],
           (uint64_t[6]){BH_BUDGET, empty, lab.core, 256, 0}, BH_BAD_ARG);
}

static void map_ranges(void)
{
    const uint64_t m = caps[BH_MEMORY];
    const uint64_t limit = UINT64_C(1) << 39;
    const uint64_t bad[][2] = {
        {1, 1},
        {0x1008, 1},
        {limit, 1},
        {limit - EXTENT + 4096, 1},
        {~UINT64_C(4095), 1},
        {UINT64_C(1) << 63, 1},
        {0x1000, 0},
        {0x1000, 2},
        {0x1000, 4},
        {0x1000, 6},
        {0x1000, 7},
        {0x1000, 8},
        {0x1000, 9},
        {0x1000, UINT64_C(1) << 32 | 1},
    };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        refuse("memory_map", BH_CALL_memory_map, 0, (uint64_t[6]){m, bad[i][0], bad[i][1]},
               BH_BAD_ARG);
    }
    refuse("memory_map over something", BH_CALL_memory_map, 0, (uint64_t[6]){m, 0x400000, 1},
           BH_BUSY);
    refuse("memory_map into something", BH_CALL_memory_map, 0, (uint64_t[6]){m, 0x400000 - 4096, 1},
           BH_BUSY);
    refuse("memory_map without the right", BH_CALL_memory_map, 0,
           (uint64_t[6]){weak[BH_MEMORY], 0x1000, 1}, BH_NO_RIGHT);
    refuse("split at 0", BH_CALL_memory_split, m, (uint64_t[6]){caps[BH_POOL], empty, 0},
           BH_BAD_ARG);
    refuse("split at the end", BH_CALL_memory_split, m, (uint64_t[6]){caps[BH_POOL], empty, EXTENT},
           BH_BAD_ARG);
    refuse("split in a page", BH_CALL_memory_split, m, (uint64_t[6]){caps[BH_POOL], empty, 4098},
           BH_BAD_ARG);
    refuse("clean beyond", BH_CALL_memory_clean, m, (uint64_t[6]){0, EXTENT}, BH_BAD_ARG);
    refuse("clean in a page", BH_CALL_memory_clean, m, (uint64_t[6]){0, 8}, BH_BAD_ARG);
    refuse("clean how", BH_CALL_memory_clean, m, (uint64_t[6]){2, 0}, BH_BAD_ARG);
}

static void other_ranges(void)
{
    uint32_t running = lab.thread;

    refuse("thread_set while it runs", BH_CALL_thread_set, running, zeroes, BH_BUSY);
    refuse("thread_read while it runs", BH_CALL_thread_read, running, zeroes, BH_BUSY);
    refuse("thread_write while it runs", BH_CALL_thread_write, running, zeroes, BH_BUSY);
    refuse("suspend oneself", BH_CALL_thread_suspend, running, zeroes, BH_BAD_ARG);
    refuse("read past the end", BH_CALL_thread_read, caps[BH_THREAD], (uint64_t[6]){BH_REG_COUNT},
           BH_BAD_ARG);
    refuse("write past the end", BH_CALL_thread_write, caps[BH_THREAD], (uint64_t[6]){BH_REG_COUNT},
           BH_BAD_ARG);
    refuse("write far past the end", BH_CALL_thread_write, caps[BH_THREAD],
           (uint64_t[6]){~UINT64_C(0)}, BH_BAD_ARG);
    refuse("virtual interrupt beyond", BH_CALL_vcpu_irq, caps[BH_VCPU], (uint64_t[6]){64, 0},
           BH_BAD_ARG);
    refuse("settings", BH_CALL_vcpu_irq, caps[BH_VCPU], (uint64_t[6]){40, 0x800}, BH_BAD_ARG);
    refuse("a page that is no pool memory", BH_CALL_vcpu_page, caps[BH_VCPU],
           (uint64_t[6]){caps[BH_MEMORY]}, BH_BAD_ARG);
    refuse("state beyond", BH_CALL_vcpu_irq_state, caps[BH_VCPU], (uint64_t[6]){64, 0, 0},
           BH_BAD_ARG);
    refuse("state bits", BH_CALL_vcpu_irq_state, caps[BH_VCPU], (uint64_t[6]){40, 4, 0},
           BH_BAD_ARG);
    refuse("state bits", BH_CALL_vcpu_irq_state, caps[BH_VCPU], (uint64_t[6]){40, 0, 4},
           BH_BAD_ARG);
    refuse("line level", BH_CALL_line_set, caps[BH_LINE], (uint64_t[6]){2}, BH_BAD_ARG);
    refuse("power what", BH_CALL_core_power, lab.core, (uint64_t[6]){2}, BH_BAD_ARG);
    refuse("destroy oneself", BH_CALL_object_destroy, lab.thread, zeroes, BH_NO_RIGHT);
}

static void test_ranges(void)
{
    lab_begin("caps.create_ranges");
    before = lab_account();
    create_ranges();
    lab_end();
    lab_begin("caps.memory_ranges");
    map_ranges();
    lab_end();
    lab_begin("caps.other_ranges");
    other_ranges();
    lab_end();
}

/* ---- limits of kernel memory ---- */

static void test_exhaustion(void)
{
    uint32_t pool = lab_child_pool(4096), slots[64], count = 0;
    enum bh_status status;

    lab_begin("caps.pool_runs_out");
    do {
        slots[count] = lab_slot();
        status = bh_pool_create(pool, BH_SIGNAL, slots[count++], 0, 0, 0);
    } while (status == BH_OK && count < 64);
    lab_status("the last signal", status, BH_NO_MEMORY);
    lab_status("a cell", bh_pool_create(pool, BH_CELL, slots[count - 1], 8, 0, 0), BH_NO_MEMORY);
    lab_status("a thread", bh_pool_create(pool, BH_THREAD, slots[count - 1], lab.self, 1, 0),
               BH_NO_MEMORY);
    lab_status("a pool", bh_pool_create(pool, BH_POOL, slots[count - 1], 4096, 0, 0), BH_NO_MEMORY);
    lab_status("destroy", bh_object_destroy(pool), BH_OK);
    for (uint32_t i = 0; i < count; i++) {
        lab_drop(slots[i]);
    }
    lab_drop(pool);
    lab_end();
}

/* Each capability derived from the one before; 31 levels. */
static void test_depth(void)
{
    uint32_t slots[DEEP], count = 0;
    enum bh_status status;

    lab_begin("caps.derivation_31_deep");
    slots[0] = lab_derive(caps[BH_SIGNAL], BH_SIGNAL_SEND, 0);
    do {
        count++;
        slots[count] = lab_slot();
        status = bh_cap_derive(slots[count - 1], 0, slots[count], BH_SIGNAL_SEND, 0);
    } while (status == BH_OK && count < DEEP - 1);
    lab_status("one deeper", status, BH_BUSY);
    lab_expect(count == 31, "%u were derived", count);
    lab_status("cap_delete of the first", bh_cap_delete(0, slots[0]), BH_OK);
    for (uint32_t i = 0; i <= count; i++) {
        lab_status("delete again", bh_cap_delete(0, slots[i]), BH_NO_CAP);
        lab_drop(slots[i]);
    }
    lab_end();
}

static void test_vmids(void)
{
    uint32_t big = start_need_cap(lab.start, "big", BH_POOL), slots[CELLS_MAX], count = 0;
    struct lab_account first = lab_account();
    enum bh_status status;

    lab_begin("caps.vmids_run_out");
    do {
        slots[count] = lab_slot();
        status = bh_pool_create(big, BH_CELL, slots[count++], 2, 0, 0);
    } while (status == BH_OK && count < CELLS_MAX - 80);
    lab_expect(first.vmids > 255 ? status == BH_OK
                                 : status == BH_NO_VMID && count == first.vmids + 1,
               "after %u cells: %s", count, status_name(status));
    for (uint32_t i = 0; i < count; i++) {
        (void)bh_object_destroy(slots[i]);
        lab_drop(slots[i]);
    }
    lab_expect(lab_account_same(first, lab_account()), "VMIDs are missing");
    lab_end();
}

/* ---- the program ---- */

static void idle_entry(uint64_t arg)
{
    (void)arg;
}

static uint8_t idle_stack[LAB_STACK] __attribute__((aligned(16)));

static void make_caps(void)
{
    struct lab_spec spec = {.pool = lab.pool,
                            .cell = lab.self,
                            .priority = 20,
                            .entry = idle_entry,
                            .stack = idle_stack};
    uint32_t gone = lab_make(lab.pool, BH_SIGNAL);
    uint32_t thread = lab_thread(&spec).thread;

    stale = lab_derive(gone, BH_SIGNAL_SEND, 0);
    lab_need("object_destroy", bh_object_destroy(gone));
    lab_drop(gone);
    empty = lab_slot();
    caps[BH_POOL] = lab_child_pool(0x10000);
    caps[BH_CELL] = lab_create(lab.pool, BH_CELL, (uint64_t[]){8, 1, 0});
    caps[BH_MEMORY] = lab_ram(EXTENT);
    caps[BH_THREAD] = thread;
    caps[BH_VCPU] = lab_create(lab.pool, BH_VCPU, (uint64_t[]){caps[BH_CELL], 64, 0});
    caps[BH_ENDPOINT] = lab_make(lab.pool, BH_ENDPOINT);
    caps[BH_SIGNAL] = lab_make(lab.pool, BH_SIGNAL);
    caps[BH_IRQ] = start_need_cap(lab.start, "irq", BH_IRQ);
    caps[BH_LINE] = lab_create(lab.pool, BH_LINE, (uint64_t[]){caps[BH_VCPU], 40, 0});
    caps[BH_BUDGET] = lab_create(lab.pool, BH_BUDGET,
                                 (uint64_t[]){lab.core, 20, BH_BUDGET_LIMIT(1000000, 1000000)});
    caps[BH_CORE] = lab.core;
    caps[BH_TRACE] = lab_make(lab.pool, BH_TRACE);
    for (unsigned type = 1; type < TYPES; type++) {
        weak[type] = lab_derive(caps[type], 0, 0);
    }
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    make_caps();
    before = lab_account();
    for (unsigned i = 0; i < ROWS; i++) {
        test_call(&rows[i]);
    }
    test_numbers();
    test_arguments();
    test_slots();
    test_growing();
    test_ranges();
    test_exhaustion();
    test_depth();
    test_vmids();
    lab_done();
}
