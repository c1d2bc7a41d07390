/* SPDX-License-Identifier: Apache-2.0 */
/* Streams and print: partial writes, waiting, a reader that is away, restarts, nonsense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cells/lib/arch/sysreg.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"
#include "cells/lib/stream.h"
#include "tests/unit/cells/page.h"

#define SIZE  4096
#define ROOM  ((size_t)16 * STREAM_TEXT_MAX) /* entries of a ring in SIZE bytes */
#define BITS  4U
#define OTHER 8U

static _Alignas(64) uint8_t memory[SIZE];
static struct page near_page, far_page;
static struct stream near, far;
static char text[3 * ROOM], taken[3 * ROOM];
static size_t taken_size;

static int start(void **state)
{
    (void)state;
    memset(memory, 0, sizeof(memory));
    page_reset(&far_page, "console");
    page_channel(&far_page, "linux", memory, SIZE, 0, 11, 1);
    page_reset(&near_page, "linux");
    page_channel(&near_page, "tty", memory, SIZE, 1, 12, BITS);
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)('a' + i % 26);
    }
    taken_size = 0;
    return 0;
}

static int start_up(void **state)
{
    start(state);
    assert_true(stream_open(&near, &near_page.info, "tty"));
    assert_true(stream_open(&far, &far_page.info, "linux"));
    return 0;
}

static void take(size_t most)
{
    taken_size += stream_read(&far, taken + taken_size, most);
}

static void test_no_channel(void **state)
{
    (void)state;
    assert_false(stream_open(&near, &near_page.info, "uplink"));
}

static void test_there_and_back(void **state)
{
    char back[16];

    (void)state;
    assert_int_equal(stream_try_write(&near, "question", 8), 8);
    assert_int_equal(stream_read(&far, back, 3), 3); /* in pieces */
    assert_int_equal(stream_read(&far, back + 3, sizeof(back) - 3), 5);
    assert_memory_equal(back, "question", 8);
    assert_int_equal(stream_try_write(&far, "answer", 6), 6);
    assert_int_equal(stream_read(&near, back, sizeof(back)), 6);
    assert_memory_equal(back, "answer", 6);
    assert_int_equal(stream_read(&near, back, sizeof(back)), 0);
}

static void test_only_what_fits(void **state)
{
    (void)state;
    assert_int_equal(stream_try_write(&near, text, sizeof(text)), ROOM);
    assert_int_equal(stream_try_write(&near, text, 1), 0);
    take(100);
    assert_int_equal(stream_try_write(&near, text + ROOM, 1000), 2 * STREAM_TEXT_MAX);
    take(sizeof(taken));
    assert_int_equal(taken_size, ROOM + 126);
    assert_memory_equal(taken, text, taken_size);
}

/* The reader takes some each time that the writer waits; first something else comes. */
static enum bh_status reader_takes(enum bh_action action, struct bh_message *m,
                                   struct bh_received *r, struct bh_wait wait)
{
    static unsigned n;

    assert_int_equal(wait.deadline, 0);
    switch (n++ % 3) {
    case 0:
        assert_int_equal(action, BH_WAIT_ONLY);
        m->w[0] = OTHER;
        r->event = BH_EVENT_SIGNAL;
        break;
    case 1:
        r->event = BH_EVENT_MESSAGE;
        break;
    default:
        assert_int_equal(action, BH_REPLY); /* the caller that came is told to come again */
        assert_int_equal(m->w[0], BH_BUSY);
        take(300);
        m->w[0] = BITS;
        r->event = BH_EVENT_SIGNAL;
    }
    return BH_OK;
}

static void test_write_waits_for_room(void **state)
{
    (void)state;
    kernel.wait = reader_takes;
    assert_int_equal(stream_write(&near, text, sizeof(text)), BH_OK);
    take(sizeof(taken) - taken_size);
    assert_int_equal(taken_size, sizeof(text));
    assert_memory_equal(taken, text, sizeof(text));
    assert_int_equal(near.missed, OTHER);
}

static unsigned waits;

static enum bh_status nobody_comes(enum bh_action action, struct bh_message *m,
                                   struct bh_received *r, struct bh_wait wait)
{
    (void)action;
    (void)m;
    waits++;
    assert_int_equal(wait.deadline, fake_counter + STREAM_PATIENCE_MS * UINT64_C(1000000));
    fake_counter = wait.deadline;
    r->event = BH_EVENT_DEADLINE;
    return BH_OK;
}

static void test_reader_is_away(void **state)
{
    (void)state;
    waits = 0;
    kernel.wait = nobody_comes;
    assert_true(stream_open(&near, &near_page.info, "tty"));
    assert_int_equal(stream_write(&near, text, 5), BH_DOWN);
    assert_int_equal(stream_write(&near, text, 5), BH_DOWN);
    assert_int_equal(waits, 1); /* the patience is spent once */
    assert_true(stream_open(&far, &far_page.info, "linux"));
    assert_int_equal(stream_write(&near, text, 5), BH_OK);
    take(5);
    assert_memory_equal(taken, text, 5);
}

