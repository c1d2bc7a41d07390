/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel calls as C functions: bh_<name>(cap, arguments..., results), made from abi/calls.def.
 *
 * The calls that carry messages are written by hand below. Everything is inlined so that message
 * words and results stay in registers; no stub touches memory unless its caller asks for an array
 * of results. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi/types.h"
#include "cells/lib/arch/svc.h"

enum bh_call_number {
#define CALL(number, name, types, rights, arguments, in, results, out, doc) \
    BH_CALL_##name = (number),
#include "abi/calls.def"
};

/* Words of a message, in and out. Kept in registers as long as its address does not escape. */
struct bh_message {
    uint64_t w[BH_MESSAGE_WORDS];
};

_Static_assert(sizeof(struct bh_message) == sizeof(struct bh_fault_words), "x0..x7");
_Static_assert(sizeof(struct bh_message) == sizeof(struct bh_exit_words), "x0..x7");

/* What a wait ended with. */
struct bh_received {
    uint64_t badge;
    uint64_t event; /* enum bh_event */
    uint64_t cap;   /* 1: a capability came into the slot that was named */
};

/* bh_call that sends a capability (0: none) and takes one into an empty slot (0: none). *received:
 * one came. */
SVC_INLINE enum bh_status bh_call_cap(uint32_t endpoint, struct bh_message *m, uint64_t send,
                                      uint64_t slot, bool *received)
{
    SVC_REGISTER(0, m->w[0]);
    SVC_REGISTER(1, m->w[1]);
    SVC_REGISTER(2, m->w[2]);
    SVC_REGISTER(3, m->w[3]);
    SVC_REGISTER(4, m->w[4]);
    SVC_REGISTER(5, m->w[5]);
    SVC_REGISTER(6, m->w[6]);
    SVC_REGISTER(7, m->w[7]);
    SVC_REGISTER(8, BH_CALL_call);
    SVC_REGISTER(9, endpoint);
    SVC_REGISTER(10, send);
    SVC_REGISTER(11, slot);
    SVC_REGISTER_OUT(12);
    SVC_MESSAGE(SVC_OPERANDS_8, "=r");
    *m = (struct bh_message){{x0, x1, x2, x3, x4, x5, x6, x7}};
    *received = x11 != 0;
    return (enum bh_status)x8;
}

/* Send m to the server of an endpoint; its answer is in m if the status is OK. */
SVC_INLINE enum bh_status bh_call(uint32_t endpoint, struct bh_message *m)
{
    bool received;
    return bh_call_cap(endpoint, m, 0, 0, &received);
}

/* Options of a reply_wait; all 0 for none. */
struct bh_wait {
    uint64_t send;     /* capability to send with the reply */
    uint64_t slot;     /* empty slot for a capability that comes with the next message */
    uint64_t deadline; /* CNTPCT ticks */
};

/* Answer the current caller (action: enum bh_action) with m, then wait; m and r say what came. */
SVC_INLINE enum bh_status bh_reply_wait_with(enum bh_action action, struct bh_message *m,
                                             struct bh_received *r, struct bh_wait wait)
{
    SVC_REGISTER(0, m->w[0]);
    SVC_REGISTER(1, m->w[1]);
    SVC_REGISTER(2, m->w[2]);
    SVC_REGISTER(3, m->w[3]);
    SVC_REGISTER(4, m->w[4]);
    SVC_REGISTER(5, m->w[5]);
    SVC_REGISTER(6, m->w[6]);
    SVC_REGISTER(7, m->w[7]);
    SVC_REGISTER(8, BH_CALL_reply_wait);
    SVC_REGISTER(9, action);
    SVC_REGISTER(10, wait.send);
    SVC_REGISTER(11, wait.slot);
    SVC_REGISTER(12, wait.deadline);
    SVC_MESSAGE(SVC_OPERANDS_8, "+r");
    *m = (struct bh_message){{x0, x1, x2, x3, x4, x5, x6, x7}};
    *r = (struct bh_received){x9, x10, x11};
    return (enum bh_status)x8;
}

SVC_INLINE enum bh_status bh_reply_wait(enum bh_action action, struct bh_message *m,
                                        struct bh_received *r)
{
    return bh_reply_wait_with(action, m, r, (struct bh_wait){0, 0, 0});
}

/* Complete a vCPU's exit with one word and let it go on, then wait until deadline (0: none). The
 * answer's other words, which the kernel does not look at then, are not even loaded. */
