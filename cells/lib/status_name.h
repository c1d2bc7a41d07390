/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes and calls in words. */
#pragma once

#include <stdint.h>

/* "NO_CAP: the slot is empty or outside the table". */
const char *status_name(uint64_t status);

/* "memory_map", or "unknown call". */
const char *call_name(uint64_t number);
