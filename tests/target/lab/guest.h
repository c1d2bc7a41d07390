/* SPDX-License-Identifier: Apache-2.0 */
/* A VM whose guest is part of the test program (guest.S), and the test as its vmm. */
#pragma once

#include "tests/target/lab/lab.h"

/* ---- in the guest ---- */

/* The last synchronous exception but SVC, as EL1 took it. */
struct lab_guest_taken {
    uint64_t esr, vector, elr, spsr, far, daif;
};
extern volatile struct lab_guest_taken lab_guest_taken;
extern volatile uint64_t lab_guest_exceptions; /* stepped over so far */
extern volatile uint64_t lab_guest_interrupts;

/* Exception return with this SPSR, and back. */
void lab_guest_eret(uint64_t spsr);
extern const uint8_t lab_guest_vectors[];

/* Code in the mode of this SPSR, with x0 = argument. It must end with SVC and keep x30. */
void lab_guest_run(uint64_t spsr, const void *code, uint64_t argument);
/* MMU off, own vectors, interrupts masked. */
void lab_guest_sane(void);
void lab_guest_smccc(uint64_t x[18], uint64_t by_hvc);
uint64_t lab_guest_call(const uint64_t x[13]);

/* ---- outside ---- */

#define LAB_GUEST_BADGE      0x6e57
#define LAB_GUEST_SLOTS      32
#define LAB_GUEST_DONE       (LAB_GUEST_SLOTS - 1) /* slot of the signal that ends it */
#define LAB_GUEST_PRIORITY   30
#define LAB_GUEST_INTERRUPTS 64

struct lab_guest {
    uint32_t pool, cell, vcpu, budget, handler;
};

/* What comes from it. */
enum lab_guest_event { GUEST_DONE, GUEST_EXIT, GUEST_FAULT, GUEST_SILENT };

/* A VM cell with this program's image, and its vCPU. */
void lab_guest_open(struct lab_guest *guest);

/* (Re)start it with function(arg) at EL1; who returns LAB_GUEST_DONE is done. */
void lab_guest_start(struct lab_guest *guest, uint64_t (*function)(uint64_t arg), uint64_t arg);

/* Answer the last event (action; its reply words in m) and wait for the next one; SILENT: none
 * in time. */
enum lab_guest_event lab_guest_wait(enum bh_action action, struct bh_message *m,
                                    uint64_t milliseconds);
