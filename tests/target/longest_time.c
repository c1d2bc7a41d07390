/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell can do to make the kernel's timer interrupt long: many deadlines, refills and the end
 * of a window at one moment, in which also a guest wakes for whom hundreds of interrupts wait, and
 * before it another such guest ran. How long that is, tests/bench/bounds measures. */
#include "abi/plan_page.h"
#include "tests/target/lab/lab.h"

#define INTERRUPTS 1020u
#define FIRST      32u /* no SGIs, no timers */
#define WAITERS    28
#define BURNERS    3
#define NESTING    6
#define ROUNDS     64
#define WINDOW     UINT64_C(62500)   /* ticks */
#define PERIOD     UINT64_C(2000000) /* ticks of the budget that the others are parts of */
#define AMOUNT     500

static uint8_t stacks[WAITERS + BURNERS + 2][LAB_STACK] __attribute__((aligned(16)));
static volatile uint64_t moment; /* when everything happens */
static volatile uint64_t woken;  /* deadlines that came, of all waiters */
static volatile uint64_t guest_woken;
static uint32_t big, whole[NESTING + 1];
static uint32_t guests[2], burners[BURNERS], parts[BURNERS];

/* x0 = { &moment, &guest_woken }: a guest that sleeps until the moment; one that never does. */
void sleeper(void);
void spinner(void);
__asm__(".text\n\t.global sleeper, spinner\n"
        "sleeper:\n\tldp x6, x7, [x0]\n\tmov x5, #0\n"
        "1:\tldr x1, [x6]\n\tcmp x1, x5\n\tb.eq 1b\n\tmov x5, x1\n"
        "\tmrs x2, cntvct_el0\n\tmrs x3, cntpct_el0\n\tsub x2, x2, x3\n\tadd x1, x1, x2\n"
        "\tmsr cntv_cval_el0, x1\n\tmov x1, #1\n\tmsr cntv_ctl_el0, x1\n\tisb\n\twfi\n"
        "\tmsr cntv_ctl_el0, xzr\n\tisb\n\tldr x1, [x7]\n\tadd x1, x1, #1\n\tstr x1, [x7]\n"
        "\tb 1b\n"
        "spinner:\n\tb spinner\n");

static const volatile void *const sleeper_words[] = {&moment, &guest_woken};

static void waiter(uint64_t unused)
{
    (void)unused;
    for (;;) {
        struct bh_message m = {{0}};
        struct bh_received r = {0};
        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){.deadline = moment});
        woken += r.event == BH_EVENT_DEADLINE;
    }
}

static void burner(uint64_t unused)
{
    (void)unused;
    for (;;) {
        cpu_pause();
    }
}

static void group_set(uint32_t budget, uint64_t group)
{
    lab_need("budget_group", bh_budget_group(budget, lab.core, group));
}

/* A guest for whom all interrupts wait, each group of which has several. */
static uint32_t guest_make(unsigned number, void (*entry)(void), uint64_t priority)
{
    uint32_t cell = lab_cell(big, LAB_PAGE / 64, true);
    uint32_t vcpu = lab_create(big, BH_VCPU, (uint64_t[]){cell, INTERRUPTS, 0});
    uint32_t budget = lab_budget(big, priority);
    uint32_t page = lab_create(big, BH_MEMORY, (uint64_t[]){LAB_PAGE, 0, 0});
    uint64_t state;

    lab_need("thread_set",
             bh_thread_set(vcpu, (uintptr_t)entry, (uintptr_t)stacks[WAITERS + BURNERS + number],
                           (uintptr_t)sleeper_words));
    for (unsigned i = FIRST; i < INTERRUPTS; i++) {
        uint64_t urgency = (255 - i / 4) & 0xf8;
        lab_need("vcpu_irq", bh_vcpu_irq(vcpu, i, urgency | BH_VIRQ_ENABLE | BH_VIRQ_ALTERNATE));
        lab_need("vcpu_irq_state", bh_vcpu_irq_state(vcpu, i, 1, 0, &state));
    }
    lab_need("thread_handler", bh_thread_handler(vcpu, lab.door));
    lab_need("vcpu_page", bh_vcpu_page(vcpu, page));
    lab_need("thread_budget", bh_thread_budget(vcpu, budget));
    group_set(budget, 30 + number);
    return vcpu;
}

