/* SPDX-License-Identifier: Apache-2.0 */
/* Every right of every method, out of abi/calls.def and abi/arguments.def: each capability that a
 * call may be made with is tried with every other type, without each right that it needs, as a
 * tombstone, missing and out of range. The status is the promised one, and in all of kernel memory
 * not a byte changes but the caller's registers. */
#include "tests/unit/world.h"

static const struct row {
    uint64_t number;
    uint32_t types, rights;
    const char *name, *arguments;
} rows[CALL_LIMIT] = {
#define CALL(number, name, types, rights, argc, args, resc, results, doc) \
    [number] = {number, types, rights, #name, #args},
#include "abi/calls.def"
};

/* Where a capability is wanted as an argument, and with which right. */
struct want {
    uint64_t number, type; /* type: of pool_create, 0 for other calls */
    unsigned place;        /* register */
    uint32_t types, rights;
    bool optional;
};
enum how { NEEDED, OPTIONAL, THEIRS };
static const struct want wants[] = {
#define ARGUMENT(call, place, types, rights, how) \
    {CALL_##call, 0, place, types, rights, (how) == OPTIONAL},
#define CREATION(TYPE, used, b)
#define PART(TYPE, types, rights) {CALL_pool_create, BH_##TYPE, 2, types, rights, false},
#include "abi/arguments.def"
};
#define WANTS (sizeof wants / sizeof wants[0])

static const struct creation {
    uint64_t type, used, b;
} creations[] = {
#define ARGUMENT(call, place, types, rights, how)
#define CREATION(TYPE, used, b) {BH_##TYPE, used, b},
#define PART(TYPE, types, rights)
#include "abi/arguments.def"
};
#define CREATIONS (sizeof creations / sizeof creations[0])

static uint64_t caps[BH_TOMBSTONE], weak[BH_TOMBSTONE]; /* all rights that there are, none */
static uint64_t stale, empty;

static int make_all(void **state)
{
    world_setup(state);
    uint64_t gone = world_make(BH_SIGNAL, 0, 0, 0);
    stale = world_derive(gone, BH_ALL, 0);
    assert_int_equal(DO(object_destroy, gone), BH_OK);
    caps[BH_POOL] = world_make(BH_POOL, 4096, 0, 0);
    caps[BH_THREAD] = world_thread(0);
    caps[BH_VCPU] = world_vcpu(0, &caps[BH_CELL]);
    caps[BH_MEMORY] = SLOT_RAM;
    caps[BH_ENDPOINT] = world_make(BH_ENDPOINT, 0, 0, 0);
    caps[BH_SIGNAL] = world_make(BH_SIGNAL, 0, 0, 0);
    caps[BH_IRQ] = SLOT_IRQ;
    caps[BH_LINE] = world_make(BH_LINE, caps[BH_VCPU], 5, 0);
    caps[BH_BUDGET] = world_make(BH_BUDGET, WARDEN_CORE, 3, BH_BUDGET_LIMIT(100, 1000));
    caps[BH_CORE] = WARDEN_CORE;
    caps[BH_TRACE] = world_make(BH_TRACE, 0, 0, 0);
    for (unsigned type = BH_POOL; type <= BH_TRACE; type++) {
        weak[type] = world_derive(caps[type], 0, 0);
    }
    empty = MACHINE_SLOTS - 1;
    return 0;
}

/* ---- one refused call ---- */

struct attempt {
    const char *what;
    uint64_t number, cap;
    uint64_t x[6];
};

static void refuse(const struct attempt *attempt, status want)
{
    static char before[MACHINE_POOL];
    struct thread *warden = world_warden();
    struct frame registers = warden->frame;
    uint64_t refused = warden->cell->refused;
    memcpy(before, host.pool, MACHINE_POOL);
    uint64_t got = world_call(attempt->number, attempt->cap, attempt->x);
    if (got != want) {
        fail_msg("call %llu (%s) with x9 = %llu: %llu, not %u", (unsigned long long)attempt->number,
                 attempt->what, (unsigned long long)attempt->cap, (unsigned long long)got, want);
    }
    assert_ptr_equal(machine_current(), warden);
    warden->frame = registers;
    warden->cell->refused = refused; /* that is counted */
    if (memcmp(before, host.pool, MACHINE_POOL) != 0) {
        fail_msg("call %llu (%s) with x9 = %llu had an effect", (unsigned long long)attempt->number,
                 attempt->what, (unsigned long long)attempt->cap);
    }
}

/* A capability of which each right in mask is taken away alone, in the place that *cap is. */
static void refuse_each_right(struct attempt *attempt, uint64_t *cap, unsigned type, uint32_t mask)
{
    uint64_t all = slot_rights(machine_slot(world_warden(), caps[type]));
    for (unsigned bit = 0; bit < 8; bit++) {
        if (mask >> bit & 1) {
            attempt->what = "a right is missing";
            *cap = world_derive(caps[type], all & ~(UINT64_C(1) << bit), 0);
            refuse(attempt, BH_NO_RIGHT);
            assert_int_equal(DO(cap_delete, 0, *cap), BH_OK);
        }
    }
}

static void refuse_no_cap(struct attempt *attempt, uint64_t *cap)
{
    static const uint64_t outside[] = {MACHINE_SLOTS, 1024, UINT64_C(1) << 32, UINT64_C(1) << 63,
                                       UINT64_MAX};
    attempt->what = "a tombstone";
    *cap = stale;
    refuse(attempt, BH_STALE);
    attempt->what = "an empty slot";
    *cap = empty;
    refuse(attempt, BH_NO_CAP);
    attempt->what = "outside the table";
    for (unsigned i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        *cap = outside[i];
        refuse(attempt, BH_NO_CAP);
        *cap = outside[i] | caps[BH_CELL];
        refuse(attempt, BH_NO_CAP);
    }
}

static void refuse_type(struct attempt *attempt, uint64_t *cap, unsigned type)
{
    attempt->what = "a wrong type";
    *cap = caps[type];
    refuse(attempt, BH_BAD_TYPE);
    *cap = weak[type];
    refuse(attempt, BH_BAD_TYPE);
}

/* ---- the tests ---- */

static void test_x9(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CALL_LIMIT; i++) {
        const struct row *row = &rows[i];
        struct attempt attempt = {.number = row->number};
        uint32_t types = row->types == T_SELF_OR_CELL ? (uint32_t)T_CELL : row->types;
        for (unsigned type = BH_POOL; type <= BH_TRACE && row->name && types != T_NONE; type++) {
            if (types & TYPE_BIT(type)) {
                refuse_each_right(&attempt, &attempt.cap, type, row->rights);
            } else {
                refuse_type(&attempt, &attempt.cap, type);
            }
        }
        if (row->name && types != T_NONE) {
            refuse_no_cap(&attempt, &attempt.cap);
        }
        if (row->name && types != T_NONE && row->types != T_SELF_OR_CELL) {
            attempt.cap = 0;
            refuse(&attempt, BH_NO_CAP);
        }
    }
}

static uint64_t good_b(uint64_t type)
{
    for (unsigned i = 0; i < CREATIONS; i++) {
        if (creations[i].type == type) {
            return creations[i].b;
        }
    }
    return 0;
}

/* A call that is good but for one argument. */
static struct attempt good_but_one(const struct want *want)
{
    struct attempt attempt = {.number = want->number, .x = {0, 0x100000, 1}};
    uint32_t types = rows[want->number].types;
    for (unsigned type = BH_POOL; type <= BH_TRACE && types != T_SELF_OR_CELL; type++) {
        attempt.cap = types & TYPE_BIT(type) && !attempt.cap ? caps[type] : attempt.cap;
    }
    if (want->number == CALL_pool_create) {
        attempt.x[0] = want->type;
        attempt.x[1] = empty;
        attempt.x[3] = good_b(want->type);
    }
    return attempt;
}

static void test_arguments(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WANTS; i++) {
        struct attempt attempt = good_but_one(&wants[i]);
        uint64_t *cap = &attempt.x[wants[i].place];
        for (unsigned type = BH_POOL; type <= BH_TRACE; type++) {
            if (wants[i].types & TYPE_BIT(type)) {
                refuse_each_right(&attempt, cap, type, wants[i].rights);
            } else {
                refuse_type(&attempt, cap, type);
            }
        }
        refuse_no_cap(&attempt, cap);
        if (!wants[i].optional) {
            *cap = 0;
            attempt.what = "slot 0";
            refuse(&attempt, BH_NO_CAP);
        }
    }
}

