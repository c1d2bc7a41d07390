/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed memory: who may seal what, what is refused to others from then on, and that nobody gets a
 * byte of it before it is zeroed, whatever ends it and wherever that is interrupted. */
#include "kernel/arch/host/cache.h"
#include "kernel/core/epoch.h"
#include "tests/unit/world.h"

#define AT     UINT64_C(0x400000)
#define RW     (BH_MAP_READ | BH_MAP_WRITE)
#define RAM    (SLOT_RAM + 1) /* two pages */
#define SECRET UINT64_C(0x5ec2e7)
#define INSIDE 1 /* its slot in the sealed cell */

static struct {
    uint64_t cell, thread;
} vault;

static const struct memory *memory(void)
{
    return memory_of(slot_object(machine_slot(world_warden(), RAM)));
}

/* A cell with mapped memory and a suspended thread. */
static void make_vault(void)
{
    vault.cell = world_make(BH_CELL, 8, 0, 0);
    vault.thread = world_make(BH_THREAD, vault.cell, 0, 0);
    assert_int_equal(DO(cap_derive, RAM, vault.cell, INSIDE, RW | BH_MEMORY_SEAL, 0), BH_OK);
    assert_int_equal(DO(memory_map, vault.cell, INSIDE, AT, RW), BH_OK);
}

static void seal(void)
{
    make_vault();
    assert_int_equal(DO(memory_seal, vault.cell, INSIDE), BH_OK);
    for (uint64_t at = 0; at < memory()->size; at += CACHE_LINE_BYTES) {
        cache_write(memory()->base.raw + at, true, SECRET);
    }
}

static void expect_zeroed(void)
{
    for (uint64_t at = 0; at < memory()->size; at += CACHE_LINE_BYTES) {
        assert_int_equal(cache_read(memory()->base.raw + at, true), 0);
        assert_int_equal(cache_read(memory()->base.raw + at, false), 0);
    }
    assert_int_equal(memory()->sealed, 0);
    assert_int_equal(DO(memory_map, 0, RAM, AT, RW), BH_OK);
    assert_int_equal(DO(memory_unmap, 0, RAM), BH_OK);
}

/* It is sealed when no core is in a call any more that found the cell open. */
static void test_seal_comes_by(void **state)
{
    (void)state;
    make_vault();
    (void)world_far(50);
    world_on(1);
    machine_pump();
    world_on(0);
    uint64_t epoch = epoch_after();
    assert_true(host.cores[1].cpu.passed < epoch);
    assert_int_equal(DO(memory_seal, vault.cell, INSIDE), BH_OK);
    assert_int_equal(host.cores[1].cpu.passed, epoch);
}

static void test_who_seals_what(void **state)
{
    (void)state;
    make_vault();
    assert_int_equal(DO(memory_seal, vault.cell, 2), BH_NO_CAP);
    assert_int_equal(DO(memory_seal, 0, WARDEN_POOL), BH_BAD_TYPE);
    assert_int_equal(DO(memory_seal, 0, world_derive(RAM, RW, 0)), BH_NO_RIGHT);
    assert_int_equal(DO(memory_seal, 0, RAM), BH_BUSY); /* not mapped there */
    assert_int_equal(DO(memory_map, 0, RAM, AT, RW), BH_OK);
    assert_int_equal(DO(memory_seal, vault.cell, INSIDE), BH_BUSY); /* somebody else has it, too */
    assert_int_equal(DO(memory_seal, 0, RAM), BH_BUSY);
    assert_int_equal(DO(memory_unmap, 0, RAM), BH_OK);
    assert_int_equal(DO(memory_map, 0, SLOT_DEVICE, AT, RW), BH_OK);
    assert_int_equal(DO(memory_seal, 0, SLOT_DEVICE), BH_BAD_ARG);
    assert_int_equal(DO(memory_seal, 0, SLOT_UNCACHED), BH_BAD_ARG);
    assert_int_equal(DO(memory_seal, vault.cell, INSIDE), BH_OK);
    assert_int_equal(memory()->sealed, 1);
}

