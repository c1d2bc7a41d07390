/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which bytes may reach the terminal (ECMA-48, Unicode 3.9 table 3-7), and how far the cursor
 * may go.
 *
 * The cursor. 'column' is where the cursor is, as long as the line is narrower than the terminal.
 * Wider ones wrap, at a width that is not known, and a terminal that holds the cursor in the last
 * column may then be one column further left than counted for each time that text is followed by a
 * step to the left. So each such step raises 'floor' by one: the name in front is never reached. */
#include "cells/console/line.h"

#include "cells/lib/format.h"
#include "cells/lib/string.h"

#define ESC 0x1b

void line_clear(struct line *line)
{
    line->length = 0;
    line->shown = 0;
    line->cut = false;
    line->rewind = false;
    line->painted = false;
    line->column = 0;
    line->edge = 0;
    line->floor = 0;
}

void line_cut(struct line *line)
{
    line->length = 0;
    line->shown = 0;
    line->cut = true;
}

static void append(struct line *line, const char *text, size_t size)
{
    memcpy(line->text + line->length, text, size);
    line->length = (uint16_t)(line->length + size);
}

static void advance(struct line *line, unsigned columns)
{
    line->typed = true;
    if (line->column < UINT16_MAX - LINE_MAX) { /* beyond that, nobody steps back to the start */
        line->column = (uint16_t)(line->column + columns);
    }
    if (line->edge < line->column) {
        line->edge = line->column;
    }
}

/* Characters that each take one column. */
static void append_plain(struct line *line, const char *text, size_t size)
{
    append(line, text, size);
    advance(line, (unsigned)size);
}

static void append_byte(struct line *line, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    char text[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 0xf]};

    append_plain(line, text, sizeof(text));
}

static void step_left(struct line *line, unsigned columns)
{
    char text[16];

    if (line->typed && line->indent + line->edge >= LINE_WIDTH && line->floor < UINT16_MAX) {
        line->floor++;
    }
    line->typed = false;
    if (line->column < line->floor + columns) {
        columns = line->column > line->floor ? (unsigned)(line->column - line->floor) : 0;
    }
    if (columns == 0) {
        return;
    }
    line->column = (uint16_t)(line->column - columns);
    if (columns == 1) {
        append(line, "\b", 1);
    } else {
        append(line, text, format(text, sizeof(text), "\x1b[%uD", columns));
    }
}

static void step_right(struct line *line, unsigned columns)
{
    char text[16];

    if (columns > (unsigned)(line->edge - line->column)) {
        columns = (unsigned)(line->edge - line->column);
    }
    if (columns > 0) {
        line->column = (uint16_t)(line->column + columns);
        append(line, text, format(text, sizeof(text), "\x1b[%uC", columns));
    }
}

/* A carriage return that no newline follows: the line is written anew over the old one. */
static void rewind_line(struct line *line)
{
    bool painted = line->painted;

    line_clear(line);
    line->painted = painted;
    line->rewind = true;
}

static void tab(struct line *line)
{
    append_plain(line, "        ", 8U - line->column % 8U);
}

static void start_utf8(struct line *line, unsigned char byte)
{
    if (byte < 0xc2 || byte > 0xf4) {
        append_byte(line, byte);
        return;
    }
    line->state = LINE_UTF8;
    line->need = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    line->sequence[0] = (char)byte;
    line->count = 1;
}

static void ground(struct line *line, unsigned char byte)
{
    char shown[2] = {'^', (char)(byte ^ 0x40)};

    switch (byte) {
    case '\r':
        line->state = LINE_RETURN;
        break;
    case ESC:
        line->state = LINE_ESCAPE;
        break;
    case '\b':
        step_left(line, 1);
        break;
    case '\t':
        tab(line);
        break;
    case '\a':
        line->bell = true;
        break;
    case '\0':
    case 0x7f:
        break;
    default:
        if (byte >= 0x80) {
            start_utf8(line, byte);
        } else if (byte < ' ') {
            append_plain(line, shown, sizeof(shown));
        } else {
            shown[0] = (char)byte;
            append_plain(line, shown, 1);
        }
    }
}

/* The limits of a second byte. C1 controls (U+0080 to U+009F) are left out: they are control
 * characters to some terminals. */
static bool second_fits(unsigned char first, unsigned char second)
{
    static const struct {
        uint8_t first, low, high;
    } special[] = {{0xc2, 0xa0, 0xbf},
                   {0xe0, 0xa0, 0xbf},
                   {0xed, 0x80, 0x9f},
                   {0xf0, 0x90, 0xbf},
                   {0xf4, 0x80, 0x8f}};

    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        if (first == special[i].first) {
            return second >= special[i].low && second <= special[i].high;
        }
    }
    return (second & 0xc0) == 0x80;
}