SVC_INLINE enum bh_status bh_resume_wait(uint64_t value, struct bh_message *m,
                                         struct bh_received *r, uint64_t deadline)
{
    SVC_REGISTERS_OUT;
    SVC_REGISTER_OUT(6);
    SVC_REGISTER_OUT(7);
    SVC_REGISTER(8, BH_CALL_reply_wait);
    SVC_REGISTER(9, BH_RESUME);
    SVC_REGISTER(10, 0);
    SVC_REGISTER(11, 0);
    SVC_REGISTER(12, deadline);
    x0 = value;
    SVC_MESSAGE(SVC_OPERANDS_EXIT, "+r");
    *m = (struct bh_message){{x0, x1, x2, x3, x4, x5, x6, x7}};
    *r = (struct bh_received){x9, x10, x11};
    return (enum bh_status)x8;
}

/* Any call by number, with all six argument registers: for the warden, which executes plans. */
SVC_INLINE enum bh_status bh_call_number(uint64_t number, uint64_t cap, const uint64_t args[6])
{
    SVC_REGISTER(0, args[0]);
    SVC_REGISTER(1, args[1]);
    SVC_REGISTER(2, args[2]);
    SVC_REGISTER(3, args[3]);
    SVC_REGISTER(4, args[4]);
    SVC_REGISTER(5, args[5]);
    SVC_REGISTER(8, number);
    SVC_REGISTER(9, cap);
    SVC_CALL(SVC_OPERANDS_6);
    return (enum bh_status)x8;
}

/* Rows of the table that have no stub of the common form: the probe below finds these names. */
#define STUB_BY_HAND_call               ~, STUB_NONE
#define STUB_BY_HAND_reply_wait         ~, STUB_NONE
#define STUB_SECOND(first, second, ...) second
#define STUB_PICK(...)                  STUB_SECOND(__VA_ARGS__)
#define STUB_NONE(name, arguments, results)

/* Parameters, register assignments and stores for a number of arguments or results. */
#define STUB_PARAMETERS_0
#define STUB_PARAMETERS_1 , uint64_t a0
#define STUB_PARAMETERS_2 STUB_PARAMETERS_1, uint64_t a1
#define STUB_PARAMETERS_3 STUB_PARAMETERS_2, uint64_t a2
#define STUB_PARAMETERS_4 STUB_PARAMETERS_3, uint64_t a3
#define STUB_PARAMETERS_5 STUB_PARAMETERS_4, uint64_t a4
#define STUB_RESULTS_0
#define STUB_RESULTS_1 , uint64_t result[1]
#define STUB_RESULTS_3 , uint64_t result[3]
#define STUB_RESULTS_4 , uint64_t result[4]
#define STUB_RESULTS_6 , uint64_t result[6]
#define STUB_IN_0
#define STUB_IN_1  x0 = a0;
#define STUB_IN_2  STUB_IN_1 x1 = a1;
#define STUB_IN_3  STUB_IN_2 x2 = a2;
#define STUB_IN_4  STUB_IN_3 x3 = a3;
#define STUB_IN_5  STUB_IN_4 x4 = a4;
#define STUB_OUT_0 (void)x0, (void)x1, (void)x2, (void)x3, (void)x4, (void)x5;
#define STUB_OUT_1 STUB_OUT_0 result[0] = x0;
#define STUB_OUT_3 STUB_OUT_1 result[1] = x1, result[2] = x2;
#define STUB_OUT_4 STUB_OUT_3 result[3] = x3;
#define STUB_OUT_6 STUB_OUT_4 result[4] = x4, result[5] = x5;

#define STUB_COMMON(name, arguments, results)                            \
    SVC_INLINE enum bh_status bh_##name(                                 \
        uint32_t cap STUB_PARAMETERS_##arguments STUB_RESULTS_##results) \
    {                                                                    \
        SVC_REGISTERS_OUT;                                               \
        SVC_REGISTER(8, BH_CALL_##name);                                 \
        SVC_REGISTER(9, cap);                                            \
        STUB_IN_##arguments SVC_CALL(SVC_OPERANDS_##arguments);          \
        STUB_OUT_##results return (enum bh_status)x8;                    \
    }

#define CALL(number, name, types, rights, arguments, in, results, out, doc) \
    STUB_PICK(STUB_BY_HAND_##name, STUB_COMMON, ~)(name, arguments, results)
#include "abi/calls.def"
