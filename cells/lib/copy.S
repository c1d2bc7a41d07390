/* SPDX-License-Identifier: Apache-2.0 */
/* memcpy and memset with general registers: 128 or 64 bytes an iteration, any alignment (normal
 * memory).
 *
 * In assembly because a compiler may turn such a loop in C into a call of the function it is in.
 * Contract of both: AAPCS64; x0 is returned as it came; x3..x11 are lost; no overlap. */

        .text
        .global memcpy
        .type   memcpy, %function
memcpy:                                 /* x0 to, x1 from, x2 bytes */
        mov     x3, x0
        subs    x2, x2, #128
        b.lo    2f
        sub     x1, x1, #16
        sub     x3, x3, #16
1:      ldp     x4, x5, [x1, #16]
        ldp     x6, x7, [x1, #32]
        ldp     x8, x9, [x1, #48]
        ldp     x10, x11, [x1, #64]
        stp     x4, x5, [x3, #16]
        stp     x6, x7, [x3, #32]
        stp     x8, x9, [x3, #48]
        stp     x10, x11, [x3, #64]
        ldp     x4, x5, [x1, #80]
        ldp     x6, x7, [x1, #96]
        ldp     x8, x9, [x1, #112]
        ldp     x10, x11, [x1, #128]!
        stp     x4, x5, [x3, #80]
        stp     x6, x7, [x3, #96]
        stp     x8, x9, [x3, #112]
        stp     x10, x11, [x3, #128]!
        subs    x2, x2, #128
        b.hs    1b
        add     x1, x1, #16
        add     x3, x3, #16
2:      adds    x2, x2, #128 - 8        /* words */
        b.mi    4f
3:      ldr     x4, [x1], #8
        str     x4, [x3], #8
        subs    x2, x2, #8
        b.hs    3b
4:      adds    x2, x2, #8              /* bytes */
        b.eq    6f
5:      ldrb    w4, [x1], #1
        strb    w4, [x3], #1
        subs    x2, x2, #1
        b.ne    5b
6:      ret
        .size   memcpy, . - memcpy

        .global memset
        .type   memset, %function
memset:                                 /* x0 to, w1 byte, x2 bytes */
        mov     x3, x0
        and     x4, x1, #0xff
        orr     x4, x4, x4, lsl #8
        orr     x4, x4, x4, lsl #16
        orr     x4, x4, x4, lsl #32
        subs    x2, x2, #64
        b.lo    2f
1:      stp     x4, x4, [x3]
        stp     x4, x4, [x3, #16]
        stp     x4, x4, [x3, #32]
        stp     x4, x4, [x3, #48]
        add     x3, x3, #64
        subs    x2, x2, #64
        b.hs    1b
2:      adds    x2, x2, #64 - 8
        b.mi    4f
3:      str     x4, [x3], #8
        subs    x2, x2, #8
        b.hs    3b
4:      adds    x2, x2, #8
        b.eq    6f
5:      strb    w4, [x3], #1
        subs    x2, x2, #1
        b.ne    5b
6:      ret
        .size   memset, . - memset
