/* SPDX-License-Identifier: Apache-2.0 */
/* Cache maintenance that EL0 can do itself, by address. */
#pragma once

#include <stddef.h>

/* Write what is cached of [start, +size) back to memory, for a reader with its caches off. */
void cache_clean(const void *start, size_t size);
