/* SPDX-License-Identifier: Apache-2.0 */
/* Entry (the loader has cleared .bss), vectors that step over what is undefined, FP registers,
 * AArch32. */

        .section .text.start, "ax"
        .global _start
_start:
        adrp    x1, stack_top
        add     x1, x1, :lo12:stack_top
        mov     sp, x1
        adrp    x1, vectors
        add     x1, x1, :lo12:vectors
        msr     vbar_el1, x1
        mov     x1, #(3 << 20)          /* FP, and what there is not: SVE, SME */
        orr     x1, x1, #(3 << 16)
        orr     x1, x1, #(3 << 24)
        msr     cpacr_el1, x1
        isb
        bl      registers_main
1:      wfi
        b       1b

/* An undefined instruction at EL1 is counted and stepped over; anything else is said. */
        .text
synchronous:
        stp     x0, x1, [sp, #-16]!
        mrs     x0, esr_el1
        lsr     x0, x0, #26
        cbnz    x0, 1f
        adrp    x0, undefined_count
        ldr     w1, [x0, :lo12:undefined_count]
        add     w1, w1, #1
        str     w1, [x0, :lo12:undefined_count]
        mrs     x0, elr_el1
        add     x0, x0, #4
        msr     elr_el1, x0
        ldp     x0, x1, [sp], #16
        eret
1:      mrs     x0, esr_el1
        mrs     x1, elr_el1
        bl      registers_exception
        b       .

        .balign 2048
vectors:
        .set    slot, 0
        .rept   16
        .balign 128
        .if     slot == 4
        b       synchronous
        .else
        b       1b
        .endif
        .set    slot, slot + 1
        .endr

/* void fp_fill(uint64_t pattern): v<n> = pattern + n in both halves. */
        .text
        .arch_extension fp
        .arch_extension simd
        .global fp_fill
fp_fill:
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
            16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        add     x1, x0, #\n
        dup     v\n\().2d, x1
        .endr
        ret

/* uint64_t fp_differs(uint64_t pattern): bits that differ from what fp_fill has set. */
        .global fp_differs
fp_differs:
        mov     x4, #0
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
            16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        add     x1, x0, #\n
        mov     x2, v\n\().d[0]
        mov     x3, v\n\().d[1]
        eor     x2, x2, x1
        eor     x3, x3, x1
        orr     x4, x4, x2
        orr     x4, x4, x3
        .endr
        mov     x0, x4
        ret

/* Go to EL0 in AArch32 state. */
        .global enter_aarch32
enter_aarch32:
        mov     x0, #0x1d0      /* User mode, A I F masked */
        msr     spsr_el1, x0
        adr     x0, 1f
        msr     elr_el1, x0
        isb
        eret
1:      .inst   0xeafffffe      /* A32: branch to itself */
