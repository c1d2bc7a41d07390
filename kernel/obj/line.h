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

/* Drive the line, or make the interrupt pending once, whatever its trigger: enum line_wish. DOWN if
 * the vCPU is gone. */
status line_do(struct line *line, unsigned wish);

/* What other cores wanted is done. */
void line_arrive(struct line *line);
