/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which virtual interrupt a line drives. */
#include "kernel/obj/line.h"

#include "arch_fast.h"
#include "kernel/cap/cap.h"
#include "kernel/lib/atomic.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/vcpu_ops.h"

/* Only on the core of the vCPU. */
static void line_apply(const struct line *line, struct vcpu *vcpu, unsigned wish)
{
    if (wish & LINE_PULSE) {
        vcpu_pulse(vcpu, line->interrupt);
    }
    if (wish & LINE_ROSE) {
        vcpu_line(vcpu, line->interrupt, true);
    }
    if ((wish & LINE_SET) && !(wish & LINE_HIGH)) {
        vcpu_line(vcpu, line->interrupt, false);
    }
}

status line_do(struct line *line, unsigned wish)
{
    struct object *object = slot_object(&line->vcpu);
    if (!object) {
        return BH_DOWN;
    }
    struct cpu *home = atomic_read_acquire(&thread_of(object)->cpu);
    if (unlikely(home != cpu_this())) {
        mail_line(line, home, wish);
    } else {
        line_apply(line, vcpu_of(thread_of(object)), wish);
    }
    return BH_OK;
}

void line_arrive(struct line *line)
{
    (void)line_do(line, atomic_take(&line->wish, 0)); /* on to its vCPU, if that has moved */
}
