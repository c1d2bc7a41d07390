/* SPDX-License-Identifier: Apache-2.0 */
/* The report: every byte of RAM, every capability, every interrupt. */
#pragma once

#include <stdio.h>

#include "tools/bulkhead/model.h"

void report_write(struct system *system, FILE *out);
