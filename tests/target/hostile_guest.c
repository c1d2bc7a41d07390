/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that tries everything at EL1: every system register and instruction, firmware and kernel
 * calls with junk, wild translation tables, illegal exception returns, accesses without a syndrome,
 * timers that never stop. It may harm itself; a neighbour beside it runs on time throughout. */
#include "cells/lib/cache.h"
#include "tests/target/lab/guest.h"

#define CODE_AT            UINT64_C(0x28000000)
#define CODE_PAIRS         0x14000u /* instruction and RET, for op0 2 and 3 both ways, and op0 1 */
#define PASSES             4
#define DEBUG_READS        0x4000u /* the first pairs: op0 = 2, read */
#define OSLSR_OPEN         8       /* the one debug register that does not read as zero */
#define RAM_AT             UINT64_C(0x27000000)
#define RAM_BYTES          0x8000
#define NOWHERE            UINT64_C(0x30000000) /* where the guest has neither RAM nor device */
#define RET                UINT32_C(0xd65f03c0)
#define PATIENCE           30    /* ms of silence: it may sleep or spin for ever */
#define LONG               60000 /* ms, where something must come */
#define NEIGHBOUR_PRIORITY 40
#define NEIGHBOUR_MS       1
#define RANDOM_CALLS       20000u
#define FIRMWARE_CALLS     2000u
#define STORM_MS           150
#define EC(esr)            ((esr) >> 26 & 63)

static struct lab_guest vm;
static uint32_t *code;       /* as the test sees it */
static volatile uint64_t at; /* how far the guest is */
static volatile uint64_t beats;
static volatile uint64_t value;     /* of x0 behind an instruction */
static volatile uint64_t undefined; /* instructions that did not work */
static volatile uint64_t wrong;     /* what the guest found wrong */
static uint8_t worked[CODE_PAIRS / 8];
static uint8_t neighbour_stack[LAB_STACK] __attribute__((aligned(16)));
static unsigned restarts, exits;

/* ---- the neighbour: a native thread above the guest that wants to run every millisecond ---- */

static void neighbour(uint64_t arg)
{
    (void)arg;
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r;
        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r,
                                 (struct bh_wait){.deadline = counter_after(NEIGHBOUR_MS)});
        beats++;
    }
}

struct beat {
    uint64_t beats, time;
};

static struct beat beat_now(void)
{
    return (struct beat){beats, counter_now()};
}

/* It had its turns since then; most may be lost to the pauses of a busy build machine. */
static void expect_beats(struct beat since)
{
    uint64_t due = (counter_now() - since.time) / (counter_frequency() / 1000 * NEIGHBOUR_MS);

    lab_expect(beats - since.beats >= due / 50, "the neighbour ran %lu times in %lu ms",
               (unsigned long)(beats - since.beats), (unsigned long)due);
}

/* ---- every system register and instruction ---- */

/* What the register gets before the instruction: in turns an address, nothing, all ones, junk. */
static uint64_t some_operand(uint64_t i, uint64_t pass, uint64_t *state)
{
    uint64_t junk = lab_random(state);

    switch ((i + pass) % 4) {
    case 0:
        return RAM_AT;
    case 1:
        return 0;
    case 2:
        return ~UINT64_C(0);
    default:
        return junk;
    }
}

static uint64_t try_code(uint64_t from)
{
    uint64_t state = 0x1234567 + from;

    for (uint64_t i = from; i < CODE_PAIRS * PASSES; i++) {
        uint64_t pair = i % CODE_PAIRS, before;
        register uint64_t x0 __asm__("x0");
        at = i;
        before = lab_guest_exceptions;
        x0 = some_operand(pair, i / CODE_PAIRS, &state);
        __asm__ volatile("blr %1" : "+r"(x0) : "r"(CODE_AT + pair * 8) : "x1", "x30", "memory");
        value = x0;
        lab_guest_sane();
        if (lab_guest_exceptions == before) {
            worked[pair / 8] = (uint8_t)(worked[pair / 8] | 1u << pair % 8);
            wrong += pair < DEBUG_READS && value != 0 && value != OSLSR_OPEN;
        } else {
            undefined++;
        }
    }
    at = CODE_PAIRS * PASSES;
    return LAB_GUEST_DONE;
}

