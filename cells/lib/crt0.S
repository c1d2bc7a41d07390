/* SPDX-License-Identifier: Apache-2.0 */
/* The first instructions of a native cell.
 *
 * In: x0 = struct start_info *, sp = top of the stack, everything else zero. */

        .section .text.start, "ax"
        .global _start
        .type   _start, %function
_start:
        mov     x29, xzr                /* end of the frame chain, for debuggers */
        mov     x30, xzr
        bl      start_cell              /* does not return */
        .size   _start, . - _start
