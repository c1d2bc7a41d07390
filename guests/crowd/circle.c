/* SPDX-License-Identifier: Apache-2.0 */
/* All kinds of interrupts between all processors, round after round, for ever: if one is lost or
 * nobody wakes, all stop; if one comes twice, the watcher is told. */
#include "guests/crowd/circle.h"

#include "cells/lib/call.h"
#include "guests/crowd/crowd.h"
#include "guests/start_page.h"

#define UART_IMSC (UART + 0x38)
#define UART_TX   0x20
#define RING_SGI  3
#define ALL_SGI   5
#define NAP       20000 /* a second has so many */

#define FP_OPEN (UINT64_C(3) << 20) /* CPACR_EL1.FPEN */

/* start.S: the FP registers hold a number, and do they still. */
void crowd_fp_mark(uint64_t number);
bool crowd_fp_is(uint64_t number);

static struct circle *circle;
static uint32_t beat, poked;

static bool find_watcher(void)
{
    const struct start_info *start = start_page_find(START_PAGE_DTB);
    if (start == NULL) {
        return false;
    }
    const struct start_memory *memory = start_page_memory(start, "circle");
    const struct start_cap *cap = start_page_cap(start, "beat");
    const struct start_value *value = start_page_value(start, "poke");
    if (memory == NULL || cap == NULL || value == NULL) {
        return false;
    }
    circle = (struct circle *)memory->address;
    beat = cap->slot;
    poked = (uint32_t)value->value;
    return true;
}

/* Asleep until its own timer has fired. */
static void nap(struct processor *self)
{
    uint32_t before = self->taken[VTIMER];

    sysreg_write("cntv_cval_el0", sysreg_read("cntvct_el0") + sysreg_read("cntfrq_el0") / NAP);
    sysreg_write("cntv_ctl_el0", 1);
    sleep_until(self, VTIMER, before + 1);
}

/* Registers that the kernel leaves in a core until somebody else needs them there, with a number
 * that no other processor has. They must come along to another core. */
static void marks_set(uint64_t mark)
{
    sysreg_write("cpacr_el1", FP_OPEN);
    sysreg_write("tpidr_el1", mark);
    sysreg_write("contextidr_el1", mark & UINT32_MAX);
    sysreg_write("mair_el1", mark);
    sysreg_write("tpidr_el0", ~mark);
    crowd_fp_mark(mark);
}

static bool marks_hold(uint64_t mark)
{
    return sysreg_read("tpidr_el1") == mark &&
           sysreg_read("contextidr_el1") == (mark & UINT32_MAX) &&
           sysreg_read("mair_el1") == mark && sysreg_read("tpidr_el0") == ~mark &&
           crowd_fp_is(mark);
}

/* The first one's part: to all others, by a shared line that each has in turn, by a device, and
 * from another cell and back. */
static void lead(struct processor *self, uint32_t round)
{
    gic_send_others(ALL_SGI);
    gic_route(SPARE_IRQ, round % cpu_count);
    gic_pend(SPARE_IRQ);
    mmio_write(UART, round % 64 == 63 ? '\n' : '.');
    (void)bh_signal_send(beat);
    sleep_until(self, poked, round + 1);
    while (taken_by_all(ALL_SGI) < (round + 1) * (cpu_count - 1) ||
           taken_by_all(SPARE_IRQ) < round + 1 || taken_by_all(UART_IRQ) < round + 1) {
        nap(self);
    }
    if (taken_by_all(ALL_SGI) != (round + 1) * (cpu_count - 1) ||
        taken_by_all(SPARE_IRQ) != round + 1 || taken_by_all(UART_IRQ) != round + 1 ||
        taken_by_all(poked) != round + 1 || taken_by_all(RING_SGI) != round * cpu_count) {
        circle->wrong++;
    }
    circle->rounds = round + 1;
}

/* Each waits for the SGI of the one before, sleeps, and sends one to the next. */
static void go_round(struct processor *self)
{
    uint64_t mark = sysreg_read("cntvct_el0") << 8 | self->index << 5;

    gic_enable(VTIMER, false);
    marks_set(mark);
    for (uint32_t round = 0;; round++) {
        sleep_until(self, RING_SGI, round + (self->index == 0 ? 0 : 1));
        nap(self);
        if (!marks_hold(mark)) {
            circle->wrong++;
        }
        if (self->index == 0) {
            lead(self, round);
        }
        gic_send(RING_SGI, 1U << (self->index + 1) % cpu_count);
    }
}

void crowd_circle(void)
{
    if (!find_watcher()) {
        return;
    }
    for (uint32_t i = 1; i < cpu_count; i++) {
        check("is on", power_on(i));
    }
    gic_enable(SPARE_IRQ, true);
    gic_enable(poked, true);
    gic_enable(UART_IRQ, false);
    gic_route(UART_IRQ, cpu_count - 1);
    for (uint32_t i = 0; i < cpu_count; i++) {
        for (unsigned k = 0; k < IRQS_COUNT; k++) {
            processors[i].taken[k] = 0;
        }
    }
    mmio_write(UART + 0x44, UART_TX); /* ICR */
    mmio_write(UART_IMSC, UART_TX);
    cpu_irq_enable();
    for (uint32_t i = cpu_count; i-- > 0;) {
        tell(i, go_round, 0);
    }
}
