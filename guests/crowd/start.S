/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the first processor (the loader has cleared .bss) and of the others, and vectors: an
 * interrupt goes to crowd_interrupt, anything else to crowd_unexpected. */

        .section .text.start, "ax"
        .global _start, crowd_enter
_start:
        adrp    x0, stack_top
        add     x0, x0, :lo12:stack_top
        mov     sp, x0
        bl      crowd_vectors
        bl      crowd_main
1:      wfi
        b       1b

/* x0, as CPU_ON said: the processor's struct, at whose start is its stack pointer. */
crowd_enter:
        ldr     x1, [x0]
        mov     sp, x1
        bl      crowd_vectors
        bl      crowd_work
        b       1b

        .text
        .global crowd_vectors
crowd_vectors:
        adrp    x1, vectors
        add     x1, x1, :lo12:vectors
        msr     vbar_el1, x1
        isb
        ret

        .global crowd_fp_mark, crowd_fp_is
        .altmacro
        .macro  fp_mark_one n
        add     x1, x0, #\n
        dup     v\n\().2d, x1
        .endm

        .macro  fp_is_one n
        add     x1, x2, #\n
        mov     x3, v\n\().d[0]
        mov     x4, v\n\().d[1]
        cmp     x1, x3
        ccmp    x1, x4, #0, eq
        csel    x0, x0, xzr, eq
        .endm

        .macro  fp_each what
        .set    number, 0
        .rept   32
        \what  %number
        .set    number, number + 1
        .endr
        .endm

/* Every vector register holds x0 plus its own number. */
crowd_fp_mark:
        fp_each fp_mark_one
        ret

/* 1 if they still do. */
crowd_fp_is:
        mov     x2, x0
        mov     x0, #1
        fp_each fp_is_one
        ret
        .noaltmacro

unexpected:
        mrs     x0, esr_el1
        mrs     x1, far_el1
        mrs     x2, elr_el1
        bl      crowd_unexpected
        b       1b

interrupt:
        stp     x0, x1, [sp, #-160]!
        stp     x2, x3, [sp, #16]
        stp     x4, x5, [sp, #32]
        stp     x6, x7, [sp, #48]
        stp     x8, x9, [sp, #64]
        stp     x10, x11, [sp, #80]
        stp     x12, x13, [sp, #96]
        stp     x14, x15, [sp, #112]
        stp     x16, x17, [sp, #128]
        stp     x18, x30, [sp, #144]
        bl      crowd_interrupt
        ldp     x18, x30, [sp, #144]
        ldp     x16, x17, [sp, #128]
        ldp     x14, x15, [sp, #112]
        ldp     x12, x13, [sp, #96]
        ldp     x10, x11, [sp, #80]
        ldp     x8, x9, [sp, #64]
        ldp     x6, x7, [sp, #48]
        ldp     x4, x5, [sp, #32]
        ldp     x2, x3, [sp, #16]
        ldp     x0, x1, [sp], #160
        eret

        .balign 2048
vectors:
        .set    slot, 0
        .rept   16
        .balign 128
        .if     slot == 5
        b       interrupt
        .else
        b       unexpected
        .endif
        .set    slot, slot + 1
        .endr
