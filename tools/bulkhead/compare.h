/* SPDX-License-Identifier: Apache-2.0 */
/* Whether cells ran as the plans that start say: a trace against a description. */
#pragma once

#include <stdio.h>

#include "tools/bulkhead/model.h"

struct trace;

/* Writes a table for each plan; false, and sentences, if something is not as described. */
bool compare_system(struct system *system, struct trace *trace, FILE *out);
