/* SPDX-License-Identifier: Apache-2.0 */
/* What firmware promises: which processors are on, and how they come and go. */
#include "guests/crowd/crowd.h"

#define ROUNDS             50
#define ON                 0
#define OFF                1
#define SUCCESS            0
#define INVALID_PARAMETERS ((uint64_t)-2)
#define ALREADY_ON         ((uint64_t)-4)
#define INVALID_ADDRESS    ((uint64_t)-9)
#define SMCCC_VERSION      UINT64_C(0x80000000)
#define SMCCC_1_1          0x10001 /* QEMU's own firmware has none, and looks at no address */
#define KEPT_SGI           9

void crowd_enter(void);

bool power_on(uint32_t cpu)
{
    struct processor *p = &processors[cpu];

    p->up = false;
    p->work = 0;
    return firmware_call_3(PSCI_CPU_ON, cpu, (uint64_t)crowd_enter, (uint64_t)p) == SUCCESS &&
           within_time(p->up);
}

static uint64_t state(uint32_t cpu)
{
    return firmware_call_3(PSCI_AFFINITY_INFO, cpu, 0, 0);
}

static void go_off(struct processor *self)
{
    cpu_irq_disable();
    (void)self;
    firmware_call_3(PSCI_CPU_OFF, 0, 0, 0);
}

static void answers(void)
{
    bool off = true;

    for (uint32_t i = 1; i < cpu_count; i++) {
        off = off && state(i) == OFF;
    }
    check("all others are off", off && state(0) == ON);
    check("AFFINITY_INFO of nobody", state(cpu_count) == INVALID_PARAMETERS);
    check("CPU_ON of nobody",
          firmware_call_3(PSCI_CPU_ON, cpu_count, (uint64_t)crowd_enter, 0) == INVALID_PARAMETERS);
    check("CPU_ON of another cluster",
          firmware_call_3(PSCI_CPU_ON, 0x10000, (uint64_t)crowd_enter, 0) == INVALID_PARAMETERS);
    check("CPU_ON of oneself",
          firmware_call_3(PSCI_CPU_ON, 0, (uint64_t)crowd_enter, 0) == ALREADY_ON);
    if (firmware_call_3(SMCCC_VERSION, 0, 0, 0) == SMCCC_1_1) {
        check("CPU_ON at an address without memory",
              firmware_call_3(PSCI_CPU_ON, 1, 0x0b000000, 0) == INVALID_ADDRESS && state(1) == OFF);
    }
}

static void read_affinity(struct processor *self)
{
    self->number = (uint32_t)sysreg_read("mpidr_el1") & 0xffffff;
}

/* An SGI that is sent to one that is off waits for it. */
static void rounds(void)
{
    struct processor *last = &processors[cpu_count - 1];
    bool good = true;

    last->taken[KEPT_SGI] = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        tell(last->index, go_off, 0);
        good = good && within_time(state(last->index) == OFF);
        gic_send(KEPT_SGI, 1U << last->index);
        good = good && power_on(last->index) && state(last->index) == ON;
        good = good && within_time(last->taken[KEPT_SGI] == i + 1);
    }
    check("off and on again, 50 times, and no interrupt is lost", good);
}

void crowd_power(void)
{
    bool all = true, same = true;

    answers();
    for (uint32_t i = 1; i < cpu_count; i++) {
        all = all && power_on(i) && state(i) == ON;
    }
    check("all are on", all);
    check("CPU_ON of one that is on",
          firmware_call_3(PSCI_CPU_ON, 1, (uint64_t)crowd_enter, 0) == ALREADY_ON);
    for (uint32_t i = 0; i < cpu_count; i++) {
        tell(i, read_affinity, ~0U);
        same = same && within_time(is_idle(i)) && processors[i].number == i;
    }
    check("their affinities", same);
    rounds();
}
