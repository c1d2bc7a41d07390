/* SPDX-License-Identifier: Apache-2.0 */
/* Fault reports: what is said of typical faults, and that nothing is said of none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cells/lib/fault_words.h"
#include "cells/lib/status_name.h"

#define ESR(class, iss) ((uint64_t)(class) << 26 | UINT64_C(1) << 25 | (iss))

static struct fault_report report_of(struct bh_fault_words fault)
{
    struct fault_report report;

    fault_words(&report, &fault, false);
    return report;
}

static void expect(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("'%s' is not in '%s'", part, text);
    }
}

static void test_null_pointer(void **state)
{
    struct fault_report r = report_of((struct bh_fault_words){
        .kind = BH_FAULT_MEMORY, .syndrome = ESR(0x24, 0x46), .address = 0x18, .sp = 0x700000});

    (void)state;
    assert_string_equal(
        r.what, "write to 0x18, which is not mapped (data abort, translation fault, level 2)");
    expect(r.likely, "null pointer");
}

static void test_stack_overflow(void **state)
{
    struct fault_report r = report_of((struct bh_fault_words){
        .kind = BH_FAULT_MEMORY, .syndrome = ESR(0x24, 0x47), .address = 0x6ffff8, .sp = 0x6fff00});

    (void)state;
    expect(r.likely, "stack is full");
    expect(r.cure, "larger stack");
}

static void test_read_only(void **state)
{
    struct fault_report r = report_of((struct bh_fault_words){
        .kind = BH_FAULT_MEMORY, .syndrome = ESR(0x24, 0x4f), .address = 0x400100, .sp = 0x700000});

    (void)state;
    expect(r.what, "mapped without this right");
    expect(r.likely, "constants");
}

static void test_jump(void **state)
{
    struct fault_report r = report_of((struct bh_fault_words){.kind = BH_FAULT_MEMORY,
                                                              .syndrome = ESR(0x20, 0x05),
                                                              .address = 0xdead000,
                                                              .sp = 0x700000});

    (void)state;
    expect(r.what, "jump to 0xdead000");
    expect(r.cure, "LR");
}

static void test_misaligned_pc(void **state)
{
    struct fault_report r = report_of((struct bh_fault_words){
        .kind = BH_FAULT_ALIGNMENT, .syndrome = ESR(0x22, 0), .address = 0x400002, .sp = 0x700000});

    (void)state;
    assert_string_equal(r.what, "misaligned program counter");
    expect(r.likely, "function pointer");
}

static void test_break(void **state)
{
    struct fault_report r =
        report_of((struct bh_fault_words){.kind = BH_FAULT_BREAK, .syndrome = ESR(0x3c, 1)});

    (void)state;
    assert_string_equal(r.what, "brk #1");
    expect(r.likely, "stopped itself");
}

static void test_external(void **state)
{
    struct fault_report r = report_of((struct bh_fault_words){
        .kind = BH_FAULT_EXTERNAL, .syndrome = ESR(0x24, 0x10), .address = 0x9000ffc});

    (void)state;
    expect(r.what, "external abort");
    expect(r.likely, "device");
}

/* Every syndrome and kind, also impossible ones, gives text that fits. */
static void test_everything_has_words(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind <= BH_FAULT_OTHER + 1; kind++) {
        for (unsigned class = 0; class < 64; class ++) {
            for (unsigned status = 0; status < 64; status++) {
                struct bh_fault_words fault = {
                    .kind = kind, .syndrome = ESR(class, status), .address = UINT64_MAX};
                struct fault_report r;

                fault_words(&r, &fault, kind % 2 == 0);
                assert_in_range(strlen(r.what), 1, sizeof(r.what) - 2);
                assert_true(strlen(r.likely) > 0 && strlen(r.cure) > 0);
            }
        }
    }
}

static void test_every_status_has_a_name(void **state)
{
    (void)state;
    for (unsigned status = 0; status < BH_STATUS_COUNT; status++) {
        assert_non_null(status_name(status));
    }
    expect(status_name(BH_NO_SLOT), "NO_SLOT");
    expect(status_name(1000), "does not know");
    assert_string_equal(call_name(21), "memory_map");
    assert_string_equal(call_name(999), "unknown call");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null_pointer),
        cmocka_unit_test(test_stack_overflow),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_jump),
        cmocka_unit_test(test_misaligned_pc),
        cmocka_unit_test(test_break),
        cmocka_unit_test(test_external),
        cmocka_unit_test(test_everything_has_words),
        cmocka_unit_test(test_every_status_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
