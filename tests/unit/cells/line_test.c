/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes of a client reach the terminal, and that the cursor never leaves what it wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells/console/line.h"

static struct line line;

/* What becomes of a text that ends no line. */
static const char *filter(const char *text)
{
    bool end;

    memset(&line, 0, sizeof(line));
    assert_int_equal(line_take(&line, text, strlen(text), &end), strlen(text));
    assert_false(end);
    line.text[line.length] = '\0';
    return line.text;
}

static void test_text(void **state)
{
    (void)state;
    assert_string_equal(filter("plain ~text"), "plain ~text");
    assert_string_equal(filter("a\tb"), "a       b");
    assert_string_equal(filter("12345678\tb"), "12345678        b");
    assert_string_equal(filter("\x01\x1f\x7f!"), "^A^_!");
    assert_string_equal(filter("a\ab"), "ab");
    assert_true(line.bell);
}

static void test_utf8(void **state)
{
    (void)state;
    assert_string_equal(filter("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
                        "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    assert_string_equal(filter("\x9b"
                               "2J"),
                        "\\x9b2J");
    assert_string_equal(filter("\xc2\x9b!"), "\\xc2\\x9b!");        /* C1 */
    assert_string_equal(filter("\xc0\xaf"), "\\xc0\\xaf");          /* overlong */
    assert_string_equal(filter("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf"); /* overlong */
    assert_string_equal(filter("\xed\xa0\x80"), "\\xed\\xa0\\x80"); /* surrogate */
    assert_string_equal(filter("\xf4\x90!"), "\\xf4\\x90!");        /* above U+10FFFF */
    assert_string_equal(filter("\xe2\x82\x1b[2J!"), "\\xe2\\x82!"); /* cut short */
    assert_string_equal(filter("\xf5\xff"), "\\xf5\\xff");
}

static void test_newline_ends(void **state)
{
    bool end;

    (void)state;
    memset(&line, 0, sizeof(line));
    assert_int_equal(line_take(&line, "ab\r\ncd", 6, &end), 4);
    assert_true(end);
    assert_memory_equal(line.text, "ab", 2);
    assert_int_equal(line.length, 2);
    line_clear(&line);
    assert_int_equal(line_take(&line, "x\x1b[3\ny", 6, &end), 5); /* inside a sequence, too */
    assert_true(end);
    assert_int_equal(line.state, LINE_GROUND);
}

static void test_carriage_return(void **state)
{
    (void)state;
    assert_string_equal(filter("10%\r20%"), "20%");
    assert_true(line.rewind);
    assert_int_equal(line.column, 3);
}

static void test_sequences(void **state)
{
    (void)state;
    assert_string_equal(filter("\x1b[1;32mok\x1b[0m"), "\x1b[1;32mok\x1b[0m");
    assert_true(line.painted);
    assert_string_equal(filter("\x1b[K\x1b[J\x1b[0J\x1b[4P\x1b[@"),
                        "\x1b[K\x1b[J\x1b[0J\x1b[4P\x1b[@");
    /* Erasing what is not its own, moving about, reports, modes, strings, resets: left out. */
    assert_string_equal(
        filter("\x1b[2J\x1b[1K\x1b[2K\x1b[1J\x1b[H\x1b[3A\x1b[9;9H\x1b[6n\x1b[?25l"), "");
    assert_string_equal(filter("\x1b"
                               "c\x1b"
                               "7\x1b(B\x1b"
                               "D!"),
                        "!");
    assert_string_equal(filter("\x1b]0;title\a!"), "0;title!");
    assert_string_equal(filter("\x1b[>1m\x1b[1 m\x1b[:m!"), "!");
    assert_string_equal(filter("\x1b[0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0m!"),
                        "!");
}

static void test_cursor_stays(void **state)
{
    (void)state;
    assert_string_equal(filter("\b\x1b[D"), "");
    assert_string_equal(filter("ab\b\b\bc"), "ab\b\bc");
    assert_string_equal(filter("abc\x1b[99D"), "abc\x1b[3D");
    assert_int_equal(line.column, 0);
    assert_string_equal(filter("abc\x1b[2D\x1b[99C"), "abc\x1b[2D\x1b[2C");
    assert_string_equal(filter("abc\x1b[C"), "abc");
    assert_string_equal(filter("\xc3\xa4\b"), "\xc3\xa4"); /* how wide is it? */
}

/* In a line that may have wrapped, the way back becomes shorter by one for each time that text came
 * in between, not for each step. */
static void test_many_steps_back(void **state)
{
    char text[LINE_WIDTH + 12], steps[LINE_WIDTH + 11];
    bool end;

    (void)state;
    memset(text, 'x', sizeof(text));
    memset(steps, '\b', sizeof(steps));
    memset(&line, 0, sizeof(line));
    (void)line_take(&line, text, sizeof(text), &end);
    (void)line_take(&line, steps, sizeof(steps), &end);
    assert_int_equal(line.column, 1);
    assert_int_equal(line.floor, 1);
}

/* A terminal of the given width as most are: text wraps, and after its last column the cursor waits
 * there. Returns false if anything is written to the left of the line's first column in the
 * line's first row. */
static bool stays_behind_name(unsigned width, unsigned indent)
{
    unsigned row = 0, column = indent;
    bool waits = false;

    for (size_t i = 0; i < line.length; i++) {
        if (line.text[i] == '\b' || line.text[i] == '\x1b') {
            unsigned n = 1;
            char direction = 'D';

            if (line.text[i] == '\x1b') {
                char *end;
                n = (unsigned)strtoul(line.text + i + 2, &end, 10);
                direction = *end;
                i = (size_t)(end - line.text);
            }
            waits = false;
            column = direction == 'D' ? column - (n < column ? n : column)
                                      : (column + n < width ? column + n : width - 1);
        } else {
            if (waits) {
                row++;
                column = 0;
                waits = false;
            }
            if (row == 0 && column < indent) {
                return false;
            }
            waits = column == width - 1;
            column += !waits;
        }
    }
    return true;
}

static void test_name_is_safe_at_any_width(void **state)
{
    (void)state;
    srand(1);
    for (unsigned round = 0; round < 20000; round++) {
        unsigned width = LINE_WIDTH + (unsigned)rand() % 60;
        char text[64];
        bool end;

        memset(&line, 0, sizeof(line));
        line.indent = 7;
        while (line.length < LINE_MAX - LINE_MARGIN) {
            size_t size = (size_t)(1 + rand() % 60);

            memset(text, 'x', size);
            for (int n = rand() % 3; n > 0; n--) {
                memcpy(text + (size_t)rand() % size, rand() % 2 ? "\b" : "\b\b", 1);
            }
            if (rand() % 2) {
                memcpy(text, rand() % 2 ? "\x1b[200D" : "\x1b[100C", 6);
            }
            (void)line_take(&line, text, size < 6 ? 6 : size, &end);
        }
        assert_true(stays_behind_name(width, line.indent));
    }
}

static void test_anything_fits(void **state)
{
    (void)state;
    srand(2);
    memset(&line, 0, sizeof(line));
    for (unsigned i = 0; i < 200000; i++) {
        static const char favourites[] = "\x1b[;0123456789CDmJK\b\t\r\xc3\xe2\xf0\x9f\x80";
        char byte =
            rand() % 4 ? favourites[(size_t)rand() % (sizeof(favourites) - 1)] : (char)rand();
        bool end;

        if (line_take(&line, &byte, 1, &end) == 0) {
            line_cut(&line);
        }
        assert_in_range(line.length, 0, LINE_MAX);
        assert_true(line.column <= line.edge);
        if (end) {
            line_clear(&line);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_newline_ends),
        cmocka_unit_test(test_carriage_return),
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_cursor_stays),
        cmocka_unit_test(test_many_steps_back),
        cmocka_unit_test(test_name_is_safe_at_any_width),
        cmocka_unit_test(test_anything_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
