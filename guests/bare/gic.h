/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller of the virt board, version 2 or 3. */
#pragma once

#include <stdint.h>

#define GICD         UINT64_C(0x08000000)
#define GICC         UINT64_C(0x08010000)
#define GIC_SPURIOUS 1020 /* and up */

/* Sets it up with every interrupt off. Returns the version. */
unsigned gic_open(void);

/* Lets a private interrupt (SGI or PPI) through. */
void gic_enable(uint32_t interrupt);

uint32_t gic_acknowledge(void);
void gic_end(uint32_t interrupt);
