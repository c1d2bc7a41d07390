/* SPDX-License-Identifier: Apache-2.0 */
/* What kernel functions return: an ABI status, or that the call must be made again. */
#pragma once

#include "kernel/lib/types.h"

/* A bh_status, or STATUS_AGAIN: a preemption point was reached, the caller's instruction is
 * executed again after whoever waits has run. Never seen outside the kernel. */
typedef uint32_t status;
#define STATUS_AGAIN ((status)BH_STATUS_COUNT)
/* Another core has to go on: cpu_this()->where. */
#define STATUS_MOVE ((status)BH_STATUS_COUNT + 1)
