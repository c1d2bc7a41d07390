/* SPDX-License-Identifier: Apache-2.0 */
/* Traces from a console: which lines are theirs, what is refused and where, who ran when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/bulkhead/trace.h"

#define HEAD "t: ~trace 1 hz 1000000 cores 2\nt: ~cell 1 a\nt: ~cell 2 b\n"

static struct trace trace;

static int clean(void **state)
{
    (void)state;
    arena_free(&trace.arena);
    return 0;
}

static bool read_text(const char *text)
{
    char *copy = malloc(strlen(text)); /* no byte more: ASan sees a step behind it */
    bool good;

    memcpy(copy, text, strlen(text));
    arena_free(&trace.arena);
    trace = (struct trace){.frequency = 0};
    good = trace_read(&trace, copy, strlen(text));
    free(copy);
    return good;
}

static void refused(const char *text, unsigned line, const char *why)
{
    assert_false(read_text(text));
    assert_int_equal(trace.line, line);
    assert_non_null(strstr(trace.wrong, why));
}

static const struct bh_trace_record *entry(unsigned i)
{
    assert_true(i < trace.entries.count);
    return &((const struct trace_entry *)trace.entries.items[i])->record;
}

static void test_read(void **state)
{
    (void)state;
    assert_true(read_text(HEAD "t: ~0 1f 3 1.2 a ff\n"));
    assert_int_equal(trace.frequency, 1000000);
    assert_int_equal(trace.cores, 2);
    assert_string_equal(trace_cell_name(&trace, 2), "b");
    assert_string_equal(trace_thread_name(&trace, trace.threads.items[0]), "a.2");
    assert_int_equal(trace.entries.count, 1);
    assert_int_equal(entry(0)->time, 0x1f);
    assert_int_equal(entry(0)->event, BH_TRACE_CALL);
    assert_int_equal(entry(0)->cell, 1);
    assert_int_equal(entry(0)->thread, 2);
    assert_int_equal(entry(0)->a, 0xa);
    assert_int_equal(entry(0)->b, 0xff);
}

/* Colours, erased lines, others' lines, whatever looks similar, and a line that is cut at the end.
 */
static void test_console(void **state)
{
    (void)state;
    assert_true(read_text("bh: boot\r\n~0 nonsense\n"
                          "\x1b[36mt: \x1b[0m~trace 1 hz 62500000 cores 1\r\r\n"
                          "shell: ~# ls\n\x1b[36mt: \x1b[0m~cell 1 a\r\n"
                          "other: ~0 what\n$ typing\r\x1b[Kt: ~0 5 7 1.1 0 0\r\n"
                          "~0 also nonsense\nt: ~0 6 7 1"));
    assert_int_equal(trace.entries.count, 1);
    assert_int_equal(trace.frequency, 62500000);
}

/* By time over all cores; on one core as they came, even at one time. */
static void test_order(void **state)
{
    (void)state;
    assert_true(read_text(HEAD "t: ~0 10 7 1.1 0 0\nt: ~0 10 9 1.1 0 0\nt: ~0 30 7 1.1 0 0\n"
                               "t: ~lost 1 5\nt: ~1 8 7 2.1 0 0\nt: ~1 20 7 2.1 0 0\n"));
    assert_int_equal(entry(0)->time, 8);
    assert_int_equal(entry(1)->event, BH_TRACE_WAKE);
    assert_int_equal(entry(2)->event, BH_TRACE_EXHAUSTED);
    assert_int_equal(entry(3)->core, 1);
    assert_int_equal(entry(4)->time, 0x30);
    assert_int_equal(((struct trace_entry *)trace.entries.items[0])->lost, 5);
    assert_int_equal(((struct trace_entry *)trace.entries.items[3])->lost, 0);
    assert_int_equal(trace.lost, 5);
}

