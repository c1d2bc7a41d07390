/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the firmware calls that the kernel makes (PSCI, DEN 0022). */
#include "barrier.h"
#include "kernel/arch/arch.h"
#include "machine.h"
#include "sysreg.h"

#define PSCI_SYSTEM_OFF   UINT64_C(0x84000008)
#define PSCI_SYSTEM_RESET UINT64_C(0x84000009)

uint64_t firmware_call_smc(uint64_t function);
uint64_t firmware_call_hvc(uint64_t function);

void arch_power(bool reset)
{
    uint64_t function = reset ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF;
    dsb_sy();
    if (machine.smc) {
        (void)firmware_call_smc(function);
    } else {
        (void)firmware_call_hvc(function);
    }
}

bool arch_preempt_pending(void)
{
    return (sysreg_read(isr_el1) & 0xc0) !=
           0; /* I, F: physical ones while HCR_EL2 routes them here */
}

void arch_halt(void)
{
    for (;;) {
        cpu_wait();
    }
}
