/* SPDX-License-Identifier: Apache-2.0 */
/* exception.c as it is, on a core whose address registers are UNKNOWN unless the syndrome says
 * otherwise: DESIGN rule 28, faults are classified before HPFAR_EL2 is used. */
#include "exception.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/arch/arch.h"
#include "kernel/lib/log.h"
#include "world.h"

#define FAR        UINT64_C(0x12345678)
#define HPFAR_IPA  UINT64_C(0x40abc000)
#define HPFAR      (HPFAR_IPA >> 8)
#define STAGE1_PAR UINT64_C(0x80077000)
#define GUEST_PAR  UINT64_C(0xdeadbeef)

enum outcome { NOTHING, FAULT, EXIT, GUEST };

static struct cpu cpu;
static struct vcpu vcpu; /* also the native thread */
static enum outcome outcome;

/* ---- what exception.c calls ---- */

static struct resume resume(enum outcome which)
{
    outcome = which;
    return (struct resume){&vcpu.thread, vcpu.thread.frame.x};
}

struct resume entry_fault(struct thread *current, struct cpu *core)
{
    (void)current;
    (void)core;
    return resume(FAULT);
}

struct resume entry_event(struct thread *current, struct cpu *core, enum bh_event event)
{
    (void)current;
    (void)core;
    return resume(event == BH_EVENT_EXIT ? EXIT : FAULT);
}

struct resume guest_sync(struct vcpu *guest, struct cpu *core, uint64_t esr)
{
    (void)guest;
    (void)core;
    (void)esr;
    return resume(GUEST);
}

struct resume sysreg_trap(struct vcpu *guest, struct cpu *core, uint64_t esr)
{
    return guest_sync(guest, core, esr);
}

struct resume sched_resume(struct cpu *core)
{
    (void)core;
    return (struct resume){&vcpu.thread, vcpu.thread.frame.x};
}

bool fp_take(struct cpu *core, struct thread *thread)
{
    (void)core;
    return thread->fp;
}

void log_puts(const char *text)
{
    (void)text;
}

void log_values(const char *text, const uint64_t *values)
{
    (void)text;
    (void)values;
}

void panic(const char *cause)
{
    printf("panic: %s\n", cause);
    abort();
}

static uint64_t no_owner(void)
{
    return 0;
}

/* ---- */

static int setup(void **state)
{
    (void)state;
    core_reset();
    core_owner_vttbr = no_owner;
    memset(&cpu, 0, sizeof cpu);
    memset(&vcpu, 0, sizeof vcpu);
    core_set("far_el2", FAR);
    core_set("hpfar_el2", HPFAR);
    core_set("par_el1", GUEST_PAR);
    core_set("translation", STAGE1_PAR);
    return 0;
}

/* The classes of aborts for which HPFAR_EL2 is valid (Arm ARM D19.2.57). */
static bool hpfar_is_valid(unsigned dfsc, bool s1ptw)
{
    return s1ptw || (dfsc & DFSC_KIND) == DFSC_TRANSLATION ||
           (dfsc & DFSC_KIND) == DFSC_ACCESS_FLAG;
}

static void abort_with(bool guest, bool data, uint64_t iss)
{
    setup(NULL);
    vcpu.thread.is_vcpu = guest;
    vcpu.thread.frame.psr = guest ? 5 : 0;
    uint64_t class = data ? EC_DATA_ABORT : EC_INSTRUCTION_ABORT;
    core_set("esr_el2", class << 26 | UINT64_C(1) << 25 | iss);
    if (!hpfar_is_valid((unsigned)(iss & 63), iss & ABORT_S1PTW)) {
        core_unknown("hpfar_el2");
    }
    outcome = NOTHING;
    (void)exception_sync(&vcpu.thread, &cpu);
}

/* Every fault status, with and without syndrome, of the walk of stage 1 or not. */
static void test_rule_28_every_status(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 64 * 32; i++) {
        uint64_t iss = i % 64 | (i & 64 ? ABORT_S1PTW : 0) | (i & 128 ? ABORT_ISV : 0) |
                       (i & 256 ? ABORT_WRITE : 0);
        abort_with(i & 512, i & 1024, iss);
        assert_true(outcome != NOTHING);
        if (core_broken() != 0) {
            fail_msg("status 0x%x: an UNKNOWN register was used", i % 64);
        }
    }
}

static void expect_fault(enum bh_fault kind, uint64_t page)
{
    assert_int_equal(outcome, FAULT);
    assert_int_equal(cpu.words[0], kind);
    assert_int_equal(cpu.words[2], FAR);
    assert_int_equal(cpu.words[3], page);
}

/* A native thread's address is its IPA: HPFAR_EL2 is not needed at all. */
static void test_rule_28_native(void **state)
{
    (void)state;
    static const uint8_t memory[] = {0x00, 0x04, 0x07, 0x0b, 0x0f};
    for (unsigned i = 0; i < sizeof memory; i++) {
        abort_with(false, true, memory[i]);
        expect_fault(BH_FAULT_MEMORY, FAR & ~(PAGE_SIZE - 1));
    }
    abort_with(false, true, 0x21);
    expect_fault(BH_FAULT_ALIGNMENT, BH_NO_IPA);
    abort_with(false, true, 0x10);
    expect_fault(BH_FAULT_EXTERNAL, BH_NO_IPA);
    abort_with(false, false, 0x07);
    expect_fault(BH_FAULT_MEMORY, FAR & ~(PAGE_SIZE - 1));
}

