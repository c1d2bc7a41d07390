/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's board: which device answers for an address, and how wide it is. */
#pragma once

#include "cells/vmm/vmm.h"

/* A load or store of 1, 2, 4 or 8 bytes at a guest-physical address, also a misaligned one; value
 * has no more. False: nothing answers there. */
bool platform_read(struct vmm *vmm, uint64_t address, unsigned size, uint64_t *value);
bool platform_write(struct vmm *vmm, uint64_t address, unsigned size, uint64_t value);

/* Every device as after power-on. */
void platform_reset(struct vmm *vmm);
