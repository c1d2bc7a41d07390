/* SPDX-License-Identifier: Apache-2.0 */
/* The orders of TLB and cache maintenance that the fake machine insists on; DESIGN rule 27. */
#include "kernel/arch/host/maintenance.h"

#include "kernel/arch/host/cache.h"
#include "tests/unit/world.h"

#define VMID       9
#define TGE        (UINT64_C(1) << 27)
#define PAGE_LEAF  (HOST_USER_BASE | 3 | 0xfu << 2 | 3u << 8 | 1u << 10 | 1u << 6)
#define SOME_VTTBR (UINT64_C(5) << 48 | 0x1000)

/* Three tables at the start of kernel memory, with one page at 0x3000, in every TLB. */
static uint64_t *last;

static int setup(void **state)
{
    (void)state;
    host_reset(1 << 16, 3);
    memset(host.pool, 0, 3 * PAGE_SIZE);
    uint64_t *root = arch_pointer((paddr){HOST_POOL_BASE});
    root[0] = HOST_POOL_BASE + PAGE_SIZE + 3;
    root[512] = HOST_POOL_BASE + 2 * PAGE_SIZE + 3;
    last = root + 1024;
    last[3] = PAGE_LEAF;
    host.cores[0].vttbr = arch_vttbr((paddr){HOST_POOL_BASE}, VMID);
    for (unsigned i = 0; i < 400; i++) {
        mmu_speculate();
    }
    assert_true(mmu_cached_on(0, VMID) > 1 && mmu_cached_on(1, VMID) > 1);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

static void begin_break(void)
{
    last[3] = 0;
    maintenance_begin();
}

static void test_proper_order(void **state)
{
    (void)state;
    begin_break();
    host_barrier(BARRIER_STORES);
    host_tlbi(TLBI_ADDRESS, 3);
    host_barrier(BARRIER_SHARED);
    host_tlbi(TLBI_STAGE1, 0);
    host_barrier(BARRIER_SHARED);
    maintenance_end();
    mmu_check();
}

static void test_store_not_visible(void **state)
{
    (void)state;
    begin_break();
    assert_halts(host_tlbi(TLBI_ADDRESS, 3));
}

static void test_not_published(void **state)
{
    (void)state;
    maintenance_begin();
    assert_halts(maintenance_end());
}

static void test_not_waited_for(void **state)
{
    (void)state;
    begin_break();
    host_barrier(BARRIER_STORES);
    host_tlbi(TLBI_ADDRESS, 3);
    host_barrier(BARRIER_LOCAL); /* waits for nobody else */
    assert_halts(maintenance_end());
}

/* Stage 2 first: until that is done, a walk may join a stage 1 with the old entry again. */
static void test_stage1_too_early(void **state)
{
    (void)state;
    begin_break();
    host_barrier(BARRIER_STORES);
    host_tlbi(TLBI_STAGE1, 0);
    host_barrier(BARRIER_SHARED);
    for (unsigned i = 0; i < 100; i++) {
        mmu_combine();
    }
    host_tlbi(TLBI_ADDRESS, 3);
    host_barrier(BARRIER_SHARED);
    assert_halts(mmu_check());
}

static void test_stage1_forgotten(void **state)
{
    (void)state;
    begin_break();
    host_barrier(BARRIER_STORES);
    host_tlbi(TLBI_ADDRESS, 3);
    host_barrier(BARRIER_SHARED);
    maintenance_end();
    assert_halts(mmu_check());
}

static void test_local_and_shared(void **state)
{
    (void)state;
    maintenance_begin();
    host_barrier(BARRIER_STORES);
    unsigned there = mmu_cached_on(1, VMID), here = mmu_cached_on(0, VMID);
    mmu_drop_stage1(0, VMID);
    assert_int_equal(mmu_cached_on(1, VMID), there);
    assert_true(mmu_cached_on(0, VMID) < here);
    mmu_drop_vmid(1, VMID);
    assert_int_equal(mmu_cached_on(1, VMID), 0);
    assert_true(mmu_cached_on(0, VMID) > 0);
    mmu_drop_vmid(MMU_ALL_CORES, VMID);
    assert_int_equal(mmu_cached(VMID), 0);
}

/* ---- the window ---- */

static void test_window(void **state)
{
    (void)state;
    uint64_t *entry = window_entry();
    cache_write(HOST_USER_BASE, true, 4);
    maintenance_begin();
    assert_halts(host_dc(DC_CLEAN, window_address())); /* nothing is there */
    *entry = HOST_USER_BASE | 3;
    assert_halts(host_dc(DC_CLEAN, window_address())); /* not visible yet */
    host_barrier(BARRIER_STORES);
    assert_halts(host_dc(DC_CLEAN, window_address())); /* not for what the core executes now */
    host_barrier(BARRIER_ISB);
    assert_halts(host_dc(DC_CLEAN, window_address() + PAGE_SIZE));
    host_dc(DC_CLEAN, window_address());
    assert_int_equal(cache_read(HOST_USER_BASE, false), 4);
    host_barrier(BARRIER_SHARED);
    assert_halts(maintenance_end()); /* not in memory for those that are outside */
    host_barrier(BARRIER_SYSTEM);
    assert_halts(maintenance_end()); /* the TLB still has the window */
    *entry = 0;
    assert_halts(host_tlbi(TLBI_KERNEL, window_address() >> PAGE_SHIFT));
    host_barrier(BARRIER_STORES);
    host_tlbi(TLBI_KERNEL, window_address() >> PAGE_SHIFT);
    host_barrier(BARRIER_LOCAL);
    assert_halts(maintenance_end());
    host_barrier(BARRIER_ISB);
    maintenance_end();
}

static void test_instructions(void **state)
{
    (void)state;
    maintenance_begin();
    host_barrier(BARRIER_SHARED);
    host_ic(true);
    assert_halts(maintenance_end());
    host_barrier(BARRIER_SHARED);
    maintenance_end();
}

/* ---- rule 27: VTTBR_EL2 differs from the owner of EL1 only while TGE is 1 ---- */

static void guest_runs(void)
{
    uint64_t cell, vcpu = world_vcpu(150, &cell);
    assert_int_equal(DO(thread_resume, vcpu), BH_OK);
    assert_runs(vcpu);
    assert_int_equal(host_register_read("hcr_el2") & TGE, 0);
}

static void test_rule_27_order(void **state)
{
    (void)state;
    guest_runs();
    uint64_t own = host_register_read("vttbr_el2");
    assert_halts(host_register_write("vttbr_el2", SOME_VTTBR));
    host_barrier(BARRIER_ISB);
    host.cores[0].vttbr = own;
    host_register_write("hcr_el2", TGE);
    assert_halts(host_register_write("vttbr_el2", SOME_VTTBR)); /* ISB */
    host_barrier(BARRIER_ISB);
    host_register_write("vttbr_el2", SOME_VTTBR);
    host_barrier(BARRIER_ISB);
    assert_halts(host_register_write("hcr_el2", 0));
    host_barrier(BARRIER_ISB);
    host.cores[0].tge = 1;
    host_register_write("vttbr_el2", own);
    host_barrier(BARRIER_ISB);
    host_register_write("hcr_el2", 0);
}

static void test_rule_27_tlbi_waits_for_vttbr(void **state)
{
    (void)state;
    maintenance_begin();
    host_barrier(BARRIER_STORES);
    host_register_write("vttbr_el2", SOME_VTTBR);
    assert_halts(host_tlbi(TLBI_VMID, 0));
    host_barrier(BARRIER_ISB);
    host_tlbi(TLBI_VMID, 0);
    host_barrier(BARRIER_SHARED);
    maintenance_end();
}

/* The kernel's own stage2.c, called while a guest runs: for its own cell and for another one. */
static void test_rule_27_of_the_kernel(void **state)
{
    (void)state;
    uint64_t other = world_warden()->cell->vttbr;
    guest_runs();
    uint64_t own = host_register_read("vttbr_el2");
    assert_true(own != other);
    arch_stage2_flush(other, (ipa){0}, PAGE_SIZE);
    arch_stage2_flush(own, (ipa){0}, PAGE_SIZE);
    assert_int_equal(host_register_read("vttbr_el2"), own);
    assert_int_equal(host_register_read("hcr_el2") & TGE, 0);
}

static void test_unknown_register(void **state)
{
    (void)state;
    assert_halts((void)host_register_read("sctlr_el1"));
    assert_halts(host_register_write("sctlr_el1", 0));
    host_barrier(BARRIER_ISB);
    assert_int_equal(host_register_read("ctr_el0") >> 16 & 15, 7);
    assert_int_equal(host_register_read("dczid_el0"), 7);
    assert_ptr_equal((void *)(uintptr_t)host_register_read("tpidr_el2"), &host.cores[0].cpu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_proper_order),
        TEST(test_store_not_visible),
        TEST(test_not_published),
        TEST(test_not_waited_for),
        TEST(test_stage1_too_early),
        TEST(test_stage1_forgotten),
        TEST(test_local_and_shared),
        TEST(test_window),
        TEST(test_instructions),
        TEST(test_unknown_register),
        WORLD_TEST(test_rule_27_order),
        WORLD_TEST(test_rule_27_tlbi_waits_for_vttbr),
        WORLD_TEST(test_rule_27_of_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
