/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and devices that a cell has no mapping for: every touch is a fault at once, with the
 * right address and reason. */
#include "tests/target/lab/probe.h"

#define RAM_BASE  UINT64_C(0x40000000)
#define RAM_SIZE  UINT64_C(0x10000000)
#define IPA_LIMIT (UINT64_C(1) << 39)
#define OWN_AT    UINT64_C(0x20000000)
#define FIXED_AT  UINT64_C(0x21000000)
#define OWN_BYTES 0x4000
#define RET       UINT32_C(0xd65f03c0)

/* ESR_ELx (Arm ARM D17.2.37). */
#define EC(esr)          ((esr) >> 26 & 63)
#define EC_INSTRUCTION   0x20
#define EC_DATA          0x24
#define ISS_WRITE        0x40
#define DFSC(esr)        ((esr)&0x3c)
#define DFSC_SIZE        0
#define DFSC_TRANSLATION 4
#define DFSC_PERMISSION  12

enum touch { READ, WRITE, EXECUTE, TOUCHES };
static const char *const touch_names[] = {"read", "write", "execute"};

static struct lab_probe probe;
static uint32_t own, own_slot; /* memory that the probe may use; its slot there */
static volatile uint64_t progress;
static unsigned faults;

/* ---- what the probe does ---- */

static void do_read(uint64_t address)
{
    uint64_t value;
    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
}

static void do_write(uint64_t address)
{
    __asm__ volatile("str wzr, [%0]" ::"r"(address) : "memory");
}

static void do_execute(uint64_t address)
{
    __asm__ volatile("blr %0" ::"r"(address) : "x30", "memory");
}

static void (*const touches[])(uint64_t) = {do_read, do_write, do_execute};

/* Every page of a range; whoever handles the fault steps over the load. x0 = address. */
static void sweep(uint64_t from)
{
    for (uint64_t address = from; address < RAM_BASE + RAM_SIZE; address += LAB_PAGE) {
        progress = address;
        do_read(address);
    }
}

static void unaligned(uint64_t address)
{
    __asm__ volatile("ldr x1, [%0, #1]\n\tstr x1, [%0, #3]" ::"r"(address) : "x1", "memory");
}

static void exclusive(uint64_t address)
{
    __asm__ volatile("ldxr x1, [%0]" ::"r"(address + 1) : "x1", "memory");
}

static void misaligned_pc(uint64_t address)
{
    __asm__ volatile("br %0" ::"r"(address + 2));
}

/* ---- what must come of it ---- */

static void expect_fault(uint64_t address, enum touch touch, const struct lab_outcome *o,
                         uint64_t dfsc)
{
    uint64_t esr = o->fault.syndrome;
    const char *how = touch_names[touch];

    faults += o->faulted;
    if (!lab_expect(o->faulted, "%s of 0x%lx is not a fault", how, (unsigned long)address)) {
        return;
    }
    lab_expect(o->fault.kind == BH_FAULT_MEMORY, "%s of 0x%lx: kind %lu", how,
               (unsigned long)address, (unsigned long)o->fault.kind);
    lab_expect(o->fault.address == address, "%s of 0x%lx: reported as 0x%lx", how,
               (unsigned long)address, (unsigned long)o->fault.address);
    lab_expect(o->fault.ipa == BH_NO_IPA || o->fault.ipa == (address & ~UINT64_C(0xfff)),
               "%s of 0x%lx: page 0x%lx", how, (unsigned long)address, (unsigned long)o->fault.ipa);
    lab_expect(address >= IPA_LIMIT || o->fault.ipa != BH_NO_IPA, "%s of 0x%lx: no page", how,
               (unsigned long)address);
    lab_expect(EC(esr) == (touch == EXECUTE ? EC_INSTRUCTION : EC_DATA),
               "%s of 0x%lx: syndrome 0x%lx", how, (unsigned long)address, (unsigned long)esr);
    lab_expect(touch == EXECUTE || ((esr & ISS_WRITE) != 0) == (touch == WRITE),
               "%s of 0x%lx: syndrome 0x%lx", how, (unsigned long)address, (unsigned long)esr);
    lab_expect(DFSC(esr) == dfsc || (address >= IPA_LIMIT && DFSC(esr) == DFSC_SIZE),
               "%s of 0x%lx: syndrome 0x%lx", how, (unsigned long)address, (unsigned long)esr);
    lab_expect(touch != EXECUTE || o->fault.pc == address, "pc 0x%lx", (unsigned long)o->fault.pc);
}

static void refuse(uint64_t address, enum touch touch, uint64_t dfsc)
{
    struct lab_outcome o = lab_probe_try(&probe, touches[touch], address);

    expect_fault(address, touch, &o, dfsc);
}

