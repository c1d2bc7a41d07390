/* SPDX-License-Identifier: Apache-2.0 */
/* What entry.S does before every exception return: debug builds look at everything (check.c).
 * x0 and x1 are kept. */
    .macro check_exit
    mov x19, x0
    mov x20, x1
    bl exit_check
    mov x0, x19
    mov x1, x20
    .endm
