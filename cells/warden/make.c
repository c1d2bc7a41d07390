/* SPDX-License-Identifier: Apache-2.0 */
/* The only place where the plan meets the kernel. */
#include "abi/boot.h"
#include "cells/lib/call.h"
#include "cells/warden/plan.h"

enum bh_status plan_make(const struct plan_op *op)
{
    if (op->call == PLAN_WRITE) {
        *(volatile uint64_t *)(uintptr_t)op->args[0] = op->args[1];
        return BH_OK;
    }
    return bh_call_number(op->call, op->cap, op->args);
}

uint64_t plan_pc(uint32_t thread)
{
    uint64_t registers[6];

    return bh_thread_read(thread, BH_REG_PC, registers) == BH_OK ? registers[0] : 0;
}

uint64_t plan_pool_free(void)
{
    uint64_t info[4];

    return bh_pool_info(WARDEN_POOL, info) == BH_OK ? info[1] : 0;
}