static void waiters_make(void)
{
    for (unsigned i = 0; i < WAITERS; i++) {
        struct lab_thread made = lab_thread(&(struct lab_spec){
            .pool = big, .cell = lab.self, .priority = 10, .entry = waiter, .stack = stacks[i]});
        group_set(made.budget, 1 + i);
        lab_need("thread_resume", bh_thread_resume(made.thread));
    }
    for (unsigned i = 0; i < BURNERS; i++) {
        burners[i] = lab_create(big, BH_THREAD, (uint64_t[]){lab.self, 0, 0});
        lab_restart((struct lab_thread){burners[i], 0}, burner, 0, stacks[WAITERS + i]);
    }
    whole[0] =
        lab_create(big, BH_BUDGET, (uint64_t[]){lab.core, 10, BH_BUDGET_LIMIT(PERIOD / 2, PERIOD)});
    for (unsigned i = 0; i < NESTING; i++) {
        whole[i + 1] = lab_create(
            big, BH_BUDGET,
            (uint64_t[]){whole[i], 10, BH_BUDGET_LIMIT(PERIOD / 2 - (i + 1) * 10000, PERIOD)});
    }
}

/* Budgets that have nothing until about the moment; the error is another one each round. */
static void parts_make(unsigned round)
{
    for (unsigned i = 0; i < BURNERS; i++) {
        uint64_t period = moment - counter_now() - round % 16;
        parts[i] = lab_create(big, BH_BUDGET,
                              (uint64_t[]){whole[NESTING], 10, BH_BUDGET_LIMIT(AMOUNT, period)});
        group_set(parts[i], 29);
        lab_need("thread_budget", bh_thread_budget(burners[i], parts[i]));
        lab_need("thread_resume", bh_thread_resume(burners[i]));
    }
}

static void parts_end(void)
{
    for (unsigned i = 0; i < BURNERS; i++) {
        lab_need("thread_suspend", bh_thread_suspend(burners[i]));
        lab_need("object_destroy", bh_object_destroy(parts[i]));
        lab_drop(parts[i]);
    }
}

static void guests_run(bool run)
{
    for (unsigned i = 0; i < 2; i++) {
        lab_need("guest", run ? bh_thread_resume(guests[i]) : bh_thread_suspend(guests[i]));
    }
}

/* Windows that all are open to everybody; the counter when the first one began. */
static uint64_t plan_begin(void)
{
    uint32_t memory = lab_create(big, BH_MEMORY, (uint64_t[]){LAB_PAGE, 0, 0});
    volatile struct bh_plan *plan = lab_map(memory, BH_MAP_READ | BH_MAP_WRITE);

    plan->count = 2;
    for (unsigned i = 0; i < 2; i++) {
        plan->windows[i].length = WINDOW;
        plan->windows[i].open = UINT32_MAX;
    }
    lab_need("plan_start", bh_plan_start(lab.core, memory, 1));
    return counter_now();
}

static void test_moment(void)
{
    uint64_t begin;

    lab_begin("longest_time.moment");
    begin = plan_begin();
    guests[0] = guest_make(0, spinner, 20);
    guests[1] = guest_make(1, sleeper, 25);
    moment = counter_now() + WINDOW;
    waiters_make();
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t frames = (counter_now() - begin) / WINDOW + 4;
        moment = begin + frames * WINDOW + round - ROUNDS / 2;
        lab_sleep(1); /* all waiters see it */
        parts_make(round);
        guests_run(true);
        lab_sleep((moment - counter_now()) / (counter_frequency() / 1000) + 1);
        guests_run(false);
        parts_end();
    }
    lab_expect(woken >= (ROUNDS - 1) * WAITERS, "%lu deadlines came", (unsigned long)woken);
    lab_expect(guest_woken >= ROUNDS - 1, "the guest woke %lu times", (unsigned long)guest_woken);
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    big = start_need_cap(start, "big", BH_POOL);
    test_moment();
    lab_done();
}
