/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which virtual interrupt a line drives. */
#include "kernel/obj/line.h"

#include "kernel/cap/cap.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/vcpu_ops.h"

/* The vCPU that a line leads to, if it is there and on this core. */
static status line_end(const struct line *line, struct vcpu **vcpu)
{
    if (line->vcpu.word == 0) {
        return BH_DOWN;
    }
    *vcpu = vcpu_of(thread_of(slot_object(&line->vcpu)));
    return (*vcpu)->thread.cpu == cpu_this() ? BH_OK : BH_OTHER_CORE;
}

status line_set(struct line *line, bool high)
{
    struct vcpu *vcpu = NULL;
    status result = line_end(line, &vcpu);
    if (result == BH_OK) {
        vcpu_line(vcpu, line->interrupt, high);
    }
    return result;
}

status line_pulse(struct line *line)
{
    struct vcpu *vcpu = NULL;
    uint64_t pending[2] = {1, 0}, state = 0;
    status result = line_end(line, &vcpu);
    return result == BH_OK ? vcpu_irq_state(vcpu, line->interrupt, pending, &state) : result;
}

status line_make(struct pool *pool, struct slot *vcpu, uint64_t interrupt, struct object **made)
{
    if (interrupt >= vcpu_of(thread_of(slot_object(vcpu)))->virq_count) {
        return BH_BAD_ARG;
    }
    if (cap_closed(vcpu)) {
        return BH_BUSY;
    }
    uint8_t order = pool_order(sizeof(struct line));
    struct line *line = pool_alloc(pool, order);
    if (!line) {
        return BH_NO_MEMORY;
    }
    cap_put_child(&line->vcpu, NULL, vcpu, cap_terms_of(vcpu));
    line->interrupt = (uint32_t)interrupt;
    pool_adopt(pool, &line->object, BH_LINE, order);
    *made = &line->object;
    return BH_OK;
}
