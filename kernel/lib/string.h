/* SPDX-License-Identifier: Apache-2.0 */
/* Memory functions of a freestanding C implementation, and a fast zero. */
#pragma once

#include <stddef.h>
#include <stdint.h>

void *memset(void *to, int value, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);

/* Zero size bytes at to, up to the next multiple of 64, and 64 at least. */
void words_zero(void *to, size_t size);