/* The system instruction of a pair: read or write, op0, then 14 bits op1 CRn CRm op2. */
static uint32_t system_word(unsigned i)
{
    static const uint8_t op0s[] = {2, 3, 2, 3, 1};
    unsigned group = i >> 14, bits = i & 0x3fff;
    uint32_t read = group < 2;

    return UINT32_C(0xd5000000) | read << 21 | (uint32_t)op0s[group] << 19 | bits << 5 | 0;
}

/* How the test answers as the vmm of a guest that may do anything. */
static bool answer_anything(enum lab_guest_event event, struct bh_message *m,
                            enum bh_action *action)
{
    *action = BH_WAIT_ONLY;
    if (event == GUEST_EXIT) {
        exits++;
        *m = (struct bh_message){{0}};
        *action = BH_RESUME;
        return true;
    }
    if (event == GUEST_FAULT) { /* stop there; the next start is elsewhere */
        struct bh_message none = {{0}};
        struct bh_received r;
        (void)bh_reply_wait_with(BH_STOP, &none, &r, (struct bh_wait){.deadline = 1});
    }
    return false;
}

/* Run function from where it is to the end; whatever stops it costs it one step. */
static void run_through(uint64_t (*function)(uint64_t), uint64_t end)
{
    enum lab_guest_event event = GUEST_SILENT;
    unsigned many = 0;

    at = 0;
    while (at < end && event != GUEST_DONE) {
        struct bh_message m = {{0}};
        enum bh_action action = BH_WAIT_ONLY;
        uint64_t before = at;
        lab_guest_start(&vm, function, at == 0 && restarts == 0 ? 0 : at + 1);
        do {
            before = at;
            event = lab_guest_wait(action, &m, PATIENCE);
            many = at == before ? many + 1 : 0;
        } while (event != GUEST_DONE && many < 2000 &&
                 (answer_anything(event, &m, &action) || at != before));
        restarts++;
    }
    (void)bh_thread_suspend(vm.vcpu);
    lab_expect(at >= end, "it stopped at %lu of %lu", (unsigned long)at, (unsigned long)end);
}

/* What of op0 = 3 a guest may reach: registers.def, by encoding. Bit n of ops: op2 = n. */
static const struct reachable {
    uint8_t op1, crn, crm, ops;
} reachable[] = {
    {0, 1, 0, 0x07},   /* SCTLR ACTLR CPACR */
    {0, 1, 2, 0x10},   /* SMPRI: read as zero without priorities */
    {0, 2, 0, 0x07},   /* TTBR0 TTBR1 TCR */
    {0, 4, 0, 0x03},   /* SPSR ELR */
    {0, 4, 1, 0x01},   /* SP_EL0 */
    {0, 4, 2, 0x1d},   /* SPSel CurrentEL PAN UAO */
    {0, 4, 6, 0x01},   /* ICC_PMR */
    {0, 5, 1, 0x03},   /* AFSR0 AFSR1 */
    {0, 5, 2, 0x01},   /* ESR */
    {0, 6, 0, 0x01},   /* FAR */
    {0, 7, 4, 0x01},   /* PAR */
    {0, 10, 2, 0x01},  /* MAIR */
    {0, 10, 3, 0x01},  /* AMAIR */
    {0, 12, 0, 0x01},  /* VBAR */
    {0, 12, 1, 0x03},  /* ISR DISR */
    {0, 12, 8, 0xff},  /* ICC of group 0 */
    {0, 12, 9, 0x0f},  /* ICC_AP1R */
    {0, 12, 11, 0xea}, /* ICC_DIR RPR SGI1R ASGI1R SGI0R */
    {0, 12, 12, 0xff}, /* ICC of group 1 */
    {0, 13, 0, 0x12},  /* CONTEXTIDR TPIDR_EL1 */
    {0, 14, 1, 0x01},  /* CNTKCTL */
    {1, 0, 0, 0x87},   /* CCSIDR CLIDR CCSIDR2 AIDR */
    {2, 0, 0, 0x01},   /* CSSELR */
    {3, 0, 0, 0x82},   /* CTR DCZID */
    {3, 2, 4, 0x03},   /* RNDR RNDRRS */
    {3, 4, 2, 0xe3},   /* NZCV DAIF DIT SSBS TCO */
    {3, 4, 4, 0x03},   /* FPCR FPSR */
    {3, 13, 0, 0x2c},  /* TPIDR_EL0 TPIDRRO_EL0 TPIDR2_EL0 */
    {3, 14, 0, 0x67},  /* counters */
    {3, 14, 2, 0x07},  /* CNTP */
    {3, 14, 3, 0x07},  /* CNTV */
};