static void test_refused(void **state)
{
    (void)state;
    refused("", 0, "no trace in it");
    refused("bh: boot\n", 0, "no trace in it");
    refused("\xff\xfe\n\n\x80", 0, "no trace in it");
    refused(HEAD, 0, "no records");
    refused("\nt: ~trace 2 hz 1000000 cores 1\n", 2, "another version");
    refused("t: ~trace 1 hz 999999 cores 1\n", 1, "damaged");
    refused("t: ~trace 1 hz 1000000001 cores 1\n", 1, "damaged");
    refused("t: ~trace 1 hz 1000000 cores 9\n", 1, "damaged");
    refused("t: ~trace 1 hz 1000000 cores 0\n", 1, "damaged");
    refused("t: ~trace x\n", 1, "damaged");
    refused(HEAD "t: ~cell 0x1 a\n", 4, "damaged");
    refused(HEAD "t: ~cell 70000 a\n", 4, "damaged");
    refused(HEAD "t: ~cell 3 \"\n", 4, "damaged");
    refused(HEAD "t: ~lost 2 1\n", 4, "damaged");
    refused(HEAD "t: ~lost 0 4294967296\n", 4, "damaged");
    refused(HEAD "t: ~0 10 7 1.1 0\n", 4, "a record is damaged");
    refused(HEAD "t: ~0 10 7 1.1 0 0 0\n", 4, "a record is damaged");
    refused(HEAD "t: ~2 10 7 1.1 0 0\n", 4, "a record is damaged");
    refused(HEAD "t: ~0 10000000000000000 7 1.1 0 0\n", 4, "a record is damaged");
    refused(HEAD "t: ~0 100000000000000 7 1.1 0 0\n", 4, "a record is damaged");
    refused(HEAD "t: ~0 10 100 1.1 0 0\n", 4, "a record is damaged");
    refused(HEAD "t: ~0 10 7 3.1 0 0\n", 4, "no name");
    refused(HEAD "t: ~0 10 7 1.1 0 0\nx\nt: ~0 f 7 1.1 0 0\n", 6, "older");
}

/* What was before is another time's. */
static void test_started_again(void **state)
{
    (void)state;
    assert_true(read_text(HEAD "t: ~lost 0 3\nt: ~0 10 7 1.1 0 0\nt: ~1 99 7 1.1 0 0\n" HEAD
                               "t: ~0 f 7 1.1 0 0\nt: ~1 20 7 1.1 0 0\n"));
    assert_int_equal(trace.entries.count, 2);
    assert_int_equal(trace.machines, 1);
    assert_int_equal(trace.lost, 0);
    assert_true(read_text(HEAD "t: ~0 10 7 1.1 0 0\n" HEAD "t: ~0 11 7 1.1 0 0\n"));
    assert_int_equal(trace.entries.count, 2); /* the tracer was asked again */
    assert_true(read_text(HEAD "t: ~0 10 7 1.1 0 0\nt: ~lost 0 4294967295\n" HEAD
                               "t: ~lost 0 4294967295\nt: ~0 11 7 1.1 0 0\n"));
    assert_true(trace.lost == 2 * (uint64_t)UINT32_MAX);
    refused(HEAD "t: ~0 10 7 1.1 0 0\nt: ~trace 1 hz 1000000 cores 2\nt: ~0 f 7 1.1 0 0\n", 6,
            "no name");
}

/* Another system: neither records nor losses nor names of the one before, later or not. */
static void test_another_system(void **state)
{
    static const char *const headers[] = {"2000000 cores 2", "1000000 cores 1"};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        char text[300];
        snprintf(text, sizeof text,
                 HEAD "t: ~1 10 7 1.1 0 0\nt: ~lost 1 3\nt: ~trace 1 hz %s\nt: ~cell 1 c\n"
                      "t: ~0 20 7 1.1 0 0\n",
                 headers[i]);
        assert_true(read_text(text));
        assert_int_equal(trace.entries.count, 1);
        assert_int_equal(trace.cells.count, 1);
        assert_string_equal(trace_cell_name(&trace, 1), "c");
        assert_int_equal(trace.machines, 1);
        assert_int_equal(trace.lost, 0);
    }
    refused(HEAD "t: ~trace 1 hz 2000000 cores 2\nt: ~0 20 7 1.1 0 0\n", 5, "no name");
}

