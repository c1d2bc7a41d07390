/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which function handles which interrupt. */
#include "guests/rtos/interrupt.h"

#include "guests/rtos/gic.h"
#include "guests/rtos/task.h"

#define HANDLERS 4

static struct {
    uint32_t interrupt;
    void (*handle)(uint64_t entry);
} handlers[HANDLERS];
static unsigned handler_count;

struct task *interrupt_enter(uint64_t entry);

bool interrupt_attach(uint32_t interrupt, void (*handler)(uint64_t entry))
{
    if (handler_count == HANDLERS) {
        return false;
    }
    handlers[handler_count].interrupt = interrupt;
    handlers[handler_count++].handle = handler;
    gic_enable(interrupt);
    return true;
}

/* From the vector; the answer is the task to go on with. */
struct task *interrupt_enter(uint64_t entry)
{
    port_post_interrupt();
    uint32_t interrupt = gic_acknowledge();

    for (unsigned i = 0; i < handler_count; i++) {
        if (handlers[i].interrupt == interrupt) {
            handlers[i].handle(entry);
        }
    }
    if (interrupt < GIC_SPURIOUS) {
        gic_end(interrupt);
        port_alarm_again();
    }
    return task_pick();
}
