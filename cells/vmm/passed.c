/* SPDX-License-Identifier: Apache-2.0 */
/* Knows when an interrupt that the guest has itself may come again. */
#include "cells/vmm/passed.h"

#include "cells/lib/print.h"
#include "cells/lib/start.h"
#include "cells/vmm/port.h"

#define PENDING 1U
#define ACTIVE  2U

/* Of a second, to the first look and between late ones: what a handler takes; what nobody notices,
 * neither in latency nor in time that is used up. */
#define FIRST_PART 100000
#define LAST_PART  100

void passed_open(struct passed *passed, const struct start_info *start, const struct gic *gic)
{
    passed->count = 0;
    for (uint32_t i = 0; i < start->cap_count; i++) {
        const struct start_cap *cap = start_cap_at(start, i);
        struct passed_irq *irq = &passed->irqs[passed->count];

        if (cap->type != BH_IRQ || passed->count == PASSED_MAX) {
            continue;
        }
        *irq = (struct passed_irq){.bits = cap->badge, .slot = cap->slot};
        irq->interrupt = (uint32_t)start_need_value(start, cap->name);
        if (irq->interrupt < GIC_PRIVATE || irq->interrupt >= gic->count) {
            print_stop("value '%s' is %u, which is no interrupt of a device of this guest",
                       cap->name, irq->interrupt);
        }
        port_irq_ack(irq->slot); /* a vmm that died may have left it active */
        passed->count++;
    }
}

static void look_after(struct passed *passed, uint64_t delay)
{
    passed->delay = delay;
    passed->look_at = port_now() + delay;
    port_alarm(PORT_ALARM_PASSED, passed->look_at);
}

void passed_fire(struct passed *passed, const struct gic *gic, uint64_t bits)
{
    for (uint32_t i = 0; i < passed->count; i++) {
        struct passed_irq *irq = &passed->irqs[i];

        if ((bits & irq->bits) != 0) {
            port_irq_state(gic->irqs[irq->interrupt].cpu, irq->interrupt, PENDING, 0);
            irq->under_way = true;
            look_after(passed, port_frequency() / FIRST_PART);
        }
    }
}

/* Its handler may still run on a processor that it was routed away from. */
static bool is_over(const struct gic *gic, uint32_t interrupt)
{
    uint32_t state = 0;

    for (uint32_t cpu = 0; cpu < gic->cpus; cpu++) {
        state |= port_irq_state(cpu, interrupt, 0, 0);
    }
    return (state & (PENDING | ACTIVE)) == 0;
}

void passed_wake(struct passed *passed, const struct gic *gic)
{
    uint64_t last = port_frequency() / LAST_PART;
    bool left = false;

    if (passed->look_at == 0 || port_now() < passed->look_at) {
        return;
    }
    for (uint32_t i = 0; i < passed->count; i++) {
        struct passed_irq *irq = &passed->irqs[i];

        if (irq->under_way && is_over(gic, irq->interrupt)) {
            irq->under_way = false;
            port_irq_ack(irq->slot);
        }
        left = left || irq->under_way;
    }
    if (left) {
        look_after(passed, 2 * passed->delay < last ? 2 * passed->delay : last);
    } else {
        passed->look_at = 0;
        port_alarm(PORT_ALARM_PASSED, 0);
    }
}