struct wanted {
    uint64_t from, to;
    unsigned core, cell, thread;
};

static void expect_span(const struct list *spans, unsigned i, const struct wanted *wanted)
{
    const struct trace_span *span = spans->items[i];

    assert_true(i < spans->count);
    assert_int_equal(span->core, wanted->core);
    assert_int_equal(span->thread->cell, wanted->cell);
    assert_int_equal(span->thread->number, wanted->thread);
    assert_int_equal(span->from, wanted->from);
    assert_int_equal(span->to, wanted->to);
}

static void test_spans(void **state)
{
    (void)state;
    assert_true(read_text(HEAD "t: ~0 10 3 1.1 75 0\nt: ~0 12 2 1.1 4 0\n" /* began before */
                               "t: ~0 20 1 1.1 32 3003\nt: ~0 28 3 1.1 1 0\nt: ~0 30 2 1.1 3 0\n"
                               "t: ~0 30 1 2.1 100 3003\nt: ~0 38 3 2.1 1 0\n"
                               "t: ~lost 0 7\nt: ~0 90 2 1.1 4 0\n" /* its beginning is lost */
                               "t: ~0 a0 1 1.2 32 0\nt: ~0 a8 5 1.2 4 0\n"
                               "t: ~1 5 1 1.1 32 0\nt: ~1 50 2 1.1 6 0\nt: ~1 51 7 1.1 0 0\n"));
    struct list spans = trace_spans(&trace);
    static const struct wanted wanted[] = {
        {.core = 0, .cell = 1, .thread = 1, .from = 0x10, .to = 0x12},
        {.core = 0, .cell = 1, .thread = 1, .from = 0x20, .to = 0x30},
        {.core = 0, .cell = 2, .thread = 1, .from = 0x30, .to = 0x38},
        {.core = 0, .cell = 1, .thread = 1, .from = 0x90, .to = 0x90},
        {.core = 0, .cell = 1, .thread = 2, .from = 0xa0, .to = 0xa8},
        {.core = 1, .cell = 1, .thread = 1, .from = 0x5, .to = 0x50},
    };
    assert_int_equal(spans.count, 6);
    for (unsigned i = 0; i < 6; i++) {
        expect_span(&spans, i, &wanted[i]);
    }
    const struct trace_span *second = spans.items[1];
    assert_int_equal(BH_TRACE_WINDOW(second->in->record.b), 3);
    assert_int_equal(BH_TRACE_WINDOW_END(second->in->record.b), 0x30);
    assert_null(((struct trace_span *)spans.items[0])->in);
    assert_null(((struct trace_span *)spans.items[2])->out);
    assert_int_equal(trace_tracks(&trace, spans).count, 4);
}

static void expect_written(void (*write)(struct trace *trace, FILE *out), const char *const *parts)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    write(&trace, out);
    fclose(out);
    for (; *parts != NULL; parts++) {
        if (strstr(text, *parts) == NULL) {
            print_message("%s: not in:\n%s\n", *parts, text);
            fail();
        }
    }
    free(text);
}

static void test_written(void **state)
{
    (void)state;
    assert_true(read_text(HEAD "t: ~0 a 1 1.1 32 3e03\nt: ~0 c 5 1.1 0 92000046\n"
                               "t: ~0 e 2 1.1 3 0\nt: ~lost 0 2\nt: ~0 30 4 2.1 a 0\n"));
    expect_written(trace_write_text,
                   (const char *const[]){
                       "4 records on 2 cores of a, b; 2 lost\n",
                       "0.000 us  0  a.1               runs, priority 50, in window 3\n",
                       "2.000 us  0  a.1               faults: of memory",
                       "2 records of core 0 are lost here\n",
                       "38.000 us  0  b.1               its call ends with DOWN\n",
                       "a.1                        4.000           4.000         1\n", NULL});
    expect_written(trace_write_json,
                   (const char *const[]){"{\"ph\":\"X\",\"pid\":0,\"tid\":1,\"ts\":0.000,"
                                         "\"dur\":4.000,\"name\":\"a.1\",\"args\":{\"window\":3,",
                                         "{\"ph\":\"i\",\"pid\":0,\"tid\":1,\"ts\":2.000,"
                                         "\"s\":\"t\",\"name\":\"fault\"",
                                         "\"lost\":\"2\"", NULL});
    expect_written(trace_write_svg, (const char *const[]){"<rect class=\"run\"", ">a.1</text>",
                                                          "<line class=\"alarm\"", ">3</text>",
                                                          "core 1", "</svg>\n", NULL});
}

