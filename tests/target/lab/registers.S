/* SPDX-License-Identifier: Apache-2.0 */
/* Entering the kernel with every register filled, and looking at every register afterwards.
 *
 * void lab_registers_NAME(const uint64_t in[31], uint64_t out[31]): x0..x30 get the values of
 * in, one instruction is executed, x0..x30 go to out. Only sp leads back. */

        .macro  registers name, instruction:vararg
        .global lab_registers_\name
        .type   lab_registers_\name, %function
lab_registers_\name:
        sub     sp, sp, #352            /* x0..x30 after it at 0; x19..x30, out at 248 */
        stp     x19, x20, [sp, #256]
        stp     x21, x22, [sp, #272]
        stp     x23, x24, [sp, #288]
        stp     x25, x26, [sp, #304]
        stp     x27, x28, [sp, #320]
        stp     x29, x30, [sp, #336]
        str     x1, [sp, #248]
        ldp     x1, x2, [x0, #8]
        ldp     x3, x4, [x0, #24]
        ldp     x5, x6, [x0, #40]
        ldp     x7, x8, [x0, #56]
        ldp     x9, x10, [x0, #72]
        ldp     x11, x12, [x0, #88]
        ldp     x13, x14, [x0, #104]
        ldp     x15, x16, [x0, #120]
        ldp     x17, x18, [x0, #136]
        ldp     x19, x20, [x0, #152]
        ldp     x21, x22, [x0, #168]
        ldp     x23, x24, [x0, #184]
        ldp     x25, x26, [x0, #200]
        ldp     x27, x28, [x0, #216]
        ldp     x29, x30, [x0, #232]
        ldr     x0, [x0]
        \instruction
        stp     x0, x1, [sp]
        stp     x2, x3, [sp, #16]
        stp     x4, x5, [sp, #32]
        stp     x6, x7, [sp, #48]
        stp     x8, x9, [sp, #64]
        stp     x10, x11, [sp, #80]
        stp     x12, x13, [sp, #96]
        stp     x14, x15, [sp, #112]
        stp     x16, x17, [sp, #128]
        stp     x18, x19, [sp, #144]
        stp     x20, x21, [sp, #160]
        stp     x22, x23, [sp, #176]
        stp     x24, x25, [sp, #192]
        stp     x26, x27, [sp, #208]
        stp     x28, x29, [sp, #224]
        str     x30, [sp, #240]
        ldr     x1, [sp, #248]
        mov     x2, #0
1:      ldr     x3, [sp, x2]
        str     x3, [x1, x2]
        add     x2, x2, #8
        cmp     x2, #248
        b.ne    1b
        ldp     x19, x20, [sp, #256]
        ldp     x21, x22, [sp, #272]
        ldp     x23, x24, [sp, #288]
        ldp     x25, x26, [sp, #304]
        ldp     x27, x28, [sp, #320]
        ldp     x29, x30, [sp, #336]
        add     sp, sp, #352
        ret
        .size   lab_registers_\name, . - lab_registers_\name
        .endm

        .text
        registers call, svc #0
        registers break, brk #2         /* whoever handles the fault steps over it */
        registers spin, b .             /* whoever suspends the thread reads its registers */

/* void lab_fp_fill(uint64_t pattern): v<n> = pattern + n in both halves, FPSR and FPCR from the
 * pattern. */
        .arch_extension fp
        .arch_extension simd
        .global lab_fp_fill
        .type   lab_fp_fill, %function
lab_fp_fill:
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        add     x1, x0, #\n
        dup     v\n\().2d, x1
        .endr
        .irp    n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        add     x1, x0, #\n
        dup     v\n\().2d, x1
        .endr
        and     x1, x0, #0x1f
        msr     fpsr, x1
        and     x1, x0, #0x00c00000
        msr     fpcr, x1
        ret
        .size   lab_fp_fill, . - lab_fp_fill

/* void lab_fp_read(uint64_t out[66]): v0..v31, FPSR, FPCR as they are. */
        .global lab_fp_read
        .type   lab_fp_read, %function
lab_fp_read:
        .irp    n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
        str     q\n, [x0, #16 * \n]
        .endr
        .irp    n, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
        str     q\n, [x0, #16 * \n]
        .endr
        mrs     x1, fpsr
        mrs     x2, fpcr
        add     x0, x0, #512
        stp     x1, x2, [x0]
        ret
        .size   lab_fp_read, . - lab_fp_read
