/* SPDX-License-Identifier: Apache-2.0 */
/* How two values are compared, and how a difference is told. */
#pragma once

#include "proofs/model/diff/diff.h"

#define SAME(what, number, kernel, model)                                            \
    do {                                                                             \
        uint64_t kernel_value = (uint64_t)(kernel), model_value = (uint64_t)(model); \
        if (kernel_value != model_value) {                                           \
            return diff_say(d, what, (uint64_t)(number), kernel_value, model_value); \
        }                                                                            \
    } while (0)

/* The kernel's thread_state of a model_state. */
unsigned same_state(unsigned state);
