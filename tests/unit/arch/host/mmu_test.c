/* SPDX-License-Identifier: Apache-2.0 */
/* The MMU model itself: it must refuse what the architecture forbids, and allow the rest. */
#include "tests/unit/world.h"

#define VMID 9
#define LEAF(pa, bits) \
    ((pa) | 0xfu << 2 | UINT64_C(3) << 8 | UINT64_C(1) << 10 | UINT64_C(1) << 6 | (bits))
#define PAGE_LEAF(pa)  LEAF(pa, 3)
#define BLOCK_LEAF(pa) LEAF(pa, 1)
#define WRITABLE       (UINT64_C(1) << 7)
#define NO_EXECUTE     (UINT64_C(1) << 54)
#define RAM            HOST_USER_BASE

/* Three tables at the start of kernel memory: root, level 2, level 3. */
static uint64_t *root, *middle, *last;
static uint64_t vttbr;

static int setup(void **state)
{
    (void)state;
    host_reset(1 << 16, 3);
    memset(host.pool, 0, 3 * PAGE_SIZE);
    root = arch_pointer((paddr){HOST_POOL_BASE});
    middle = root + 512;
    last = middle + 512;
    root[0] = arch_physical(middle).raw | 3;
    middle[0] = arch_physical(last).raw | 3;
    vttbr = arch_vttbr((paddr){HOST_POOL_BASE}, VMID);
    host.cores[0].vttbr = vttbr;
    return 0;
}

#define MMU_TEST(name) cmocka_unit_test_setup(name, setup)

/* Speculate until this many entries are cached. */
static void fill(void)
{
    for (unsigned i = 0; i < 200; i++) {
        mmu_speculate();
    }
    assert_true(mmu_cached(VMID) > 0);
}

static void test_walk(void **state)
{
    (void)state;
    uint64_t physical = 0;
    last[5] = PAGE_LEAF(RAM + 0x3000);
    assert_true(mmu_access(0, vttbr, 5 * PAGE_SIZE + 8, BH_MAP_READ, &physical));
    assert_int_equal(physical, RAM + 0x3008);
    assert_false(mmu_access(0, vttbr, 6 * PAGE_SIZE, BH_MAP_READ, &physical));
    assert_false(mmu_access(0, vttbr, UINT64_C(1) << 39, BH_MAP_READ, &physical));
    middle[1] = BLOCK_LEAF(RAM);
    assert_true(mmu_access(1, vttbr, (UINT64_C(1) << 21) + 0x12345, BH_MAP_READ, &physical));
    assert_int_equal(physical, RAM + 0x12345);
    root[1] = BLOCK_LEAF(UINT64_C(0x4000000000));
    assert_true(mmu_access(1, vttbr, UINT64_C(0x7fffffff), BH_MAP_READ, &physical));
    assert_int_equal(physical, UINT64_C(0x403fffffff));
}

static void test_permissions(void **state)
{
    (void)state;
    uint64_t physical;
    last[0] = PAGE_LEAF(RAM) | NO_EXECUTE;
    last[1] = PAGE_LEAF(RAM) | WRITABLE;
    assert_false(mmu_access(0, vttbr, 0, BH_MAP_WRITE, &physical));
    assert_false(mmu_access(0, vttbr, 0, BH_MAP_EXEC, &physical));
    assert_true(mmu_access(0, vttbr, PAGE_SIZE, BH_MAP_WRITE | BH_MAP_EXEC, &physical));
}

static void test_dirty_pages(void **state)
{
    (void)state;
    uint64_t physical;
    last[0] = PAGE_LEAF(RAM) | WRITABLE;
    assert_true(host_access(0, BH_MAP_READ, &physical));
    assert_false(host_page_dirty(physical));
    assert_true(host_access(0, BH_MAP_WRITE, &physical));
    assert_true(host_page_dirty(physical));
    arch_page_clean((paddr){RAM});
    assert_false(host_page_dirty(physical));
    assert_halts(arch_page_clean((paddr){0x1000}));
    assert_halts(arch_page_zero((paddr){RAM + 1}));
}

/* Entries appear on both cores without anybody's access. */
static void test_speculation(void **state)
{
    (void)state;
    last[3] = PAGE_LEAF(RAM);
    assert_int_equal(mmu_cached(VMID), 0);
    fill();
    mmu_check();
}

static void test_missing_invalidation(void **state)
{
    (void)state;
    last[3] = PAGE_LEAF(RAM);
    fill();
    last[3] = 0;
    assert_halts(mmu_check());
}

static void test_stale_use(void **state)
{
    (void)state;
    uint64_t physical;
    last[3] = PAGE_LEAF(RAM);
    assert_true(mmu_access(0, vttbr, 3 * PAGE_SIZE, BH_MAP_READ, &physical));
    last[3] = 0;
    assert_halts((void)mmu_access(0, vttbr, 3 * PAGE_SIZE, BH_MAP_READ, &physical));
}

