/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell can do to make a vCPU's way to another core long, and its end there: its interrupts
 * fill the list registers and more wait, its EL1 and FP registers are in the core, its budgets are
 * parts of parts and used up now and then, it has a page. How long that is, tests/bench/bounds
 * measures. */
#include "tests/target/lab/guest.h"

#define ON       3
#define ROUNDS   32
#define NESTING  4
#define PATIENCE 60000 /* milliseconds of guest time */
#define PERIOD   UINT64_C(1000000)
#define FP_OPEN  (UINT64_C(3) << 20) /* CPACR_EL1.FPEN */
#define LIMIT(n) BH_BUDGET_LIMIT(PERIOD / 2 - (n)*1000, PERIOD)

static volatile uint64_t loops;
static uint32_t cores[LAB_CORES];

/* In the guest, until it is destroyed. */
static uint64_t life(uint64_t unused)
{
    (void)unused;
    __asm__ volatile("msr cpacr_el1, %0\n\tisb" ::"r"(FP_OPEN));
    while (loops != UINT64_MAX) {
        __asm__ volatile("movi v0.16b, #1" ::: "v0");
        loops++;
    }
    return LAB_GUEST_DONE;
}

static void goes_on(unsigned core)
{
    uint64_t before = loops, end = counter_after(PATIENCE);

    while (loops < before + 2 && counter_now() < end) {
        lab_sleep(1);
    }
    lab_expect(loops >= before + 2, "it does not run on core %u", core);
}

static uint32_t budget_make(unsigned core)
{
    uint32_t part =
        lab_create(lab.pool, BH_BUDGET,
                   (uint64_t[]){cores[core], BH_BUDGET_ORDER(LAB_GUEST_PRIORITY, 5000), LIMIT(0)});

    for (unsigned i = 1; i <= NESTING; i++) {
        part = lab_create(lab.pool, BH_BUDGET,
                          (uint64_t[]){part, BH_BUDGET_ORDER(LAB_GUEST_PRIORITY, 5000), LIMIT(i)});
    }
    return part;
}

static void all_pending(uint32_t vcpu)
{
    uint64_t state;

    for (unsigned i = 32; i < LAB_GUEST_INTERRUPTS; i++) {
        uint64_t priority = (255 - i) & 0xf8;
        lab_need("vcpu_irq", bh_vcpu_irq(vcpu, i, priority | BH_VIRQ_ENABLE | BH_VIRQ_ALTERNATE));
        lab_need("vcpu_irq_state", bh_vcpu_irq_state(vcpu, i, 1, 0, &state));
    }
}

void cell_main(const struct start_info *start)
{
    uint32_t budgets[2], page;
    struct lab_guest vm;

    lab_open(start);
    lab_begin("longest_move.vcpu");
    lab_expect(lab_cores(cores) == 2, "two cores are needed");
    lab_need("core_power", bh_core_power(cores[1], ON));
    budgets[0] = budget_make(0);
    budgets[1] = budget_make(1);
    for (unsigned life_number = 0; life_number < 2; life_number++) {
        lab_guest_open(&vm);
        page = lab_create(vm.pool, BH_MEMORY, (uint64_t[]){LAB_PAGE, 0, 0});
        lab_need("vcpu_page", bh_vcpu_page(vm.vcpu, page));
        lab_guest_start(&vm, life, 0);
        all_pending(vm.vcpu);
        for (unsigned i = 0; i < ROUNDS - life_number; i++) {
            lab_status("move", bh_thread_budget(vm.vcpu, budgets[1 - i % 2]), BH_OK);
            goes_on(1 - i % 2);
        }
        lab_status("destroy", bh_object_destroy(vm.vcpu), BH_OK);
        lab_need("object_destroy", bh_object_destroy(vm.pool));
        const uint32_t slots[] = {page, vm.budget, vm.vcpu, vm.cell, vm.handler, vm.pool};
        for (unsigned i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
            lab_drop(slots[i]);
        }
    }
    lab_end();
    lab_done();
}
