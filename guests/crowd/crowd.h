/* SPDX-License-Identifier: Apache-2.0 */
/* The processors, what they may be told to do, and how the first one says what it found. */
#pragma once

#include "guests/bare/say.h"

#define CPUS_MAX   8
#define UART_IRQ   33
#define SPARE_IRQ  40 /* no device has it */
#define VTIMER     27
#define IRQS_COUNT 64

/* Memory is not cached while the MMU is off: what processors tell each other is here, in words that
 * one of them writes. */
struct processor {
    uint64_t stack; /* first: start.S */
    uint32_t index;
    void (*volatile work)(struct processor *self); /* NULL: nothing to do */
    volatile uint32_t number;                      /* for the work, or of it */
    volatile bool up;
    volatile uint32_t taken[IRQS_COUNT];   /* interrupts so far, by INTID */
    volatile uint32_t senders[IRQS_COUNT]; /* on a GICv2: bits of those who sent them */
};

extern struct processor processors[CPUS_MAX];
extern uint32_t cpu_count;
extern unsigned gic_version;

/* Only the first processor says something. */
static inline void check(const char *what, bool ok)
{
    say_result("crowd", what, ok);
}

struct processor *self_get(void);

/* How often all of them together took it. */
static inline uint32_t taken_by_all(uint32_t irq)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < cpu_count; i++) {
        sum += processors[i].taken[irq];
    }
    return sum;
}

/* In QEMU a yield takes long: not too many of them. */
static inline void pause_long(void)
{
    for (volatile unsigned i = 0; i < 70; i++) {
    }
    cpu_pause();
}

/* Sleeps until it has taken an interrupt so often. */
static inline void sleep_until(const struct processor *self, uint32_t irq, uint32_t times)
{
    while (self->taken[irq] < times) {
        cpu_irq_disable();
        if (self->taken[irq] < times) {
            cpu_wait();
        }
        cpu_irq_enable();
    }
}

/* True as soon as the condition holds, false if it does not within a minute of the guest's time. */
#define within_time(condition)                                               \
    ({                                                                       \
        uint64_t end_ = sysreg_read("cntvct_el0") + deadline_ticks();        \
        bool true_ = (condition);                                            \
        while (!true_ && (int64_t)(end_ - sysreg_read("cntvct_el0")) >= 0) { \
            pause_long();                                                    \
            true_ = (condition);                                             \
        }                                                                    \
        true_;                                                               \
    })
uint64_t deadline_ticks(void);

/* Another processor does this, and then is_idle(); or this one at once. */
void tell(uint32_t cpu, void (*work)(struct processor *self), uint32_t number);
bool is_idle(uint32_t cpu);
/* All processors have done what they were told. */
bool all_idle(void);

/* Firmware: PSCI with three arguments. */
#define PSCI_CPU_OFF       UINT64_C(0x84000002)
#define PSCI_CPU_ON        UINT64_C(0xc4000003)
#define PSCI_AFFINITY_INFO UINT64_C(0xc4000004)
#define PSCI_OFF           UINT64_C(0x84000008)
#define PSCI_RESET         UINT64_C(0x84000009)

/* The distributor by the first processor, then each processor's own part. */
void gic_start(void);
void gic_start_own(void);
void gic_send(uint32_t sgi, uint32_t targets);
void gic_send_others(uint32_t sgi);
void gic_enable(uint32_t irq, bool edge);
void gic_pend(uint32_t irq);
void gic_route(uint32_t irq, uint32_t cpu);
uint32_t gic_route_read(uint32_t irq);

void crowd_power(void);
void crowd_interrupts(void);
void crowd_memory(void);
/* With capabilities: work for ever. */
void crowd_circle(void);
bool power_on(uint32_t cpu);
