/* SPDX-License-Identifier: Apache-2.0 */
/* world.c as it is, on a core that objects: DESIGN rules 27 (order of HCR_EL2 and VTTBR_EL2) and 29
 * (an SError is charged to the cell that caused it), and that everybody finds his own registers. */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/lib/log.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/trace.h"
#include "machine.h"
#include "vgic.h"

#define VTTBR(n)     ((uint64_t)(n) << 48 | (n) << 12)
#define REGISTERS    64
#define STEPS        20000
#define FP_FIRST(fp) ((fp)->v[0][0])

enum cell_name { NATIVE, DRIVER, VM_TWO, VM_ONE, CELLS };
enum runner { NATIVE_0, NATIVE_1, DRIVER_0, DRIVER_1, VCPU_0, VCPU_1, VCPU_2, RUNNERS };

static struct cpu cpu;
static struct cell cells[CELLS];
static struct vcpu vcpus[RUNNERS]; /* threads in the first four */
static struct fp_state fp_states[RUNNERS];
static uint64_t shadow[RUNNERS][REGISTERS], fp_shadow[RUNNERS], fp_registers;
static bool serror;
static struct thread *suspended;
static unsigned suspensions, windows;
static const struct thread *told; /* the traced thread that runs, as the trace was told */

struct machine machine;
struct timer_intids timer_intids;
char idle_wait[1];

/* ---- what world.c calls ---- */

void fp_save(struct fp_state *state)
{
    FP_FIRST(state) = fp_registers;
}

void fp_load(const struct fp_state *state)
{
    fp_registers = FP_FIRST(state);
}

uint64_t serror_window(void)
{
    bool pending = serror;
    serror = false;
    windows++;
    return pending;
}

void thread_suspend(struct thread *thread)
{
    suspended = thread;
    suspensions++;
}

void trace_switch(struct cpu *core, struct thread *to)
{
    assert_ptr_equal(core, &cpu);
    assert_true(trace_on(to) || core->traced);
    told = core->traced = trace_on(to) ? to : NULL;
}

