/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller, GICv2 or GICv3, as one processor uses it. */
#pragma once

#include <stdint.h>

#include "guests/rtos/board.h"

#define GIC_SPURIOUS 1020 /* this and above: nothing to handle */

void gic_open(const struct board *board);

/* Level-sensitive, all of one priority: handlers do not nest. */
void gic_enable(uint32_t interrupt);

uint32_t gic_acknowledge(void);
void gic_end(uint32_t interrupt);
