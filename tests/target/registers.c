/* SPDX-License-Identifier: Apache-2.0 */
/* Native threads beside guests that fill every register with junk (guests/registers): nothing of it
 * may act on them. The value 'kind' says what the cell does in the end that must be a fault all the
 * same, whatever a guest has allowed its own EL0. */
#include "cells/lib/call.h"
#include "cells/lib/counter.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"
#include "tests/target/lab/registers.h"

#define WATCH_MS   1000
#define TURN_MS    160
#define TLS        UINT64_C(0x1122334455667788)
#define TAG        (UINT64_C(0x5a) << 56)
#define PATTERN    UINT64_C(0x4e47000000400015)
#define TIME_LIMIT 10000 /* ms: a step of the counter that is no preemption any more */

static uint64_t words[16] __attribute__((aligned(64))) = {UINT64_C(0x8877665544332211)};

static uint64_t ticks(uint64_t milliseconds)
{
    return counter_frequency() / 1000 * milliseconds;
}

/* SCTLR_EL1.A, E0E: a misaligned load works and is little-endian. */
static bool loads_are_plain(void)
{
    uint32_t value;

    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"((uintptr_t)words + 1) : "memory");
    return value == 0x55443322;
}

/* TPIDRRO_EL0 is nobody's, TPIDR_EL0 is this thread's. */
static bool pointers_are_own(void)
{
    uint64_t readonly, tls;

    __asm__ volatile("mrs %0, tpidrro_el0" : "=r"(readonly));
    __asm__ volatile("mrs %0, tpidr_el0" : "=r"(tls));
    return readonly == 0 && tls == TLS;
}

/* SCTLR_EL1.UCI, UCT, DZE: cache instructions of EL0 do not trap. EnIA: no signature with a guest's
 * key. */
static bool instructions_work(void)
{
    register uint64_t x30 __asm__("x30") = UINT64_C(0x400000);
    uint64_t type;

    __asm__ volatile("mrs %0, ctr_el0" : "=r"(type));
    __asm__ volatile("dc cvac, %0\n\tdc zva, %1" ::"r"(words), "r"(&words[8]) : "memory");
    __asm__ volatile("hint #25" : "+r"(x30)); /* PACIASP */
    return type != 0 && x30 == UINT64_C(0x400000);
}

/* CPACR_EL1.FPEN, and who owned the FP registers before. */
static bool fp_is_own(uint64_t pattern)
{
    uint64_t found[LAB_FP_WORDS];
    uint64_t wrong = 0;

    lab_fp_read(found);
    for (unsigned i = 0; i < 64; i++) {
        wrong |= found[i] ^ (pattern == 0 ? 0 : pattern + i / 2);
    }
    return wrong == 0 && found[64] == (pattern & 0x1f) && found[65] == (pattern & 0xc00000);
}

/* CNTVOFF, CNTKCTL: time is that of the board and does not jump. */
static bool time_goes_on(uint64_t *last)
{
    uint64_t time = counter_now();
    bool good = time - *last < ticks(TIME_LIMIT);

    *last = time;
    return good;
}

static bool watch(void)
{
    uint64_t last = counter_now(), end = last + ticks(WATCH_MS);
    bool good = fp_is_own(0);

    __asm__ volatile("msr tpidr_el0, %0" ::"r"(TLS));
    lab_fp_fill(PATTERN);
    while (good && counter_now() < end) {
        good = time_goes_on(&last) && pointers_are_own() && loads_are_plain() &&
               instructions_work() && fp_is_own(PATTERN);
    }
    return good;
}

static void wait_until(uint64_t time)
{
    while (counter_now() < time) {
        cpu_pause();
    }
}

static void tagged_pointer(void)
{
    (void)*(volatile uint64_t *)((uintptr_t)words | TAG);
}

static void mask_interrupts(void)
{
    __asm__ volatile("msr daifset, #2");
}

static void guest_timer(void)
{
    __asm__ volatile("mrs x0, cntv_ctl_el0" ::: "x0");
}

static void physical_timer(void)
{
    __asm__ volatile("msr cntp_cval_el0, x0" ::: "memory");
}

static void cycle_counter(void)
{
    __asm__ volatile("mrs x0, pmccntr_el0" ::: "x0");
}

static void (*const ends[])(void) = {tagged_pointer, mask_interrupts, guest_timer, physical_timer,
                                     cycle_counter};

void cell_main(const struct start_info *start)
{
    uint64_t kind = start_need_value(start, "kind");

    bool good = watch();

    wait_until(counter_now() +
               ticks(kind * TURN_MS)); /* the warden and the console share the UART */
    print(good ? "PASS registers.native\n" : "FAIL registers.native: a guest acts on it\n");
    wait_until(counter_now() + ticks(TURN_MS / 2));
    ends[kind]();
    print("FAIL registers.native: no fault %lu\n", (unsigned long)kind);
}