void panic(const char *cause)
{
    printf("panic: %s\n", cause);
    abort();
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

struct resume sched_entered(struct cpu *core, struct thread *thread, const uint64_t *words)
{
    assert_ptr_equal(core, &cpu);
    core->resched = 0; /* decided */
    return (struct resume){thread, words};
}

void timer_stop(void) {}

void vgic_save(struct vcpu *vcpu)
{
    (void)vcpu;
}

void vgic_load(struct vcpu *vcpu)
{
    (void)vcpu;
}

void vcpu_left(struct vcpu *vcpu)
{
    assert_ptr_not_equal(vcpu, cpu.el1_owner); /* its timers are not in the core */
}

void vgic_forget(const struct vcpu *vcpu)
{
    assert_ptr_equal(vcpu, cpu.el1_owner); /* the list registers are its */
}

void vgic_reset(struct vcpu *vcpu)
{
    (void)vcpu;
}

void arch_icache_invalidate(void) {}

void arch_stage2_flush_all(uint64_t vttbr)
{
    (void)vttbr;
}

/* ---- the world ---- */

static uint64_t owner_vttbr(void)
{
    return cpu.el1_owner ? cpu.el1_owner->thread.cell->vttbr : 0;
}

static const char *const registers[] = {
#define EAGER(name, mask, neutral, doc) #name,
#define LAZY(name, doc)                 #name,
#include "registers.def"
};
#define REGISTER_COUNT (sizeof registers / sizeof registers[0])
static_assert(REGISTER_COUNT <= REGISTERS, "shadow");

static struct thread *thread_at(unsigned runner)
{
    return &vcpus[runner].thread;
}

static int setup(void **state)
{
    static const enum cell_name homes[RUNNERS] = {NATIVE, NATIVE, DRIVER, DRIVER,
                                                  VM_TWO, VM_TWO, VM_ONE};
    (void)state;
    core_reset();
    core_owner_vttbr = owner_vttbr;
    cpu = (struct cpu){0};
    memset(vcpus, 0, sizeof vcpus);
    memset(shadow, 0, sizeof shadow);
    memset(fp_states, 0, sizeof fp_states);
    memset(fp_shadow, 0, sizeof fp_shadow);
    serror = false;
    suspended = NULL;
    suspensions = windows = 0;
    told = NULL;
    core_set("tpidr_el2", (uint64_t)(uintptr_t)&cpu);
    core_set("hcr_el2", HCR_NATIVE);
    core_set("cptr_el2", CPTR_CLOSED);
#define EAGER(name, mask, neutral, doc) core_set(#name, neutral);
#include "registers.def"
    for (unsigned i = 0; i < CELLS; i++) {
        cells[i] = (struct cell){.vttbr = VTTBR(i + 2), .marks = i == DRIVER ? MARK_DEVICES : 0};
        cells[i].thread_count = i == VM_TWO ? 2 : 1;
    }
    for (unsigned i = 0; i < RUNNERS; i++) {
        struct thread *thread = thread_at(i);
        thread->cell = &cells[homes[i]];
        thread->cpu = &cpu;
        thread->is_vcpu = i >= VCPU_0;
        thread->heavy = thread->is_vcpu ? HEAVY_VCPU | HEAVY_AWAY : 0;
        thread->fp = i % 2 ? &fp_states[i] : NULL;
    }
    vcpus[VCPU_1].index = 1; /* in its cell */
    cpu.current = &cpu.idle;
    cpu.idle.cpu = &cpu;
    world_init(&cpu);
    return 0;
}

/* A change of threads as the generic part makes it: plainly, or on the way out. */
static void run(unsigned runner)
{
    struct thread *thread = thread_at(runner);
    if (rand() % 2) {
        arch_switch_full(thread, &cpu);
    } else {
        cpu.resched = rand() % 4 == 0;
        struct resume next = arch_enter(thread, cpu.words, &cpu);
        assert_int_equal(cpu.resched, 0); /* who runs was decided if it was to be */
        assert_ptr_equal(next.thread, thread);
        assert_ptr_equal(next.words, cpu.words);
    }
    cpu.current = thread;
    core_instruction("isb", 0); /* what an exception return is */
}

static void check_native(void)
{
    assert_int_equal(core_get("hcr_el2"), HCR_NATIVE);
#define EAGER(name, mask, neutral, doc) assert_int_equal((core_get(#name) ^ (neutral)) & (mask), 0);
#include "registers.def"
}

static void check_guest(unsigned runner)
{
    assert_int_equal(core_get("hcr_el2"), HCR_GUEST);
    for (unsigned i = 0; i < REGISTER_COUNT; i++) {
        if (core_get(registers[i]) != shadow[runner][i]) {
            fail_msg("%s is not the guest's", registers[i]);
        }
    }
}

static void check(unsigned runner)
{
    const struct thread *thread = thread_at(runner);
    assert_int_equal(core_broken(), 0);
    assert_int_equal(core_get("vttbr_el2"), thread->cell->vttbr);
    bool open = (cpu.world & WORLD_FP) != 0;
    assert_int_equal(core_get("cptr_el2"), open ? CPTR_OPEN : CPTR_CLOSED);
    assert_true(!open || cpu.fp_owner == thread);
    if (thread->is_vcpu) {
        check_guest(runner);
    } else {
        check_native();
    }
}

/* A guest writes all its registers; a thread with the right uses FP. */
static void scribble(unsigned runner)
{
    struct thread *thread = thread_at(runner);
    for (unsigned i = 0; i < REGISTER_COUNT && thread->is_vcpu; i++) {
        shadow[runner][i] = (uint64_t)rand() << 32 ^ (uint64_t)rand();
        core_set(registers[i], shadow[runner][i]);
    }
    if (thread->fp && rand() % 2) {
        assert_true((cpu.world & WORLD_FP) || fp_take(&cpu, thread));
        assert_int_equal(fp_registers, fp_shadow[runner]);
        fp_registers = fp_shadow[runner] = (uint64_t)rand();
    }
}

/* A vCPU as it was at its creation. */
static void born(unsigned runner)
{
    arch_vcpu_reset(&vcpus[runner]);
    memset(shadow[runner], 0, sizeof shadow[runner]);
    for (unsigned i = 0; i < REGISTER_COUNT; i++) {
        if (strcmp(registers[i], "sctlr_el1") == 0) {
            shadow[runner][i] = vcpus[runner].arch.el1.sctlr_el1;
        }
        if (strcmp(registers[i], "vmpidr_el2") == 0) {
            shadow[runner][i] = vcpus[runner].arch.el1.vmpidr_el2;
        }
    }
}

static void test_rule_27_everybody_finds_his_own(void **state)
{
    (void)state;
    srand(1);
    for (unsigned i = VCPU_0; i < RUNNERS; i++) {
        born(i);
    }
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned runner = (unsigned)rand() % RUNNERS;
        run(runner);
        check(runner);
        scribble(runner);
    }
}

/* A thread or vCPU that runs on another core next time takes along what this one held of it. */
static void test_leaving_the_core(void **state)
{
    (void)state;
    srand(3);
    for (unsigned i = VCPU_0; i < RUNNERS; i++) {
        born(i);
    }
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned runner = (unsigned)rand() % RUNNERS, leaver = (unsigned)rand() % RUNNERS;
        arch_thread_leave(thread_at(leaver));
        assert_ptr_not_equal(cpu.el1_owner, &vcpus[leaver]);
        assert_ptr_not_equal(cpu.fp_owner, thread_at(leaver));
        if (leaver % 2) {
            assert_int_equal(FP_FIRST(&fp_states[leaver]), fp_shadow[leaver]);
        }
        if (thread_at(leaver) == cpu.current) { /* the core goes idle in between */
            cpu.current = &cpu.idle;
        }
        run(runner);
        check(runner);
        scribble(runner);
    }
    assert_int_equal(core_broken(), 0);
}

