/* SPDX-License-Identifier: Apache-2.0 */
/* Load and store instructions; the words are the assembler's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cells/vmm/decode.h"

static void same(uint32_t instruction, struct decoded wanted)
{
    struct decoded found;

    assert_true(decode_access(instruction, &found));
    assert_int_equal(found.size, wanted.size);
    assert_int_equal(found.count, wanted.count);
    assert_int_equal(found.write, wanted.write);
    assert_int_equal(found.sign, wanted.sign);
    assert_int_equal(found.wide, wanted.wide);
    assert_int_equal(found.data[0], wanted.data[0]);
    assert_int_equal(found.data[1], wanted.data[1]);
    assert_int_equal(found.base, wanted.base);
    assert_int_equal(found.offset, wanted.offset);
    assert_int_equal(found.add_base, wanted.add_base);
}

static void test_pairs(void **state)
{
    (void)state;
    /* ldp x1, x2, [x0] */
    same(0xa9400801, (struct decoded){8, 2, false, false, true, {1, 2}, 0, 0, 0});
    /* ldp w3, wzr, [x4, #-8] */
    same(0x297f7c83, (struct decoded){4, 2, false, false, false, {3, 31}, 4, -8, 0});
    /* ldpsw x1, x2, [x3, #4]! */
    same(0x69c08861, (struct decoded){4, 2, false, true, true, {1, 2}, 3, 4, 4});
    /* stp x1, x2, [x3], #-512 */
    same(0xa8a00861, (struct decoded){8, 2, true, false, true, {1, 2}, 3, 0, -512});
    /* stnp w1, w2, [x3, #252] */
    same(0x281f8861, (struct decoded){4, 2, true, false, false, {1, 2}, 3, 252, 0});
}

static void test_singles(void **state)
{
    (void)state;
    /* ldr w1, [x0], #4 */
    same(0xb8404401, (struct decoded){4, 1, false, false, false, {1, 0}, 0, 0, 4});
    /* str x30, [x29, #-256]! */
    same(0xf8100fbe, (struct decoded){8, 1, true, false, true, {30, 0}, 29, -256, -256});
    /* ldrsb w1, [x2], #1 */
    same(0x38c01441, (struct decoded){1, 1, false, true, false, {1, 0}, 2, 0, 1});
    /* ldrsh x1, [x2, #2]! */
    same(0x78802c41, (struct decoded){2, 1, false, true, true, {1, 0}, 2, 2, 2});
    /* ldrsw x1, [x2], #255 */
    same(0xb88ff441, (struct decoded){4, 1, false, true, true, {1, 0}, 2, 0, 255});
    /* strb wzr, [x2], #1 */
    same(0x3800145f, (struct decoded){1, 1, true, false, false, {31, 0}, 2, 0, 1});
    /* ldur x1, [x2, #-1]; ldtrh w1, [x2, #3] */
    same(0xf85ff041, (struct decoded){8, 1, false, false, true, {1, 0}, 2, -1, 0});
    same(0x78403841, (struct decoded){2, 1, false, false, false, {1, 0}, 2, 3, 0});
}

static void test_others(void **state)
{
    static const uint32_t others[] = {
        0x885f7c01, /* ldxr w1, [x0] */
        0x88027c01, /* stxr w2, w1, [x0] */
        0xb8a10002, /* ldadda w1, w2, [x0] */
        0x88e17c02, /* casa w1, w2, [x0] */
        0x3cc10401, /* ldr q1, [x0], #16 */
        0xad400801, /* ldp q1, q2, [x0] */
        0x4c407001, /* ld1 {v1.16b}, [x0] */
        0xd50b7420, /* dc zva, x0 */
        0xf84087e1, /* ldr x1, [sp], #8 */
        0xa8c10be1, /* ldp x1, x2, [sp], #16 */
        0x69010801, /* stgp x1, x2, [x0, #32] */
        0xe9400801, /* opc 3 */
        0xf8c00401, /* size 3, opc 3 */
        0xf9400001, /* ldr x1, [x0]: has a syndrome */
        0x58000001, /* ldr x1, literal */
        0xf8606801, /* ldr x1, [x0, x0] */
        0,          0xffffffff,
    };
    struct decoded found;

    (void)state;
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(decode_access(others[i], &found));
    }
}

/* Whatever is accepted can be done. */
static void test_any_word(void **state)
{
    struct decoded found;
    unsigned accepted = 0;

    (void)state;
    srand(4);
    for (unsigned i = 0; i < 2000000; i++) {
        uint32_t word = (uint32_t)rand() << 16 ^ (uint32_t)rand();
        if (decode_access(word, &found)) {
            accepted++;
            assert_true(found.count == 1 || found.count == 2);
            assert_true(found.size != 0 && found.size <= 8 && (found.size & (found.size - 1)) == 0);
            assert_true(found.base < 31 && found.data[0] < 32 && found.data[1] < 32);
            assert_true(found.offset >= -512 && found.offset < 512);
        }
    }
    assert_true(accepted > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_singles),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_any_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
