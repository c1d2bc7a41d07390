/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a run begins in which chains shall grow long: with servers that wait at endpoints. */
#include <string.h>

#include "proofs/model/diff/diff.h"

#define SERVERS 10
#define VM_SLOT (SLOT_FREE + 3 * SERVERS)

enum stage {
    MAKE_SERVER,
    MAKE_BUDGET,
    MAKE_ENDPOINT,
    BIND_BUDGET,
    BIND_ENDPOINT,
    RESUME,
    WAIT,
    STAGES
};

static void call(struct op *op, uint64_t number, uint64_t cap, const uint64_t arguments[5])
{
    *op = (struct op){.kind = OP_CALL};
    memcpy(op->x, arguments, 5 * sizeof op->x[0]);
    op->x[8] = number;
    op->x[9] = cap;
}

#define STEP(number, cap, ...) call(op, number, cap, (const uint64_t[5]){__VA_ARGS__})

static void stage_call(struct op *op, enum stage stage, uint64_t slot, bool guest)
{
    switch (stage) {
    case MAKE_SERVER:
        if (guest) {
            STEP(CALL_pool_create, WARDEN_POOL, BH_VCPU, slot, VM_SLOT, 32);
        } else {
            STEP(CALL_pool_create, WARDEN_POOL, BH_THREAD, slot, WARDEN_CELL);
        }
        break;
    case MAKE_BUDGET:
        STEP(CALL_pool_create, WARDEN_POOL, BH_BUDGET, slot + 1, WARDEN_CORE, MACHINE_PRIORITY + 1);
        break;
    case MAKE_ENDPOINT:
        STEP(CALL_pool_create, WARDEN_POOL, BH_ENDPOINT, slot + 2);
        break;
    case BIND_BUDGET:
        STEP(CALL_thread_budget, slot, slot + 1);
        break;
    case BIND_ENDPOINT:
        STEP(CALL_endpoint_bind, slot + 2, slot);
        break;
    case RESUME:
        STEP(CALL_thread_resume, slot, 0);
        break;
    case WAIT: /* the new thread itself: it is more urgent than the warden */
    case STAGES:
        STEP(CALL_reply_wait, BH_WAIT_ONLY, 0);
        break;
    }
}

bool diff_recipe(struct diff *d, struct op *op)
{
    unsigned step = d->step++;
    if (step == 0) {
        STEP(CALL_pool_create, WARDEN_POOL, BH_CELL, VM_SLOT, 16, 1);
        return true;
    }
    unsigned server = (step - 1) / STAGES;
    if (server >= SERVERS) {
        d->step--;
        return false;
    }
    stage_call(op, (enum stage)((step - 1) % STAGES), SLOT_FREE + 3 * server,
               d->guests && server % 2);
    return true;
}
