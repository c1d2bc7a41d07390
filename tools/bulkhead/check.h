/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of a description before anything is made from it. */
#pragma once

#include "tools/bulkhead/model.h"

/* The board's ranges and interrupts, and every number that has limits. */
void check_system(struct system *system);
