/* SPDX-License-Identifier: Apache-2.0 */
/* A guest whose processors try each other, over a reset that one of them asks for. */
#include "guests/crowd/crowd.h"

#define MARK       ((volatile uint32_t *)0x40300000) /* outside the image: a reset leaves it */
#define MARK_MAGIC 0x7e57ed02U
#define STACK      4096
#define PATIENCE   60 /* seconds of the guest; what is waited for takes a fraction of one */

void crowd_main(void);
void crowd_work(struct processor *self);
void crowd_unexpected(uint64_t esr, uint64_t far, uint64_t elr);

struct processor processors[CPUS_MAX];
uint32_t cpu_count;
static uint8_t stacks[CPUS_MAX][STACK] __attribute__((aligned(16)));

void crowd_unexpected(uint64_t esr, uint64_t far, uint64_t elr)
{
    say("crowd: WRONG: exception; MPIDR, ESR, FAR and ELR");
    say_hex(sysreg_read("mpidr_el1"));
    say_hex(esr);
    say_hex(far);
    say_hex(elr);
    say("\n");
}

struct processor *self_get(void)
{
    return &processors[sysreg_read("mpidr_el1") & (CPUS_MAX - 1)];
}

uint64_t deadline_ticks(void)
{
    return PATIENCE * sysreg_read("cntfrq_el0");
}

void tell(uint32_t cpu, void (*work)(struct processor *self), uint32_t number)
{
    processors[cpu].number = number;
    barrier_dsb();
    if (cpu == self_get()->index) {
        work(&processors[cpu]);
    } else {
        processors[cpu].work = work;
    }
}

bool is_idle(uint32_t cpu)
{
    return processors[cpu].work == 0;
}

bool all_idle(void)
{
    for (uint32_t i = 1; i < cpu_count; i++) {
        if (!is_idle(i)) {
            return false;
        }
    }
    return true;
}

/* The life of a processor: interrupts come in between. */
void crowd_work(struct processor *self)
{
    gic_start_own();
    self->up = true;
    cpu_irq_enable();
    for (;;) {
        void (*work)(struct processor *) = self->work;
        if (work != 0) {
            work(self);
            barrier_dsb();
            self->work = 0;
        }
        pause_long();
    }
}

static void find_processors(void)
{
    while (cpu_count < CPUS_MAX && firmware_call_3(PSCI_AFFINITY_INFO, cpu_count, 0, 0) <= 1) {
        processors[cpu_count].index = cpu_count;
        processors[cpu_count].stack = (uint64_t)stacks[cpu_count] + STACK;
        cpu_count++;
    }
}

static void reset(struct processor *self)
{
    (void)self;
    firmware_call_3(PSCI_RESET, 0, 0, 0);
}

/* The last processor resets all of them, while the others run. */
static void first_boot(void)
{
    *MARK = MARK_MAGIC;
    for (uint32_t i = 1; i < cpu_count; i++) {
        (void)power_on(i);
    }
    say("crowd: resets\n");
    tell(cpu_count - 1, reset, 0);
    (void)within_time(false);
    say("crowd: WRONG: SYSTEM_RESET did nothing\n");
}

void crowd_main(void)
{
    find_processors();
    check("several processors", cpu_count > 1);
    gic_start();
    crowd_circle();
    if (*MARK != MARK_MAGIC) {
        first_boot();
    }
    *MARK = 0;
    cpu_irq_enable();
    crowd_power();
    crowd_interrupts();
    crowd_memory();
    say("crowd: switches itself off\n");
    firmware_call_3(PSCI_OFF, 0, 0, 0);
    say("crowd: WRONG: goes on after its end\n");
}