static bool is_reachable(unsigned op1, unsigned crn, unsigned crm, unsigned op2)
{
    if (crn == 11 || crn == 15) {
        return true; /* implementation defined: HCR_EL2.TIDCP, which QEMU 7.2 does not model */
    }
    for (unsigned i = 0; i < sizeof(reachable) / sizeof(reachable[0]); i++) {
        const struct reachable *r = &reachable[i];
        if (r->op1 == op1 && r->crn == crn && r->crm == crm && (r->ops >> op2 & 1)) {
            return true;
        }
    }
    return op1 == 0 && crn == 0; /* identification */
}

/* A pair that worked is one that the register table knows. */
static void expect_known(unsigned i)
{
    unsigned group = i >> 14, op1 = i >> 11 & 7, crn = i >> 7 & 15, crm = i >> 3 & 15, op2 = i & 7;
    bool known = group == 4       ? crn == 7 || crn == 8 || crn == 11 || crn == 15
                 : group % 2 == 0 ? op1 == 0 || op1 == 3
                                  : is_reachable(op1, crn, crm, op2);

    lab_expect(known, "instruction 0x%x (op1 %u CRn %u CRm %u op2 %u) worked", system_word(i), op1,
               crn, crm, op2);
}

static void test_system(void)
{
    struct beat since = beat_now();
    unsigned count = 0;

    lab_begin("guest.every_system_register_and_instruction");
    for (unsigned i = 0; i < CODE_PAIRS; i++) {
        code[2 * i] = system_word(i);
        code[2 * i + 1] = RET;
    }
    cache_clean(code, CODE_PAIRS * 8);
    run_through(try_code, CODE_PAIRS * PASSES);
    for (unsigned i = 0; i < CODE_PAIRS; i++) {
        if (worked[i / 8] >> i % 8 & 1) {
            expect_known(i);
            count++;
        }
    }
    lab_expect(count > 0 && undefined > 0, "%u worked", count);
    lab_expect(wrong == 0, "%lu debug registers did not read as zero", (unsigned long)wrong);
    expect_beats(since);
    lab_end();
    print("%u instructions worked, %u exits, %u starts\n", count, exits, restarts);
}

/* ---- firmware and kernel calls ---- */

static uint64_t answer_of(uint64_t request, unsigned i)
{
    return ~request * (i + 3);
}

/* Random x0..x17 by hvc #0 and smc #0; x0..x3 come back answered, the others as they were. */
static uint64_t call_firmware(uint64_t from)
{
    uint64_t state = 99 + from, in[18], out[18];

    for (uint64_t round = from; round < FIRMWARE_CALLS; round++) {
        at = round;
        for (unsigned i = 0; i < 18; i++) {
            in[i] = out[i] = lab_random(&state);
        }
        lab_guest_smccc(out, round & 1);
        for (unsigned i = 0; i < 18; i++) {
            wrong += out[i] != (i < 4 ? answer_of(in[i], i) : in[i]);
        }
    }
    at = FIRMWARE_CALLS;
    return LAB_GUEST_DONE;
}

static void test_firmware(void)
{
    enum lab_guest_event event;
    struct bh_message m = {{0}};
    unsigned answered = 0;

    lab_begin("guest.firmware_calls_with_junk");
    wrong = 0;
    lab_guest_start(&vm, call_firmware, 0);
    event = lab_guest_wait(BH_WAIT_ONLY, &m, LONG);
    while (event == GUEST_EXIT && m.w[0] == BH_EXIT_SMCCC) {
        answered++;
        m = (struct bh_message){{answer_of(m.w[1], 0), answer_of(m.w[2], 1), answer_of(m.w[3], 2),
                                 answer_of(m.w[4], 3)}};
        event = lab_guest_wait(BH_RESUME, &m, LONG);
    }
    lab_expect(event == GUEST_DONE && answered == FIRMWARE_CALLS, "%u calls, then event %u",
               answered, event);
    lab_expect(wrong == 0, "%lu registers are wrong", (unsigned long)wrong);
    (void)bh_thread_suspend(vm.vcpu);
    lab_end();
}

/* Kernel calls by hvc #1 with random numbers; the VM holds the signal and its image, nothing
 * else. */
