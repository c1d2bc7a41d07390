/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts between processors, their timers, and shared interrupts that change places. */
#include "guests/crowd/crowd.h"

#define SGI       3
#define ROUNDS    100
#define TIMES     20
#define MOVES     200
#define ALL       ((1U << cpu_count) - 1)
#define UART_IMSC (UART + 0x38)

static void clear_counts(void)
{
    for (uint32_t i = 0; i < cpu_count; i++) {
        for (unsigned k = 0; k < IRQS_COUNT; k++) {
            processors[i].taken[k] = 0;
            processors[i].senders[k] = 0;
        }
    }
}

/* Each processor has taken the interrupt so often, those of the list once more. */
static bool taken(uint32_t irq, uint32_t times, uint32_t list)
{
    for (uint32_t i = 0; i < cpu_count; i++) {
        if (processors[i].taken[irq] != times + (list >> i & 1)) {
            return false;
        }
    }
    return true;
}

static void send_number(struct processor *self)
{
    gic_send(SGI, self->number);
}

static void send_others(struct processor *self)
{
    (void)self;
    gic_send_others(SGI);
}

static bool from_each(void (*work)(struct processor *self), bool others, uint32_t list)
{
    for (uint32_t i = 0; i < cpu_count; i++) {
        uint32_t expected = others ? ALL & ~(1U << i) : list == 0 ? 1U << i : list & ALL;
        clear_counts();
        tell(i, work, list == 0 ? 1U << i : list);
        if (!within_time(all_idle() && taken(SGI, 0, expected))) {
            return false;
        }
        for (uint32_t k = 0; k < cpu_count && gic_version == 2; k++) {
            if (processors[k].senders[SGI] != (expected >> k & 1) << i) {
                return false;
            }
        }
    }
    return true;
}

/* While this processor takes none, all others send it the same one. */
static void crossing(void)
{
    uint32_t wanted = gic_version == 2 ? cpu_count - 1 : 1;

    cpu_irq_disable();
    clear_counts();
    for (uint32_t i = 1; i < cpu_count; i++) {
        tell(i, send_number, 1);
    }
    bool sent = within_time(all_idle());
    cpu_irq_enable();
    bool came = within_time(processors[0].taken[SGI] >= wanted);
    check("the same SGI of several senders",
          sent && came && taken(SGI, 0, 0) == false && processors[0].taken[SGI] == wanted);
    check("and who they were", gic_version == 3 || processors[0].senders[SGI] == (ALL & ~1U));
}

/* Each answers the SGI of the one before with one to the next. */
static void pass_on(struct processor *self)
{
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t before = i + (self->index == 0 ? 0 : 1);
        sleep_until(self, SGI, before);
        gic_send(SGI, 1U << (self->index + 1) % cpu_count);
    }
}

static void ring(void)
{
    clear_counts();
    for (uint32_t i = cpu_count; i-- > 0;) {
        tell(i, pass_on, 0);
    }
    check("around all processors, 100 times", within_time(all_idle() && taken(SGI, ROUNDS, 0)));
}

static void run_timer(struct processor *self)
{
    gic_enable(VTIMER, false);
    for (uint32_t i = 1; i <= TIMES; i++) {
        uint64_t value = sysreg_read("cntvct_el0") + sysreg_read("cntfrq_el0") / 1000;
        sysreg_write("cntv_cval_el0", value);
        sysreg_write("cntv_ctl_el0", 1);
        sleep_until(self, VTIMER, i);
    }
}

static void timers(void)
{
    clear_counts();
    for (uint32_t i = cpu_count; i-- > 0;) {
        tell(i, run_timer, 0);
    }
    check("timers of all, out of wfi", within_time(all_idle()) && taken(VTIMER, TIMES, 0));
}

/* Pending where it was routed first, taken where it is routed then. */
static void mask(struct processor *self)
{
    (void)self;
    cpu_irq_disable();
}

static void unmask(struct processor *self)
{
    (void)self;
    cpu_irq_enable();
}

static void routes(void)
{
    bool good = true, read = true;

    clear_counts();
    gic_enable(SPARE_IRQ, true);
    for (uint32_t i = cpu_count; i-- > 0;) {
        gic_route(SPARE_IRQ, i);
        read = read && gic_route_read(SPARE_IRQ) == i;
        gic_pend(SPARE_IRQ);
        good = good && within_time(taken(SPARE_IRQ, 0, ALL & ~((1U << i) - 1)));
    }
    check("a shared interrupt goes where it is routed", good);
    check("and its route is read back", read);
    clear_counts();
    gic_route(SPARE_IRQ, 1);
    tell(1, mask, 0);
    (void)within_time(is_idle(1));
    gic_pend(SPARE_IRQ);
    gic_route(SPARE_IRQ, 0);
    good = within_time(taken(SPARE_IRQ, 0, 1));
    tell(1, unmask, 0);
    (void)within_time(is_idle(1));
    check("one that is pending goes along", good && taken(SPARE_IRQ, 0, 1));
}

/* Moved away while the processor that has it takes it, at any instant of that. */
static void moving(void)
{
    bool good = true;
    uint32_t rounds = 0;

    clear_counts();
    for (; good && rounds < MOVES; rounds++) {
        gic_route(SPARE_IRQ, 1);
        gic_pend(SPARE_IRQ);
        for (volatile uint32_t i = 0; i < rounds % 128 * 8; i++) {
        }
        gic_route(SPARE_IRQ, 0);
        good = within_time(taken_by_all(SPARE_IRQ) > rounds);
    }
    check("none is lost or doubled on the way", good && taken_by_all(SPARE_IRQ) == rounds);
}

/* The line of a device, which is high. */
static void device(void)
{
    clear_counts();
    gic_enable(UART_IRQ, false);
    gic_route(UART_IRQ, 1);
    check("a device's line", true); /* its text raises it */
    mmio_write(UART_IMSC, 0x20);    /* TX */
    bool there = within_time(processors[1].taken[UART_IRQ] == 1);
    tell(1, mask, 0);
    (void)within_time(is_idle(1));
    mmio_write(UART, 'c'); /* of the next line */
    gic_route(UART_IRQ, 0);
    bool here = within_time(processors[0].taken[UART_IRQ] == 1);
    mmio_write(UART_IMSC, 0);
    tell(1, unmask, 0);
    (void)within_time(is_idle(1));
    mmio_write(UART, '\n');
    check("goes along, too", there && here && processors[1].taken[UART_IRQ] == 1);
}

void crowd_interrupts(void)
{
    check("SGI to oneself", from_each(send_number, false, 0));
    check("SGI to a list", from_each(send_number, false, 3));
    check("SGI to a list with some that are not there", from_each(send_number, false, 0x82));
    check("SGI to all others", from_each(send_others, true, 0));
    crossing();
    ring();
    timers();
    routes();
    moving();
    device();
}
