/* SPDX-License-Identifier: Apache-2.0 */
/* Entry and the whole guest: computes, reads a device, prints a character, for ever. */

        .equ    UART, 0x09000000
        .equ    GICD, 0x08000000
        .equ    ROUNDS, 2000
        .equ    LINE, 64

        .section .text.start, "ax"
        .global _start
_start: mov     x1, #UART
        mov     x2, #GICD
        mov     w3, #0                  /* characters of this line */
        mov     w4, #'a'
1:      mov     w0, #ROUNDS
2:      mul     x5, x5, x0
        add     x5, x5, #1
        subs    w0, w0, #1
        b.ne    2b
        ldr     w6, [x2, #4]            /* GICD_TYPER */
        add     w3, w3, #1
        cmp     w3, #LINE
        b.eq    3f
        str     w4, [x1]
        b       1b
3:      mov     w3, #'\n'
        str     w3, [x1]
        mov     w3, #0
        add     w4, w4, #1
        cmp     w4, #'z'
        b.ls    1b
        mov     w4, #'a'
        b       1b
