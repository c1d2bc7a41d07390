/* SPDX-License-Identifier: Apache-2.0 */
/* The console's lines: prefixes, pieces, interleaving, control characters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cells/console/lines.h"

static char terminal[4096];
static size_t terminal_length;

static void put(void *context, char c)
{
    (void)context;
    assert_true(terminal_length < sizeof(terminal) - 1);
    terminal[terminal_length++] = c;
    terminal[terminal_length] = '\0';
}

static struct lines lines;
static struct lines_client alice, bob;

static int start(void **state)
{
    (void)state;
    terminal_length = 0;
    terminal[0] = '\0';
    lines = (struct lines){.put = put};
    alice = (struct lines_client){.name = "alice"};
    bob = (struct lines_client){.name = "bob"};
    return 0;
}

static void say(struct lines_client *client, const char *text, bool more)
{
    lines_accept(&lines, client, text, strlen(text), more);
}

static void test_whole_lines(void **state)
{
    (void)state;
    say(&alice, "one\ntwo\n", false);
    say(&bob, "three\r\n\n", false);
    assert_string_equal(terminal, "alice: one\nalice: two\nbob: three\nbob: \n");
}

static void test_pieces_stay_together(void **state)
{
    (void)state;
    say(&alice, "long ", true);
    say(&bob, "short\n", false);
    say(&alice, "line\n", false);
    assert_string_equal(terminal, "bob: short\nalice: long line\n");
}

static void test_prompt_is_shown(void **state)
{
    (void)state;
    say(&alice, "login: ", false);
    assert_string_equal(terminal, "alice: login: ");
    say(&alice, "root\n", false);
    assert_string_equal(terminal, "alice: login: root\n");
}

static void test_prompt_is_left(void **state)
{
    (void)state;
    say(&alice, "# ", false);
    say(&bob, "x\n", false);
    say(&alice, "ls\n", false);
    assert_string_equal(terminal, "alice: # \nbob: x\nalice: ls\n");
}

static void test_no_forged_names(void **state)
{
    (void)state;
    say(&alice, "a\rbob: forged\x1b[2J\x7f\n", false);
    assert_string_equal(terminal, "alice: abob: forged^[[2J^?\n");
    say(&bob,
        "a\x9b"
        "2J\xc2\x85"
        "alice: forged\n",
        false); /* C1: CSI, next line */
    assert_string_equal(terminal, "alice: abob: forged^[[2J^?\n"
                                  "bob: a\\x9b2J\\xc2\\x85alice: forged\n");
}

static void test_very_long_line(void **state)
{
    char text[3 * LINES_TEXT_MAX + 1];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    say(&alice, text, true);
    say(&alice, "\n", false);
    assert_int_equal(terminal_length, strlen("alice: ") + strlen(text) + 1);
    assert_int_equal(alice.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_whole_lines, start),
        cmocka_unit_test_setup(test_pieces_stay_together, start),
        cmocka_unit_test_setup(test_prompt_is_shown, start),
        cmocka_unit_test_setup(test_prompt_is_left, start),
        cmocka_unit_test_setup(test_no_forged_names, start),
        cmocka_unit_test_setup(test_very_long_line, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
