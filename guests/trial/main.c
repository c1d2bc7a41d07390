/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that tries what its vmm promises, over a reset, and ends as the size of its GIC says. */
#include "guests/trial/trial.h"

#define MARK       ((volatile uint32_t *)0x40300000) /* outside the image: a reset leaves it */
#define MARK_MAGIC 0x7e57ed01U

void trial_main(void);
void trial_unexpected(uint64_t esr, uint64_t far, uint64_t elr);
uint64_t trial_exception(uint64_t esr, uint64_t far, uint64_t elr, uint64_t lr);

volatile bool exceptions_expected;
volatile unsigned exception_count;
volatile uint64_t exception_esr;
volatile uint64_t exception_far;

static volatile unsigned fresh = 1; /* as the image has it */

void trial_unexpected(uint64_t esr, uint64_t far, uint64_t elr)
{
    say("trial: WRONG: exception; ESR, FAR and ELR");
    say_hex(esr);
    say_hex(far);
    say_hex(elr);
    say("\n");
}

/* Goes on behind a load or store; after a fetch where it came from. */
uint64_t trial_exception(uint64_t esr, uint64_t far, uint64_t elr, uint64_t lr)
{
    if (!exceptions_expected) {
        trial_unexpected(esr, far, elr);
        for (;;) {
            cpu_wait();
        }
    }
    exception_esr = esr;
    exception_far = far;
    exception_count++;
    return esr >> 26 == 0x21 ? lr : elr + 4;
}

static uint64_t secure_monitor_call(uint64_t function)
{
    register uint64_t x0 __asm__("x0") = function;
    __asm__ volatile("smc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
    return x0;
}

void trial_firmware(void)
{
    check("PSCI 1.1", firmware_call(0x84000000, 0) == 0x10001);
    check("SMCCC 1.1", firmware_call(0x80000000, 0) == 0x10001);
    check("PSCI by smc", secure_monitor_call(0x84000000) == 0x10001);
    check("CPU_ON of itself: ALREADY_ON", firmware_call(0xc4000003, 0) == (uint64_t)-4);
    check("CPU_ON of another: INVALID_PARAMETERS", firmware_call(0xc4000003, 1) == (uint64_t)-2);
    check("AFFINITY_INFO: on", firmware_call(0xc4000004, 0) == 0);
    check("MIGRATE_INFO_TYPE: nothing to migrate", firmware_call(0x84000006, 0) == 2);
    check("FEATURES of SYSTEM_RESET2", firmware_call(0x8400000a, 0x84000012) == 0);
    check("SYSTEM_RESET2 of no known type: INVALID_PARAMETERS",
          firmware_call(0xc4000012, 5) == (uint64_t)-2);
    check("CPU_SUSPEND with reserved bits: INVALID_PARAMETERS",
          firmware_call(0x84000001, 0x80000000) == (uint64_t)-2);
    check("ARCH_FEATURES of WORKAROUND_1: not known",
          (int)firmware_call(0x80000001, 0x80008000) == -1);
    check("what there is not: NOT_SUPPORTED", firmware_call(0x84001234, 0) == (uint64_t)-1);
}

/* Leaves everything that a reset must undo. */
static void first_boot(void)
{
    fresh = 0;
    gic_set(SPARE_IRQ, 0x80, true);
    mmio_write(GICD + 0x204, 1U << SPARE_IRQ % 32);
    mmio_write(UART + 0x38, 0x20);
    *MARK = MARK_MAGIC;
    say("trial: resets\n");
    firmware_call(0xc4000012, 0); /* SYSTEM_RESET2; the older one where there is none */
    firmware_call(0x84000009, 0);
    say("trial: WRONG: SYSTEM_RESET came back\n");
}

static void check_pristine(void)
{
    check("data as in the image", fresh == 1);
    check("distributor off", (mmio_read(GICD) & 3) == 0);
    check("no interrupt enabled", mmio_read(GICD + 0x104) == 0);
    check("no interrupt pending", mmio_read(GICD + 0x204) == 0);
    check("UART as after power-on", mmio_read(UART + 0x38) == 0 && mmio_read(UART + 0x30) == 0x300);
}

static const uint32_t narrow_code[] = {0xe5900000 /* ldr r0, [r0] */, 0xeafffffe /* b . */};

static void end(void)
{
    switch (mmio_read(GICD + 4) & 0x1f) {
    case 1: /* 64 interrupts */
        say("trial: takes an exception where no vectors are\n");
        sysreg_write("vbar_el1", UINT64_C(0x0b000000));
        __asm__ volatile("svc #0");
        break;
    case 2: /* 96 */
        say("trial: goes to AArch32\n");
        sysreg_write("spsr_el1", 0x10);
        sysreg_write("elr_el1", (uintptr_t)narrow_code);
        __asm__ volatile("mov w0, #0x0b000000\n\teret");
        break;
    default:
        say("trial: switches itself off\n");
        firmware_call(0x84000008, 0);
    }
    say("trial: WRONG: goes on after its end\n");
}

void trial_main(void)
{
    if (*MARK != MARK_MAGIC) {
        first_boot();
    }
    *MARK = 0;
    check_pristine();
    gic_start();
    trial_interrupts();
    trial_groups();
    trial_uart();
    trial_timers();
    trial_devices();
    trial_firmware();
    end();
}
