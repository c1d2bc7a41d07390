/* SPDX-License-Identifier: Apache-2.0 */
/* The warden as it comes out of boot_info, and every boot_info that is refused with a sentence. */
#include "tests/unit/world.h"

static void test_warden(void **state)
{
    (void)state;
    const struct thread *warden = world_warden();
    assert_int_equal(warden->frame.pc, MACHINE_ENTRY);
    assert_int_equal(warden->frame.sp, 0x800000);
    assert_int_equal(warden->frame.x[0], 0x7000);
    assert_int_equal(warden->frame.psr, 0);
    assert_int_equal(warden->cell->slot_count, MACHINE_SLOTS);
    assert_ptr_equal(world_object(WARDEN_CELL), &warden->cell->object);
    assert_ptr_equal(world_object(WARDEN_THREAD), &warden->object);
    assert_int_equal(slot_type(machine_slot(warden, WARDEN_POOL)), BH_POOL);
    assert_int_equal(slot_type(machine_slot(warden, WARDEN_CORE)), BH_CORE);
    assert_ptr_equal(world_object(WARDEN_BUDGET), &warden->budget->object);
    assert_int_equal(warden->budget->priority, MACHINE_PRIORITY);
}

static void test_resources(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MACHINE_EXTENTS; i++) {
        const struct boot_extent *e = &machine_extents[i];
        const struct memory *memory = memory_of(world_object(e->slot));
        assert_int_equal(memory->base.raw, e->base);
        assert_int_equal(memory->size, e->size);
        assert_int_equal(memory->kind, e->kind);
        assert_false(slot_rights(machine_slot(world_warden(), e->slot)) & BH_DESTROY);
    }
    for (unsigned i = 0; i < MACHINE_IRQS; i++) {
        const struct irq *irq = irq_of(world_object(machine_irqs[i].slot));
        assert_int_equal(irq->intid, machine_irqs[i].intid);
        assert_int_equal(irq->edge, machine_irqs[i].edge);
    }
}

/* ---- refusals ---- */

static struct boot_info *info;
static struct boot_extent *extents;
static struct boot_irq *irqs;

static int setup(void **state)
{
    (void)state;
    info = machine_info();
    extents = (struct boot_extent *)(void *)((char *)info + info->extent_offset);
    irqs = (struct boot_irq *)(void *)((char *)info + info->irq_offset);
    return 0;
}

#define BOOT_TEST(name) cmocka_unit_test_setup(name, setup)

static bool says(const char *text)
{
    char console[sizeof host.console + 1] = {0};
    memcpy(console, host.console, host.console_used);
    return strstr(console, text) != NULL;
}

#define assert_refused(text)              \
    do {                                  \
        assert_halts(machine_start(1));   \
        assert_true(says("cannot boot")); \
        assert_true(says(text));          \
        (void)setup(NULL);                \
    } while (0)

static void test_header(void **state)
{
    (void)state;
    info->magic ^= 1;
    assert_refused("boot_info");
    info->version++;
    assert_refused("boot_info");
}

static void test_pool(void **state)
{
    (void)state;
    info->pool_size += PAGE_SIZE;
    assert_refused("pool");
    info->pool_base += PAGE_SIZE;
    assert_refused("pool");
    info->pool_size = 2048;
    assert_refused("pool");
    info->pool_size = 4096; /* good in form, too small for a warden */
    assert_refused("too small");
}

static void test_extents(void **state)
{
    (void)state;
    extents[2].size = 0;
    assert_refused("extent");
    extents[2].base += 1;
    assert_refused("extent");
    extents[2].base = extents[1].base;
    assert_refused("extent");
    extents[2].kind = 3;
    assert_refused("extent");
    extents[MACHINE_EXTENTS - 1].size = UINT64_MAX - 0xfff;
    assert_refused("extent");
    extents[MACHINE_EXTENTS - 1].base = UINT64_C(1) << 40;
    assert_refused("extent");
    extents[0].base = HOST_POOL_BASE + PAGE_SIZE;
    assert_refused("extent");
    extents[0].base = HOST_KERNEL_BASE;
    assert_refused("extent");
}

static void test_slots(void **state)
{
    (void)state;
    extents[1].slot = extents[0].slot;
    assert_refused("slot");
    extents[1].slot = MACHINE_SLOTS;
    assert_refused("slot");
    irqs[0].slot = WARDEN_POOL;
    assert_refused("slot");
}

static void test_interrupts(void **state)
{
    (void)state;
    irqs[0].intid = HOST_IRQS;
    assert_refused("interrupt");
    irqs[1].intid = irqs[0].intid;
    assert_refused("interrupt");
}

static void test_mapped_extent(void **state)
{
    (void)state;
    extents[3].ipa = 0x400000;
    extents[3].access = BH_MAP_READ | BH_MAP_EXEC;
    machine_start(1);
    uint64_t physical;
    assert_true(host_access(0x400000, BH_MAP_EXEC, &physical));
    assert_int_equal(physical, extents[3].base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_warden),    WORLD_TEST(test_resources),    BOOT_TEST(test_header),
        BOOT_TEST(test_pool),       BOOT_TEST(test_extents),       BOOT_TEST(test_slots),
        BOOT_TEST(test_interrupts), BOOT_TEST(test_mapped_extent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
