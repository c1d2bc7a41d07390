/* SPDX-License-Identifier: Apache-2.0 */
/* Holds every register of the kernel's table against another guest like itself, and tries what
 * is hidden. */
#include "guests/bare/say.h"

#define GICD           UINT64_C(0x08000000)
#define NOWHERE        UINT64_C(0x30000000)
#define WATCH_MS       2500
#define RESULTS_MAX    32
#define SCTLR_RES1     UINT64_C(0x30d00800)
#define SCTLR_EL0      UINT64_C(0x91d424cbcd05e652) /* what acts on EL0, as in registers.def */
#define TCR_TBI        (UINT64_C(3) << 37)
#define CNTKCTL_TIMERS UINT64_C(0x303)
#define FPCR_JUNK      UINT64_C(0xc00000)
#define FPSR_FLAGS     UINT64_C(0x9f)
#define CPACR_FP       (UINT64_C(3) << 20)

void registers_main(void);
void registers_exception(uint64_t esr, uint64_t elr);
void fp_fill(uint64_t pattern);
uint64_t fp_differs(uint64_t pattern);
void enter_aarch32(void);
extern volatile uint32_t undefined_count;

volatile uint32_t undefined_count;

/* Results are said at the end, after the native threads and their warden: a line that takes too
 * long would be cut. */
static struct result {
    const char *what;
    bool ok;
} results[RESULTS_MAX];
static unsigned result_count;

static void check(const char *what, bool ok)
{
    if (result_count < RESULTS_MAX) {
        results[result_count++] = (struct result){what, ok};
    }
}

static void report(void)
{
    for (unsigned i = 0; i < result_count; i++) {
        say_result("registers", results[i].what, results[i].ok);
    }
}

void registers_exception(uint64_t esr, uint64_t elr)
{
    say("registers: WRONG: exception, ESR and ELR");
    say_hex(esr);
    say_hex(elr);
    say("\n");
}

/* ---- the table ---- */

#define REGISTER(name)                   \
    static uint64_t read_##name(void)    \
    {                                    \
        return sysreg_read(#name);       \
    }                                    \
    static void write_##name(uint64_t v) \
    {                                    \
        sysreg_write(#name, v);          \
    }
/* its own: cannot be named at EL1, and is in use all the time */
#define sp_el1                          tpidr_el0
#define vmpidr_el2                      cntp_cval_el0
#define EAGER(name, mask, neutral, doc) REGISTER(name)
#define LAZY(name, doc)                 REGISTER(name)
#include "kernel/arch/aarch64/registers.def"
REGISTER(cntv_cval_el0)
REGISTER(sp_el0)

static struct entry {
    const char *name;
    uint64_t (*read)(void);
    void (*write)(uint64_t v);
    uint64_t keep; /* bits that take junk */
    uint64_t set;
    uint64_t value;
} entries[] = {
#define ENTRY(name) {#name, read_##name, write_##name, ~UINT64_C(0), 0, 0},
/* clang-format off */
#define EAGER(name, mask, neutral, doc) ENTRY(name)
#define LAZY(name, doc)                 ENTRY(name)
#include "kernel/arch/aarch64/registers.def"
    ENTRY(cntv_cval_el0)
    ENTRY(sp_el0)
    /* clang-format on */
};
#define ENTRIES (sizeof(entries) / sizeof(entries[0]))

static bool same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* This guest must go on: no MMU. What acts on EL0 is set to what does harm there: FP closed, top
 * byte ignored, timers open. */
static void entries_limit(void)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (same(entries[i].name, "sctlr_el1")) {
            entries[i].keep = SCTLR_EL0;
            entries[i].set = SCTLR_RES1;
        } else if (same(entries[i].name, "cpacr_el1")) {
            entries[i].keep = ~CPACR_FP;
        } else if (same(entries[i].name, "tcr_el1")) {
            entries[i].set = TCR_TBI;
        } else if (same(entries[i].name, "cntkctl_el1")) {
            entries[i].set = CNTKCTL_TIMERS;
        }
    }
}

/* FP is closed but for the look at it. */
static bool fp_kept(uint64_t pattern)
{
    uint64_t cpacr = sysreg_read("cpacr_el1");
    sysreg_write("cpacr_el1", cpacr | CPACR_FP);
    bool kept = fp_differs(pattern) == 0 && sysreg_read("fpcr") == FPCR_JUNK &&
                sysreg_read("fpsr") == (pattern & FPSR_FLAGS);
    sysreg_write("cpacr_el1", cpacr);
    return kept;
}

