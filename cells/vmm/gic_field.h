/* SPDX-License-Identifier: Apache-2.0 */
/* The GIC's registers with one field per interrupt: GICD and GICR share their layout. */
#pragma once

#include "cells/vmm/gic.h"

/* What the quick case is not to save registers for. */
#define NOINLINE __attribute__((noinline))

/* A range of interrupts that one frame shows: the others read as zero and ignore writes. */
struct gic_span {
    uint32_t first;
    uint32_t end;
};

/* True if offset is in such a register; then *value is what it reads. */
bool gic_field_read(struct gic *gic, struct gic_span span, uint64_t offset, unsigned size,
                    uint64_t *value);

/* The same for a write; nothing if offset is in no such register. */
void gic_field_write(struct gic *gic, struct gic_span span, uint64_t offset, unsigned size,
                     uint64_t value);

#define GIC_SENDERS 8 /* BH_VIRQ_SENDERS, from this bit on */

/* Others than the vmm may raise it: it stays at processor 0, and its route is read-only. */
bool gic_is_fixed(const struct gic *gic, uint32_t irq);

/* Tell the kernel the settings of an interrupt if they differ from what it was told. */
void gic_tell(struct gic *gic, uint32_t irq);