static void test_guest_is_not_sealed(void **state)
{
    (void)state;
    uint64_t vm = world_make(BH_CELL, 8, 1, 0);
    assert_int_equal(DO(cap_derive, RAM, vm, INSIDE, BH_ALL & ~BH_DESTROY, 0), BH_OK);
    assert_int_equal(DO(memory_map, vm, INSIDE, AT, RW), BH_OK);
    assert_int_equal(DO(memory_seal, vm, INSIDE), BH_BAD_ARG);
}

static void test_memory_is_closed(void **state)
{
    (void)state;
    seal();
    uint64_t copy = world_derive(RAM, RW, 0);
    assert_int_equal(DO(memory_map, 0, RAM, AT, BH_MAP_READ), BH_BUSY);
    assert_int_equal(DO(memory_map, 0, copy, AT, BH_MAP_READ), BH_BUSY);
    assert_int_equal(DO(memory_clean, RAM, BH_ZERO, 0), BH_BUSY);
    assert_int_equal(DO(memory_clean, RAM, BH_CLEAN, 0), BH_BUSY);
    assert_int_equal(DO(memory_split, RAM, WARDEN_POOL, world_slot(), 0x1000), BH_BUSY);
    assert_int_equal(cache_read(memory()->base.raw, true), SECRET);
}

/* What would change the cell, or say what it knows. Ending it, time and life stay possible. */
static void test_cell_is_closed(void **state)
{
    (void)state;
    seal();
    uint64_t slot = world_slot();
    assert_int_equal(DO(cap_derive, SLOT_RAM, vault.cell, 2, RW, 0), BH_NO_RIGHT);
    assert_int_equal(DO(cap_delete, vault.cell, INSIDE), BH_NO_RIGHT);
    assert_int_equal(DO(memory_map, vault.cell, INSIDE, AT, RW), BH_NO_RIGHT);
    assert_int_equal(DO(memory_unmap, vault.cell, INSIDE), BH_NO_RIGHT);
    assert_int_equal(DO(memory_seal, vault.cell, INSIDE), BH_OK); /* more of it, that is */
    assert_int_equal(DO(pool_create, WARDEN_POOL, BH_THREAD, slot, vault.cell), BH_NO_RIGHT);
    assert_int_equal(DO(thread_set, vault.thread, 0, 0, 0), BH_NO_RIGHT);
    assert_int_equal(DO(thread_read, vault.thread, 0), BH_NO_RIGHT);
    assert_int_equal(DO(thread_write, vault.thread, BH_REG_PC, 0), BH_NO_RIGHT);
    uint64_t endpoint = world_make(BH_ENDPOINT, 0, 0, 0), signal = world_make(BH_SIGNAL, 0, 0, 0);
    assert_int_equal(DO(endpoint_bind, endpoint, vault.thread), BH_NO_RIGHT);
    assert_int_equal(DO(signal_bind, signal, vault.thread), BH_NO_RIGHT);
    uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, 3, 0);
    assert_int_equal(DO(thread_budget, vault.thread, budget), BH_OK);
    assert_int_equal(DO(thread_handler, vault.thread, endpoint), BH_OK);
    assert_int_equal(DO(thread_resume, vault.thread), BH_OK);
    assert_int_equal(DO(thread_suspend, vault.thread), BH_OK);
    assert_int_equal(DO(cell_info, vault.cell), BH_OK);
}

