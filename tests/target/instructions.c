/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions that a native thread has no use for: every system register, every system
 * instruction, every way to another exception level, random words. Each is a fault of that
 * thread alone, or harmless and listed here. */
#include "cells/lib/cache.h"
#include "tests/target/lab/probe.h"

#define CODE_AT       UINT64_C(0x28000000)
#define CODE_WORDS    0x10000u
#define SCRATCH_AT    UINT64_C(0x27000000)
#define SCRATCH_BYTES 0x2000
#define BRK_END       UINT32_C(0xd420eee0) /* brk #0x777: the end of what is tried */
#define PATIENCE      2000                 /* ms */
#define ISS_IMMEDIATE 0xffff

/* A system instruction: MSR and MRS of a register, SYS, SYSL, hints and barriers (Arm ARM
 * C4.1.66). */
#define SYSTEM(read, op0, op1, crn, crm, op2, rt)                                                  \
    (UINT32_C(0xd5000000) | (uint32_t)(read) << 21 | (uint32_t)(op0) << 19 |                       \
     (uint32_t)(op1) << 16 | (uint32_t)(crn) << 12 | (uint32_t)(crm) << 8 | (uint32_t)(op2) << 5 | \
     (uint32_t)(rt))
#define ENCODING(op0, op1, crn, crm, op2) SYSTEM(0, op0, op1, crn, crm, op2, 0)

static struct lab_probe probe;
static uint32_t code_slot; /* in the probe's table */
static uint32_t *code;     /* as this thread sees it */
static uint64_t faulted[CODE_WORDS / 64];

/* ---- running what is in the code memory ---- */

static void code_publish(unsigned words)
{
    cache_clean(code, words * sizeof(uint32_t));
    lab_need("memory_unmap", bh_memory_unmap(probe.cell, code_slot));
    lab_need("memory_map",
             bh_memory_map(probe.cell, code_slot, CODE_AT, BH_MAP_READ | BH_MAP_EXEC));
}

static void probe_start(uint64_t pc)
{
    (void)bh_thread_suspend(probe.thread.thread);
    lab_need("thread_set",
             bh_thread_set(probe.thread.thread, pc, SCRATCH_AT + SCRATCH_BYTES, SCRATCH_AT));
}

/* One instruction; false: it hung. */
static struct lab_outcome run_one(uint32_t word)
{
    struct lab_outcome o;
    struct bh_message m = {{0}};
    struct bh_received r;

    code[0] = word;
    code[1] = BRK_END;
    code_publish(2);
    probe_start(CODE_AT);
    lab_need("thread_resume", bh_thread_resume(probe.thread.thread));
    o = lab_probe_wait(BH_WAIT_ONLY, PATIENCE);
    if (o.faulted) {
        (void)bh_reply_wait_with(BH_STOP, &m, &r, (struct bh_wait){.deadline = 1});
    }
    return o;
}

static bool came_through(const struct lab_outcome *o)
{
    return o->faulted && o->fault.kind == BH_FAULT_BREAK && o->fault.pc == CODE_AT + 4;
}

/* What a whole row of instructions did: a bit in faulted[] for each that was a fault. */
static void note_fault(const struct lab_outcome *o, unsigned count)
{
    uint64_t index = (o->fault.pc - CODE_AT) / 4;

    if (lab_expect(index < count, "pc is 0x%lx", (unsigned long)o->fault.pc)) {
        faulted[index / 64] |= UINT64_C(1) << index % 64;
    }
    lab_expect(o->fault.kind == BH_FAULT_UNDEFINED || o->fault.kind == BH_FAULT_FP ||
                   o->fault.kind == BH_FAULT_MEMORY,
               "0x%x: fault of kind %lu, syndrome 0x%lx", code[index < count ? index : 0],
               (unsigned long)o->fault.kind, (unsigned long)o->fault.syndrome);
}

