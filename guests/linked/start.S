/* SPDX-License-Identifier: Apache-2.0 */
/* Entry: x0 is the device tree. The loader has cleared .bss, where the stack is. */

        .section .text.start, "ax"
        .global _start
_start:
        adrp    x1, stack_top
        add     x1, x1, :lo12:stack_top
        mov     sp, x1
        bl      linked_main
1:      wfi
        b       1b