static void test_invalidation(void **state)
{
    (void)state;
    uint64_t physical;
    last[3] = PAGE_LEAF(RAM);
    last[4] = PAGE_LEAF(RAM + 0x1000);
    fill();
    last[3] = 0;
    arch_stage2_flush(vttbr, (ipa){3 * PAGE_SIZE}, PAGE_SIZE);
    mmu_check();
    assert_false(mmu_access(0, vttbr, 3 * PAGE_SIZE, BH_MAP_READ, &physical));
    assert_true(mmu_access(0, vttbr, 4 * PAGE_SIZE, BH_MAP_READ, &physical));
}

/* A block must be invalidated as a whole. */
static void test_block_invalidation(void **state)
{
    (void)state;
    middle[1] = BLOCK_LEAF(RAM);
    fill();
    middle[1] = 0;
    arch_stage2_flush(vttbr, (ipa){UINT64_C(1) << 21}, UINT64_C(1) << 21);
    mmu_check();
}

static void test_break_before_make(void **state)
{
    (void)state;
    last[3] = PAGE_LEAF(RAM);
    fill();
    last[3] = PAGE_LEAF(RAM + 0x1000); /* another page, without a break */
    assert_halts(arch_stage2_publish());
}

static void test_break_before_make_of_attributes(void **state)
{
    (void)state;
    last[3] = PAGE_LEAF(RAM);
    fill();
    last[3] = PAGE_LEAF(RAM) & ~(UINT64_C(0xf) << 2);
    assert_halts(mmu_check_break());
}

static void test_table_for_block(void **state)
{
    (void)state;
    middle[1] = BLOCK_LEAF(RAM);
    fill();
    middle[1] = arch_physical(last).raw | 3;
    assert_halts(mmu_check_break());
}

/* Permissions alone may change in place, if the old ones are invalidated afterwards. */
static void test_permission_change(void **state)
{
    (void)state;
    last[3] = PAGE_LEAF(RAM) | WRITABLE;
    fill();
    last[3] = PAGE_LEAF(RAM);
    mmu_check_break();
    arch_stage2_flush(vttbr, (ipa){3 * PAGE_SIZE}, PAGE_SIZE);
    mmu_check();
}

static void test_vmid_reuse(void **state)
{
    (void)state;
    last[3] = PAGE_LEAF(RAM);
    fill();
    assert_halts((void)arch_vttbr((paddr){HOST_POOL_BASE + 0x4000}, VMID)); /* still in use */
    host.cores[0].vttbr = 0;
    arch_stage2_flush_all(vttbr);
    assert_int_equal(mmu_cached(VMID), 0);
    (void)arch_vttbr((paddr){HOST_POOL_BASE + 0x4000}, VMID);
    assert_halts((void)arch_vttbr((paddr){HOST_POOL_BASE + 0x5000}, 0));
}

/* Kernel code does not get at what is not its own. */
static void test_kernel_memory_only(void **state)
{
    (void)state;
    assert_halts((void)arch_pointer((paddr){RAM}));
    assert_halts((void)arch_physical(&root));
    root[2] = RAM | 3; /* a table in a cell's memory */
    assert_halts((void)mmu_access(0, vttbr, UINT64_C(2) << 30, BH_MAP_READ, &(uint64_t){0}));
}

static void test_malformed_leaves(void **state)
{
    (void)state;
    struct mmu_entry leaf;
    last[0] = PAGE_LEAF(RAM) & ~(UINT64_C(1) << 10);
    assert_halts((void)mmu_walk(HOST_POOL_BASE, 0, &leaf)); /* no access flag */
    last[0] = BLOCK_LEAF(RAM);
    assert_halts((void)mmu_walk(HOST_POOL_BASE, 0, &leaf)); /* reserved at level 3 */
    middle[1] = BLOCK_LEAF(RAM + 0x1000);
    assert_halts((void)mmu_walk(HOST_POOL_BASE, UINT64_C(1) << 21, &leaf)); /* not aligned */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MMU_TEST(test_walk),
        MMU_TEST(test_permissions),
        MMU_TEST(test_dirty_pages),
        MMU_TEST(test_speculation),
        MMU_TEST(test_missing_invalidation),
        MMU_TEST(test_stale_use),
        MMU_TEST(test_invalidation),
        MMU_TEST(test_block_invalidation),
        MMU_TEST(test_break_before_make),
        MMU_TEST(test_break_before_make_of_attributes),
        MMU_TEST(test_table_for_block),
        MMU_TEST(test_permission_change),
        MMU_TEST(test_vmid_reuse),
        MMU_TEST(test_kernel_memory_only),
        MMU_TEST(test_malformed_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