/* Perfetto knows a thread by 32 bits, with a sign. */
static void test_tracks(void **state)
{
    (void)state;
    assert_true(read_text("t: ~trace 1 hz 1000000 cores 2\nt: ~cell 65535 z\n"
                          "t: ~0 1 1 ffff.ffffffff 32 0\nt: ~0 2 2 ffff.ffffffff 3 0\n"
                          "t: ~0 3 1 ffff.ffff 32 0\nt: ~0 4 2 ffff.ffff 3 0\n"
                          "t: ~1 5 1 ffff.ffffffff 32 0\n"));
    expect_written(
        trace_write_json,
        (const char *const[]){
            "\"pid\":0,\"tid\":1,\"name\":\"thread_name\",\"args\":{\"name\":\"z.4294967295\"",
            "\"pid\":0,\"tid\":2,\"name\":\"thread_name\",\"args\":{\"name\":\"z.65535\"",
            "\"pid\":1,\"tid\":1,\"name\":\"thread_name\",\"args\":{\"name\":\"z.4294967295\"",
            NULL});
}

static void test_cut(void **state)
{
    (void)state;
    assert_true(read_text(HEAD "t: ~0 a 7 1.1 0 0\nt: ~0 14 7 1.1 0 0\nt: ~0 1e 7 1.1 0 0\n"));
    assert_true(trace_cut(&trace, 10, 15));
    assert_int_equal(trace.entries.count, 1);
    assert_int_equal(entry(0)->time, 0x14);
    expect_written(trace_write_text, (const char *const[]){"        10.000 us  0  a.1 ", NULL});
    expect_written(trace_write_svg, (const char *const[]){">10000 ns<", NULL});
    assert_false(trace_cut(&trace, 11, 15));
}

/* Whatever happened to the text: it is refused, or can be drawn. */
static void test_damage(void **state)
{
    static const char text[] = HEAD "t: ~0 a 1 1.1 32 3e03\nt: ~0 c 5 1.1 0 92000046\n"
                                    "t: ~0 e 2 1.1 3 0\nt: ~lost 0 2\nt: ~0 30 4 2.1 a 0\n";
    static const char letters[] = "0123456789abcdef~ \nt:.\x1b[\r";
    uint32_t seed = 1;
    unsigned good = 0;

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        char copy[sizeof(text)];
        memcpy(copy, text, sizeof(text));
        for (unsigned k = 0; k <= i % 3; k++) {
            seed = seed * 1664525 + 1013904223;
            copy[(seed >> 8) % (sizeof(text) - 1)] = letters[(seed >> 24) % sizeof(letters)];
        }
        if (read_text(copy)) {
            FILE *out = fopen("/dev/null", "w");
            trace_write_text(&trace, out);
            trace_write_svg(&trace, out);
            trace_write_json(&trace, out);
            fclose(out);
            good++;
        } else {
            assert_non_null(trace.wrong);
        }
    }
    assert_in_range(good, 500, 2900);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, clean)
    static const struct CMUnitTest tests[] = {
        TEST(test_read),    TEST(test_console),       TEST(test_order),
        TEST(test_refused), TEST(test_started_again), TEST(test_another_system),
        TEST(test_spans),   TEST(test_written),       TEST(test_damage),
        TEST(test_cut),     TEST(test_tracks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
