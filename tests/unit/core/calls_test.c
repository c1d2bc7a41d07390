/* SPDX-License-Identifier: Apache-2.0 */
/* Every call: unknown numbers, a missing capability, one of another type, each missing right, a
 * tombstone. */
#include "tests/unit/world.h"

enum {
#define OBJECT(number, NAME, name, doc) T_##NAME = TYPE_BIT(number),
#define RIGHT(NAME, bit, RIGHT_NAME, doc)
#include "abi/objects.def"
    T_NONE = 0,
    T_ANY = 0x7ffe,
    T_SELF_OR_CELL = 0x10000
};

struct row {
    uint64_t number;
    uint32_t types, rights;
    const char *name;
};

static const struct row rows[] = {
#define CALL(number, name, types, rights, argc, args, resc, results, doc) \
    {number, types, rights, #name},
#include "abi/calls.def"
};
#define ROWS (sizeof rows / sizeof rows[0])

static uint64_t call_row(const struct row *row, uint64_t cap)
{
    return world_call(row->number, cap, (const uint64_t[6]){0});
}

static uint32_t types_of(const struct row *row)
{
    return row->types == T_SELF_OR_CELL ? (uint32_t)T_CELL : row->types;
}

/* A slot of the warden with a capability of each type. */
static void make_all(uint64_t slots[BH_TOMBSTONE])
{
    uint64_t cell;
    slots[BH_POOL] = world_make(BH_POOL, 4096, 0, 0);
    slots[BH_THREAD] = world_thread(0);
    slots[BH_VCPU] = world_vcpu(0, &cell);
    slots[BH_CELL] = cell;
    slots[BH_MEMORY] = SLOT_RAM;
    slots[BH_ENDPOINT] = world_make(BH_ENDPOINT, 0, 0, 0);
    slots[BH_SIGNAL] = world_make(BH_SIGNAL, 0, 0, 0);
    slots[BH_IRQ] = SLOT_IRQ;
    slots[BH_LINE] = world_make(BH_LINE, slots[BH_VCPU], 5, 0);
    slots[BH_BUDGET] = world_make(BH_BUDGET, WARDEN_CORE, 3, 0);
    slots[BH_CORE] = WARDEN_CORE;
}

static void test_unknown_number(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {
        4, 7, 14, 18, 26, 38, CALL_LIMIT, 1000, UINT64_C(1) << 32, UINT64_MAX};
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_int_equal(world_call(numbers[i], 1, (const uint64_t[6]){0}), BH_BAD_CALL);
    }
}

static void test_no_capability(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROWS; i++) {
        if (rows[i].types != T_NONE) {
            assert_int_equal(call_row(&rows[i], MACHINE_SLOTS - 1), BH_NO_CAP);
            assert_int_equal(call_row(&rows[i], MACHINE_SLOTS), BH_NO_CAP);
            assert_int_equal(call_row(&rows[i], UINT64_MAX), BH_NO_CAP);
        }
        if (rows[i].types != T_NONE && rows[i].types != T_SELF_OR_CELL) {
            assert_int_equal(call_row(&rows[i], 0), BH_NO_CAP);
        }
    }
}

static void test_other_type(void **state)
{
    (void)state;
    uint64_t slots[BH_TOMBSTONE] = {0};
    make_all(slots);
    for (unsigned i = 0; i < ROWS; i++) {
        for (unsigned type = BH_POOL; type <= BH_CORE && types_of(&rows[i]) != T_NONE; type++) {
            if (!(types_of(&rows[i]) & TYPE_BIT(type))) {
                assert_int_equal(call_row(&rows[i], slots[type]), BH_BAD_TYPE);
            }
        }
    }
}

/* Each right of each call, taken away alone. */
static void test_missing_right(void **state)
{
    (void)state;
    uint64_t slots[BH_TOMBSTONE] = {0};
    make_all(slots);
    for (unsigned i = 0; i < ROWS; i++) {
        for (unsigned type = BH_POOL; type <= BH_CORE && rows[i].rights != 0; type++) {
            if (!(types_of(&rows[i]) & TYPE_BIT(type))) {
                continue;
            }
            uint8_t all = slot_rights(machine_slot(world_warden(), slots[type]));
            uint64_t weak = world_derive(slots[type], all & ~rows[i].rights, 0);
            assert_int_equal(call_row(&rows[i], weak), BH_NO_RIGHT);
            assert_int_equal(DO(cap_delete, 0, weak), BH_OK);
        }
    }
}

static void test_tombstone(void **state)
{
    (void)state;
    uint64_t endpoint = world_make(BH_ENDPOINT, 0, 0, 0), copy = world_derive(endpoint, BH_ALL, 0);
    assert_int_equal(DO(object_destroy, endpoint), BH_OK);
    for (unsigned i = 0; i < ROWS; i++) {
        if (rows[i].types != T_NONE) {
            assert_int_equal(call_row(&rows[i], copy), BH_STALE);
        }
    }
    assert_int_equal(DO(cap_delete, 0, copy), BH_OK);
    assert_int_equal(DO(cap_identify, copy), BH_NO_CAP);
}

/* An interrupted call is made again by the same instruction, and nothing else is written. */
static void test_interrupted_call(void **state)
{
    (void)state;
    uint64_t parent = world_make(BH_SIGNAL, 0, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        (void)world_derive(parent, BH_ALL, 0);
    }
    uint64_t pc = world_warden()->frame.pc;
    host.polls_left = 1;
    assert_int_equal(DO(cap_revoke, parent), CALL_cap_revoke);
    assert_int_equal(world_warden()->frame.pc, pc);
    machine_svc();
    assert_int_equal(world_result(REG_STATUS), BH_OK);
    assert_int_equal(world_warden()->frame.pc, pc + 4);
    assert_false(cap_has_children(machine_slot(world_warden(), parent)));
}

/* Who is stopped in the middle of a revoke freezes nothing for ever. */
static void test_abandoned_revoke(void **state)
{
    (void)state;
    uint64_t parent = world_make(BH_SIGNAL, 0, 0, 0);
    (void)world_derive(parent, BH_ALL, 0);
    (void)world_derive(parent, BH_ALL, 0);
    uint64_t thread = world_running(150), to = world_slot();
    host.polls_left = 1;
    (void)DO(cap_revoke, parent);
    struct thread *revoker = world_thread_at(thread);
    thread_suspend(revoker);
    machine_leave(sched_resume(cpu_this()));
    assert_ptr_equal(machine_current(), world_warden());
    unsigned refused = 0;
    while (DO(cap_derive, parent, 0, to, BH_ALL, 0) != BH_OK) {
        assert_int_equal(world_result(REG_STATUS), BH_BUSY);
        assert_true(++refused < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_unknown_number),   WORLD_TEST(test_no_capability),
        WORLD_TEST(test_other_type),       WORLD_TEST(test_missing_right),
        WORLD_TEST(test_tombstone),        WORLD_TEST(test_interrupted_call),
        WORLD_TEST(test_abandoned_revoke),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
