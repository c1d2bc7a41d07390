/* SPDX-License-Identifier: Apache-2.0 */
/* The names of object types and rights, from abi/objects.def. */
#pragma once

#include "abi/types.h"
#include "tools/bulkhead/arena.h"

const char *type_name(enum bh_type type);

/* The bit of a right of this type, 0 if it has none of this name. "destroy" and "all" are rights
 * of every type. */
uint8_t right_find(enum bh_type type, const char *name);

/* "send, grant". */
const char *rights_text(struct arena *arena, enum bh_type type, uint8_t rights);
