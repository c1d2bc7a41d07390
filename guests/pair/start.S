/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of both processors at EL1 with MMU and caches off, and the exception vectors. An interrupt
 * is counted, anything else ends in a sentence. */
#include "tests/bench/mark.h"

#define ICC_IAR1_EL1  s3_0_c12_c12_0
#define ICC_EOIR1_EL1 s3_0_c12_c12_1

        .section .text.start, "ax"
        .global _start, pair_second_entry
_start:                                 /* x0: address of the device tree */
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
2:      adrp    x1, pair_vectors
        add     x1, x1, :lo12:pair_vectors
        msr     vbar_el1, x1
        isb
        bl      pair_main
3:      wfi
        b       3b

pair_second_entry:
        adrp    x1, stack_top_second
        add     x1, x1, :lo12:stack_top_second
        mov     sp, x1
        adrp    x1, pair_vectors
        add     x1, x1, :lo12:pair_vectors
        msr     vbar_el1, x1
        isb
        bl      pair_second
        b       3b

        .text
/* void pair_flush(void): three TLBIs and two DSBs that complete them, one that completes none:
 * tests/bench/run knows. */
        .global pair_flush
pair_flush:
        movz    xzr, #MARK_BEGIN + MARK_TLBI
        dsb     ishst
        tlbi    vmalle1
        dsb     nsh
        tlbi    vmalle1
        tlbi    vmalle1
        dsb     nsh
        isb
        movz    xzr, #MARK_END + MARK_TLBI
        ret

unexpected:
        mrs     x0, esr_el1
        mrs     x1, elr_el1
        mrs     x2, far_el1
        bl      pair_unexpected
        b       3b

interrupt:
        movz    xzr, #MARK_END + MARK_SGI_TAKE
        movz    xzr, #MARK_END + MARK_SGI_TAKE_WFI
        stp     x0, x1, [sp, #-16]!
        mrs     x0, ICC_IAR1_EL1
        msr     ICC_EOIR1_EL1, x0
        adrp    x1, pair_taken
        ldr     w0, [x1, :lo12:pair_taken]
        add     w0, w0, #1
        str     w0, [x1, :lo12:pair_taken]
        ldp     x0, x1, [sp], #16
        eret

        .balign 2048
        .global pair_vectors
pair_vectors:
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
