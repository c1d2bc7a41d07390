/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest finds at each address of the board, and with which instructions. */
#include "guests/trial/trial.h"

#define RTC        UINT64_C(0x09010000)
#define RTC_IRQ    34
#define TRANSPORTS UINT64_C(0x0a000000)
#define HOLE       UINT64_C(0x0b000008)
#define ALIAS      UINT64_C(0xffffff8000000000) /* of the RTC, in the upper half */
#define RAM        UINT64_C(0x40000000)
#define EC_ABORT   0x25 /* data abort, same exception level */
#define EC_FETCH   0x21
#define EXTERNAL   0x10

struct pair {
    uint64_t first;
    uint64_t second;
};

static uint64_t tables[4][512] __attribute__((aligned(4096)));

static bool aborted(uint64_t class, uint64_t write, uint64_t address)
{
    bool yes = exception_count == 1 && exception_esr >> 26 == class &&
               (exception_esr & 0x3f) == EXTERNAL && (exception_esr >> 6 & 1) == write &&
               exception_far == address;

    exception_count = 0;
    return yes;
}

static void check_holes(void)
{
    exceptions_expected = true;
    (void)mmio_read(HOLE);
    check("nothing there: a load aborts", aborted(EC_ABORT, 0, HOLE));
    mmio_write(HOLE, 1);
    check("and a store", aborted(EC_ABORT, 1, HOLE));
    __asm__ volatile("ldp x2, x3, [%0]" ::"r"(HOLE) : "x2", "x3", "memory");
    check("and a load of a pair", aborted(EC_ABORT, 0, HOLE));
    __asm__ volatile("dc zva, %0" ::"r"(UART) : "memory");
    check("zeroing a device aborts", aborted(EC_ABORT, 1, UART));
    __asm__ volatile("adr x30, 1f\n\tbr %0\n1:" ::"r"(HOLE) : "x30", "memory");
    check("and a fetch", aborted(EC_FETCH, 0, HOLE));
    __asm__ volatile("dc civac, %0" ::"r"(HOLE) : "memory");
    check("cache maintenance does not", exception_count == 0);
    exceptions_expected = false;
}

static struct pair load_pair(uint64_t address)
{
    struct pair pair;

    __asm__ volatile("ldp %w0, %w1, [%2]"
                     : "=&r"(pair.first), "=&r"(pair.second)
                     : "r"(address)
                     : "memory");
    return pair;
}

/* No syndrome: its vmm reads the instruction. */
static void check_instructions(const char *when, uint64_t rtc)
{
    struct pair pair = load_pair(rtc + 0xfe0);
    uint64_t at = rtc + 0xff0;
    uint64_t value;

    say(when);
    check("load of a pair", pair.first == 0x31 && pair.second == 0x10);
    __asm__ volatile("ldr %w0, [%1], #4" : "=&r"(value), "+r"(at)::"memory");
    check("post-index", value == 0x0d && at == rtc + 0xff4);
    __asm__ volatile("ldrsb %x0, [%1, #8]!" : "=&r"(value), "+r"(at)::"memory");
    check("pre-index, signed", value == (uint64_t)-0x4f && at == rtc + 0xffc);
    at = rtc + 0x04;
    __asm__ volatile("str wzr, [%0, #12]!" : "+r"(at)::"memory");                       /* IMSC */
    __asm__ volatile("stp %w0, wzr, [%1, #-12]" ::"r"(0x12345678), "r"(at) : "memory"); /* MR LR */
    check("store with write-back and of a pair",
          at == rtc + 0x10 && mmio_read(rtc + 4) == 0x12345678 && mmio_read(rtc + 8) == 0);
}

/* Gigabytes 0 and 1 where they are, and the RTC's page in the upper half. Caches stay off. */
static void mmu_on(void)
{
    uint64_t tcr = 25 | 25 << 16 | UINT64_C(2) << 30 | UINT64_C(2) << 32; /* 39 bits, 4 KiB pages */

    tables[0][0] = 0x401;
    tables[0][1] = RAM | 0x405;
    tables[1][0] = (uint64_t)tables[2] | 3;
    tables[2][0] = (uint64_t)tables[3] | 3;
    tables[3][0] = RTC | 0x403;
    sysreg_write("mair_el1", 0x4400); /* 0: device, 1: normal, not cached */
    sysreg_write("tcr_el1", tcr);
    sysreg_write("ttbr0_el1", (uint64_t)tables[0]);
    sysreg_write("ttbr1_el1", (uint64_t)tables[1]);
    tlb_flush();
    sysreg_write("sctlr_el1", sysreg_read("sctlr_el1") | 1);
}

static void check_widths(void)
{
    uint64_t value;

    __asm__ volatile("ldr %x0, [%1]" : "=r"(value) : "r"(RTC + 0xfe0) : "memory");
    check("64 bits are two registers", value == UINT64_C(0x1000000031));
    __asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(RTC + 0xffc) : "memory");
    check("8 bits of a register", value == 0xb1);
}

static void check_rest(void)
{
    bool erased = true, empty = true;

    for (uint64_t at = 0; at < UINT64_C(0x08000000); at += UINT64_C(0x00fffffc)) {
        erased = erased && mmio_read(at & ~UINT64_C(3)) == UINT32_MAX;
    }
    mmio_write(0, 0x98); /* CFI query */
    check("flash is erased", erased && mmio_read(0) == UINT32_MAX);
    for (uint64_t at = TRANSPORTS; at < TRANSPORTS + 0x4000; at += 0x200) {
        empty = empty && mmio_read(at) == 0x74726976 && mmio_read(at + 8) == 0;
    }
    check("32 virtio slots are empty", empty);
}

static void quiet_rtc(uint32_t irq)
{
    (void)irq;
    mmio_write(RTC + 0x1c, 1);
}

static void check_clock(void)
{
    uint32_t now = mmio_read(RTC);

    irq_handler = quiet_rtc;
    gic_set(RTC_IRQ, 0x80, false);
    mmio_write(RTC + 0x1c, 1);
    mmio_write(RTC + 0x10, 1);
    mmio_write(RTC + 4, now + 1);
    while (mmio_read(RTC + 0x14) == 0) {
        cpu_wait();
    }
    cpu_irq_enable();
    cpu_irq_disable();
    check("the clock's alarm", irq_last == RTC_IRQ && mmio_read(RTC) - now - 1 < 100);
    irq_handler = 0;
    irq_last = NO_IRQ;
    irq_count = 0;
}

void trial_devices(void)
{
    check_holes();
    check_widths();
    check_rest();
    check_instructions("trial: MMU off\n", RTC);
    mmu_on();
    check_instructions("trial: MMU on\n", RTC);
    check_instructions("trial: in the upper half\n", ALIAS);
    sysreg_write("sctlr_el1", sysreg_read("sctlr_el1") & ~UINT64_C(1));
    mmio_write(RTC + 8, 1700000000); /* LR */
    check_clock();
}