static void allow(uint64_t address, enum touch touch)
{
    struct lab_outcome o = lab_probe_try(&probe, touches[touch], address);

    faults += o.faulted;
    lab_expect(!o.faulted && !o.hung, "%s of 0x%lx: syndrome 0x%lx", touch_names[touch],
               (unsigned long)address, (unsigned long)o.fault.syndrome);
}

/* ---- tests ---- */

static void test_addresses(void)
{
    static const uint64_t addresses[] = {
        0,
        8,
        0x1000,
        0x3ff000,
        0x3ffffc, /* around the image */
        0x08000000,
        0x08010000,
        0x08030000,
        0x08040000,
        0x080a0000,
        0x080b0000, /* GIC */
        0x09000000,
        0x09010000,
        0x09030000,
        0x0a000000, /* UART, RTC, GPIO, virtio */
        0x40000000,
        0x40080000,
        0x40201000,
        0x4fffff00,
        0x50000000, /* RAM, kernel */
        0x80000000,
        0xffffffff000 + 0x1000,
        0x1000000000,
        IPA_LIMIT - 8,
        IPA_LIMIT,
        IPA_LIMIT + 0x400000,
        UINT64_C(1) << 40,
        UINT64_C(1) << 47,
        UINT64_C(1) << 48,
        UINT64_C(0x0001000000400000),
        UINT64_C(1) << 52,
        UINT64_C(0x8000000000000000),
        UINT64_C(0xffff000000000000),
        UINT64_C(0xfffffffffffff000),
        ~UINT64_C(7),
    };

    for (unsigned touch = 0; touch < TOUCHES; touch++) {
        static const char *const names[] = {"memory.no_read", "memory.no_write",
                                            "memory.no_execute"};
        lab_begin(names[touch]);
        for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
            refuse(addresses[i] & ~UINT64_C(3), (enum touch)touch, DFSC_TRANSLATION);
        }
        lab_end();
    }
}

/* The top byte of an address is part of it: no tag is ignored. */
static void test_tags(void)
{
    lab_begin("memory.no_tagged_address");
    for (unsigned bit = 39; bit < 64; bit++) {
        refuse(OWN_AT | UINT64_C(1) << bit, READ, DFSC_TRANSLATION);
        refuse(OWN_AT | UINT64_C(1) << bit, WRITE, DFSC_TRANSLATION);
    }
    lab_end();
}

/* Every page of the machine's RAM, by its physical address. */
static void test_ram(void)
{
    struct lab_outcome o = {0};
    unsigned pages = 0;

    lab_begin("memory.no_page_of_ram_by_physical_address");
    o = lab_probe_try(&probe, sweep, RAM_BASE); /* stops at the first */
    lab_need("thread_write", bh_thread_write(probe.thread.thread, BH_REG_PC, o.fault.pc + 4));
    lab_need("thread_resume", bh_thread_resume(probe.thread.thread));
    faults += o.faulted;
    pages += o.faulted;
    o = lab_probe_wait(BH_WAIT_ONLY, 1000);
    while (o.faulted) {
        pages++;
        expect_fault(progress, READ, &o, DFSC_TRANSLATION);
        lab_need("thread_write", bh_thread_write(probe.thread.thread, BH_REG_PC, o.fault.pc + 4));
        o = lab_probe_wait(BH_RESUME, 1000);
    }
    lab_expect(!o.hung, "it hung at 0x%lx", (unsigned long)progress);
    lab_expect(pages == RAM_SIZE / LAB_PAGE, "%u pages faulted", pages);
    lab_end();
}

static const uint32_t constant_code[] = {RET};

static void test_permissions(void)
{
    lab_begin("memory.own_memory_as_mapped");
    allow(OWN_AT, READ);
    allow(OWN_AT, WRITE);
    allow(OWN_AT + OWN_BYTES - 4, WRITE);
    refuse(OWN_AT, EXECUTE, DFSC_PERMISSION);
    refuse(OWN_AT - 4, WRITE, DFSC_TRANSLATION);
    refuse(OWN_AT + OWN_BYTES, READ, DFSC_TRANSLATION);
    lab_end();
    lab_begin("memory.text_and_constants_are_fixed");
    allow((uintptr_t)do_read, READ);
    refuse((uintptr_t)do_read, WRITE, DFSC_PERMISSION);
    allow((uintptr_t)constant_code, READ);
    refuse((uintptr_t)constant_code, WRITE, DFSC_PERMISSION);
    refuse((uintptr_t)constant_code, EXECUTE, DFSC_PERMISSION);
    refuse((uintptr_t)&progress, EXECUTE, DFSC_PERMISSION);
    lab_end();
}