static uint64_t call_kernel(uint64_t from)
{
    uint64_t state = 7 + from, x[13];

    for (uint64_t round = from; round < RANDOM_CALLS; round++) {
        at = round;
        for (unsigned i = 0; i < 13; i++) {
            uint64_t r = lab_random(&state);
            x[i] = r >> 60 == 0 ? r : r >> 61 == 1 ? r & 0xfffff000 : (r >> 8 & 0xff) + 8;
        }
        x[8] = lab_random(&state) >> 59 == 0 ? lab_random(&state) : lab_random(&state) & 63;
        if (x[8] == BH_CALL_reply_wait) {
            x[9] = lab_random(&state) & 7;
            x[12] = 1;
        } else if (x[8] == BH_CALL_signal_send || x[8] == BH_CALL_cap_restrict) {
            x[9] |= LAB_GUEST_SLOTS; /* the signal that says that it is done is needed later */
        }
        wrong += lab_guest_call(x) >= BH_STATUS_COUNT;
    }
    at = RANDOM_CALLS;
    return LAB_GUEST_DONE;
}

static void test_calls(void)
{
    struct lab_account before = lab_account();
    struct beat since = beat_now();

    lab_begin("guest.kernel_calls_with_junk");
    wrong = 0;
    run_through(call_kernel, RANDOM_CALLS);
    lab_expect(wrong == 0, "%lu statuses that there are not", (unsigned long)wrong);
    lab_expect(lab_account_same(before, lab_account()), "something outside has changed");
    expect_beats(since);
    lab_end();
}

/* ---- accesses to nothing, with and without a syndrome ---- */

#define ACCESS(instruction) __asm__ volatile(instruction ::"r"(a) : "x1", "x2", "memory")

static uint64_t access_nothing(uint64_t from)
{
    uint64_t a = NOWHERE + 0x40;

    (void)from;
    ACCESS("ldr x1, [%0]");
    ACCESS("ldrb w1, [%0, #1]");
    ACCESS("ldrsh x1, [%0, #2]");
    ACCESS("str w1, [%0, #4]");
    at = 4;
    ACCESS("ldp x1, x2, [%0]");
    ACCESS("stp x1, x2, [%0]");
    ACCESS("ldr x1, [%0], #0");
    ACCESS("str x1, [%0, #0]!");
    ACCESS("ldxr x1, [%0]");
    ACCESS("ldaxrb w1, [%0]");
    ACCESS("stlxr w2, x1, [%0]"); /* without a monitor: nothing happens */
    __asm__ volatile(
        "msr cpacr_el1, %0\n\tisb\n\t.arch_extension fp\n\tldr q0, [%1]\n\tstr d0, [%1]" ::"r"(
            UINT64_C(3) << 20),
        "r"(a)
        : "memory");
    at = 5;
    return LAB_GUEST_DONE;
}

static void test_accesses(void)
{
    enum lab_guest_event event;
    struct bh_message m = {{0}};
    unsigned plain = 0, unclear = 0;

    lab_begin("guest.accesses_to_nothing");
    at = 0;
    lab_guest_start(&vm, access_nothing, 0);
    event = lab_guest_wait(BH_WAIT_ONLY, &m, LONG);
    while (event == GUEST_EXIT) {
        plain += m.w[0] <= BH_EXIT_WRITE;
        unclear += m.w[0] == BH_EXIT_ACCESS;
        lab_expect((m.w[1] & ~UINT64_C(7)) == NOWHERE + 0x40 && m.w[5] == m.w[1],
                   "exit %lu at 0x%lx, virtual 0x%lx", (unsigned long)m.w[0], (unsigned long)m.w[1],
                   (unsigned long)m.w[5]);
        m = (struct bh_message){{0}};
        event = lab_guest_wait(BH_RESUME, &m, LONG);
    }
    lab_expect(event == GUEST_DONE, "event %u, kind %lu, syndrome 0x%lx", event,
               (unsigned long)m.w[0], (unsigned long)m.w[1]);
    lab_expect(plain >= 4 && unclear >= 6, "%u plain, %u unclear accesses", plain, unclear);
    (void)bh_thread_suspend(vm.vcpu);
    lab_end();
}

/* ---- translation tables in the wild ---- */

