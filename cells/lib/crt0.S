/* SPDX-License-Identifier: Apache-2.0 */
/* The first and the last instructions of a native cell.
 *
 * In: x0 = struct start_info *, sp = top of the stack, everything else zero. */

        .section .text.start, "ax"
        .global _start
        .type   _start, %function
_start:
        mov     x29, xzr                /* end of the frame chain, for debuggers */
        mov     x30, xzr
        bl      start_cell

        /* cell_main returned: wait for ever (reply_wait, WAIT_ONLY); nothing is answered. */
1:      mov     x8, #2
        mov     x9, xzr
        mov     x10, xzr
        mov     x11, xzr
        mov     x12, xzr
        svc     #0
        b       1b
        .size   _start, . - _start
