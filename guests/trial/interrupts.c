/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest may expect of its interrupts: states, priorities, the UART's and the timers'. */
#include "guests/trial/trial.h"

#define BIT (1U << SPARE_IRQ % 32)

static volatile uint32_t active_seen;
static volatile uint32_t pending_seen;

/* Long enough for an interrupt that was going to come. */
static void pause(void)
{
    for (volatile unsigned i = 0; i < 1000; i++) {
    }
}

static bool came(uint32_t irq)
{
    bool yes;

    cpu_irq_enable();
    pause();
    cpu_irq_disable();
    yes = irq_last == irq && irq_count == 1;
    irq_last = NO_IRQ;
    irq_count = 0;
    return yes;
}

static bool none_came(void)
{
    bool none;

    cpu_irq_enable();
    pause();
    cpu_irq_disable();
    none = irq_count == 0;
    irq_count = 0;
    return none;
}

static void look_at_states(uint32_t irq)
{
    (void)irq;
    active_seen = mmio_read(GICD + 0x304);
    pending_seen = mmio_read(GICD + 0x204);
}

void trial_interrupts(void)
{
    gic_set(SPARE_IRQ, 0x80, true);
    irq_handler = look_at_states;
    mmio_write(GICD + 0x204, BIT); /* ISPENDR */
    check("pending is read back", (mmio_read(GICD + 0x204) & BIT) != 0);
    check("a pending interrupt is taken once", came(SPARE_IRQ));
    irq_handler = 0;
    check("active in the handler, not pending",
          (active_seen & BIT) != 0 && (pending_seen & BIT) == 0);
    check("not active afterwards", (mmio_read(GICD + 0x304) & BIT) == 0);

    mmio_write(GICD + 0x184, BIT); /* ICENABLER */
    mmio_write(GICD + 0x204, BIT);
    check("a disabled interrupt is not taken", none_came());
    mmio_write(GICD + 0x104, BIT);
    check("but when it is enabled", came(SPARE_IRQ));

    gic_mask(0x80);
    mmio_write(GICD + 0x204, BIT);
    check("a masked priority is not taken", none_came());
    mmio_write_byte(GICD + 0x400 + SPARE_IRQ, 0x40);
    check("a better one is", came(SPARE_IRQ));
    gic_mask(0xff);

    mmio_write(GICD + 0x204, BIT);
    mmio_write(GICD + 0x284, BIT); /* ICPENDR */
    check("pending can be cleared", none_came());
    mmio_write(GICD, gic_version == 3 ? 0x10 : 0);
    mmio_write(GICD + 0x204, BIT);
    check("nothing passes a distributor that is off", none_came());
    mmio_write(GICD, gic_version == 3 ? 0x12 : 1);
    check("and on again", came(SPARE_IRQ));
}

static bool fast_came(uint32_t irq)
{
    bool yes;

    fiq_count = 0;
    cpu_fiq_enable();
    cpu_irq_enable();
    pause();
    cpu_irq_disable();
    cpu_fiq_disable();
    yes = fiq_count == 1 && irq_count == 0 && irq_last == irq;
    irq_last = NO_IRQ;
    return yes;
}

/* GICv3: group 0 is FIQ. GICv2: it may be, and group 1 must be acknowledged on purpose. */
void trial_groups(void)
{
    uint32_t group = mmio_read(GICD + 0x084);

    mmio_write(GICD, mmio_read(GICD) | 3);
    if (gic_version == 3) {
        mmio_write(GICD + 0x084, group & ~BIT);
        sysreg_write(ICC_IGRPEN0_EL1, 1);
        mmio_write(GICD + 0x204, BIT);
        check("group 0 is FIQ", fast_came(SPARE_IRQ));
        sysreg_write(ICC_IGRPEN0_EL1, 0);
    } else {
        mmio_write(GICC, 9);
        mmio_write(GICD + 0x204, BIT);
        check("group 0 is FIQ", fast_came(SPARE_IRQ));
        mmio_write(GICC, 7); /* both groups, and both by the same registers */
        mmio_write(GICD + 0x084, group | BIT);
        mmio_write(GICD + 0x204, BIT);
        check("group 1 comes as well", came(SPARE_IRQ));
        mmio_write(GICC, 1);
    }
    mmio_write(GICD + 0x204, BIT);
    check("a group that is off is not taken", none_came());
    mmio_write(GICD + 0x084, group);
    check("but when it is in the other one", came(SPARE_IRQ));
    mmio_write(GICD, gic_version == 3 ? 0x12 : 1);
}