/* What pool_create does not look at must be 0; what no call makes is no type. */
static void test_creations(void **state)
{
    (void)state;
    uint32_t made = 0;
    for (unsigned i = 0; i < CREATIONS; i++) {
        made |= TYPE_BIT(creations[i].type);
        for (uint64_t place = creations[i].used; place < 3; place++) {
            struct attempt attempt = {.what = "a reserved argument",
                                      .number = CALL_pool_create,
                                      .cap = caps[BH_POOL],
                                      .x = {creations[i].type, empty, 0, creations[i].b, 0}};
            for (unsigned k = 0; k < WANTS; k++) {
                bool own = wants[k].type == creations[i].type;
                attempt.x[2] = own ? caps[__builtin_ctz(wants[k].types)] : attempt.x[2];
            }
            attempt.x[2] = creations[i].type == BH_CELL ? 8 : attempt.x[2];
            attempt.x[2] = creations[i].type == BH_POOL ? 4096 : attempt.x[2];
            attempt.x[2 + place] = 1;
            refuse(&attempt, BH_BAD_ARG);
        }
    }
    for (uint64_t type = 0; type < 40; type++) {
        struct attempt attempt = {
            .what = "a type", .number = CALL_pool_create, .cap = caps[BH_POOL], .x = {type, empty}};
        if (type >= 32 || !(made & TYPE_BIT(type))) {
            refuse(&attempt, BH_BAD_ARG);
        }
    }
}