static void test_rule_27_is_looked_at(void **state)
{
    (void)state;
    born(VCPU_0);
    run(VCPU_0);
    assert_int_equal(core_broken(), 0);
    core_write("vttbr_el2", cells[NATIVE].vttbr); /* TGE is 0 */
    assert_int_equal(core_broken(), 1);
}

/* Siblings share a VMID: what the last one left in TLB and instruction cache goes (1.11e of the Arm
 * notes), whoever was in the core since. */
static void test_siblings(void **state)
{
    (void)state;
    run(VCPU_0);
    unsigned before = core_count("tlbi_vmalle1is") + core_count("tlbi_vmalle1");
    run(NATIVE_0);
    run(VCPU_0); /* it is still in the core */
    assert_int_equal(core_count("tlbi_vmalle1is") + core_count("tlbi_vmalle1"), before);
    run(NATIVE_0);
    run(VCPU_1);
    assert_int_equal(core_count("tlbi_vmalle1is") + core_count("tlbi_vmalle1"), before + 1);
    assert_int_equal(core_vttbr_at("ic_iallu"), cells[VM_TWO].vttbr);
    assert_int_equal(core_broken(), 0);
}

/* ---- rule 29 ---- */

static void test_rule_29_charged_to_the_driver(void **state)
{
    (void)state;
    run(DRIVER_1);
    serror = true; /* one of its stores was refused; nobody knows yet */
    run(NATIVE_0);
    assert_false(serror);
    assert_ptr_equal(suspended, thread_at(DRIVER_1));
    assert_int_equal(cells[DRIVER].fault_count, 1);
    assert_int_equal(cells[NATIVE].fault_count, 0);
}

static void test_rule_29_before_a_guest(void **state)
{
    (void)state;
    run(DRIVER_0);
    serror = true;
    run(VCPU_2);
    assert_ptr_equal(suspended, thread_at(DRIVER_0));
    assert_int_equal(cells[VM_ONE].fault_count, 0);
}

/* Passing through: a guest that has a device. */
static void test_rule_29_of_a_guest(void **state)
{
    (void)state;
    cells[VM_ONE].marks = MARK_DEVICES;
    run(VCPU_2);
    serror = true;
    run(VCPU_0);
    assert_ptr_equal(suspended, thread_at(VCPU_2));
    check(VCPU_0);
}

/* At random, with no thread of another cell ever running while one is pending; and it costs those
 * nothing that have no devices. */
static void test_rule_29_at_random(void **state)
{
    (void)state;
    srand(2);
    struct thread *guilty = NULL;
    unsigned charged = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned runner = (unsigned)rand() % RUNNERS;
        const struct cell *from = cpu.current->cell;
        unsigned before = windows;
        run(runner);
        if (guilty && thread_at(runner)->cell != &cells[DRIVER]) {
            assert_ptr_equal(suspended->cell, guilty->cell);
            assert_int_equal(suspensions, ++charged);
            guilty = NULL;
        }
        bool leaves = from == &cells[DRIVER] && thread_at(runner)->cell != from;
        assert_int_equal(windows, before + leaves);
        assert_true(!serror || thread_at(runner)->cell == &cells[DRIVER]);
        if (thread_at(runner)->cell == &cells[DRIVER] && rand() % 2) {
            serror = true;
            guilty = thread_at(runner);
        }
    }
    assert_true(charged > 100);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

/* Whoever comes and goes: a trace is told when a thread of a traced cell comes or goes. */
static void test_traces_at_random(void **state)
{
    (void)state;
    srand(3);
    for (unsigned i = VCPU_0; i < RUNNERS; i++) {
        born(i);
    }
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned runner = (unsigned)rand() % RUNNERS;
        struct cell *changed = &cells[rand() % CELLS];
        if (rand() % 8 == 0 && changed != cpu.current->cell) {
            changed->marks ^= MARK_TRACED;
        }
        if (rand() % 8 == 0 && cpu.current->is_vcpu) {
            arch_thread_leave(cpu.current);
        }
        run(runner);
        check(runner);
        assert_ptr_equal(told, trace_on(thread_at(runner)) ? thread_at(runner) : NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rule_27_everybody_finds_his_own),
        TEST(test_leaving_the_core),
        TEST(test_rule_27_is_looked_at),
        TEST(test_siblings),
        TEST(test_rule_29_charged_to_the_driver),
        TEST(test_rule_29_before_a_guest),
        TEST(test_rule_29_of_a_guest),
        TEST(test_rule_29_at_random),
        TEST(test_traces_at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
