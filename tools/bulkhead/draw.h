/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of a system: cells, what connects them, memory. */
#pragma once

#include <stdio.h>

#include "tools/bulkhead/model.h"
#include "tools/bulkhead/svg.h"

/* SVG. Everything sits on a grid of columns (cells) and lanes (what connects them), so nothing can
 * cover anything else; the same description always gives the same bytes. */
void draw_system(struct system *system, FILE *out);

/* draw_memory.c: who has how much RAM, one row each. */
struct draw_memory {
    struct list shares; /* struct share */
};
struct draw_memory draw_memory_of(struct system *system);
unsigned draw_memory_height(const struct draw_memory *memory);
void draw_memory_rows(struct system *system, const struct draw_memory *memory, FILE *out,
                      struct svg_box place);

/* The class of a cell in the style sheet. */
const char *draw_class(const struct cell *cell);