static uint64_t junk(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static bool entries_kept(void)
{
    bool all = true;
    for (unsigned i = 0; i < ENTRIES; i++) {
        uint64_t now = entries[i].read();
        if (now != entries[i].value) {
            say(entries[i].name);
            say(" was ");
            say_hex(entries[i].value);
            say(" is ");
            say_hex(now);
            say("\n");
            all = false;
        }
    }
    return all;
}

/* Junk everywhere, watched for a while; another guest and native threads run in between. */
static void watch(uint64_t *state)
{
    uint64_t end = sysreg_read("cntvct_el0") + sysreg_read("cntfrq_el0") * WATCH_MS / 1000;
    uint64_t pattern = junk(state);
    unsigned taken = 0;
    bool kept = true;
    sysreg_write("cntv_ctl_el0", 3);
    sysreg_write("cntp_ctl_el0", 3);
    fp_fill(pattern);
    sysreg_write("fpcr", FPCR_JUNK);
    sysreg_write("fpsr", pattern & FPSR_FLAGS);
    for (unsigned i = 0; i < ENTRIES; i++) {
        entries[i].write((junk(state) & entries[i].keep) | entries[i].set);
        entries[i].value = entries[i].read();
        taken += entries[i].value != 0;
    }
    while (kept && sysreg_read("cntvct_el0") < end) {
        kept = entries_kept() && fp_kept(pattern);
    }
    check("registers take junk", taken > ENTRIES / 2);
    check("nobody else changes them", kept);
}

/* ---- what guests are not offered ---- */

#define UNDEFINED(instruction)                            \
    do {                                                  \
        uint32_t before_ = undefined_count;               \
        __asm__ volatile(instruction ::: "x0", "memory"); \
        if (undefined_count != before_ + 1) {             \
            check("undefined: " instruction, false);      \
        }                                                 \
    } while (0)

static void hidden(void)
{
    UNDEFINED("mrs x0, s3_0_c1_c2_0");  /* ZCR_EL1 */
    UNDEFINED("mrs x0, s3_0_c1_c2_6");  /* SMCR_EL1 */
    UNDEFINED("msr s3_0_c2_c1_0, x0");  /* APIAKeyLo_EL1 */
    UNDEFINED("mrs x0, s3_3_c9_c12_0"); /* PMCR_EL0 */
    UNDEFINED("mrs x0, s3_3_c9_c13_0"); /* PMCCNTR_EL0 */
    UNDEFINED("mrs x0, s3_0_c5_c3_0");  /* ERRIDR_EL1 */
    UNDEFINED("mrs x0, s3_0_c10_c4_7"); /* LORID_EL1 */
    UNDEFINED("mrs x0, s3_0_c9_c9_0");  /* PMSCR_EL1 */
    UNDEFINED("mrs x0, s2_1_c0_c0_0");  /* trace */
    UNDEFINED("mrs x0, s3_4_c1_c1_0");  /* HCR_EL2 */
    UNDEFINED("msr s3_4_c12_c0_0, x0"); /* VBAR_EL2 */
    UNDEFINED("hvc #7");
    UNDEFINED("smc #7");
    check("what is hidden is undefined", true);
    sysreg_write("mdscr_el1", ~UINT64_C(0));
    sysreg_write("dbgbcr0_el1", 0x1e5);
    sysreg_write("oslar_el1", 0);
    check("debug registers read as zero",
          sysreg_read("mdscr_el1") == 0 && sysreg_read("dbgbcr0_el1") == 0);
    check("no SVE, RAS, AMU, EL2, EL3",
          (sysreg_read("id_aa64pfr0_el1") & UINT64_C(0xf0ff0f000ff00) &
           ~UINT64_C(0xff00000000000)) == 0);
    check("no PMU", (sysreg_read("id_aa64dfr0_el1") & 0xf00) == 0);
    check("one processor", sysreg_read("mpidr_el1") == UINT64_C(0x80000000));
    __asm__ volatile("dc cisw, %0\n\tdsb sy" ::"r"(UINT64_C(0)) : "memory");
    __asm__ volatile("dc civac, %0" ::"r"(NOWHERE) : "memory");
    check("cache maintenance goes through", true);
}

void registers_main(void)
{
    uint64_t state = sysreg_read("cntvct_el0") | 1;
    entries_limit();
    hidden();
    fp_fill(0);
    watch(&state);
    sysreg_write("sctlr_el1", SCTLR_RES1);
    report();
    if ((mmio_read(GICD + 4) & 0x1f) == 1) {
        say("registers: enters AArch32 at EL0\n");
        enter_aarch32();
        return;
    }
    say("registers: switches itself off\n");
    firmware_call(0x84000008, 0);
}
