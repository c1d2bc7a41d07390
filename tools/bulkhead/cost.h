/* SPDX-License-Identifier: Apache-2.0 */
/* What the plan takes from every pool, and how large pools and tables must be for it. */
#pragma once

#include "tools/bulkhead/model.h"

/* Sizes every table and every pool; faults where the description gives a pool that is too small. */
void cost_system(struct system *system);

/* The root pool, once it is known how many extents there are. */
void cost_root(struct system *system, unsigned extents);
