/* SPDX-License-Identifier: Apache-2.0 */
/* The report: every byte of RAM, every capability, every interrupt. */
#pragma once

#include <stdio.h>

#include "tools/bulkhead/model.h"

void report_write(struct system *system, FILE *out);

/* report_warden.c: which capabilities the plan leaves the warden. */
void report_warden(struct system *system, FILE *out);

/* report_guest.c: what a VM starts with and how it is interrupted. */
void report_guest(const struct system *system, const struct cell *vm, FILE *out);
