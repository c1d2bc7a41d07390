/* SPDX-License-Identifier: Apache-2.0 */
/* How a device tree becomes the model: every node and property that a description may have. */
#pragma once

#include "tools/bulkhead/model.h"

/* Fills what is "said" in system. fdt is size bytes from anywhere: it is checked first. It must
 * stay where it is as long as the system is used. */
void read_system(struct system *system, const void *fdt, size_t size);
