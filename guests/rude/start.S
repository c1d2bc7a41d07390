/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of both processors, the second one by CPU_ON, and vectors: an instruction that is refused
 * is skipped. The loader has cleared .bss. */

        .section .text.start, "ax"
        .global _start, rude_enter
_start:
        mov     x0, #0
rude_enter:
        adrp    x1, stack_top
        add     x1, x1, :lo12:stack_top
        sub     x1, x1, x0, lsl #14
        mov     sp, x1
        adrp    x1, vectors
        add     x1, x1, :lo12:vectors
        msr     vbar_el1, x1
        isb
        bl      rude_main

skip:
        msr     tpidr_el1, x0
        mrs     x0, elr_el1
        add     x0, x0, #4
        msr     elr_el1, x0
        mrs     x0, tpidr_el1
        eret

        .balign 2048
vectors:
        .rept   16
        .balign 128
        b       skip
        .endr