static const uint64_t wild_tables[] = {
    NOWHERE,
    0x40000000,
    0x40200000,
    0x40201000,
    0x08000000,
    0x09000000,
    RAM_AT,
    UINT64_C(1) << 35,
    UINT64_C(0x7ffffff000),
    UINT64_C(0xfffffffff000),
};
#define WILD        (sizeof(wild_tables) / sizeof(wild_tables[0]))
#define UNMAPPED    6                     /* the first of them: nothing of the guest is there */
#define TCR_48_BITS UINT64_C(0x580100010) /* T0SZ = T1SZ = 16, 4 KiB, 48 bits of output */

/* Turn the MMU on with such a table, also one of random descriptors: nothing can follow. */
static uint64_t wild_translation(uint64_t i)
{
    uint64_t state = i + 1;

    at = i;
    for (uint64_t *to = (uint64_t *)RAM_AT; to < (uint64_t *)(RAM_AT + 0x1000); to++) {
        *to = lab_random(&state) | 3;
    }
    __asm__ volatile("msr ttbr0_el1, %0\n\tmsr ttbr1_el1, %0\n\tmsr tcr_el1, %1\n\t"
                     "msr mair_el1, %2\n\tisb\n\ttlbi vmalle1\n\tdsb sy\n\tmrs x1, sctlr_el1\n\t"
                     "orr x1, x1, #1\n\tmsr sctlr_el1, x1\n\tisb" ::"r"(wild_tables[i % WILD]),
                     "r"(TCR_48_BITS), "r"(~UINT64_C(0))
                     : "x1", "memory");
    return LAB_GUEST_DONE;
}

static void test_translation(void)
{
    struct beat since = beat_now();
    unsigned faults = 0;

    lab_begin("guest.wild_translation_tables");
    for (uint64_t i = 0; i < WILD * 4; i++) {
        struct bh_message m = {{0}};
        struct bh_received r;
        lab_guest_start(&vm, wild_translation, i);
        enum lab_guest_event event =
            lab_guest_wait(BH_WAIT_ONLY, &m, i % WILD < UNMAPPED ? LONG : PATIENCE);
        lab_expect(event != GUEST_DONE, "table at 0x%lx: it went on",
                   (unsigned long)wild_tables[i % WILD]);
        lab_expect(i % WILD >= UNMAPPED || (event == GUEST_FAULT && m.w[0] == BH_FAULT_MEMORY &&
                                            m.w[3] == wild_tables[i % WILD]),
                   "table at 0x%lx: event %u, kind %lu, page 0x%lx",
                   (unsigned long)wild_tables[i % WILD], event, (unsigned long)m.w[0],
                   (unsigned long)m.w[3]);
        if (event == GUEST_FAULT || event == GUEST_EXIT) {
            faults++;
            (void)bh_reply_wait_with(BH_STOP, &m, &r, (struct bh_wait){.deadline = 1});
        }
        (void)bh_thread_suspend(vm.vcpu);
    }
    lab_expect(faults > 0, "no table was outside its RAM");
    expect_beats(since);
    lab_end();
}

/* ---- exception returns to everywhere ---- */

#define RETURNS 4096u

static uint64_t return_anywhere(uint64_t from)
{
    uint64_t state = 1 + from;

    for (uint64_t i = from; i < RETURNS; i++) {
        uint64_t spsr = (i & 31) | (lab_random(&state) & 0x3f0003c0) | (i >> 5 & 15) << 20;
        at = i;
        lab_guest_eret(spsr & ~UINT64_C(0x200000)); /* not SS: debug is closed */
        lab_guest_sane();
    }
    at = RETURNS;
    return LAB_GUEST_DONE;
}

static void test_returns(void)
{
    struct beat since = beat_now();

    lab_begin("guest.exception_returns_to_every_mode");
    restarts = 0;
    run_through(return_anywhere, RETURNS);
    expect_beats(since);
    lab_end();
    print("%u starts\n", restarts);
}

/* ---- timers ---- */

/* Timers that have always fired, masked and unmasked again; interrupts of the guest are masked. */
static uint64_t timer_storm(uint64_t until)
{
    uint64_t now;

    do {
        __asm__ volatile(
            "mrs %0, cntvct_el0\n\tmsr cntv_cval_el0, xzr\n\tmsr cntp_cval_el0, xzr\n\t"
            "msr cntv_ctl_el0, %1\n\tmsr cntp_ctl_el0, %1\n\tisb\n\t"
            "msr cntv_ctl_el0, %2\n\tmsr cntp_ctl_el0, %2\n\tisb"
            : "=&r"(now)
            : "r"(UINT64_C(1)), "r"(UINT64_C(3)));
        at++;
    } while (now < until);
    return LAB_GUEST_DONE;
}

