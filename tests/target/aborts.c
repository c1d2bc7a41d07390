/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses and fetches of a guest that its vmm answers with ABORT: EL1 takes a synchronous external
 * abort as on a board whose bus refuses them (Arm ARM D1.4 and D19.2.37), from every mode, whether
 * the core still holds the guest's EL1 registers or another guest's came between. */
#include "tests/target/lab/guest.h"

#define HOLE        UINT64_C(0x30000040) /* where the guest has neither RAM nor device */
#define PATIENCE    1000
#define RIVAL_ABOVE 60

#define ESR_IL        (UINT64_C(1) << 25)
#define ESR_WNR       (UINT64_C(1) << 6)
#define DFSC_EXTERNAL 0x10
#define EC_FETCH      0x20
#define EC_DATA       0x24
#define SCTLR_SANE    UINT64_C(0x30d00800)
#define SCTLR_SPAN    (UINT64_C(1) << 23)
#define SCTLR_DSSBS   (UINT64_C(1) << 44)
#define PSR_PAN       (UINT64_C(1) << 22)
#define PSR_SSBS      (UINT64_C(1) << 12)
#define PSR_NZ        (UINT64_C(3) << 30)
#define PSR_MASKED    UINT64_C(0x3c0)

/* Argument of the guest: access, mode << 8, and these. */
#define NO_SPAN    UINT64_C(0x10000)
#define WITH_DSSBS UINT64_C(0x20000)

#define TTBR0 UINT64_C(0x12345000)
#define TTBR1 UINT64_C(0x0042000076543000)
#define TCR   UINT64_C(0x580100010)

