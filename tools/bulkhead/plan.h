/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that build the system: which slot holds what, in which order things are made. */
#pragma once

#include "tools/bulkhead/model.h"

enum call {
#define CALL(number, name, types, rights, arguments, in, results, out, doc) CALL_##name = (number),
#include "abi/calls.def"
};

const char *call_name(uint32_t call);

/* plan_slots.c: gives every object a slot in the warden's table. */
void plan_slots(struct system *system);

/* Writes the calls down, in system->ops, and makes the warden's memory "plan" as large as they
 * are. */
void plan_system(struct system *system);
