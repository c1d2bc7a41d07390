/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest guest that does what guests do: prints, takes timer interrupts, measures, ends. */
#include "guests/bare/bench.h"
#include "guests/bare/gic.h"
#include "guests/bare/sysreg.h"
#include "guests/bare/uart.h"

#define TIMER_PPI  27
#define TICKS      5
#define TICK_HERTZ 100
#define SYSTEM_OFF 0x84000008

static volatile unsigned tick_count;
static uint64_t tick_period;

void guest_main(void);
void guest_interrupt(void);
void guest_exception(uint64_t esr, uint64_t elr, uint64_t far);

void guest_interrupt(void)
{
    uint32_t interrupt = gic_acknowledge();

    if (interrupt == TIMER_PPI) {
        tick_count++;
        sysreg_write("cntv_cval_el0", sysreg_read("cntv_cval_el0") + tick_period);
    }
    if (interrupt < GIC_SPURIOUS) {
        gic_end(interrupt);
    }
}

void guest_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
    uart_text("bare: exception, esr ");
    uart_hex(esr);
    uart_text(" elr ");
    uart_hex(elr);
    uart_text(" far ");
    uart_hex(far);
    uart_text("\n");
    firmware_call(SYSTEM_OFF, 0);
}

static void count_ticks(void)
{
    unsigned shown = 0;

    tick_period = sysreg_read("cntfrq_el0") / TICK_HERTZ;
    sysreg_write("cntv_cval_el0", sysreg_read("cntvct_el0") + tick_period);
    sysreg_write("cntv_ctl_el0", 1);
    cpu_irq_enable();
    while (shown < TICKS) {
        while (shown == tick_count) {
            cpu_wait();
        }
        uart_text("bare: tick ");
        uart_number(++shown);
        uart_text("\n");
    }
    cpu_irq_disable();
    sysreg_write("cntv_ctl_el0", 0);
}

void guest_main(void)
{
    unsigned version;

    uart_text("bare: hello from EL");
    uart_number(sysreg_read("currentel") >> 2);
    version = gic_open();
    uart_text(", GICv");
    uart_number(version);
    uart_text(", counter at ");
    uart_number(sysreg_read("cntfrq_el0"));
    uart_text(" Hz\n");
    gic_enable(TIMER_PPI);
    count_ticks();
    bench_run(version);
    uart_text("bare: done\n");
    firmware_call(SYSTEM_OFF, 0);
}