static void map_own(uint32_t slot, uint64_t rights, uint64_t ipa)
{
    lab_need("cap_derive", bh_cap_derive(own, probe.cell, slot, rights, 0));
    lab_need("memory_map", bh_memory_map(probe.cell, slot, ipa, rights));
}

static void test_read_only(void)
{
    uint32_t slot = own_slot + 1;

    lab_begin("memory.read_only_and_code_mappings");
    map_own(slot, BH_MEMORY_READ, FIXED_AT);
    allow(FIXED_AT, READ);
    refuse(FIXED_AT, WRITE, DFSC_PERMISSION);
    refuse(FIXED_AT, EXECUTE, DFSC_PERMISSION);
    lab_need("cap_delete", bh_cap_delete(probe.cell, slot));
    map_own(slot, BH_MEMORY_READ | BH_MEMORY_EXEC, FIXED_AT);
    allow(FIXED_AT, EXECUTE);
    refuse(FIXED_AT, WRITE, DFSC_PERMISSION);
    lab_need("cap_delete", bh_cap_delete(probe.cell, slot));
    refuse(FIXED_AT, READ, DFSC_TRANSLATION);
    lab_end();
}

/* Whichever way a mapping goes, it is gone at once. */
static void test_taken_away(void)
{
    uint32_t copy = lab_derive(own, BH_MEMORY_READ | BH_MEMORY_WRITE, 0), slot = own_slot + 1;

    lab_begin("memory.gone_after_unmap_delete_revoke");
    for (unsigned way = 0; way < 3; way++) {
        lab_need("cap_derive",
                 bh_cap_derive(copy, probe.cell, slot, BH_MEMORY_READ | BH_MEMORY_WRITE, 0));
        lab_need("memory_map",
                 bh_memory_map(probe.cell, slot, FIXED_AT, BH_MAP_READ | BH_MAP_WRITE));
        allow(FIXED_AT, WRITE);
        if (way == 0) {
            lab_need("memory_unmap", bh_memory_unmap(probe.cell, slot));
        } else if (way == 1) {
            lab_need("cap_delete", bh_cap_delete(probe.cell, slot));
        } else {
            lab_need("cap_revoke", bh_cap_revoke(copy));
        }
        refuse(FIXED_AT, READ, DFSC_TRANSLATION);
        refuse(FIXED_AT, WRITE, DFSC_TRANSLATION);
        (void)bh_cap_delete(probe.cell, slot);
    }
    lab_end();
    lab_drop(copy);
}

static void test_alignment(void)
{
    struct lab_outcome o;

    lab_begin("memory.alignment");
    o = lab_probe_try(&probe, unaligned, OWN_AT);
    faults += o.faulted;
    lab_expect(!o.faulted && !o.hung, "unaligned words: syndrome 0x%lx",
               (unsigned long)o.fault.syndrome);
    o = lab_probe_try(&probe, exclusive, OWN_AT);
    faults += o.faulted;
    lab_expect(o.faulted && o.fault.kind == BH_FAULT_ALIGNMENT && o.fault.address == OWN_AT + 1 &&
                   o.fault.ipa == BH_NO_IPA,
               "exclusive: fault %u, kind %lu, address 0x%lx, page 0x%lx", o.faulted,
               (unsigned long)o.fault.kind, (unsigned long)o.fault.address,
               (unsigned long)o.fault.ipa);
    o = lab_probe_try(&probe, misaligned_pc, (uintptr_t)do_read);
    faults += o.faulted;
    lab_expect(o.faulted && o.fault.kind == BH_FAULT_ALIGNMENT &&
                   o.fault.address == (uintptr_t)do_read + 2,
               "pc: fault %u, kind %lu, address 0x%lx", o.faulted, (unsigned long)o.fault.kind,
               (unsigned long)o.fault.address);
    lab_end();
}

static void test_count(void)
{
    uint64_t info[6];

    lab_begin("memory.every_fault_is_counted_once");
    lab_need("cell_info", bh_cell_info(probe.cell, info));
    lab_expect(info[3] == faults, "%u faults, the cell's count is %lu", faults,
               (unsigned long)info[3]);
    lab_end();
}

void cell_main(const struct start_info *start)
{
    uint32_t *code;

    lab_open(start);
    own = lab_ram(OWN_BYTES);
    code = lab_map(own, BH_MAP_READ | BH_MAP_WRITE);
    code[0] = RET;
    lab_probe_open(&probe, 0);
    own_slot = lab_image_slots() + 1;
    map_own(own_slot, BH_MEMORY_READ | BH_MEMORY_WRITE, OWN_AT);
    code[0] = RET;
    test_addresses();
    test_tags();
    test_ram();
    test_permissions();
    code[0] = RET;
    test_read_only();
    test_taken_away();
    test_alignment();
    test_count();
    lab_done();
}
