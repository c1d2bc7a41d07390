/* SPDX-License-Identifier: Apache-2.0 */
/* From a description to a system in which everything has its place. */
#pragma once

#include "tools/bulkhead/file.h"
#include "tools/bulkhead/model.h"

/* The source that system->options name, or the device tree that was made of it. True: no fault. */
bool compile_source(struct system *system);
bool compile_tree(struct system *system, struct bytes tree);