/* The CPU interface, if it is registers: GICv3. */
static bool interrupts_open(void)
{
    uint64_t features;

    __asm__ volatile("mrs %0, id_aa64pfr0_el1" : "=r"(features));
    if ((features >> 24 & 15) != 0) {
        __asm__ volatile(
            "msr s3_0_c4_c6_0, %0\n\tmsr s3_0_c12_c12_7, %1\n\tisb" ::"r"(UINT64_C(0xff)),
            "r"(UINT64_C(1)));
        return true;
    }
    return false;
}

/* The same with interrupts open: the vectors mask them, this takes and ends them and opens them
 * again. */
static uint64_t interrupt_storm(uint64_t until)
{
    bool version3 = interrupts_open();
    uint64_t now;

    do {
        __asm__ volatile("mrs %0, cntvct_el0\n\tmsr cntv_cval_el0, %0\n\tmsr cntv_ctl_el0, %1\n\t"
                         "isb\n\twfi\n\tmsr daifclr, #15\n\tisb\n\tmsr daifset, #15"
                         : "=&r"(now)
                         : "r"(UINT64_C(1)));
        if (version3) {
            __asm__ volatile("mrs x1, s3_0_c12_c12_0\n\tmsr s3_0_c12_c12_1, x1" ::: "x1");
        }
        at++;
    } while (now < until);
    __asm__ volatile("msr cntv_ctl_el0, xzr");
    value = version3;
    return LAB_GUEST_DONE;
}

static void test_storm(const char *name, uint64_t (*function)(uint64_t))
{
    struct beat since = beat_now();
    struct bh_message m = {{0}};
    enum lab_guest_event event;

    lab_begin(name);
    at = value = lab_guest_interrupts = 0;
    lab_guest_start(&vm, function, counter_after(STORM_MS));
    for (unsigned i = 27; i <= 30; i += 3) { /* it has not run yet */
        lab_need("vcpu_irq", bh_vcpu_irq(vm.vcpu, i, BH_VIRQ_ENABLE | BH_VIRQ_LEVEL | 0x80));
    }
    event = lab_guest_wait(BH_WAIT_ONLY, &m, 20 * STORM_MS);
    lab_expect(event == GUEST_DONE, "event %u after %lu rounds", event, (unsigned long)at);
    lab_expect(value == 0 || lab_guest_interrupts > at / 2, "%lu interrupts in %lu rounds",
               (unsigned long)lab_guest_interrupts, (unsigned long)at);
    (void)bh_thread_suspend(vm.vcpu);
    expect_beats(since);
    lab_end();
    print("%lu rounds, %lu interrupts\n", (unsigned long)at, (unsigned long)lab_guest_interrupts);
}

void cell_main(const struct start_info *start)
{
    struct lab_spec n;
    uint32_t memory, ram;

    lab_open(start);
    n = (struct lab_spec){.pool = lab.pool,
                          .cell = lab.self,
                          .priority = NEIGHBOUR_PRIORITY,
                          .entry = neighbour,
                          .stack = neighbour_stack};
    (void)lab_run(&n);
    lab_guest_open(&vm);
    memory = start_need_cap(start, "code", BH_MEMORY);
    code = lab_map(memory, BH_MAP_READ | BH_MAP_WRITE);
    ram = lab_ram(RAM_BYTES);
    lab_need("cap_derive", bh_cap_derive(memory, vm.cell, lab_image_slots() + 1, 5, 0));
    lab_need("memory_map", bh_memory_map(vm.cell, lab_image_slots() + 1, CODE_AT, 5));
    lab_need("cap_derive", bh_cap_derive(ram, vm.cell, lab_image_slots() + 2, 3, 0));
    lab_need("memory_map", bh_memory_map(vm.cell, lab_image_slots() + 2, RAM_AT, 3));
    test_system();
    test_firmware();
    test_calls();
    test_accesses();
    test_translation();
    test_returns();
    test_storm("guest.timer_storm", timer_storm);
    test_storm("guest.interrupt_storm", interrupt_storm);
    lab_done();
}
