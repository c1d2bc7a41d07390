/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of both processors, the second one by CPU_ON with its stack in x0. The loader has cleared
 * .bss. */

        .section .text.start, "ax"
        .global _start, poster_enter
_start:
        adrp    x0, stack_top
        add     x0, x0, :lo12:stack_top
        mov     sp, x0
        mov     x0, #0
        bl      poster_main
poster_enter:
        mov     sp, x0
        mov     x0, #1
        bl      poster_main
