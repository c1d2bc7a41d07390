/* SPDX-License-Identifier: Apache-2.0 */
/* The loops that are measured. bench.c knows how many instructions of each round are not what is
 * measured. */
#include "tests/bench/mark.h"

#define ICC_SGI1R_EL1 s3_0_c12_c11_5
#define ICC_IAR1_EL1  s3_0_c12_c12_0
#define ICC_EOIR1_EL1 s3_0_c12_c12_1

        .text

/* uint64_t bench_NAME(uint64_t n, uint64_t a, uint64_t b): makes n rounds (x19) and returns the
 * ticks that they took. Bodies have a in x21, b in x22, and may lose x0..x18. */
        .macro  begin name
        .global bench_\name
        .balign 64
bench_\name:
        stp     x19, x20, [sp, #-32]!
        stp     x21, x22, [sp, #16]
        mov     x19, x0
        mov     x21, x1
        mov     x22, x2
        mrs     x20, cntvct_el0
1:
        .endm

/* Marks for the counting plugin around what is measured: no effect, one instruction each. */
        .macro  mark_begin number
        movz    xzr, #MARK_BEGIN + \number
        .endm

        .macro  mark_end number
        movz    xzr, #MARK_END + \number
        .endm

        .macro  finish
        subs    x19, x19, #1
        b.ne    1b
        mrs     x0, cntvct_el0
        sub     x0, x0, x20
        ldp     x21, x22, [sp, #16]
        ldp     x19, x20, [sp], #32
        ret
        .endm

        begin   null
        finish

        begin   hundred
        .rept   100
        nop
        .endr
        finish

        begin   uart_read               /* a: address */
        mark_begin MARK_UART_READ
        ldr     w3, [x21]
        mark_end MARK_UART_READ
        finish

        begin   uart_char               /* a: address of the UART, b: character */
        mark_begin MARK_UART_CHAR
        ldr     w3, [x21, #0x18]
        str     w22, [x21]
        mark_end MARK_UART_CHAR
        finish

        begin   gicd_read               /* a: address */
        mark_begin MARK_GICD_READ
        ldr     w3, [x21]
        mark_end MARK_GICD_READ
        finish

        begin   write32_two             /* a, b: addresses; twice per round */
        mark_begin MARK_GICD_WRITE
        str     w22, [x21]
        mark_end MARK_GICD_WRITE
        mark_begin MARK_GICD_WRITE
        str     w22, [x21, #0x80]
        mark_end MARK_GICD_WRITE
        finish

        begin   id_register
        mark_begin MARK_ID_REGISTER
        mrs     x3, id_aa64pfr0_el1
        mark_end MARK_ID_REGISTER
        finish

        begin   smccc                   /* a: function identifier */
        mark_begin MARK_SMCCC
        mov     x0, x21
        hvc     #0
        mark_end MARK_SMCCC
        finish

        begin   kernel_call             /* a: number of a call without arguments */
        mark_begin MARK_HVC
        mov     x8, x21
        mov     x9, xzr
        hvc     #1
        mark_end MARK_HVC
        finish

/* SGI to self, round trip. The handler sets w11; it has five instructions with its branch from the
 * vector. */
        begin   sgi_loop_v2             /* a: address of GICD_SGIR, b: its value */
        adr     x18, sgi_v2
        ldr     x10, =0x08010000        /* GICC */
2:      mov     w11, wzr
        mark_begin MARK_SGI
        str     w22, [x21]
        dsb     sy
3:      cbz     w11, 3b
        subs    x19, x19, #1
        b.ne    2b
        b       4f

sgi_v2:
        mark_end MARK_SGI
        ldr     w12, [x10, #0xc]
        str     w12, [x10, #0x10]
        mov     w11, #1
        eret

4:      mov     x19, #1
        finish

        begin   sgi_loop_v3             /* b: value of ICC_SGI1R_EL1 */
        adr     x18, sgi_v3
2:      mov     w11, wzr
        mark_begin MARK_SGI
        msr     ICC_SGI1R_EL1, x22
        isb
3:      cbz     w11, 3b
        subs    x19, x19, #1
        b.ne    2b
        b       4f

sgi_v3:
        mark_end MARK_SGI
        mrs     x12, ICC_IAR1_EL1
        msr     ICC_EOIR1_EL1, x12
        mov     w11, #1
        eret

4:      mov     x19, #1
        finish

/* uint64_t bench_timer_busy(uint64_t cval, uint64_t k, uint64_t version), bench_timer_wfi: the
 * virtual timer is set to cval; k (0..15) instructions after its entry the handler reads the
 * counter. Returns that reading less cval. */
        .macro  timer name, wait:vararg
        .global bench_timer_\name
bench_timer_\name:
        movz    xzr, #MARK_CANCEL + MARK_VTIMER_WFI
        adr     x18, timer_handler
        adr     x14, sled_end
        sub     x14, x14, x1, lsl #2
        ldr     x10, =0x08010000        /* GICC, for version 2 */
        mov     w11, wzr
        mov     x13, #1
        msr     cntv_cval_el0, x0
        msr     cntv_ctl_el0, x13
        isb
        msr     daifclr, #2
1:      \wait
        cbz     w11, 1b
        msr     daifset, #2
        sub     x0, x15, x0
        ret
        .endm

        timer   busy
        timer   wfi, wfi

timer_handler:                          /* five instructions to the reading, with the vector's */
        mark_end MARK_VTIMER_WFI
        mark_end MARK_VTIMER
        br      x14
        .rept   16
        nop
        .endr
sled_end:
        mrs     x15, cntvct_el0
        msr     cntv_ctl_el0, xzr
        isb
        mov     w11, #1
        cmp     x2, #3
        b.ne    1f
        mrs     x12, ICC_IAR1_EL1
        msr     ICC_EOIR1_EL1, x12
        eret
1:      ldr     w12, [x10, #0xc]
        str     w12, [x10, #0x10]
        eret
