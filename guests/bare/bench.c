/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what is measured, how often, and how much of each round is not part of it. */
#include "guests/bare/bench.h"

#include <stdbool.h>

#include "guests/bare/gic.h"
#include "guests/bare/sysreg.h"
#include "guests/bare/uart.h"

#define ROUNDS         4096
#define TIMER_ROUNDS   1024 /* a multiple of 16 */
#define TICK           16   /* instructions, with -icount shift=0 and a counter at 62.5 MHz */
#define TIMER_AHEAD    400  /* ticks */
#define TIMER_PPI      27
#define LOOP           2 /* instructions of every round that are the loop's */
#define MARKS          2 /* and the marks around what is measured */
#define VENDOR_UID     0x8600ff01
#define UID_BULKHEAD   0x6b6c7562
#define SMCCC_VERSION  0x80000000
#define KERNEL_YIELD   0
#define SGI_SELF_V2    (2U << 24)
#define GICD_TYPER     (GICD + 0x004)
#define GICD_ISENABLER (GICD + 0x104) /* GICD_ICENABLER is 0x80 further */
#define GICD_SGIR      (GICD + 0xf00)

uint64_t bench_null(uint64_t n);
uint64_t bench_hundred(uint64_t n);
uint64_t bench_uart_read(uint64_t n, uint64_t address);
uint64_t bench_uart_char(uint64_t n, uint64_t address, uint64_t character);
uint64_t bench_gicd_read(uint64_t n, uint64_t address);
uint64_t bench_write32_two(uint64_t n, uint64_t address, uint64_t value);
uint64_t bench_id_register(uint64_t n);
uint64_t bench_smccc(uint64_t n, uint64_t function);
uint64_t bench_kernel_call(uint64_t n, uint64_t number);
uint64_t bench_sgi_loop_v2(uint64_t n, uint64_t sgir, uint64_t value);
uint64_t bench_sgi_loop_v3(uint64_t n, uint64_t unused, uint64_t value);
uint64_t bench_timer_busy(uint64_t cval, uint64_t k, uint64_t version);
uint64_t bench_timer_wfi(uint64_t cval, uint64_t k, uint64_t version);
extern char vectors[], bench_vectors[];

static void row(const char *name, uint64_t n, uint64_t ticks, uint64_t overhead)
{
    uart_text("BENCH name=");
    uart_text(name);
    uart_text(" ");
    uart_field("n", n);
    uart_field("total_ticks", ticks);
    uart_field("overhead", overhead);
}

static void end_row(void)
{
    uart_text("\n");
}

static void plain(const char *name, uint64_t n, uint64_t ticks, uint64_t overhead)
{
    row(name, n, ticks, overhead);
    end_row();
}

static void bench_sgi(unsigned version)
{
    uint64_t ticks;

    gic_enable(0);
    sysreg_write("vbar_el1", bench_vectors);
    cpu_irq_enable();
    if (version == 3) {
        ticks = bench_sgi_loop_v3(ROUNDS, 0, 1); /* INTID 0, target list: processor 0 */
    } else {
        ticks = bench_sgi_loop_v2(ROUNDS, GICD_SGIR, SGI_SELF_V2);
    }
    cpu_irq_disable();
    sysreg_write("vbar_el1", vectors);
    plain("sgi_self", ROUNDS, ticks, LOOP + MARKS + 3 + 5);
}

/* The deadline lies exactly on a tick, so one reading rounds down by up to 15 instructions, always
 * the same. Reading k instructions later for each k of 0..15 makes the sum exact. */
static void bench_timer(const char *name, unsigned version,
                        uint64_t (*once)(uint64_t cval, uint64_t k, uint64_t version))
{
    uint64_t total = 0;
    uint64_t min = UINT64_MAX;
    uint64_t max = 0;

    sysreg_write("vbar_el1", bench_vectors);
    for (unsigned i = 0; i < TIMER_ROUNDS; i++) {
        uint64_t ticks = once(sysreg_read("cntvct_el0") + TIMER_AHEAD, i % TICK, version);

        total += ticks;
        min = ticks < min ? ticks : min;
        max = ticks > max ? ticks : max;
    }
    sysreg_write("vbar_el1", vectors);
    row(name, TIMER_ROUNDS, total, 3 + MARKS);
    uart_field("min_ticks", min);
    uart_field("max_ticks", max);
    end_row();
}

/* True if the counter advances by one every 16 instructions. */
static bool counts_instructions(void)
{
    uint64_t ticks = bench_null(ROUNDS);

    return sysreg_read("cntfrq_el0") == 62500000 && ticks >= ROUNDS * LOOP / TICK &&
           ticks <= ROUNDS * LOOP / TICK + 1;
}

static bool is_bulkhead(void)
{
    return firmware_call(VENDOR_UID, 0) == UID_BULKHEAD;
}

void bench_run(unsigned version)
{
    bool kernel = is_bulkhead();

    uart_text(kernel ? "bare: in a VM of Bulkhead\n" : "bare: on the bare machine\n");
    if (!counts_instructions()) {
        uart_text("bare: the counter does not count instructions here, so nothing is measured\n");
        return;
    }
    plain("null", ROUNDS, bench_null(ROUNDS), LOOP);
    plain("hundred", ROUNDS, bench_hundred(ROUNDS), LOOP);
    plain("uart_read", ROUNDS, bench_uart_read(ROUNDS, UART_FR), LOOP + MARKS);
    plain("uart_char", ROUNDS, bench_uart_char(ROUNDS, UART_FR - 0x18, 'x'), LOOP + MARKS);
    uart_text("\n");
    plain("gicd_read", ROUNDS, bench_gicd_read(ROUNDS, GICD_TYPER), LOOP + MARKS);
    plain("gicd_enable", ROUNDS, bench_write32_two(ROUNDS / 2, GICD_ISENABLER, 1U << 8),
          LOOP / 2 + MARKS);
    plain("id_register", ROUNDS, bench_id_register(ROUNDS), LOOP + MARKS);
    plain("smccc_version", ROUNDS, bench_smccc(ROUNDS, SMCCC_VERSION), LOOP + MARKS);
    if (kernel && kernel_call(KERNEL_YIELD) == 0) {
        plain("hvc_yield", ROUNDS, bench_kernel_call(ROUNDS, KERNEL_YIELD), LOOP + MARKS);
    }
    bench_sgi(version);
    bench_timer("vtimer", version, bench_timer_busy);
    bench_timer("vtimer_wfi", version, bench_timer_wfi);
}
