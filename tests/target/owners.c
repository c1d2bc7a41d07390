/* SPDX-License-Identifier: Apache-2.0 */
/* A core keeps the EL1 and FP registers of the last vCPU that used them. Such an owner is destroyed
 * where it runs and where it has stopped, or moves away, and its core goes off and comes back: the
 * next vCPU, which gets the same memory, finds nothing of it and keeps what it writes. */
#include "tests/target/lab/guest.h"
#include "tests/target/lab/registers.h"

#define OFF      2
#define ON       3
#define ROUNDS   90
#define PATIENCE 60000 /* milliseconds of guest time */
#define WAYS     3
#define FP_OPEN  (UINT64_C(3) << 20) /* CPACR_EL1.FPEN */

enum way { DIES_RUNNING, DIES_STOPPED, DIES_ELSEWHERE };

static volatile struct {
    uint64_t loops, found, wrong;
} guest;

/* In the guest, until it is destroyed. */
static uint64_t life(uint64_t mark)
{
    uint64_t words[LAB_FP_WORDS], el1;

    __asm__ volatile("msr cpacr_el1, %0\n\tisb" ::"r"(FP_OPEN));
    __asm__ volatile("mrs %0, tpidr_el1" : "=r"(el1));
    lab_fp_read(words);
    for (unsigned i = 0; i < LAB_FP_WORDS; i++) {
        el1 |= words[i];
    }
    guest.found |= el1;
    lab_fp_fill(mark);
    __asm__ volatile("msr tpidr_el1, %0" ::"r"(mark));
    while (guest.loops != UINT64_MAX) {
        __asm__ volatile("mrs %0, tpidr_el1" : "=r"(el1));
        lab_fp_read(words);
        for (unsigned i = 0; i < LAB_FP_WORDS - 2; i++) {
            guest.wrong += words[i] != mark + i / 2;
        }
        guest.wrong += el1 != mark;
        guest.loops++;
    }
    return LAB_GUEST_DONE;
}

static bool goes_on(void)
{
    uint64_t loops = guest.loops, end = counter_after(PATIENCE);

    while (guest.loops < loops + 2 && counter_now() < end) {
        lab_sleep(1);
    }
    return guest.loops >= loops + 2;
}

static void power(uint32_t core, uint64_t operation)
{
    enum bh_status status = BH_BUSY;
    uint64_t end = counter_after(PATIENCE);

    while ((status = bh_core_power(core, operation)) == BH_BUSY && counter_now() < end) {
        lab_sleep(1);
    }
    lab_status("core_power", status, BH_OK);
}

static void one_life(uint32_t core, enum way way, uint64_t mark)
{
    struct lab_guest vm;

    lab_guest_open(&vm);
    uint32_t far = lab_create(vm.pool, BH_BUDGET, (uint64_t[]){core, LAB_GUEST_PRIORITY, 0});
    lab_status("there", bh_thread_budget(vm.vcpu, far), BH_OK);
    lab_guest_start(&vm, life, mark);
    lab_expect(goes_on(), "it does not run on core 1");
    if (way != DIES_RUNNING) {
        lab_status("suspend", bh_thread_suspend(vm.vcpu), BH_OK);
    }
    if (way == DIES_ELSEWHERE) {
        lab_status("back", bh_thread_budget(vm.vcpu, vm.budget), BH_OK);
        lab_status("resume", bh_thread_resume(vm.vcpu), BH_OK);
        lab_expect(goes_on(), "it does not run on core 0");
        power(core, OFF); /* without it, if it has left nothing there */
    }
    lab_status("destroy", bh_object_destroy(vm.pool), BH_OK);
    const uint32_t slots[] = {far, vm.budget, vm.vcpu, vm.cell, vm.handler, vm.pool};
    for (unsigned i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        lab_drop(slots[i]);
    }
}

void cell_main(const struct start_info *start)
{
    struct lab_account before = {0};
    uint32_t core;

    lab_open(start);
    core = start_need_cap(start, "core1", BH_CORE);
    lab_begin("owners.leave_nothing_behind");
    for (unsigned round = 0; round < ROUNDS; round++) {
        enum way way = (enum way)(round % WAYS);
        if (round == WAYS) { /* what is made once is there */
            before = lab_account();
        }
        power(core, ON);
        one_life(core, way, UINT64_C(0x1122334455660000) + round * 64);
        if (round % 2 == 0 && way != DIES_ELSEWHERE) {
            power(core, OFF);
        }
    }
    lab_expect(guest.found == 0, "a new vCPU found 0x%lx", guest.found);
    lab_expect(guest.wrong == 0, "%lu registers were not kept", guest.wrong);
    lab_expect(lab_account_same(before, lab_account()), "kernel memory or slots differ");
    lab_end();
    print("%lu loops\n", guest.loops);
    lab_done();
}
