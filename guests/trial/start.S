/* SPDX-License-Identifier: Apache-2.0 */
/* Entry (the loader has cleared .bss) and vectors: an interrupt at EL1 goes to trial_interrupt or
 * trial_fast_interrupt, a synchronous exception to trial_exception, which says where to go on. */

        .section .text.start, "ax"
        .global _start
_start:
        adrp    x1, stack_top
        add     x1, x1, :lo12:stack_top
        mov     sp, x1
        adrp    x1, vectors
        add     x1, x1, :lo12:vectors
        msr     vbar_el1, x1
        isb
        bl      trial_main
1:      wfi
        b       1b

        .text
unexpected:
        mrs     x0, esr_el1
        mrs     x1, far_el1
        mrs     x2, elr_el1
        bl      trial_unexpected
        b       1b

        .macro  save
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
        .endm

        .macro  restore
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
        .endm

synchronous:
        save
        mrs     x0, esr_el1
        mrs     x1, far_el1
        mrs     x2, elr_el1
        mov     x3, x30
        bl      trial_exception
        msr     elr_el1, x0
        restore
        eret

interrupt:
        save
        bl      trial_interrupt
        restore
        eret

fast_interrupt:
        save
        bl      trial_fast_interrupt
        restore
        eret

        .balign 2048
vectors:
        .set    slot, 0
        .rept   16
        .balign 128
        .if     slot == 5
        b       interrupt
        .elseif slot == 6
        b       fast_interrupt
        .elseif slot == 4
        b       synchronous
        .else
        b       unexpected
        .endif
        .set    slot, slot + 1
        .endr