/* An address beyond a cell's space is not cut off to one in it. */
static void test_rule_28_native_beyond(void **state)
{
    (void)state;
    setup(NULL);
    core_set("far_el2", UINT64_C(1) << IPA_BITS | FAR);
    core_set("esr_el2", (uint64_t)EC_DATA_ABORT << 26);
    core_unknown("hpfar_el2");
    (void)exception_sync(&vcpu.thread, &cpu);
    assert_int_equal(outcome, FAULT);
    assert_int_equal(cpu.words[3], BH_NO_IPA);
    assert_int_equal(core_broken(), 0);
}

/* Nothing mapped, everything known: a device access. */
static void test_rule_28_guest_access(void **state)
{
    (void)state;
    abort_with(true, true, ABORT_ISV | 0x06 | UINT64_C(3) << 22);
    assert_int_equal(outcome, EXIT);
    assert_int_equal(cpu.words[0], BH_EXIT_READ);
    assert_int_equal(cpu.words[1], HPFAR_IPA | (FAR & (PAGE_SIZE - 1)));
    assert_int_equal(cpu.words[2], 8);
}

/* A page that is there but read-only: stage 1 is asked for the IPA, and the guest's PAR_EL1
 * stays. */
static void test_rule_28_guest_permission(void **state)
{
    (void)state;
    abort_with(true, true, 0x0f | ABORT_WRITE);
    expect_fault(BH_FAULT_MEMORY, STAGE1_PAR);
    assert_int_equal(core_count("at_s1e1r"), 1);
    assert_int_equal(core_count("isb"), 1);
    assert_int_equal(core_get("par_el1"), GUEST_PAR);
    assert_int_equal(core_broken(), 0);
}

static void test_rule_28_guest_without_stage1(void **state)
{
    (void)state;
    setup(NULL);
    vcpu.thread.is_vcpu = 1;
    vcpu.thread.frame.psr = 5;
    core_set("translation", STAGE1_PAR | 1); /* it fails */
    core_set("esr_el2", (uint64_t)EC_DATA_ABORT << 26 | 0x0f);
    core_unknown("hpfar_el2");
    (void)exception_sync(&vcpu.thread, &cpu);
    expect_fault(BH_FAULT_MEMORY, BH_NO_IPA);
    assert_int_equal(core_broken(), 0);
}

/* The guest's own table walk went wrong: HPFAR_EL2 says where, whatever the class. */
static void test_rule_28_guest_walk(void **state)
{
    (void)state;
    abort_with(true, true, 0x0f | ABORT_S1PTW);
    expect_fault(BH_FAULT_MEMORY, HPFAR_IPA);
    abort_with(true, true, 0x05 | ABORT_S1PTW | ABORT_ISV);
    expect_fault(BH_FAULT_MEMORY, HPFAR_IPA);
}

static void test_rule_28_guest_fetch(void **state)
{
    (void)state;
    abort_with(true, false, 0x06);
    expect_fault(BH_FAULT_MEMORY, HPFAR_IPA);
    abort_with(true, false, 0x10);
    expect_fault(BH_FAULT_EXTERNAL, BH_NO_IPA);
}

/* Other classes have no address at all. */
static void test_rule_28_no_abort(void **state)
{
    (void)state;
    for (uint64_t class = 0; class < 64; class ++) {
        setup(NULL);
        if (class == EC_DATA_ABORT || class == EC_INSTRUCTION_ABORT) {
            continue;
        }
        core_set("esr_el2", class << 26 | 0x3f);
        core_unknown("hpfar_el2");
        core_unknown("par_el1");
        if (class != EC_PC_ALIGNMENT) {
            core_unknown("far_el2");
        }
        (void)exception_sync(&vcpu.thread, &cpu);
        assert_int_equal(outcome, FAULT);
        assert_int_equal(cpu.words[3], BH_NO_IPA);
        assert_int_equal(core_broken(), 0);
    }
}

/* AArch32 at EL0 of a guest stops it, whatever it did; entry.S sees it. */
static void test_aarch32(void **state)
{
    (void)state;
    vcpu.thread.is_vcpu = 1;
    core_set("esr_el2", (uint64_t)EC_DATA_ABORT << 26 | ABORT_ISV | 0x06);
    (void)exception_aarch32(&vcpu.thread, &cpu);
    assert_int_equal(outcome, FAULT);
    assert_int_equal(cpu.words[0], BH_FAULT_AARCH32);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rule_28_every_status),     TEST(test_rule_28_native),
        TEST(test_rule_28_native_beyond),    TEST(test_rule_28_guest_access),
        TEST(test_rule_28_guest_permission), TEST(test_rule_28_guest_without_stage1),
        TEST(test_rule_28_guest_walk),       TEST(test_rule_28_guest_fetch),
        TEST(test_rule_28_no_abort),         TEST(test_aarch32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
