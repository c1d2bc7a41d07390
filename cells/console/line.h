/* SPDX-License-Identifier: Apache-2.0 */
/* The line that a client is writing: its bytes, filtered so that they cannot leave the line.
 *
 * What passes: printable ASCII, well-formed UTF-8, backspace and the sequences that line editors
 * use (colours, erase, insert, delete, left and right), which move only over what the line has
 * written itself. Tabs become spaces; other escape sequences are left out; other control characters
 * are shown as ^X, other bytes as \x9b. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_MAX      256 /* bytes that can be shown again */
#define LINE_SEQUENCE 40  /* of an escape sequence; longer ones are left out */
#define LINE_MARGIN   48  /* at least as much as one byte of input can add */
#define LINE_WIDTH    80  /* of the terminal, at least, with the name in front */

enum line_state {
    LINE_GROUND,
    LINE_RETURN,    /* after a carriage return, which may belong to a newline */
    LINE_ESCAPE,    /* after ESC */
    LINE_SHORT,     /* after ESC and an intermediate byte */
    LINE_SEQUENCED, /* after ESC [ */
    LINE_UTF8       /* inside a character */
};

struct line {
    char text[LINE_MAX];
    uint16_t length;
    uint16_t shown;  /* of text: was on the terminal */
    bool cut;        /* text that was shown before this one is not kept any more */
    bool rewind;     /* the cursor belongs at the start of the line */
    bool bell;       /* a bell was asked for */
    bool typed;      /* text came after the last step to the left */
    bool painted;    /* colours or attributes may be set */
    uint8_t indent;  /* columns that the name takes */
    uint16_t column; /* of the cursor, behind the name */
    uint16_t edge;   /* the furthest column that it had */
    uint16_t floor;  /* the column that it may go back to */
    uint8_t state;   /* enum line_state */
    uint8_t count;   /* bytes of sequence */
    uint8_t need;    /* bytes that the UTF-8 character still lacks */
    char sequence[LINE_SEQUENCE];
};

/* An empty line with nothing on the terminal. What was begun (a sequence, a character) goes on. */
void line_clear(struct line *line);

/* Takes bytes up to and with a newline (*end is then true), or until the line is nearly full.
 * Returns how many. A full line must be shown and cut before it takes more. */
size_t line_take(struct line *line, const char *bytes, size_t size, bool *end);

/* Forgets the text, which has been shown; the cursor stays where it is. */
void line_cut(struct line *line);