static enum bh_status reader_starts(enum bh_action action, struct bh_message *m,
                                    struct bh_received *r, struct bh_wait wait)
{
    (void)action;
    (void)wait;
    assert_true(stream_open(&far, &far_page.info, "linux"));
    m->w[0] = BITS;
    r->event = BH_EVENT_SIGNAL;
    return BH_OK;
}

static void test_reader_starts_later(void **state)
{
    (void)state;
    kernel.wait = reader_starts;
    assert_true(stream_open(&near, &near_page.info, "tty"));
    assert_int_equal(stream_write(&near, text, 5), BH_OK);
    take(5);
    assert_memory_equal(taken, text, 5);
}

static enum bh_status owes_an_answer(enum bh_action action, struct bh_message *m,
                                     struct bh_received *r, struct bh_wait wait)
{
    (void)action;
    (void)m;
    (void)r;
    (void)wait;
    return BH_BAD_ARG;
}

static void test_server_cannot_wait(void **state)
{
    (void)state;
    kernel.wait = owes_an_answer;
    assert_int_equal(stream_write(&near, text, sizeof(text)), BH_BUSY);
}

static void test_restarts(void **state)
{
    (void)state;
    assert_int_equal(stream_try_write(&near, "lost", 4), 4);
    assert_true(stream_open(&far, &far_page.info, "linux"));
    assert_int_equal(stream_write(&near, "new", 3), BH_OK);
    assert_int_equal(stream_try_write(&far, "partly read", 11), 11);
    assert_int_equal(stream_read(&near, taken, 3), 3);
    assert_true(stream_open(&far, &far_page.info, "linux"));
    assert_int_equal(stream_read(&near, taken, 3), 0); /* the rest was the dead one's */
}

static void test_nonsense(void **state)
{
    uint8_t entry[CHANNEL_ENTRY];

    (void)state;
    memset(entry, 0xff, sizeof(entry));
    assert_true(channel_update(&near.channel));
    assert_int_equal(channel_send(&far.channel, entry), CHANNEL_OK);
    assert_int_equal(stream_read(&near, taken, sizeof(taken)), STREAM_TEXT_MAX);
    near.channel.other->tail = 77;
    assert_int_equal(stream_try_write(&near, "x", 1), 0);
}

/* Each time that one is taken there is another: a reader stops. */
static void test_endless_nothing(void **state)
{
    static const uint8_t nothing[CHANNEL_ENTRY];

    (void)state;
    assert_true(channel_update(&near.channel));
    for (unsigned i = 0; i < 1000; i++) {
        (void)channel_send(&far.channel, nothing);
        near.channel.other->head = near.channel.tail + 2;
        assert_int_equal(stream_read(&near, taken, sizeof(taken)), 0);
        assert_int_equal(near.channel.other->head - near.channel.tail, 1);
    }
}

static unsigned calls_until_up;

static enum bh_status console_call(struct bh_message *m)
{
    (void)m;
    return calls_until_up-- > 0 ? BH_DOWN : BH_OK;
}

static void test_print_calls_again(void **state)
{
    (void)state;
    page_reset(&near_page, "client");
    page_cap(&near_page, "console", 5, BH_ENDPOINT, 0);
    kernel.call = console_call;
    print_open(&near_page.info);
    assert_null(print_stream());
    calls_until_up = 1; /* the console died while it served the first call */
    assert_int_equal(print_text("hello", 5), BH_OK);
    assert_int_equal(kernel.calls, 2);
    assert_string_equal((const char *)kernel.last.w, "hello");
    calls_until_up = 1000; /* it is gone */
    assert_int_equal(print_text("hello", 5), BH_DOWN);
    assert_int_equal(kernel.calls, 5);
}

static void test_print_uses_tty(void **state)
{
    (void)state;
    page_cap(&near_page, "console", 5, BH_ENDPOINT, 0);
    print_open(&near_page.info);
    assert_non_null(print_stream());
    assert_true(channel_update(&far.channel));
    print("%s %u", "number", 7U);
    assert_int_equal(kernel.calls, 0);
    take(sizeof(taken));
    assert_memory_equal(taken, "number 7", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_no_channel, start),
        cmocka_unit_test_setup(test_there_and_back, start_up),
        cmocka_unit_test_setup(test_only_what_fits, start_up),
        cmocka_unit_test_setup(test_write_waits_for_room, start_up),
        cmocka_unit_test_setup(test_reader_is_away, start),
        cmocka_unit_test_setup(test_reader_starts_later, start),
        cmocka_unit_test_setup(test_server_cannot_wait, start_up),
        cmocka_unit_test_setup(test_restarts, start_up),
        cmocka_unit_test_setup(test_nonsense, start_up),
        cmocka_unit_test_setup(test_endless_nothing, start_up),
        cmocka_unit_test_setup(test_print_calls_again, start),
        cmocka_unit_test_setup(test_print_uses_tty, start_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
