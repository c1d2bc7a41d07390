/* SPDX-License-Identifier: Apache-2.0 */
/* The console on a made-up start page: streams and callers, focus, keys, fairness, bad channels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cells/console/keys.h"
#include "cells/lib/arch/sysreg.h"
#include "cells/lib/print.h"
#include "cells/lib/stream.h"
#include "tests/unit/cells/page.h"

#define RING 4096

static _Alignas(64) uint8_t memory[2][RING];
static struct page console_page, client_page[2];
static struct stream stream[2]; /* the clients' ends */
static struct screen screen;
static struct clients clients;
static struct keys keys;

static char terminal[65536];
static size_t terminal_length, terminal_room;

static void put(void *context, const char *text, size_t size)
{
    (void)context;
    assert_true(terminal_length + size < sizeof(terminal));
    memcpy(terminal + terminal_length, text, size);
    terminal_length += size;
    terminal[terminal_length] = '\0';
}

/* Less with what was put. */
static size_t room(void *context)
{
    (void)context;
    return terminal_room > terminal_length ? terminal_room - terminal_length : 0;
}

static void forget(void)
{
    terminal_length = 0;
    terminal[0] = '\0';
}

/* What is on the terminal since the last call. */
#define expect(text)                         \
    do {                                     \
        assert_string_equal(terminal, text); \
        forget();                            \
    } while (0)

static void open_console(bool colours)
{
    screen = (struct screen){.put = put};
    clients = (struct clients){.screen = &screen, .room = room};
    keys = (struct keys){.clients = &clients};
    clients_open(&clients, &console_page.info, colours);
}

/* Two streams, linux and rtos, and the caller echo with badge 7. */
static int start(void **state)
{
    static const char *const names[] = {"linux", "rtos"};

    (void)state;
    memset(memory, 0, sizeof(memory));
    page_reset(&console_page, "console");
    page_memory(&console_page, "uart", memory, RING);
    page_cap(&console_page, "uart-irq", 3, BH_IRQ, 1);
    for (unsigned i = 0; i < 2; i++) {
        page_channel(&console_page, names[i], memory[i], RING, 0, 10 + i, 2U << i);
        page_reset(&client_page[i], names[i]);
        page_channel(&client_page[i], "tty", memory[i], RING, 1, 20 + i, 1);
    }
    page_cap(&console_page, "echo", 0, BH_ENDPOINT, 7);
    terminal_room = sizeof(terminal);
    open_console(false);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(stream_open(&stream[i], &client_page[i].info, "tty"));
    }
    clients_signal(&clients, 6);
    assert_false(clients_turn(&clients));
    forget();
    memset(kernel.signals, 0, sizeof(kernel.signals));
    return 0;
}

static void turns(void)
{
    clients_signal(&clients, 6);
    for (unsigned i = 0; clients_turn(&clients); i++) {
        assert_true(i < 100);
    }
    screen_settle(&screen);
}

static void say(unsigned client, const char *text)
{
    assert_int_equal(stream_try_write(&stream[client], text, strlen(text)), strlen(text));
    turns();
}

static void call(const char *text)
{
    clients_call(&clients, 7, text, strlen(text));
    screen_settle(&screen);
}

static void type(const char *text)
{
    keys_type(&keys, text, strlen(text));
    screen_settle(&screen);
}

static const char *typed(unsigned client)
{
    static char text[256];

    text[stream_read(&stream[client], text, sizeof(text) - 1)] = '\0';
    return text;
}

static void test_lines_under_their_names(void **state)
{
    (void)state;
    say(0, "one\r\ntwo\n");
    say(1, "three\n\n");
    call("four\n");
    clients_call(&clients, 99, "who\n", 4);
    expect("linux: one\r\nlinux: two\r\nrtos: three\r\nrtos: \r\necho: four\r\n"
           "(not listed): who\r\n");
}

static void test_colours(void **state)
{
    (void)state;
    open_console(true);
    turns();
    say(0, "a\n");
    call("b\n");
    expect("\x1b[36mlinux: \x1b[0ma\r\n\x1b[32mecho: \x1b[0mb\r\n");
}

static void test_prompt_stays_last(void **state)
{
    (void)state;
    say(0, "# ");
    expect("linux: # ");
    say(0, "l");
    expect("l");
    say(1, "tick\n");
    expect("\r\x1b[Krtos: tick\r\nlinux: # l");
    say(0, "s\r\n");
    expect("s\r\n");
    say(1, "tock\n");
    expect("rtos: tock\r\n");
}

static void test_others_wait(void **state)
{
    (void)state;
    say(1, "half ");
    expect("");
    assert_true(clients_wait(&clients));
    assert_true(clients_tick(&clients));
    expect("");
    assert_false(clients_tick(&clients));
    expect("rtos: half ");
    assert_false(clients_wait(&clients));
    say(1, "done\n");
    expect("done\r\n");
}