/* Executes code[0..count), stepping over what faults. x0 is a writable address at first. */
static void run_row(unsigned count)
{
    uint64_t end = CODE_AT + count * sizeof(uint32_t);
    struct lab_outcome o;

    for (unsigned i = 0; i < CODE_WORDS / 64; i++) {
        faulted[i] = 0;
    }
    code[count] = BRK_END;
    code_publish(count + 1);
    probe_start(CODE_AT);
    lab_need("thread_resume", bh_thread_resume(probe.thread.thread));
    o = lab_probe_wait(BH_WAIT_ONLY, PATIENCE);
    while (o.faulted && o.fault.pc != end) {
        note_fault(&o, count);
        lab_need("thread_write", bh_thread_write(probe.thread.thread, BH_REG_PC, o.fault.pc + 4));
        lab_need("thread_write", bh_thread_write(probe.thread.thread, 0, SCRATCH_AT));
        o = lab_probe_wait(BH_RESUME, PATIENCE);
    }
    lab_expect(!o.hung, "a thread hung");
    if (o.faulted) {
        struct bh_message m = {{0}};
        struct bh_received r;
        (void)bh_reply_wait_with(BH_STOP, &m, &r, (struct bh_wait){.deadline = 1});
    }
}

/* Those that came through must be among the allowed ones. */
static void expect_allowed(unsigned count, const uint32_t *allowed, unsigned allowed_count)
{
    unsigned through = 0;

    for (unsigned i = 0; i < count; i++) {
        bool known = false;
        if (faulted[i / 64] >> i % 64 & 1) {
            continue;
        }
        for (unsigned k = 0; k < allowed_count; k++) {
            known |=
                (code[i] & ~UINT32_C(0x20001f)) == allowed[k]; /* without direction and register */
        }
        through++;
        lab_expect(known, "0x%x (op0 %u op1 %u crn %u crm %u op2 %u) came through", code[i],
                   code[i] >> 19 & 3, code[i] >> 16 & 7, code[i] >> 12 & 15, code[i] >> 8 & 15,
                   code[i] >> 5 & 7);
    }
    lab_expect(through > 0 && through < count, "%u of %u came through", through, count);
}

/* All op1, CRn, CRm, op2 of an op0, to or from a register. */
static unsigned fill_system(bool read, unsigned op0, unsigned rt)
{
    unsigned count = 0;

    for (unsigned i = 0; i < 1u << 14; i++) {
        code[count++] = SYSTEM(read, op0, i >> 11, i >> 7 & 15, i >> 3 & 15, i & 7, rt);
    }
    return count;
}

/* ---- what may come through ---- */

static const uint32_t readable[] = {
    ENCODING(3, 3, 0, 0, 1),  /* CTR_EL0 */
    ENCODING(3, 3, 0, 0, 7),  /* DCZID_EL0 */
    ENCODING(3, 3, 2, 4, 0),  /* RNDR */
    ENCODING(3, 3, 2, 4, 1),  /* RNDRRS */
    ENCODING(3, 3, 4, 2, 0),  /* NZCV */
    ENCODING(3, 3, 4, 2, 5),  /* DIT */
    ENCODING(3, 3, 4, 2, 6),  /* SSBS */
    ENCODING(3, 3, 4, 2, 7),  /* TCO */
    ENCODING(3, 3, 13, 0, 2), /* TPIDR_EL0 */
    ENCODING(3, 3, 13, 0, 3), /* TPIDRRO_EL0 */
    ENCODING(3, 3, 14, 0, 0), /* CNTFRQ_EL0 */
    ENCODING(3, 3, 14, 0, 1), /* CNTPCT_EL0 */
    ENCODING(3, 3, 14, 0, 5), /* CNTPCTSS_EL0 */
};

static const uint32_t writable[] = {
    ENCODING(3, 3, 4, 2, 0), ENCODING(3, 3, 4, 2, 5),  ENCODING(3, 3, 4, 2, 6),
    ENCODING(3, 3, 4, 2, 7), ENCODING(3, 3, 13, 0, 2),
};

