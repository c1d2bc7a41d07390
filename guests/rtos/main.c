/* SPDX-License-Identifier: Apache-2.0 */
/* From the first C instruction to the first task. */
#include "guests/bare/sysreg.h"
#include "guests/rtos/app/app.h"
#include "guests/rtos/arguments.h"
#include "guests/rtos/bulkhead.h"
#include "guests/rtos/gic.h"
#include "guests/rtos/interrupt.h"
#include "guests/rtos/mmu.h"
#include "guests/rtos/print.h"
#include "guests/rtos/report.h"
#include "guests/rtos/task.h"
#include "guests/rtos/uart.h"

#define RAM        UINT64_C(0x40000000)
#define TREE_MAX   0x200000 /* bytes of a device tree that is believed */
#define GIC_FRAME  0x10000
#define GICR_SIZE  0x20000
#define DEVICE     0x1000
#define GIC_SYSREG 24 /* ID_AA64PFR0_EL1.GIC */

static struct board board;

void rtos_main(uint64_t tree);
__attribute__((noreturn)) void start_tasks(struct task *first);

__attribute__((noreturn)) static void give_up(const char *why)
{
    print_at_once("cannot start: %s", why);
    report_off();
}

/* Elsewhere nothing works, not even to call the firmware. */
static void check_level(void)
{
    uint64_t level = sysreg_read("currentel") >> 2;

    while (level != 1) {
        static bool said;

        if (!said) {
            print_at_once("cannot start: this is EL%lu, not EL1; QEMU's virt has it without "
                          "virtualization=on and secure=on",
                          level);
            said = true;
        }
        cpu_wait();
    }
}

/* In x0 as Linux has it; a loader of ELF files may have left it at the base of RAM instead. */
static void read_board(uint64_t tree)
{
    unsigned version = (sysreg_read("id_aa64pfr0_el1") >> GIC_SYSREG & 0xf) != 0 ? 3 : 2;

    if (tree < RAM || tree % 4 != 0 || !board_read(&board, (void *)tree, TREE_MAX, version)) {
        (void)board_read(&board, (void *)RAM, TREE_MAX, version);
    }
}

static bool map_devices(void)
{
    return mmu_map(board.uart, DEVICE, MMU_DEVICE) && mmu_map(board.gicd, GIC_FRAME, MMU_DEVICE) &&
           (board.gic_version == 3 ? mmu_map(board.gicr, GICR_SIZE, MMU_DEVICE)
                                   : mmu_map(board.gicc, GIC_FRAME, MMU_DEVICE));
}

void rtos_main(uint64_t tree)
{
    read_board(tree);
    uart_open(&board);
    check_level();
    if (!map_devices() || !mmu_open()) {
        give_up("the devices are too far apart for its translation tables");
    }
    report_open();
    gic_open(&board);
    bulkhead_open(&board);
    print_open();
    posted_open(arguments_flag(board.arguments, "greedy"));
    task_open();
    if (!interrupt_attach(board.timer_irq, timer_interrupt)) {
        give_up("no handler left for the timer");
    }
    app_start(&board);
    report_watch(sysreg_read("cntfrq_el0"));
    start_tasks(task_pick());
}
