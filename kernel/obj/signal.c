/* SPDX-License-Identifier: Apache-2.0 */
/* Knows where a signal's bits go. */
#include "kernel/obj/signal.h"

#include "arch_fast.h"
#include "kernel/core/event.h"
#include "kernel/obj/line.h"

status signal_thread(struct thread *thread, uint64_t bits)
{
    if (unlikely(thread->cpu != cpu_this())) {
        mail_note(thread, bits);
        return BH_OK;
    }
    return event_signal(thread, bits);
}

status signal_send(struct signal *signal, uint64_t badge)
{
    struct object *target = slot_object(&signal->target);
    if (unlikely(!target)) {
        return BH_DOWN;
    }
    if (unlikely(target->type == BH_LINE)) {
        return line_do(line_of(target), LINE_PULSE);
    }
    return signal_thread(thread_of(target), badge ? badge : 1);
}