/* By address, on the thread's own memory. */
static const uint32_t cache_instructions[] = {
    ENCODING(1, 3, 7, 4, 1),  /* DC ZVA */
    ENCODING(1, 3, 7, 5, 1),  /* IC IVAU */
    ENCODING(1, 3, 7, 10, 1), /* DC CVAC */
    ENCODING(1, 3, 7, 11, 1), /* DC CVAU */
    ENCODING(1, 3, 7, 12, 1), /* DC CVAP */
    ENCODING(1, 3, 7, 13, 1), /* DC CVADP */
    ENCODING(1, 3, 7, 14, 1), /* DC CIVAC */
};

/* ---- tests ---- */

static void test_registers(void)
{
    unsigned count;

    lab_begin("instructions.every_register_read");
    count = fill_system(true, 3, 1);
    run_row(count);
    expect_allowed(count, readable, sizeof(readable) / sizeof(readable[0]));
    lab_end();
    lab_begin("instructions.every_register_written");
    count = fill_system(false, 3, 0);
    run_row(count);
    expect_allowed(count, writable, sizeof(writable) / sizeof(writable[0]));
    lab_end();
    for (unsigned read = 0; read < 2; read++) {
        lab_begin(read ? "instructions.every_debug_register_read"
                       : "instructions.every_debug_register_written");
        count = fill_system(read, 2, 1);
        code[count++] = SYSTEM(0, 3, 3, 4, 2, 0, 1); /* one that comes through */
        run_row(count);
        expect_allowed(count, writable, 1);
        lab_end();
    }
}

static void test_system(void)
{
    unsigned count;

    lab_begin("instructions.every_system_instruction");
    count = fill_system(false, 1, 0);
    run_row(count);
    expect_allowed(count, cache_instructions,
                   sizeof(cache_instructions) / sizeof(cache_instructions[0]));
    lab_end();
    lab_begin("instructions.every_system_instruction_with_result");
    count = fill_system(true, 1, 1);
    code[count++] = SYSTEM(0, 3, 3, 4, 2, 0, 1);
    run_row(count);
    expect_allowed(count, writable, 1);
    lab_end();
}

/* op0 = 0: of CRn 2 (hints) and 3 (barriers) everything may pass, of CRn 4 (PSTATE) what EL0
 * has. */
static bool pstate_allowed(uint32_t word)
{
    unsigned op1 = word >> 16 & 7, crn = word >> 12 & 15, op2 = word >> 5 & 7;

    return (op1 == 3 && (crn == 2 || crn == 3)) ||
           (crn == 4 && op1 == 0 && op2 <= 2) /* CFINV XAFLAG AXFLAG */
           || (crn == 4 && op1 == 3 && (op2 == 1 || op2 == 2 || op2 == 4)); /* SSBS DIT TCO */
}

static bool waits(uint32_t word)
{
    unsigned crn = word >> 12 & 15, crm = word >> 8 & 15, op2 = word >> 5 & 7;

    return (crn == 2 && crm == 0 && (op2 == 2 || op2 == 3)) || crn == 1; /* WFE WFI, WFET WFIT */
}

static void test_pstate(void)
{
    unsigned count = fill_system(false, 0, 31);

    lab_begin("instructions.hints_barriers_pstate");
    for (unsigned i = 0; i < count; i++) {
        code[i] = waits(code[i]) ? SYSTEM(0, 0, 3, 2, 0, 0, 31) : code[i];
    }
    run_row(count);
    for (unsigned i = 0; i < count; i++) {
        bool fault = faulted[i / 64] >> i % 64 & 1;
        lab_expect(fault || pstate_allowed(code[i]), "0x%x came through", code[i]);
    }
    lab_end();
}

static void expect_kind(const char *what, uint32_t word, enum bh_fault kind)
{
    struct lab_outcome o = run_one(word);

    lab_expect(o.faulted, "%s 0x%x: no fault", what, word);
    lab_expect(o.fault.kind == kind && o.fault.pc == CODE_AT,
               "%s 0x%x: kind %lu at pc 0x%lx, syndrome 0x%lx", what, word,
               (unsigned long)o.fault.kind, (unsigned long)o.fault.pc,
               (unsigned long)o.fault.syndrome);
}

