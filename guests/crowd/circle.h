/* SPDX-License-Identifier: Apache-2.0 */
/* What the processors that go round for ever tell whoever watches them: memory "circle". */
#pragma once

#include <stdint.h>

struct circle {
    volatile uint64_t rounds; /* of all kinds of interrupts, each of which came exactly once */
    volatile uint64_t wrong;  /* more came than were sent, or a register is not what it was */
};
