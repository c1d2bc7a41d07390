/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the fast paths that are C: what follows where fast.S has found all as usual. */
#include "exception.h"
#include "kernel/arch/arch.h"
#include "kernel/sched/sched.h"

struct resume reply_resume(struct thread *current, struct cpu *cpu);

/* reply_wait with RESUME to a fault or exit; the server then waits plainly, as fast.S has seen. */
struct resume reply_resume(struct thread *current, struct cpu *cpu)
{
    struct thread *caller = current->caller;
    if (likely(caller->awaits == BH_EVENT_EXIT)) {
        exit_complete(vcpu_of(caller), current->frame.x);
    }
    caller->state = THREAD_READY;
    caller->recv_slot = 0;
    current->caller = NULL;
    current->depth = 0;
    current->state = THREAD_WAITING;
    current->receptive = cpu;
    cpu->current = caller;
    return arch_enter(caller, caller->frame.x, cpu);
}
