/* SPDX-License-Identifier: Apache-2.0 */
/* What happens when an interrupt comes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Have this called, at EL1h and with interrupts masked, and enable the interrupt. False: too many.
 * entry: the counter at the vector's first instructions. */
__attribute__((warn_unused_result)) bool interrupt_attach(uint32_t interrupt,
                                                          void (*handler)(uint64_t entry));
