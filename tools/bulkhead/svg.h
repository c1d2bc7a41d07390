/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes and text of a drawing in SVG. All lengths are pixels; texts are escaped here. */
#pragma once

#include <stdio.h>

struct svg_box {
    unsigned x, y, width, height;
};

/* How text looks: classes of the style sheet in svg_open(). */
enum svg_text { SVG_TITLE, SVG_BOLD, SVG_PLAIN, SVG_FAINT, SVG_CENTRE, SVG_CENTRE_BOLD };

void svg_open(FILE *out, unsigned width, unsigned height);
void svg_close(FILE *out);

/* class: of the style sheet. */
void svg_box(FILE *out, const char *class, struct svg_box box);
void svg_line(FILE *out, const char *class, struct svg_box from_by);

/* y is the base line. */
void svg_text(FILE *out, enum svg_text look, unsigned x, unsigned y, const char *text);

/* Marks around a point: "owner", "user", "end", "write", "read". */
void svg_mark(FILE *out, const char *kind, unsigned x, unsigned y);

/* An upper bound of the width of a text, of names and sizes at least. */
unsigned svg_width(const char *text);
