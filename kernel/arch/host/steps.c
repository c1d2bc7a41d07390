/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how long the kernel has been at work: it is compiled so that every block of its code says
 * that it runs. So what never ends is found without a clock, on a machine of any speed. */
#include "kernel/arch/host/host.h"

#define STEPS_MOST   UINT64_C(20000000)
#define ENTRIES_MOST UINT64_C(2000000)

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    if (++host.steps > STEPS_MOST) {
        host.steps = 0; /* who is told runs code of the kernel, too */
        host_violation("the kernel does not come to an end, blocks of code", STEPS_MOST);
    }
}

void host_steps_begin(void)
{
    host.steps = 0;
    if (++host.entries > ENTRIES_MOST) {
        host_violation("the kernel is entered for ever", ENTRIES_MOST);
    }
}
