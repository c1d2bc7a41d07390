/* SPDX-License-Identifier: Apache-2.0 */
/* Entry at EL1 with MMU and caches off, and the exception vectors. */
#include "tests/bench/mark.h"

        .section .text.start, "ax"
        .global _start
_start:
        movz    xzr, #MARK_END + MARK_BOOT /* for the bench; it does nothing */
        adrp    x1, stack_top
        add     x1, x1, :lo12:stack_top
        mov     sp, x1
        adrp    x1, bss_start
        add     x1, x1, :lo12:bss_start
        adrp    x2, bss_end
        add     x2, x2, :lo12:bss_end
1:      cmp     x1, x2
        b.eq    2f
        stp     xzr, xzr, [x1], #16
        b       1b
2:      adrp    x1, vectors
        add     x1, x1, :lo12:vectors
        msr     vbar_el1, x1
        isb
        bl      guest_main
3:      wfi
        b       3b

/* Everything but an interrupt at EL1 ends in a sentence. */
        .text
unexpected:
        mrs     x0, esr_el1
        mrs     x1, elr_el1
        mrs     x2, far_el1
        bl      guest_exception
        b       3b

interrupt:
        stp     x0, x1, [sp, #-176]!
        stp     x2, x3, [sp, #16]
        stp     x4, x5, [sp, #32]
        stp     x6, x7, [sp, #48]
        stp     x8, x9, [sp, #64]
        stp     x10, x11, [sp, #80]
        stp     x12, x13, [sp, #96]
        stp     x14, x15, [sp, #112]
        stp     x16, x17, [sp, #128]
        stp     x18, x30, [sp, #144]
        mrs     x0, elr_el1
        mrs     x1, spsr_el1
        stp     x0, x1, [sp, #160]
        bl      guest_interrupt
        ldp     x0, x1, [sp, #160]
        msr     elr_el1, x0
        msr     spsr_el1, x1
        ldp     x18, x30, [sp, #144]
        ldp     x16, x17, [sp, #128]
        ldp     x14, x15, [sp, #112]
        ldp     x12, x13, [sp, #96]
        ldp     x10, x11, [sp, #80]
        ldp     x8, x9, [sp, #64]
        ldp     x6, x7, [sp, #48]
        ldp     x4, x5, [sp, #32]
        ldp     x2, x3, [sp, #16]
        ldp     x0, x1, [sp], #176
        eret

/* A table whose slot for an interrupt at EL1 (SP_EL1) holds one instruction. */
        .macro  table name, irq:vararg
        .balign 2048
        .global \name
\name:
        .set    slot, 0
        .rept   16
        .balign 128
        .if     slot == 5
        \irq
        .else
        b       unexpected
        .endif
        .set    slot, slot + 1
        .endr
        .endm

        table   vectors, b interrupt
        table   bench_vectors, br x18   /* the loops of bench_loops.S keep their handler in x18 */
