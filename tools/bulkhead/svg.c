/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes and text of a drawing in SVG 1.1, with one style sheet. */
#include "tools/bulkhead/svg.h"

#include <string.h>

#define CHARACTER_TENTHS 68 /* of the widest usual letters of a 12-pixel sans serif, on average */

static const char style[] =
    "text{font-family:'DejaVu Sans',Verdana,Arial,sans-serif;font-size:11px;fill:#222}"
    ".title{font-size:16px;font-weight:bold}.bold{font-weight:bold}.faint{fill:#666}"
    ".centre,.centre-bold{text-anchor:middle}.centre-bold{font-weight:bold;font-size:12px}"
    "rect{stroke-width:1.2}.native{fill:#dbe9f6;stroke:#4a7ab0}.driver{fill:#fde6cc;stroke:#c8792b}"
    ".vmm{fill:#e8dff5;stroke:#7d5ab5}.vm{fill:#dcf0dc;stroke:#4d9a4d}"
    ".warden,.kernel,.board{fill:#e6e6e6;stroke:#777}.shared{fill:#fff3b8;stroke:#b39a2c}"
    ".spare{fill:#fff;stroke:#bbb}.band{fill:#f5f5f7;stroke:none}.paper{fill:#fff;stroke:none}"
    ".pair{fill:none;stroke:#4d9a4d;stroke-dasharray:5 3}"
    "line{stroke-width:1.2}.drop{stroke:#b8b8b8}.lane{stroke:#444;stroke-width:1.6}"
    ".owner{fill:#222;stroke:#222}.user,.read{fill:#fff;stroke:#222;stroke-width:1.6}"
    ".run{fill:#4a7ab0;stroke:none}.lent{fill:#a9c7e6;stroke:none}"
    ".alarm{stroke:#c0392b;stroke-width:2}.note{stroke:#4d9a4d}"
    ".end,.write{fill:#c8792b;stroke:#7a4a1a}";

static const char *const looks[] = {
    [SVG_TITLE] = "title", [SVG_BOLD] = "bold",     [SVG_PLAIN] = "plain",
    [SVG_FAINT] = "faint", [SVG_CENTRE] = "centre", [SVG_CENTRE_BOLD] = "centre-bold",
};

void svg_open(FILE *out, unsigned width, unsigned height)
{
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
            "viewBox=\"0 0 %u %u\">\n<style>%s</style>\n",
            width, height, width, height, style);
    svg_box(out, "paper", (struct svg_box){0, 0, width, height});
}

void svg_close(FILE *out)
{
    fprintf(out, "</svg>\n");
}

void svg_box(FILE *out, const char *class, struct svg_box box)
{
    fprintf(out, "<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"/>\n", class,
            box.x, box.y, box.width, box.height);
}

void svg_line(FILE *out, const char *class, struct svg_box from_by)
{
    fprintf(out, "<line class=\"%s\" x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\"/>\n", class, from_by.x,
            from_by.y, from_by.x + from_by.width, from_by.y + from_by.height);
}

static void escape(FILE *out, const char *text)
{
    for (; *text != 0; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        default:
            fputc((unsigned char)*text < ' ' || (unsigned char)*text > '~' ? '?' : *text, out);
            break;
        }
    }
}

void svg_text(FILE *out, enum svg_text look, unsigned x, unsigned y, const char *text)
{
    if (*text == 0) {
        return;
    }
    fprintf(out, "<text class=\"%s\" x=\"%u\" y=\"%u\">", looks[look], x, y);
    escape(out, text);
    fprintf(out, "</text>\n");
}

void svg_mark(FILE *out, const char *kind, unsigned x, unsigned y)
{
    if (strcmp(kind, "owner") == 0) {
        svg_box(out, kind, (struct svg_box){x - 5, y - 5, 10, 10});
    } else if (strcmp(kind, "user") == 0) {
        fprintf(out, "<path class=\"%s\" d=\"M%u %u l6 10 h-12 z\"/>\n", kind, x, y - 5);
    } else {
        fprintf(out, "<circle class=\"%s\" cx=\"%u\" cy=\"%u\" r=\"5\"/>\n", kind, x, y);
    }
}

unsigned svg_width(const char *text)
{
    return ((unsigned)strlen(text) * CHARACTER_TENTHS + 9) / 10;
}