static void test_levels(void)
{
    static const uint32_t immediates[] = {0, 1, 2, 0xb1, 0x1000, 0xffff};

    lab_begin("instructions.other_exception_levels");
    for (unsigned i = 0; i < sizeof(immediates) / sizeof(immediates[0]); i++) {
        expect_kind("hvc", UINT32_C(0xd4000002) | immediates[i] << 5, BH_FAULT_UNDEFINED);
        expect_kind("smc", UINT32_C(0xd4000003) | immediates[i] << 5, BH_FAULT_UNDEFINED);
        expect_kind("hlt", UINT32_C(0xd4400000) | immediates[i] << 5, BH_FAULT_UNDEFINED);
        expect_kind("dcps1", UINT32_C(0xd4a00001) | immediates[i] << 5, BH_FAULT_UNDEFINED);
        expect_kind("dcps2", UINT32_C(0xd4a00002) | immediates[i] << 5, BH_FAULT_UNDEFINED);
        expect_kind("dcps3", UINT32_C(0xd4a00003) | immediates[i] << 5, BH_FAULT_UNDEFINED);
        expect_kind("udf", immediates[i], BH_FAULT_UNDEFINED);
    }
    expect_kind("eret", 0xd69f03e0, BH_FAULT_UNDEFINED);
    expect_kind("drps", 0xd6bf03e0, BH_FAULT_UNDEFINED);
    expect_kind("brk", 0xd4200000, BH_FAULT_BREAK);
    lab_end();
}

/* The immediate of svc is not looked at; a wait ends with the next interrupt at the latest. */
static void test_harmless(void)
{
    struct lab_outcome o;
    uint64_t x[6];

    lab_begin("instructions.svc_with_any_immediate");
    for (uint32_t immediate = 0; immediate < 0x10000; immediate += 0x3331) {
        o = run_one(UINT32_C(0xd4000001) | immediate << 5); /* x8 = 0: yield */
        lab_expect(came_through(&o), "svc 0x%x: kind %lu", immediate, (unsigned long)o.fault.kind);
        lab_need("thread_read", bh_thread_read(probe.thread.thread, 8, x));
        lab_expect(x[0] == BH_OK, "svc 0x%x: status %lu", immediate, (unsigned long)x[0]);
    }
    lab_end();
    lab_begin("instructions.wfi_and_wfe_do_not_stop_others");
    o = run_one(0xd503207f); /* wfi: it may wait for the interrupt that our own deadline is */
    lab_expect(o.hung || came_through(&o), "wfi: kind %lu", (unsigned long)o.fault.kind);
    o = run_one(0xd503205f); /* wfe */
    lab_expect(o.hung || came_through(&o), "wfe: kind %lu", (unsigned long)o.fault.kind);
    lab_end();
}

static void test_fp(void)
{
    static const uint32_t words[] = {
        0x9e6703e0, /* fmov d0, xzr */
        0x4f000400, /* movi v0.4s, #0 */
        0xad000400, /* stp q0, q1, [x0] */
        0x3dc00000, /* ldr q0, [x0] */
        0xd53b4400, /* mrs x0, fpcr */
        0xd51b4420, /* msr fpsr, x0 */
    };

    lab_begin("instructions.fp_without_the_right");
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        expect_kind("FP", words[i], BH_FAULT_FP);
    }
    lab_end();
    lab_begin("instructions.sve_sme_mte_pauth");
    expect_kind("rdvl", 0x04bf5020, BH_FAULT_UNDEFINED);
    expect_kind("ptrue", 0x2518e3e0, BH_FAULT_UNDEFINED);
    expect_kind("smstart", 0xd503477f, BH_FAULT_UNDEFINED);
    expect_kind("pacga", 0x9ac03000, BH_FAULT_UNDEFINED);
    lab_end();
}