static void test_others_halves_do_not_mix(void **state)
{
    (void)state;
    say(1, "half");
    call("whole\n");
    expect("echo: whole\r\n");
    clients_tick(&clients);
    clients_tick(&clients);
    call("again\n");
    expect("rtos: half\r\necho: again\r\n");
    say(1, " rest");
    say(0, "# ");
    expect("linux: # ");
    clients_tick(&clients);
    clients_tick(&clients);
    screen_settle(&screen);
    expect("\r\x1b[Krtos:  rest\r\nlinux: # ");
}

static void test_very_long_line(void **state)
{
    char text[3 * LINE_MAX + 1];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    say(1, text);
    say(1, "\n");
    assert_int_equal(terminal_length, strlen("rtos: ") + strlen(text) + 2);
    forget();
    say(0, text);
    forget();
    say(1, "between\n");
    expect("\r\nrtos: between\r\n"); /* too long to be shown again */
    say(0, "\n");
    expect("linux: \r\n");
}

static void test_typing(void **state)
{
    (void)state;
    type("ls\r");
    assert_int_equal(kernel.signals[10], 1);
    assert_string_equal(typed(0), "ls\r");
    assert_string_equal(typed(1), "");
    type("\x14\x14x");
    assert_string_equal(typed(0), "\x14x");
    expect("");
}

static void test_long_input_is_split(void **state)
{
    char text[150];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    type(text);
    assert_string_equal(typed(0), text);
}

static void test_switching(void **state)
{
    (void)state;
    say(0, "# ");
    forget();
    type("a\x14"
         "2b");
    expect("\r\nconsole: what you type goes to rtos\r\n");
    assert_string_equal(typed(0), "a");
    assert_string_equal(typed(1), "b");
    type("\x14");
    type("L");
    type("c");
    assert_string_equal(typed(0), "c");
    forget();
    type("\x14"
         "9\x14x\x14"
         "e"); /* no such stream; none that can be typed to */
    expect("\a\a\a");
    type("\x14r");
    type("d");
    assert_string_equal(typed(1), "d");
}

static void test_focus_shows_what_waits(void **state)
{
    (void)state;
    say(1, "> ");
    expect("");
    type("\x14"
         "2");
    expect("console: what you type goes to rtos\r\nrtos: > ");
}

/* A prompt that was left comes back with the focus, or with the rest of its line. */
static void test_focus_comes_back(void **state)
{
    (void)state;
    say(0, "# l");
    forget();
    type("\x14"
         "2");
    expect("\r\nconsole: what you type goes to rtos\r\n");
    assert_false(clients_wait(&clients)); /* it was seen */
    type("\x14"
         "1");
    expect("console: what you type goes to linux\r\nlinux: # l");
    type("\x14"
         "2");
    forget();
    say(0, "s\n");
    expect("linux: # ls\r\n");
}

static void test_list_and_help(void **state)
{
    (void)state;
    type("\x14l");
    expect("console:   1 linux (is typed to)\r\nconsole:   2 rtos\r\n"
           "console:   - echo (speaks only)\r\n");
    type("\x14?");
    assert_non_null(strstr(terminal, "console: Ctrl-T l        list the clients\r\n"));
    assert_false(keys.quit);
    type("\x14q");
    assert_true(keys.quit);
}

static void test_hung_reader(void **state)
{
    unsigned bells = 0;

    (void)state;
    for (unsigned i = 0; i < 20; i++) { /* a ring holds 16 */
        type("x");
    }
    while (bells < terminal_length && terminal[bells] == '\a') {
        bells++;
    }
    assert_int_equal(bells, 4);
    assert_int_equal(terminal_length, 4);
    assert_string_equal(typed(0), "xxxxxxxxxxxxxxxx");
}

static void test_flood_is_fair(void **state)
{
    char text[16 * STREAM_TEXT_MAX];
    const char *at;

    (void)state;
    memset(text, '\n', sizeof(text));
    assert_int_equal(stream_try_write(&stream[0], text, sizeof(text)), sizeof(text));
    assert_int_equal(stream_try_write(&stream[1], "me\n", 3), 3);
    clients_signal(&clients, 6);
    assert_true(clients_turn(&clients));
    at = strstr(terminal, "rtos: me");
    assert_non_null(at); /* in the first turn, and the flood is not through then */
    assert_int_equal(stream_try_write(&stream[0], text, 9 * STREAM_TEXT_MAX), 8 * STREAM_TEXT_MAX);
    while (clients_turn(&clients)) {
    }
    assert_int_equal(stream_try_write(&stream[0], text, sizeof(text)), sizeof(text));
}

