/* SPDX-License-Identifier: Apache-2.0 */
/* How a native cell enters the kernel: svc #0 with the registers of abi/calls.def.
 *
 * In: x8 call number, x9 capability or action, x0..x5 (x0..x7, x10..x12 for messages).
 * Out: x8 status, x0..x7 results. Every other register below x19 is lost. */
#pragma once

#include <stdint.h>

/* A guest that was given a capability table compiles this with its own: "hvc #1". */
#ifndef KERNEL_CALL
#define KERNEL_CALL "svc #0"
#endif

#define SVC_INLINE static inline __attribute__((always_inline))

/* Operands x0..x5: the first N go in, all come out. */
#define SVC_OPERANDS_0 "=r"(x0), "=r"(x1), "=r"(x2), "=r"(x3), "=r"(x4), "=r"(x5)
#define SVC_OPERANDS_1 "+r"(x0), "=r"(x1), "=r"(x2), "=r"(x3), "=r"(x4), "=r"(x5)
#define SVC_OPERANDS_2 "+r"(x0), "+r"(x1), "=r"(x2), "=r"(x3), "=r"(x4), "=r"(x5)
#define SVC_OPERANDS_3 "+r"(x0), "+r"(x1), "+r"(x2), "=r"(x3), "=r"(x4), "=r"(x5)
#define SVC_OPERANDS_4 "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "=r"(x4), "=r"(x5)
#define SVC_OPERANDS_5 "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "=r"(x5)
#define SVC_OPERANDS_6 "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
#define SVC_OPERANDS_8 SVC_OPERANDS_6, "+r"(x6), "+r"(x7)

#define SVC_REGISTER(n, value) register uint64_t x##n __asm__("x" #n) = (value)
#define SVC_REGISTER_OUT(n)    register uint64_t x##n __asm__("x" #n)
#define SVC_REGISTERS_OUT \
    SVC_REGISTER_OUT(0);  \
    SVC_REGISTER_OUT(1);  \
    SVC_REGISTER_OUT(2);  \
    SVC_REGISTER_OUT(3);  \
    SVC_REGISTER_OUT(4);  \
    SVC_REGISTER_OUT(5)

/* The common form: leaves the status in x8 and the results in x0..x5 of the enclosing function. */
#define SVC_CALL(operands)                                                                        \
    __asm__ volatile(KERNEL_CALL                                                                  \
                     : operands, "+r"(x8), "+r"(x9)                                               \
                     :                                                                            \
                     : "x6", "x7", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", \
                       "memory")

/* Of a message, what answers an exit: one word goes in, eight come out. */
#define SVC_OPERANDS_EXIT SVC_OPERANDS_1, "=r"(x6), "=r"(x7)

/* The message form: words and x10, x11; x12 goes in ("+r") or not ("=r"). */
#define SVC_MESSAGE(operands, x12_constraint)                                                  \
    __asm__ volatile(KERNEL_CALL                                                               \
                     : operands, "+r"(x8), "+r"(x9), "+r"(x10), "+r"(x11), x12_constraint(x12) \
                     :                                                                         \
                     : "x13", "x14", "x15", "x16", "x17", "x18", "memory")