/* ---- random words, in a cell that has nothing but them and a stack ---- */

#define RANDOM_ROUNDS 12
#define RANDOM_WORDS  1024u

static uint64_t random_state = 0x9e3779b97f4a7c15;
static unsigned random_faults, random_through, random_hung;

static void random_try(unsigned index)
{
    struct lab_outcome o;
    struct bh_message m = {{0}};
    struct bh_received r;

    probe_start(CODE_AT + 8 * index);
    for (unsigned i = 0; i < 8; i++) {
        uint64_t value = lab_random(&random_state);
        (void)bh_thread_write(probe.thread.thread, i * 4 + 3, value >> (value & 63));
    }
    lab_need("thread_write", bh_thread_write(probe.thread.thread, 8, 250)); /* svc: no such call */
    lab_need("thread_resume", bh_thread_resume(probe.thread.thread));
    o = lab_probe_wait(BH_WAIT_ONLY, 20);
    if (o.faulted) {
        (void)bh_reply_wait_with(BH_STOP, &m, &r, (struct bh_wait){.deadline = 1});
    }
    random_hung += !o.faulted;
    random_through += o.faulted && o.fault.kind == BH_FAULT_BREAK;
    random_faults += o.faulted && o.fault.kind != BH_FAULT_BREAK;
}

static void test_random(uint32_t memory, uint32_t scratch)
{
    lab_begin("instructions.random_words");
    lab_probe_open_empty(&probe, BH_THREAD_FP);
    code_slot = 1;
    lab_need("cap_derive",
             bh_cap_derive(memory, probe.cell, 1, BH_MEMORY_READ | BH_MEMORY_EXEC, 0));
    lab_need("cap_derive",
             bh_cap_derive(scratch, probe.cell, 2, BH_MEMORY_READ | BH_MEMORY_WRITE, 0));
    lab_need("memory_map", bh_memory_map(probe.cell, 2, SCRATCH_AT, BH_MAP_READ | BH_MAP_WRITE));
    for (unsigned round = 0; round < RANDOM_ROUNDS; round++) {
        for (unsigned i = 0; i < RANDOM_WORDS; i++) {
            code[2 * i] = (uint32_t)(lab_random(&random_state) >> 32);
            code[2 * i + 1] = BRK_END;
        }
        code_publish(2 * RANDOM_WORDS);
        for (unsigned i = 0; i < RANDOM_WORDS; i++) {
            random_try(i);
        }
    }
    lab_expect(random_faults > 0 && random_through > 0, "%u faults, %u came through", random_faults,
               random_through);
    lab_probe_close(&probe);
    lab_end();
    print("%u random words: %u faults, %u came through, %u did not end\n",
          RANDOM_ROUNDS * RANDOM_WORDS, random_faults, random_through, random_hung);
}

void cell_main(const struct start_info *start)
{
    uint32_t memory, scratch;

    lab_open(start);
    memory = start_need_cap(start, "code", BH_MEMORY);
    scratch = lab_ram(SCRATCH_BYTES);
    code = lab_map(memory, BH_MAP_READ | BH_MAP_WRITE);
    lab_probe_open(&probe, 0);
    code_slot = lab_image_slots() + 1;
    lab_need("cap_derive",
             bh_cap_derive(memory, probe.cell, code_slot, BH_MEMORY_READ | BH_MEMORY_EXEC, 0));
    lab_need("cap_derive", bh_cap_derive(scratch, probe.cell, code_slot + 1,
                                         BH_MEMORY_READ | BH_MEMORY_WRITE, 0));
    lab_need("memory_map",
             bh_memory_map(probe.cell, code_slot + 1, SCRATCH_AT, BH_MAP_READ | BH_MAP_WRITE));
    test_registers();
    test_system();
    test_pstate();
    test_levels();
    test_harmless();
    test_fp();
    lab_probe_close(&probe);
    test_random(memory, scratch);
    lab_done();
}
