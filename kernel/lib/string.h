/* SPDX-License-Identifier: Apache-2.0 */
/* Memory functions of a freestanding C implementation, and a fast zero. */
#pragma once

#include <stddef.h>
#include <stdint.h>

void *memset(void *to, int value, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);

/* Zero size bytes at to; both multiples of 64. */
void words_zero(void *to, size_t size);
