/* SPDX-License-Identifier: Apache-2.0 */
/* A fault in words: what happened, where, why probably, and what to do about it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi/types.h"

/* One report. Texts are constants, but what, which is written. */
struct fault_report {
    char what
        [160]; /* "write to 0x10, which is not mapped (data abort, translation fault, level 3)" */
    const char *likely; /* most common cause of such a fault */
    const char *cure;   /* what to look at or to change */
};

/* vm: the fault is of a vCPU. */
void fault_words(struct fault_report *report, const struct bh_fault_words *fault, bool vm);

/* Exception class (Arm ARM D17.2.37, ESR_ELx.EC) and fault status code of a syndrome, in words. */
const char *fault_class_name(uint64_t syndrome);
const char *fault_status_name(uint64_t syndrome);
