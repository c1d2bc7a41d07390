/* SPDX-License-Identifier: Apache-2.0 */
/* The only place where the plan meets the kernel. */
#include "cells/lib/call.h"
#include "cells/warden/plan.h"

enum bh_status plan_make(const struct plan_op *op)
{
    return bh_call_number(op->call, op->cap, op->args);
}
