/* SPDX-License-Identifier: Apache-2.0 */
/* How the generators of documents turn source tokens into words. */
#pragma once

#include <stdio.h>
#include <string.h>

/* What a generated page says first. */
static inline void text_head(const char *title, const char *source)
{
    printf("# %s\n\n<!-- Generated from %s by `make docs`; do not edit. -->\n\n", title, source);
}

/* Print text; every occurrence of a word of from[] becomes that of to[]. */
static inline void text_replaced(const char *text, const char *from, const char *to)
{
    for (const char *hit; (hit = strstr(text, from)) != NULL; text = hit + strlen(from)) {
        printf("%.*s%s", (int)(hit - text), text, to);
    }
    fputs(text, stdout);
}

/* Text for a cell of a table: a bar would end the cell. */
static inline void text_cell(const char *text)
{
    text_replaced(text, "|", "\\|");
}
