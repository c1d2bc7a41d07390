/* SPDX-License-Identifier: Apache-2.0 */
/* Signal: asynchronous notification of a thread, or the driver of a line. */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/obj/object.h"

struct signal {
    struct object object;
    struct slot target; /* THREAD, VCPU or LINE */
};
SLOT_LINKABLE(signal, target);

static_assert(sizeof(struct signal) == 64, "one cache line on the way of an interrupt");

static inline struct signal *signal_of(struct object *object)
{
    return container_of(object, struct signal, object);
}

struct cpu;
struct thread;

/* Set the bits of a capability's badge at its target: DOWN. */
status signal_send(struct signal *signal, uint64_t badge);

/* Set bits of a thread at the end of an entry. */
struct resume signal_arrive(struct cpu *cpu, struct thread *thread, uint64_t bits);
