/* SPDX-License-Identifier: Apache-2.0 */
/* What one processor of a guest does to the other, to a device's back end and to native cells: each
 * between marks of the bench. */
#include "cells/lib/call.h"
#include "guests/bare/say.h"
#include "guests/start_page.h"
#include "tests/bench/mark.h"

#define GICD            UINT64_C(0x08000000)
#define GICD_ISENABLER1 (GICD + 0x104)
#define GICD_ICENABLER1 (GICD + 0x184)
#define SPI_40          (1U << 8)
#define GICR            UINT64_C(0x080a0000)
#define GICR_STRIDE     UINT64_C(0x20000)
#define GICR_SGI        UINT64_C(0x10000)
#define ICC_SGI1R_EL1   "s3_0_c12_c11_5"
#define SGI_TO_SECOND   UINT64_C(2) /* INTID 0, target list: processor 1 */
#define QUEUE_NOTIFY    UINT64_C(0x0a000050)
#define PSCI_CPU_ON     UINT64_C(0xc4000003)
#define PSCI_OFF        UINT64_C(0x84000008)
#define ROUNDS          64
#define LET_GO          8 /* yields: by then the other cores have nothing left to do */

void pair_main(uint64_t dtb);
void pair_second(void);
void pair_flush(void);
void pair_unexpected(uint64_t esr, uint64_t elr, uint64_t far);
extern char pair_second_entry[];

volatile uint32_t pair_taken; /* interrupts so far; start.S counts */
static volatile bool second_up, second_sleeps;

void pair_unexpected(uint64_t esr, uint64_t elr, uint64_t far)
{
    say("pair: WRONG: exception");
    say_hex(esr);
    say_hex(elr);
    say_hex(far);
    say("\n");
    (void)firmware_call(PSCI_OFF, 0);
}

/* A processor's own part of a GICv3, with SGI 0 on. */
static void gic_open_own(uint64_t index)
{
    uint64_t own = GICR + index * GICR_STRIDE;

    mmio_write(own + 0x14, 0);                     /* WAKER: not asleep */
    mmio_write(own + GICR_SGI + 0x80, ~0U);        /* IGROUPR0: all in group 1 */
    mmio_write_byte(own + GICR_SGI + 0x400, 0x80); /* IPRIORITYR */
    mmio_write(own + GICR_SGI + 0x100, 1);         /* ISENABLER0 */
    sysreg_write(ICC_SRE_EL1, 7);
    sysreg_write(ICC_PMR_EL1, 0xff);
    sysreg_write(ICC_IGRPEN1_EL1, 1);
}

void pair_second(void)
{
    gic_open_own(1);
    second_up = true;
    cpu_irq_enable();
    for (;;) {
        if (second_sleeps) {
            cpu_wait();
        } else {
            cpu_pause();
        }
    }
}

static void let_others_go(void)
{
    for (unsigned i = 0; i < LET_GO; i++) {
        cpu_pause();
    }
}

static bool start_second(void)
{
    if (firmware_call_3(PSCI_CPU_ON, 1, (uint64_t)pair_second_entry, 0) != 0) {
        return false;
    }
    while (!second_up) {
        cpu_pause();
    }
    let_others_go();
    return true;
}

/* While nobody else runs, as the emulator lets others go at a TLBI for all of them. */
static void flush(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        pair_flush();
    }
}

/* An interrupt of a group that is on: its processor is to know of it. */
static void enable_shared(void)
{
    mmio_write(GICD + 0x84, ~0U); /* IGROUPR1: all in group 1 */
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t at = i % 2 == 0 ? GICD_ISENABLER1 : GICD_ICENABLER1;

        MARK_BEGINS(MARK_GICD_ENABLE);
        mmio_write(at, SPI_40);
        MARK_ENDS(MARK_GICD_ENABLE);
    }
}

/* The first path ends where a vmm has it. */
static void ring_doorbell(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        MARK_BEGINS(MARK_DOORBELL);
        MARK_BEGINS(MARK_DOORBELL_DONE);
        mmio_write(QUEUE_NOTIFY, 0);
        MARK_ENDS(MARK_DOORBELL_DONE);
    }
}

#define SEND(name, mark)                                \
    static void name(void)                              \
    {                                                   \
        for (unsigned i = 0; i < ROUNDS; i++) {         \
            uint32_t before = pair_taken;               \
                                                        \
            MARK_BEGINS(mark);                          \
            sysreg_write(ICC_SGI1R_EL1, SGI_TO_SECOND); \
            MARK_ENDS(mark);                            \
            do {                                        \
                let_others_go();                        \
            } while (pair_taken == before);             \
        }                                               \
    }

SEND(send_to_running, MARK_SGI_SEND)
SEND(send_to_sleeping, MARK_SGI_SEND_WFI)

static void send(void)
{
    send_to_running();
    second_sleeps = true;
    let_others_go();
    send_to_sleeping();
}

/* The first signal's waiter is on this core; the second's, on another one, answers with an
 * interrupt to the first. */
static void signal_natives(const struct start_info *start)
{
    const struct start_cap *kick = start_page_cap(start, "kick");
    const struct start_cap *ring = start_page_cap(start, "ring");

    for (unsigned i = 0; i < ROUNDS; i++) {
        MARK_BEGINS(MARK_GUEST_SIGNAL);
        (void)bh_signal_send(kick->slot);
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        (void)bh_signal_send(ring->slot);
        let_others_go();
    }
}

void pair_main(uint64_t dtb)
{
    const struct start_info *start = start_page_find(dtb);

    mmio_write(GICD, 0x12); /* affinity routing, group 1 */
    gic_open_own(0);
    flush();
    if (!start_second()) {
        say("pair: WRONG: there is no second processor\n");
        (void)firmware_call(PSCI_OFF, 0);
    }
    enable_shared();
    ring_doorbell();
    send();
    if (start != NULL) {
        signal_natives(start);
    }
    say("pair: done\n");
    (void)firmware_call(PSCI_OFF, 0);
}