/* One entry can fill the terminal: then the next ones wait, and are not forgotten. */
static void test_long_for_the_terminal(void **state)
{
    char text[4 * STREAM_TEXT_MAX];

    (void)state;
    memset(text, '\n', sizeof(text));
    assert_int_equal(stream_try_write(&stream[0], text, sizeof(text)), sizeof(text));
    clients_signal(&clients, 6);
    for (unsigned i = 0; i < 4; i++) {
        terminal_room = CLIENTS_ROOM; /* until the first look at it */
        assert_true(clients_turn(&clients));
        assert_int_equal(terminal_length, STREAM_TEXT_MAX * strlen("linux: \r\n"));
        forget();
    }
    terminal_room = CLIENTS_ROOM;
    assert_false(clients_turn(&clients));
}

static void test_no_room_no_work(void **state)
{
    (void)state;
    terminal_room = 1000;
    assert_int_equal(stream_try_write(&stream[0], "late\n", 5), 5);
    clients_signal(&clients, 6);
    assert_true(clients_turn(&clients)); /* there is work, */
    expect("");                          /* but none was done */
    terminal_room = sizeof(terminal);
    turns();
    expect("linux: late\r\n");
}

/* The console is built anew while its clients go on. */
static void test_console_restarts(void **state)
{
    (void)state;
    say(0, "before\n");
    open_console(false);
    assert_int_equal(kernel.signals[10], 1); /* a writer that waits for room looks again */
    say(0, "after\n");
    expect("linux: before\r\nlinux: after\r\n");
    type("x");
    assert_string_equal(typed(0), "x");
}

static void test_client_restarts(void **state)
{
    (void)state;
    say(0, "half a li");
    forget();
    assert_true(stream_open(&stream[0], &client_page[0].info, "tty"));
    turns();
    say(0, "new\n");
    assert_non_null(strstr(terminal, "new\r\n"));
    type("x");
    assert_string_equal(typed(0), "x");
}

/* What it had begun, a line, a character or an escape sequence, is over. */
static void test_client_dies_in_the_middle(void **state)
{
    static const char *const middles[] = {"", "\x1b", "\x1b[3", "\xe2\x82", "\r"};

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        char text[32];

        say(0, middles[i]);
        assert_true(stream_open(&stream[0], &client_page[0].info, "tty"));
        turns();
        say(0, "new\n");
        expect("linux: new\r\n");
        (void)snprintf(text, sizeof(text), "half\x1b[31m%s", middles[i]);
        say(1, text);
        assert_true(stream_open(&stream[1], &client_page[1].info, "tty"));
        turns();
        say(1, "new\n");
        expect("rtos: half\x1b[31m\x1b[0m\r\nrtos: new\r\n");
    }
}

static void test_garbage(void **state)
{
    struct channel_shared *shared = (void *)memory[0];
    uint8_t entry[CHANNEL_ENTRY];

    (void)state;
    memset(entry, 0xff, sizeof(entry));
    assert_int_equal(channel_send(&stream[0].channel, entry), CHANNEL_OK);
    turns(); /* a count of 255: 63 bytes are taken, none of them reaches the terminal as it is */
    assert_int_equal(terminal_length, strlen("linux: ") + 4 * (size_t)STREAM_TEXT_MAX);
    forget();
    shared->side[1].head = 12345;
    turns();
    assert_non_null(strstr(terminal, "[its channel has impossible indices"));
    forget();
    turns();
    type("x");
    expect(""); /* said once */
    assert_true(stream_open(&stream[0], &client_page[0].info, "tty"));
    turns();
    say(0, "well again\n");
    expect("linux: well again\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lines_under_their_names, start),
        cmocka_unit_test_setup(test_colours, start),
        cmocka_unit_test_setup(test_prompt_stays_last, start),
        cmocka_unit_test_setup(test_others_wait, start),
        cmocka_unit_test_setup(test_others_halves_do_not_mix, start),
        cmocka_unit_test_setup(test_very_long_line, start),
        cmocka_unit_test_setup(test_typing, start),
        cmocka_unit_test_setup(test_long_input_is_split, start),
        cmocka_unit_test_setup(test_switching, start),
        cmocka_unit_test_setup(test_focus_shows_what_waits, start),
        cmocka_unit_test_setup(test_focus_comes_back, start),
        cmocka_unit_test_setup(test_list_and_help, start),
        cmocka_unit_test_setup(test_hung_reader, start),
        cmocka_unit_test_setup(test_flood_is_fair, start),
        cmocka_unit_test_setup(test_long_for_the_terminal, start),
        cmocka_unit_test_setup(test_no_room_no_work, start),
        cmocka_unit_test_setup(test_console_restarts, start),
        cmocka_unit_test_setup(test_client_restarts, start),
        cmocka_unit_test_setup(test_client_dies_in_the_middle, start),
        cmocka_unit_test_setup(test_garbage, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
