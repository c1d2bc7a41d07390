/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own memory functions, under the names that the host build gives them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/lib/string.h"

void *kernel_memset(void *to, int value, size_t size);
void *kernel_memcpy(void *restrict to, const void *restrict from, size_t size);

static void test_set(void **state)
{
    (void)state;
    unsigned char bytes[40] __attribute__((aligned(8)));
    for (size_t size = 0; size <= 32; size++) {
        memset(bytes, 1, sizeof bytes);
        assert_ptr_equal(kernel_memset(bytes + 4, 0x1ff, size), bytes + 4);
        for (size_t i = 0; i < sizeof bytes; i++) {
            assert_int_equal(bytes[i], i >= 4 && i < 4 + size ? 0xff : 1);
        }
        kernel_memset(bytes, 0x23, size); /* by words */
        for (size_t i = 0; i < sizeof bytes; i++) {
            assert_int_equal(bytes[i], i < size ? 0x23 : i >= 4 && i < 4 + size ? 0xff : 1);
        }
    }
}

static void test_copy(void **state)
{
    (void)state;
    unsigned char from[40], to[40];
    for (size_t i = 0; i < sizeof from; i++) {
        from[i] = (unsigned char)(i + 1);
    }
    for (size_t size = 0; size <= 32; size++) {
        memset(to, 0, sizeof to);
        assert_ptr_equal(kernel_memcpy(to + 3, from, size), to + 3);
        assert_memory_equal(to + 3, from, size);
        assert_int_equal(to[2] | to[3 + size], 0);
    }
}

static void test_zero(void **state)
{
    (void)state;
    _Alignas(64) uint64_t words[24];
    memset(words, 0xff, sizeof words);
    words_zero(words + 8, 64);
    for (unsigned i = 0; i < 24; i++) {
        assert_int_equal(words[i], i >= 8 && i < 16 ? 0 : UINT64_MAX);
    }
    words_zero(words, 72); /* up to the next multiple */
    for (unsigned i = 0; i < 24; i++) {
        assert_int_equal(words[i], i < 16 ? 0 : UINT64_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