static void quiet_uart(uint32_t irq)
{
    (void)irq;
    mmio_write(UART + 0x44, 0x20); /* ICR: TX */
}

/* A level-sensitive interrupt comes again until its device is quiet. */
static void quiet_uart_later(uint32_t irq)
{
    if (irq_count == 3) {
        quiet_uart(irq);
    }
}

/* As a threaded driver does it: quiet is somebody else's work, later. */
static void disable_uart(uint32_t irq)
{
    (void)irq;
    mmio_write(GICD + 0x184, 1U << UART_IRQ % 32); /* ICENABLER */
}

/* The line is high all the time. */
static void disable_in_handler(void)
{
    irq_handler = disable_uart;
    check("disabled by its handler, not taken again", came(UART_IRQ) && none_came());
    irq_handler = quiet_uart;
    mmio_write(GICD + 0x104, 1U << UART_IRQ % 32);
    check("but when it is enabled again", came(UART_IRQ));
}

/* The line goes up while the interrupt is still as a reset left it. */
static void raise_before_enabling(void)
{
    irq_handler = quiet_uart_later;
    mmio_write(UART + 0x38, 0x20); /* IMSC: TX */
    say("trial: raises its line first\n");
    gic_set(UART_IRQ, 0x80, false);
    cpu_irq_enable();
    pause();
    cpu_irq_disable();
    check("a line that was high before stays high", irq_last == UART_IRQ && irq_count == 3);
    irq_last = NO_IRQ;
    irq_count = 0;
    mmio_write(UART + 0x38, 0);
}

void trial_uart(void)
{
    raise_before_enabling();
    mmio_write(UART + 0x44, 0x7ff);
    mmio_write(UART + 0x38, 0x20); /* IMSC: TX */
    irq_handler = quiet_uart;
    check("no interrupt of an idle UART", none_came());
    say("trial: this line has "); /* polled: each character raises it again */
    check("interrupt after transmission", came(UART_IRQ));
    say("trial: and this one\n");
    disable_in_handler();
    mmio_write(UART + 0x38, 0);
    irq_handler = 0;
    check("UART identification",
          mmio_read(UART + 0xfe0) == 0x11 && mmio_read(UART + 0xffc) == 0xb1);
}

static void stop_timers(uint32_t irq)
{
    (void)irq;
    sysreg_write("cntv_ctl_el0", 0);
    sysreg_write("cntp_ctl_el0", 0);
}

/* Clearing a state of an interrupt whose line is high: it is pending at once. */
static void clear_states(uint32_t register_offset, const char *what)
{
    uint64_t frame = gic_version == 3 ? GICR_SGI : GICD;

    sysreg_write("cntv_tval_el0", 0);
    sysreg_write("cntv_ctl_el0", 1);
    pause();
    mmio_write(frame + register_offset, 1U << VTIMER);
    check(what, came(VTIMER));
}

void trial_timers(void)
{
    irq_handler = stop_timers;
    gic_set(VTIMER, 0x80, false);
    gic_set(PTIMER, 0x80, false);
    sysreg_write("cntv_tval_el0", 1000);
    sysreg_write("cntv_ctl_el0", 1);
    cpu_wait();
    check("virtual timer out of wfi", came(VTIMER));
    sysreg_write("cntp_tval_el0", 1000);
    sysreg_write("cntp_ctl_el0", 1);
    cpu_wait();
    check("physical timer out of wfi", came(PTIMER));
    sysreg_write("cntv_tval_el0", 1000);
    sysreg_write("cntv_ctl_el0", 1);
    check("CPU_SUSPEND comes back", firmware_call(0xc4000001, 0) == 0);
    check("with the interrupt that ended it", came(VTIMER));
    clear_states(0x280, "ICPENDR leaves a timer that is due pending");
    clear_states(0x380, "ICACTIVER, too");
    irq_handler = 0;
}
