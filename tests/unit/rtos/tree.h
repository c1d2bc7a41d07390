/* SPDX-License-Identifier: Apache-2.0 */
/* Device trees as libfdt writes them; apart, because its names and the RTOS's are alike. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define TREE_START UINT64_C(0x0c000000)

/* A machine with a GIC of this version and moved devices. malloc'ed to its exact size. */
uint8_t *tree_make(unsigned gic_version, size_t *size);
