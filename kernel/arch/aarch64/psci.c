/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the firmware calls that the kernel makes (PSCI, DEN 0022). */
#include "barrier.h"
#include "kernel/arch/arch.h"
#include "kernel/lib/log.h"
#include "machine.h"
#include "sysreg.h"

#define PSCI_CPU_OFF      UINT64_C(0x84000002)
#define PSCI_CPU_ON       UINT64_C(0xc4000003)
#define PSCI_SYSTEM_OFF   UINT64_C(0x84000008)
#define PSCI_SYSTEM_RESET UINT64_C(0x84000009)
#define PSCI_SUCCESS      0
#define PSCI_ALREADY_ON   (-4)
#define PSCI_ON_PENDING   (-5)

uint64_t firmware_call_smc(uint64_t function, uint64_t a, uint64_t b, uint64_t c);
uint64_t firmware_call_hvc(uint64_t function, uint64_t a, uint64_t b, uint64_t c);
extern char core_entry[];

/* Returns what firmware says: 0 or a negative number. */
static int32_t firmware(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    dsb_sy();
    return (int32_t)(machine.smc ? firmware_call_smc(function, a, b, c)
                                 : firmware_call_hvc(function, a, b, c));
}

void arch_power(bool reset)
{
    (void)firmware(reset ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF, 0, 0, 0);
}

status arch_cpu_on(struct cpu *cpu)
{
    int32_t answer = firmware(PSCI_CPU_ON, cpu->arch.mpidr, (uintptr_t)core_entry, (uintptr_t)cpu);
    if (answer == PSCI_ALREADY_ON || answer == PSCI_ON_PENDING) {
        return BH_BUSY;
    }
    if (answer == PSCI_SUCCESS) {
        return BH_OK;
    }
    log_values("bh: core # stays off: PSCI CPU_ON answers -#; correct the board's cores or psci\n",
               (uint64_t[]){cpu->id, (uint64_t) - (int64_t)answer});
    return BH_DOWN;
}

/* Firmware that refuses leaves a core that does nothing. */
void arch_cpu_off(void)
{
    arch_timer_set(0);
    (void)firmware(PSCI_CPU_OFF, 0, 0, 0);
    arch_halt();
}

bool arch_preempt_pending(void)
{
    /* I, F: physical ones while HCR_EL2 routes them here */
    return (sysreg_read(isr_el1) & 0xc0) != 0;
}

void arch_halt(void)
{
    /* bound: the end: panic, or a core that is off */
    for (;;) {
        cpu_wait();
    }
}
