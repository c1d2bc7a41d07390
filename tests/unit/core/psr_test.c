/* SPDX-License-Identifier: Apache-2.0 */
/* No SPSR that a thread or vCPU gets leads above its own level (Arm ARM C5.2.19). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/core/check.h"
#include "kernel/core/psr.h"

#define FLAGS UINT64_C(0xf0000000)
#define IL    (UINT64_C(1) << 20)

static void test_native(void **state)
{
    (void)state;
    for (uint64_t low = 0; low < 0x400; low++) {
        assert_int_equal(psr_build(false, low), 0);
        assert_int_equal(psr_build(false, low | FLAGS), FLAGS);
    }
    for (unsigned bit = 0; bit < 64; bit++) {
        assert_int_equal(psr_build(false, UINT64_C(1) << bit) & ~FLAGS, 0);
    }
}

static void test_vcpu(void **state)
{
    (void)state;
    for (uint64_t mode = 0; mode < 32; mode++) {
        uint64_t built = psr_build(true, mode) & 0x1f;
        assert_int_equal(built, mode == 0 || mode == 4 ? mode : 5);
    }
    assert_int_equal(psr_build(true, 0x3c5), 0x3c5);
    assert_int_equal(psr_build(true, IL | 5), 5);
    for (unsigned bit = 32; bit < 64; bit++) {
        assert_int_equal(psr_build(true, UINT64_C(1) << bit | 5), 5);
    }
}

/* Built from what was built, it stays: so a saved value may be restored. */
static void test_stable(void **state)
{
    (void)state;
    uint64_t value = 1;
    for (unsigned i = 0; i < 1000; i++) {
        value = value * UINT64_C(6364136223846793005) + 1442695040888963407u;
        for (unsigned vcpu = 0; vcpu < 2; vcpu++) {
            uint64_t once = psr_build(vcpu, value);
            assert_int_equal(psr_build(vcpu, once), once);
        }
    }
}

/* What an exception can have saved: what the kernel let in, and what it changed itself. */
static void test_saved(void **state)
{
    (void)state;
    assert_true(psr_saved(false, UINT64_C(0xf) << 28));
    assert_false(psr_saved(false, 4));
    assert_false(psr_saved(false, 0x80)); /* interrupts masked at EL0 */
    for (uint64_t mode = 0; mode < 16; mode++) {
        assert_int_equal(psr_saved(true, mode | 0x3c0), mode == 0 || mode == 4 || mode == 5);
        assert_int_equal(psr_saved(false, mode), mode == 0);
    }
    assert_true(psr_saved(true, 0x10)); /* AArch32 at EL0: the vCPU was stopped for that */
    assert_false(psr_saved(false, 0x10));
    assert_false(psr_saved(true, 9)); /* EL2 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_native),
        cmocka_unit_test(test_vcpu),
        cmocka_unit_test(test_stable),
        cmocka_unit_test(test_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
