/* SPDX-License-Identifier: Apache-2.0 */
/* Line: the sending side of one virtual interrupt of a vCPU. */
#pragma once

#include "kernel/core/mail.h"
#include "kernel/lib/status.h"
#include "kernel/obj/object.h"

struct line {
    struct object object;
    struct slot vcpu;
    uint32_t interrupt;
    uint8_t wish;     /* enum line_wish bits: what other cores want of it */
    struct cpu *at;   /* where mail was posted to last */
    struct mail mail; /* posted while there is a wish */
};
SLOT_LINKABLE(line, vcpu);

static inline struct line *line_of(struct object *object)
{
    return container_of(object, struct line, object);
}

/* Drive the line; DOWN if the vCPU is gone, CORE if it is on another core. */
status line_set(struct line *line, bool high);

/* Make the interrupt pending once, whatever its trigger: as line_set. */
status line_pulse(struct line *line);

/* pool_create of a LINE. */
/* What other cores wanted is done. */
void line_arrive(struct line *line);

status line_make(struct pool *pool, struct slot *vcpu, uint64_t interrupt, struct object **made);
