/* SPDX-License-Identifier: Apache-2.0 */
/* The processor: EL1 of Armv8-A, its virtual timer, one core. */
#include "guests/rtos/port.h"

#include "guests/bare/sysreg.h"
#include "guests/rtos/mmu.h"
#include "guests/rtos/task.h"

#define TIMER_ENABLE 1
/* EL1t, interrupts and SErrors open, debug exceptions and FIQ masked. */
#define PSR_TASK UINT64_C(0x244)

_Static_assert(offsetof(struct task, frame) == 0 && offsetof(struct frame, sp) == 248 &&
                   offsetof(struct frame, pc) == 256,
               "start.S");

uint64_t port_lock(void)
{
    uint64_t was = sysreg_read("daif");

    cpu_irq_disable();
    return was;
}

void port_unlock(uint64_t was)
{
    __asm__ volatile("msr daif, %0" ::"r"(was) : "memory");
}

bool port_in_interrupt(void)
{
    return sysreg_read("spsel") != 0;
}

void port_switch(void)
{
    __asm__ volatile("svc #0" ::: "memory");
}

void port_prepare(struct task *task, void (*entry)(void *), void *argument, uint8_t *stack_top)
{
    task->frame = (struct frame){
        .x[0] = (uint64_t)argument,
        .sp = (uint64_t)stack_top,
        .pc = (uint64_t)entry,
        .psr = PSR_TASK,
    };
}

uint64_t port_now(void)
{
    uint64_t ticks;

    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
    return ticks;
}

void port_alarm(uint64_t deadline)
{
    sysreg_write("cntv_cval_el0", deadline);
    sysreg_write("cntv_ctl_el0", deadline == TIME_NEVER ? 0 : TIMER_ENABLE);
}

void port_alarm_again(void)
{
    uint64_t control = sysreg_read("cntv_ctl_el0") & TIMER_ENABLE;

    sysreg_write("cntv_ctl_el0", 0);
    sysreg_write("cntv_ctl_el0", control);
}

void port_idle(void)
{
    cpu_wait();
}

void port_guard(uint8_t *page)
{
    mmu_unmap((uint64_t)page);
}