/* Its columns are not counted: they may be 0, 1 or 2. */
static void utf8(struct line *line, unsigned char byte)
{
    bool fits = line->count == 1 ? second_fits((unsigned char)line->sequence[0], byte)
                                 : (byte & 0xc0) == 0x80;

    if (!fits) {
        line->state = LINE_GROUND;
        for (unsigned i = 0; i < line->count; i++) {
            append_byte(line, (unsigned char)line->sequence[i]);
        }
        ground(line, byte);
        return;
    }
    line->sequence[line->count++] = (char)byte;
    if (--line->need == 0) {
        line->state = LINE_GROUND;
        append(line, line->sequence, line->count);
        line->typed = true;
    }
}

static void escape(struct line *line, unsigned char byte)
{
    if (byte == '[') {
        line->state = LINE_SEQUENCED;
        line->count = 0;
    } else if (byte >= ' ' && byte <= '/') {
        line->state = LINE_SHORT;
    } else {
        line->state = LINE_GROUND;
        if (byte < ' ' || byte > '~') {
            ground(line, byte);
        }
    }
}

/* The number in a sequence, when it has at most one; -1: it has more, or other bytes. */
static int parameter(const struct line *line, int otherwise)
{
    int value = 0;

    for (unsigned i = 0; i < line->count; i++) {
        char c = line->sequence[i];

        if (c < '0' || c > '9') {
            return -1;
        }
        value = value < 1000 ? value * 10 + c - '0' : value;
    }
    return line->count == 0 ? otherwise : value;
}

/* Sequences that go to the terminal as they are: of numbers and semicolons only. */
static void pass(struct line *line, char final)
{
    for (unsigned i = 0; i < line->count; i++) {
        char c = line->sequence[i];

        if ((c < '0' || c > '9') && c != ';') {
            return;
        }
    }
    append(line, "\x1b[", 2);
    append(line, line->sequence, line->count);
    append(line, &final, 1);
    line->painted |= final == 'm';
}

static void finish_sequence(struct line *line, unsigned char final)
{
    int number = parameter(line, 1);

    switch (final) {
    case 'm':
    case 'P':
    case '@':
    case 'X':
        pass(line, (char) final);
        break;
    case 'J': /* to the right and below only: the name is to the left, and others' text above */
    case 'K':
        if (parameter(line, 0) == 0) {
            pass(line, (char) final);
        }
        break;
    case 'C':
    case 'D':
        if (number >= 0) {
            number = number == 0 ? 1 : number;
            (final == 'C' ? step_right : step_left)(line, (unsigned)number);
        }
        break;
    default:
        break;
    }
}

static void sequence(struct line *line, unsigned char byte)
{
    if (byte < ' ' || byte > '~') {
        line->state = LINE_GROUND;
        ground(line, byte);
    } else if (byte >= '@') {
        line->state = LINE_GROUND;
        if (line->count < LINE_SEQUENCE) {
            finish_sequence(line, byte);
        }
    } else if (line->count < LINE_SEQUENCE) {
        line->sequence[line->count++] = (char)byte;
    }
}

static void step(struct line *line, unsigned char byte)
{
    switch ((enum line_state)line->state) {
    case LINE_GROUND:
        ground(line, byte);
        break;
    case LINE_RETURN:
        if (byte != '\r') {
            line->state = LINE_GROUND;
            rewind_line(line);
            ground(line, byte);
        }
        break;
    case LINE_ESCAPE:
        escape(line, byte);
        break;
    case LINE_SHORT:
        line->state = LINE_GROUND;
        break;
    case LINE_SEQUENCED:
        sequence(line, byte);
        break;
    case LINE_UTF8:
        utf8(line, byte);
        break;
    }
}

/* As many bytes as are plain text and have room: the path of nearly all of them. */
static size_t take_plain(struct line *line, const char *bytes, size_t size)
{
    size_t room = LINE_MAX - LINE_MARGIN - (size_t)line->length;
    char *to = line->text + line->length;
    size_t n = 0;

    size = size < room ? size : room;
    while (n < size && (unsigned char)(bytes[n] - ' ') < 0x7f - ' ') {
        to[n] = bytes[n];
        n++;
    }
    if (n > 0) {
        line->length = (uint16_t)(line->length + n);
        advance(line, (unsigned)n);
    }
    return n;
}

size_t line_take(struct line *line, const char *bytes, size_t size, bool *end)
{
    size_t n = 0;

    *end = false;
    while (n < size && line->length < LINE_MAX - LINE_MARGIN) {
        if (line->state == LINE_GROUND) {
            size_t plain = take_plain(line, bytes + n, size - n);

            if (plain > 0) {
                n += plain;
                continue;
            }
        }
        if (bytes[n] == '\n') {
            *end = true;
            line->state = LINE_GROUND;
            return n + 1;
        }
        step(line, (unsigned char)bytes[n++]);
    }
    return n;
}
