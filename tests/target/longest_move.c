/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell can do to make a vCPU's way to another core long, and its end there: its interrupts
 * fill the list registers and more wait, its EL1 and FP registers are in the core, its budgets are
 * parts of parts and used up now and then, it has a page. And the end of a core to which many
 * interrupts are routed. How long that is, tests/bench/bounds
 * measures. */
#include "tests/target/lab/guest.h"

#define OFF      2
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

static void test_vcpu(void)
{
    uint32_t budgets[2], page;
    struct lab_guest vm;

    lab_begin("longest_move.vcpu");
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
}

/* A core goes off to which eight interrupts in a row are routed: they come to this one. */
static void test_interrupts(void)
{
    static const char *const names[] = {"irq0", "irq1", "irq2", "irq3",
                                        "irq4", "irq5", "irq6", "irq7"};
    uint32_t signal = lab_make(lab.pool, BH_SIGNAL);
    uint32_t thread = lab_create(lab.pool, BH_THREAD, (uint64_t[]){lab.self, 0, 1});
    enum bh_status status = BH_BUSY;
    uint64_t end = counter_after(PATIENCE);

    lab_begin("longest_move.interrupts");
    lab_need("signal_bind", bh_signal_bind(signal, thread));
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        uint32_t irq = start_need_cap(lab.start, names[i], BH_IRQ);
        lab_status("irq_bind", bh_irq_bind(irq, signal), BH_OK);
    }
    lab_need("object_destroy", bh_object_destroy(thread));
    while (status == BH_BUSY && counter_now() < end) {
        status = bh_core_power(cores[1], OFF);
    }
    lab_status("off", status, BH_OK);
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    if (lab_cores(cores) != 2) {
        print_stop("FAIL longest_move: two cores are needed");
    }
    lab_need("core_power", bh_core_power(cores[1], ON));
    test_vcpu();
    test_interrupts();
    lab_done();
}
