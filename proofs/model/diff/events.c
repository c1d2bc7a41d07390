/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses what happens when nobody makes a call: time, interrupts, faults, exits, accesses. */
#include "proofs/model/diff/pick.h"

bool diff_is_first(const struct diff *d, const struct model_thread *t)
{
    return t > d->model.threads && t <= &d->model.threads[d->model.sizes.cores];
}

struct op diff_idle(struct diff *d)
{
    struct op op = {.kind = OP_TIME};
    op.x[0] = 1 + diff_random(d, 100);
    if (diff_random(d, 3) == 0) {
        op.kind = OP_INTERRUPT;
        op.x[0] = machine_irqs[diff_random(d, MACHINE_IRQS)].intid;
    }
    return op;
}

static struct op choose_guest(struct diff *d, const struct model_thread *t)
{
    struct op op = {.kind = OP_GUEST};
    if (model_bound(&d->model, t->object, ROLE_PAGE) && diff_random(d, 3)) {
        op.kind = OP_POST;
        op.x[0] = 97 + diff_random(d, 7);
        op.x[1] = 97 + diff_random(d, 7);
        return op;
    }
    switch (diff_random(d, 4)) {
    case 0:
        op.kind = OP_SLEEP;
        op.x[0] = diff_random(d, 3) ? d->model.now + diff_random(d, 200) : 0;
        break;
    case 1:
        op.kind = OP_EXIT;
        for (unsigned i = 0; i < 8; i++) {
            op.x[i] = diff_random(d, 1000);
        }
        op.x[8] = diff_random(d, 40);
        op.x[9] = diff_random(d, 2) ? d->model.now + diff_random(d, 200) : 0;
        break;
    case 2:
        op.x[1] = 1 + diff_random(d, t->virq_count);
        break;
    default:
        break;
    }
    return op;
}

/* An address that is mapped, if there is one, or any. */
static uint64_t choose_address(struct diff *d, const struct model_thread *t)
{
    uint64_t start = diff_random(d, diff_random(d, 3) ? 32 : MODEL_LEAVES);
    for (unsigned i = 0; i < MODEL_LEAVES && diff_random(d, 20000); i++) {
        const struct model_leaf *l = &d->model.leaves[(start + i) % MODEL_LEAVES];
        if (l->cell == t->cell) {
            return l->ipa + (l->size > 4096 ? diff_random(d, 3) * 4096 : 0);
        }
    }
    return diff_random(d, 40) * 4096;
}

struct op diff_event(struct diff *d, const struct model_thread *t)
{
    struct op op = {.kind = OP_FAULT};
    uint64_t luck = diff_random(d, 10);
    if (luck < 2) {
        return diff_idle(d);
    }
    if (t->vcpu && luck < 7) {
        return choose_guest(d, t);
    }
    if (luck < 5) {
        op.kind = OP_TOUCH;
        op.x[0] = choose_address(d, t);
        op.x[1] = diff_random(d, UINT32_MAX);
    } else if (luck < 7) {
        op.kind = OP_FLOAT;
        op.x[0] = diff_random(d, 1000000);
    } else if (diff_is_first(d, t) && diff_random(d, 200)) {
        return diff_idle(d); /* nobody may be there to let the warden go on after a fault */
    } else {
        for (unsigned i = 0; i < 8; i++) {
            op.x[i] = diff_random(d, 1000);
        }
    }
    return op;
}

/* Some time passes, or the thread yields: its budget is used in small pieces. */
struct op diff_timed(struct diff *d)
{
    struct op op = {.kind = OP_TIME};
    op.x[0] = 1 + diff_random(d, 40);
    if (diff_random(d, 3) == 0) {
        op.kind = OP_CALL;
        op.x[8] = CALL_yield;
    }
    return op;
}