/* Each access is the first instruction; the last ones end a guest that goes on. */
#define CODE(name, instruction)          \
    extern const uint32_t code_##name[]; \
    __asm__(".text\n\t.global code_" #name "\ncode_" #name ":\n\t" instruction "\n\tsvc #0")

CODE(read, "ldr w1, [x0]");
CODE(write, "strb w1, [x0]");
CODE(read_pair, "ldp x1, x2, [x0]");
CODE(write_pair, "stp x1, x2, [x0]");
CODE(write_back, "str x1, [x0, #8]!");
CODE(fetch, "br x0");

/* The rival: own EL1 registers, then asleep. x0 = where its stack, vectors and tables are not. */
void rival(void);
__asm__(".text\n\t.global rival\nrival:\n\tmsr vbar_el1, x0\n\tmsr ttbr0_el1, x0\n\t"
        "msr ttbr1_el1, x0\n\tmsr tcr_el1, xzr\n\tmsr elr_el1, x0\n\tmsr esr_el1, x0\n\t"
        "msr far_el1, x0\n\tisb\n1:\twfi\n\tb 1b");

static const struct {
    const char *name;
    const uint32_t *code;
    uint64_t class, write;
    enum bh_exit exit;
} accesses[] = {
    {"read", code_read, EC_DATA, 0, BH_EXIT_READ},
    {"write", code_write, EC_DATA, ESR_WNR, BH_EXIT_WRITE},
    {"read of a pair", code_read_pair, EC_DATA, 0, BH_EXIT_ACCESS},
    {"write of a pair", code_write_pair, EC_DATA, ESR_WNR, BH_EXIT_ACCESS},
    {"write-back", code_write_back, EC_DATA, ESR_WNR, BH_EXIT_ACCESS},
    {"fetch", code_fetch, EC_FETCH, 0, 0},
};
#define ACCESSES (sizeof accesses / sizeof accesses[0])
#define FETCH    (ACCESSES - 1)

/* Mode, flags and masks that the guest is in. */
static const struct {
    const char *name;
    uint64_t spsr, vector, same;
} modes[] = {
    {"EL0", PSR_NZ, 0x400, 0},
    {"EL1t", PSR_NZ | 4, 0, 1},
    {"EL1h", 5, 0x200, 1},
    {"EL1h, masked", PSR_NZ | PSR_MASKED | 5, 0x200, 1},
};
#define MODES (sizeof modes / sizeof modes[0])

static struct lab_guest vm;
static struct lab_guest other;
static volatile uint64_t features[2]; /* ID_AA64MMFR1.PAN, ID_AA64PFR1.SSBS */

/* One access in one mode. */
static uint64_t try_access(uint64_t arg)
{
    uint64_t sctlr = SCTLR_SANE & ~(arg & NO_SPAN ? SCTLR_SPAN : 0);
    uint64_t field;

    __asm__ volatile("mrs %0, id_aa64mmfr1_el1" : "=r"(field));
    features[0] = field >> 20 & 15;
    __asm__ volatile("mrs %0, id_aa64pfr1_el1" : "=r"(field));
    features[1] = field >> 4 & 15;
    sctlr |= arg & WITH_DSSBS && features[1] ? SCTLR_DSSBS : 0;
    __asm__ volatile("msr ttbr0_el1, %0\n\tmsr ttbr1_el1, %1\n\tmsr tcr_el1, %2\n\t"
                     "msr sctlr_el1, %3\n\tisb" ::"r"(TTBR0),
                     "r"(TTBR1), "r"(TCR), "r"(sctlr));
    lab_guest_run(modes[arg >> 8 & 0xff].spsr, accesses[arg & 0xff].code, HOLE);
    return LAB_GUEST_DONE;
}

static void expect_registers(uint64_t arg)
{
    uint64_t r[6], span = arg & NO_SPAN ? SCTLR_SPAN : 0;
    uint64_t dssbs = arg & WITH_DSSBS && features[1] ? SCTLR_DSSBS : 0;

    lab_status("thread_read", bh_thread_read(vm.vcpu, BH_REG_SCTLR, r), BH_OK);
    lab_expect(r[0] == ((SCTLR_SANE & ~span) | dssbs) && r[1] == TCR && r[2] == TTBR0 &&
                   r[3] == TTBR1 && (r[4] | r[5]) == 0,
               "SCTLR 0x%lx, TCR 0x%lx, TTBR0 0x%lx, TTBR1 0x%lx", (unsigned long)r[0],
               (unsigned long)r[1], (unsigned long)r[2], (unsigned long)r[3]);
    for (uint64_t i = BH_REG_SCTLR; i < BH_REG_COUNT; i++) {
        lab_status("thread_write", bh_thread_write(vm.vcpu, i, 0), BH_BAD_ARG);
    }
}

/* What EL1 must have found, Arm ARM D1.4.4 and D19.2.37. */
static void expect_taken(uint64_t arg)
{
    unsigned access = arg & 0xff, mode = arg >> 8 & 0xff;
    uint64_t far = HOLE + (accesses[access].code == code_write_back ? 8 : 0);
    uint64_t elr = access == FETCH ? HOLE : (uint64_t)(uintptr_t)accesses[access].code;
    uint64_t esr = (accesses[access].class + modes[mode].same) << 26 | ESR_IL | DFSC_EXTERNAL |
                   accesses[access].write;
    struct lab_guest_taken t = lab_guest_taken;

    lab_expect(t.esr == esr && t.far == far && t.elr == elr,
               "%s at %s: ESR 0x%lx FAR 0x%lx ELR 0x%lx", accesses[access].name, modes[mode].name,
               (unsigned long)t.esr, (unsigned long)t.far, (unsigned long)t.elr);
    lab_expect((t.spsr & 0xf00003df) == modes[mode].spsr && t.daif == PSR_MASKED &&
                   t.vector == modes[mode].vector,
               "%s at %s: SPSR 0x%lx DAIF 0x%lx vector 0x%lx", accesses[access].name,
               modes[mode].name, (unsigned long)t.spsr, (unsigned long)t.daif,
               (unsigned long)t.vector);
}

/* Where the guest is before the handler's first instruction. */
static void expect_state(uint64_t arg)
{
    uint64_t r[6], vector = modes[arg >> 8 & 0xff].vector;
    uint64_t psr = (modes[arg >> 8 & 0xff].spsr & PSR_NZ) | PSR_MASKED | 5;

    psr |= features[0] && (arg & NO_SPAN) ? PSR_PAN : 0;
    psr |= features[1] && (arg & WITH_DSSBS) ? PSR_SSBS : 0;
    lab_status("thread_read", bh_thread_read(vm.vcpu, BH_REG_PC, r), BH_OK);
    lab_expect(r[0] == (uintptr_t)lab_guest_vectors + vector && r[1] == psr,
               "pc 0x%lx, state 0x%lx", (unsigned long)r[0], (unsigned long)r[1]);
}

/* Answer; the guest, of a lower priority, has not run when this returns. */
static void answer_abort(void)
{
    struct bh_message m = {{0}};
    struct bh_received r;
    lab_status("reply_wait", bh_reply_wait_with(BH_ABORT, &m, &r, (struct bh_wait){.deadline = 1}),
               BH_OK);
    lab_expect(r.event == BH_EVENT_DEADLINE, "event %lu", (unsigned long)r.event);
    lab_status("thread_suspend", bh_thread_suspend(vm.vcpu), BH_OK);
}

/* Another guest's registers into the core while the first one waits for its answer. */
static void let_rival_in(void)
{
    (void)bh_thread_suspend(other.vcpu);
    lab_need("thread_set", bh_thread_set(other.vcpu, (uintptr_t)rival, 0, 0x55555000));
    lab_need("thread_resume", bh_thread_resume(other.vcpu));
}

static void try_one(uint64_t arg, bool with_rival)
{
    enum bh_event event = (arg & 0xff) == FETCH ? BH_EVENT_FAULT : BH_EVENT_EXIT;
    enum lab_guest_event got;
    struct bh_message m = {{0}};

    lab_guest_taken = (struct lab_guest_taken){0};
    lab_guest_start(&vm, try_access, arg);
    got = lab_guest_wait(BH_WAIT_ONLY, &m, PATIENCE);
    lab_expect(got == (event == BH_EVENT_EXIT ? GUEST_EXIT : GUEST_FAULT) &&
                   m.w[0] == accesses[arg & 0xff].exit,
               "event %u, kind %lu", got, (unsigned long)m.w[0]);
    expect_registers(arg);
    if (with_rival) {
        let_rival_in();
        expect_registers(arg);
    }
    answer_abort();
    expect_state(arg);
    lab_status("thread_resume", bh_thread_resume(vm.vcpu), BH_OK);
    got = lab_guest_wait(BH_WAIT_ONLY, &m, PATIENCE);
    lab_expect(got == GUEST_DONE, "after the abort: event %u, kind %lu", got,
               (unsigned long)m.w[0]);
    expect_taken(arg);
}

static void test_aborts(const char *name, bool with_rival)
{
    lab_begin(name);
    for (uint64_t access = 0; access < ACCESSES; access++) {
        for (uint64_t mode = 0; mode < MODES; mode++) {
            try_one(access | mode << 8, with_rival);
        }
    }
    try_one(1 << 8 | NO_SPAN, with_rival);
    try_one(2 << 8 | WITH_DSSBS, with_rival);
    lab_end();
}

/* A walk of the guest's own tables that leaves its memory. */
static uint64_t walk_nowhere(uint64_t arg)
{
    (void)arg;
    __asm__ volatile("msr ttbr0_el1, %0\n\tmsr ttbr1_el1, %0\n\tmsr tcr_el1, %1\n\tisb\n\t"
                     "dsb sy\n\tmsr sctlr_el1, %2\n\tisb" ::"r"(HOLE & ~UINT64_C(0xfff)),
                     "r"(TCR), "r"(SCTLR_SANE | 1));
    return LAB_GUEST_DONE;
}

/* The handler's fetch is refused as well, for ever: one answer, and its state is looked at. */
static void test_walk(void)
{
    struct bh_message m = {{0}};
    uint64_t r[6];

    lab_begin("abort.table_walk");
    lab_guest_start(&vm, walk_nowhere, 0);
    lab_expect(lab_guest_wait(BH_WAIT_ONLY, &m, PATIENCE) == GUEST_FAULT &&
                   m.w[0] == BH_FAULT_MEMORY,
               "kind %lu", (unsigned long)m.w[0]);
    answer_abort();
    lab_status("thread_read", bh_thread_read(vm.vcpu, BH_REG_PC, r), BH_OK);
    lab_expect(r[0] == (uintptr_t)lab_guest_vectors + 0x200, "pc 0x%lx", (unsigned long)r[0]);
    lab_end();
}

/* What an abort does not answer. */
static uint64_t other_events(uint64_t arg)
{
    uint64_t x[18] = {0};

    if (arg == 0) {
        lab_guest_smccc(x, 1);
    } else {
        lab_guest_eret(0x10); /* AArch32 at EL0 */
    }
    return LAB_GUEST_DONE;
}

static void test_refused(void)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    lab_begin("abort.only_for_accesses");
    lab_guest_start(&vm, other_events, 0);
    lab_expect(lab_guest_wait(BH_WAIT_ONLY, &m, PATIENCE) == GUEST_EXIT, "no exit");
    lab_status("of a firmware call", bh_reply_wait(BH_ABORT, &m, &r), BH_BAD_ARG);
    lab_guest_start(&vm, other_events, 1);
    lab_expect(lab_guest_wait(BH_WAIT_ONLY, &m, PATIENCE) == GUEST_FAULT &&
                   m.w[0] == BH_FAULT_AARCH32,
               "no fault");
    lab_status("of AArch32", bh_reply_wait(BH_ABORT, &m, &r), BH_BAD_ARG);
    (void)bh_thread_suspend(vm.vcpu);
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    lab_guest_open(&vm);
    lab_guest_open(&other);
    lab_need("thread_budget", bh_thread_budget(other.vcpu, lab_budget(other.pool, RIVAL_ABOVE)));
    test_aborts("abort.every_access_from_every_mode", false);
    test_aborts("abort.with_another_guest_in_between", true);
    test_walk();
    test_refused();
    lab_done();
}