/* The cell itself may do all that. */
static void test_cell_is_its_own(void **state)
{
    (void)state;
    uint64_t thread = world_make(BH_THREAD, WARDEN_CELL, 0, 0);
    assert_int_equal(DO(memory_map, 0, RAM, AT, RW), BH_OK);
    assert_int_equal(DO(memory_seal, 0, RAM), BH_OK);
    assert_int_equal(world_warden()->cell->sealed, 1);
    assert_int_equal(DO(thread_set, thread, 1, 2, 3), BH_OK);
    assert_int_equal(DO(thread_read, thread, BH_REG_PC), BH_OK);
    assert_int_equal(world_result(0), 1);
    assert_int_equal(DO(memory_map, WARDEN_CELL, SLOT_RAM, 0x1000, RW), BH_OK);
    assert_int_equal(DO(memory_unmap, 0, RAM), BH_OK);
    assert_int_equal(host.pages_zeroed, 2);
    assert_int_equal(world_warden()->cell->sealed, 1); /* registers and table stay what they are */
    expect_zeroed();
}

/* A handler learns that there was a fault, and of which kind. */
static void test_fault_says_its_kind(void **state)
{
    (void)state;
    uint64_t handler = world_waiting(150), door = world_endpoint(handler);
    uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, 200, 0);
    seal();
    assert_int_equal(DO(thread_handler, vault.thread, door), BH_OK);
    assert_int_equal(DO(thread_budget, vault.thread, budget), BH_OK);
    assert_int_equal(DO(thread_resume, vault.thread), BH_OK);
    assert_runs(vault.thread);
    world_fault(BH_FAULT_BREAK);
    assert_runs(handler);
    assert_int_equal(machine_current()->frame.x[0], BH_FAULT_BREAK);
    for (unsigned i = 1; i < BH_MESSAGE_WORDS; i++) {
        assert_int_equal(machine_current()->frame.x[i], 0);
    }
}

/* ---- how it ends ---- */

static uint64_t end_by_revoke(void)
{
    return DO(cap_revoke, RAM);
}

static uint64_t end_by_destroy(void)
{
    return DO(object_destroy, vault.cell);
}

static uint64_t end_by_delete(void)
{
    return DO(cap_delete, 0, RAM);
}

static void test_revoke_zeroes(void **state)
{
    (void)state;
    seal();
    assert_int_equal(end_by_revoke(), BH_OK);
    expect_zeroed();
    assert_int_equal(DO(thread_read, vault.thread, 0), BH_NO_RIGHT); /* what it knew, it keeps */
}

static void test_destroy_zeroes(void **state)
{
    (void)state;
    seal();
    assert_int_equal(end_by_destroy(), BH_OK);
    expect_zeroed();
}

/* At each preemption point: nothing can be mapped until all of it is zero; whoever asks next goes
 * on. */
static void interrupt_end(uint64_t (*end)(void), bool freed)
{
    for (uint32_t point = 1; point < 64; point++) {
        world_setup(NULL);
        seal();
        host.polls_left = point;
        if (end() == BH_OK) {
            assert_true(point > 1);
            return;
        }
        if (!freed && memory()->sealed) {
            host.polls_left = 0;
            world_warden()->frame.pc += 4;
            assert_int_equal(DO(memory_map, 0, RAM, AT, BH_MAP_READ), BH_BUSY);
        }
        host.polls_left = 0;
        assert_int_equal(end(), BH_OK);
        assert_int_equal(host.pages_zeroed, 2);
        if (!freed) {
            expect_zeroed();
        }
    }
    fail_msg("it never comes to an end");
}

static void test_in_steps(void **state)
{
    (void)state;
    interrupt_end(end_by_revoke, false);
    interrupt_end(end_by_destroy, false);
    interrupt_end(end_by_delete, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_who_seals_what),      WORLD_TEST(test_seal_comes_by),
        WORLD_TEST(test_guest_is_not_sealed), WORLD_TEST(test_memory_is_closed),
        WORLD_TEST(test_cell_is_closed),      WORLD_TEST(test_cell_is_its_own),
        WORLD_TEST(test_fault_says_its_kind), WORLD_TEST(test_revoke_zeroes),
        WORLD_TEST(test_destroy_zeroes),      WORLD_TEST(test_in_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
