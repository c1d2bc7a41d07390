/* SPDX-License-Identifier: Apache-2.0 */
/* The registers that every kernel entry saves and every exit loads. */
#pragma once

#include <assert.h>

#include "kernel/lib/types.h"

/* First member of every thread; while the thread runs, SP_EL2 points at it. Offsets are used by
 * entry.S. */
struct frame {
    uint64_t x[31];
    uint64_t sp;  /* SP_EL0 */
    uint64_t pc;  /* ELR_EL2 */
    uint64_t psr; /* SPSR_EL2; built by psr.c only */
    uint64_t tls; /* TPIDR_EL0 */
    uint64_t reserved;
};
static_assert(sizeof(struct frame) == 288 && offsetof(struct frame, sp) == 248,
              "entry.S knows this layout");

/* Registers of a call beyond x0..x7; see abi/calls.def. */
enum frame_register {
    REG_STATUS = 8, /* out; in: call number */
    REG_CALL = 8,
    REG_CAP = 9, /* in: capability or action; out: badge */
    REG_BADGE = 9,
    REG_SEND = 10, /* in: capability to send; out: event */
    REG_EVENT = 10,
    REG_SLOT = 11, /* in: empty slot for a received capability; out: 1 if it was filled */
    REG_DEADLINE = 12
};

static_assert((int)REG_DEADLINE == 12, "entry.S keeps x0 to x12 of a call");

struct thread;

/* What an entry function returns: who runs next, and where its x0..x7 are loaded from. */
struct PAIR resume {
    struct thread *thread;
    const uint64_t *words;
};
