/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what faults mean, in words (Arm ARM D24.2.37: ESR_EL1). */
#include "guests/rtos/report.h"

#include "guests/bare/sysreg.h"
#include "guests/rtos/mmu.h"
#include "guests/rtos/print.h"
#include "guests/rtos/task.h"
#include "guests/rtos/timer.h"

#define SYSTEM_OFF   0x84000008
#define SYSTEM_RESET 0x84000009
#define MAGIC        UINT64_C(0x7374726174732d72) /* in memory that no reset clears */
#define ESR_WRITE    (UINT64_C(1) << 6)
#define WATCH_MS     100
#define WATCH_LOOKS  5

/* Exception classes. */
enum { JUMP_ABORT = 0x21, DATA_ABORT = 0x25 };

static const struct {
    uint64_t class;
    const char *words;
} classes[] = {
    {0x00, "an instruction that does not exist"},
    {0x07, "floating point, which tasks may not use"},
    {0x0e, "an illegal state of the processor"},
    {0x18, "a register or instruction that is not for it"},
    {0x22, "a jump to an address that is not a multiple of 4"},
    {0x26, "a stack pointer that is not a multiple of 16"},
    {0x2f, "an error that a device or the memory reported"},
    {0x3c, "a breakpoint"},
};

/* Fault status without its level (bits 5:2). */
static const struct {
    uint64_t status;
    const char *words;
} statuses[] = {
    {0x0, "which is beyond the last address"},
    {0x1, "where nothing is mapped"},
    {0x3, "which is not allowed there"},
    {0x4, "which the bus refused"},
    {0x8, "which is not aligned"},
};

extern struct {
    uint64_t magic;
    uint64_t starts;
} lasting; /* rtos.ld */

static struct timer watchdog;
static uint64_t watch_ticks;
static uint64_t switches_seen;
static unsigned same_looks;

__attribute__((noreturn)) void report_task(uint64_t esr, uint64_t far);
__attribute__((noreturn)) void report_kernel(uint64_t esr, uint64_t far, uint64_t pc);

static const char *class_words(uint64_t class)
{
    for (unsigned i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (classes[i].class == class) {
            return classes[i].words;
        }
    }
    return "an exception that nobody expects";
}

static const char *status_words(uint64_t esr)
{
    for (unsigned i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (statuses[i].status == (esr >> 2 & 0xf)) {
            return statuses[i].words;
        }
    }
    return "which failed";
}

static bool is_overflow(const struct task *task, uint64_t address)
{
    uint64_t stack = (uint64_t)task->stack;

    return address < stack && address >= stack - TASK_PAGE;
}

__attribute__((noreturn)) static void end(uint32_t function)
{
    mmu_clean(&lasting);
    (void)firmware_call(function, 0);
    for (;;) {
        cpu_wait();
    }
}

void report_off(void)
{
    end(SYSTEM_OFF);
}

void report_reset(void)
{
    end(SYSTEM_RESET);
}

__attribute__((noreturn)) static void report(const char *who, uint64_t esr, uint64_t far,
                                             uint64_t pc)
{
    uint64_t class = esr >> 26;

    if (class == DATA_ABORT || class == JUMP_ABORT) {
        const char *access = (esr & ESR_WRITE) != 0 ? "write to" : "read of";

        print_at_once("CRASH of '%s' at pc 0x%lx: %s 0x%lx, %s (ESR 0x%lx); resets", who, pc,
                      class == JUMP_ABORT ? "jump to" : access, far, status_words(esr), esr);
    } else {
        print_at_once("CRASH of '%s' at pc 0x%lx: %s (ESR 0x%lx); resets", who, pc,
                      class_words(class), esr);
    }
    report_reset();
}

void report_task(uint64_t esr, uint64_t far)
{
    const struct task *task = task_current;

    if (esr >> 26 == DATA_ABORT && is_overflow(task, far)) {
        print_at_once("CRASH of '%s' at pc 0x%lx: its stack of %u bytes has overflowed; resets",
                      task->name, task->frame.pc, TASK_STACK);
        report_reset();
    }
    report(task->name, esr, far, task->frame.pc);
}

void report_kernel(uint64_t esr, uint64_t far, uint64_t pc)
{
    static bool again;

    if (again) {
        report_reset(); /* the report itself */
    }
    again = true;
    report("the kernel", esr, far, pc);
}

/* One task, not the idle one, at so many looks in a row. Not by the time alone: a machine that
 * stands still, as a virtual one may, is not the task's fault. */
static void look(struct timer *timer, uint64_t entry)
{
    bool same = task_switches == switches_seen && task_current->base > 0;

    same_looks = same ? same_looks + 1 : 0;
    if (same_looks == WATCH_LOOKS) {
        print_at_once("CRASH of '%s' at pc 0x%lx: it has not given way for %u ms; resets",
                      task_current->name, task_current->frame.pc, WATCH_MS * WATCH_LOOKS);
        report_reset();
    }
    switches_seen = task_switches;
    timer_start(timer, entry + watch_ticks);
}

void report_watch(uint64_t frequency)
{
    uint64_t was = port_lock();

    watch_ticks = frequency / 1000 * WATCH_MS;
    timer_prepare(&watchdog, look);
    timer_start(&watchdog, port_now() + watch_ticks);
    port_unlock(was);
}

void report_open(void)
{
    if (lasting.magic != MAGIC) {
        lasting.magic = MAGIC;
        lasting.starts = 0;
    }
    lasting.starts++;
}

uint64_t report_starts(void)
{
    return lasting.starts;
}
