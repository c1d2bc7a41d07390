/* SPDX-License-Identifier: Apache-2.0 */
/* Entry, and the data: parts of 512 KiB, the first word of each its number, the others alike. */
#include "guests/large/large.h"

        .section .text.start, "ax"
        .global _start
_start:
        mrs     x2, cntpct_el0
        adrp    x1, stack_top
        add     x1, x1, :lo12:stack_top
        mov     sp, x1
        mov     x1, x2
        bl      large_main
1:      wfi
        b       1b

        .data
        .global large_data
        .balign 4096
large_data:
        .set    part, 0
        .rept   PARTS
        .quad   part
        .fill   PART_WORDS - 1, 8, PATTERN
        .set    part, part + 1
        .endr