static void test_numbers(void **state)
{
    (void)state;
    for (uint64_t number = 0; number < 300; number++) {
        struct attempt attempt = {.what = "no such call", .number = number, .cap = caps[BH_POOL]};
        if (number >= CALL_LIMIT || !rows[number].name) {
            refuse(&attempt, BH_BAD_CALL);
            attempt.number |= UINT64_C(1) << 40;
            refuse(&attempt, BH_BAD_CALL);
        }
    }
}

/* An argument with the name of a kind of object has its rows. */
static void test_table_is_complete(void **state)
{
    (void)state;
    static const char *const words[] = {"cell",   "pool",     "budget", "thread", "target",
                                        "signal", "endpoint", "memory", "core",   "plan"};
    for (unsigned i = 0; i < CALL_LIMIT; i++) {
        unsigned found = 0;
        for (unsigned k = 0; k < WANTS; k++) {
            found += wants[k].number == i;
        }
        for (unsigned k = 0; k < sizeof words / sizeof words[0] && rows[i].name; k++) {
            if (strstr(rows[i].arguments, words[k]) && found == 0) {
                fail_msg("abi/arguments.def has no row for %s, which takes a %s", rows[i].name,
                         words[k]);
            }
        }
    }
}

#define RIGHTS_TEST(name) cmocka_unit_test_setup_teardown(name, make_all, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIGHTS_TEST(test_x9),      RIGHTS_TEST(test_arguments),         RIGHTS_TEST(test_creations),
        RIGHTS_TEST(test_numbers), RIGHTS_TEST(test_table_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
