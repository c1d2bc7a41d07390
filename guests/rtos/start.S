/* SPDX-License-Identifier: Apache-2.0 */
/* Image header, entry at EL1 with MMU and caches off, vectors, and the switch between tasks.
 *
 * Tasks run at EL1t: each has its own stack in SP_EL0. The kernel and interrupts run at EL1h on
 * one stack, SP_EL1, which is empty while a task runs. TPIDR_EL1 is the running task, whose first
 * bytes are its struct frame. */

        .equ    FRAME_X30, 240
        .equ    FRAME_PC, 256
        .equ    SVC, 0x15               /* exception class */

        .section .text.start, "ax"
        .global _start
_start: b       entry                   /* arm64 Image header, Linux Documentation/arm64/booting */
        .word   0
        .quad   0x200000                /* text_offset: where rtos.ld puts it */
        .quad   image_size
        .quad   2                       /* little-endian, 4 KiB pages, near the base of RAM */
        .quad   0, 0, 0
        .ascii  "ARM\x64"
        .word   0

/* x0: device tree, or anything */
entry:  adrp    x1, bss_start
        adrp    x2, bss_end             /* whole pages */
1:      stp     xzr, xzr, [x1], #16
        cmp     x1, x2
        b.lo    1b
        adrp    x1, kernel_stack_top
        msr     spsel, #1
        mov     sp, x1
        adrp    x1, vectors
        add     x1, x1, :lo12:vectors
        msr     vbar_el1, x1
        isb
        b       rtos_main

/* void start_tasks(struct task *first): does not return. */
        .text
        .global start_tasks
start_tasks:
        adrp    x1, kernel_stack_top
        mov     sp, x1
        b       restore

/* x0, x1 are on the stack. Saves the running task; leaves its frame in x0 and keeps x1 only in it:
 * w is what the caller still needs of it, in a register that the frame has already. */
        .macro  save keep=x5
        mrs     x0, tpidr_el1
        stp     x2, x3, [x0, #16]
        stp     x4, x5, [x0, #32]
        mov     \keep, x1
        stp     x6, x7, [x0, #48]
        stp     x8, x9, [x0, #64]
        stp     x10, x11, [x0, #80]
        stp     x12, x13, [x0, #96]
        stp     x14, x15, [x0, #112]
        stp     x16, x17, [x0, #128]
        stp     x18, x19, [x0, #144]
        stp     x20, x21, [x0, #160]
        stp     x22, x23, [x0, #176]
        stp     x24, x25, [x0, #192]
        stp     x26, x27, [x0, #208]
        stp     x28, x29, [x0, #224]
        ldp     x2, x3, [sp], #16
        stp     x2, x3, [x0]
        mrs     x2, sp_el0
        mrs     x3, elr_el1
        mrs     x4, spsr_el1
        stp     x30, x2, [x0, #FRAME_X30]
        stp     x3, x4, [x0, #FRAME_PC]
        .endm

/* An interrupt of a task. The counter is read in the third instruction. */
interrupt:
        stp     x0, x1, [sp, #-16]!
        mrs     x1, cntvct_el0
        save
        mov     x0, x5
        bl      interrupt_enter         /* returns the task to run */

/* x0: task */
restore:
        msr     tpidr_el1, x0
        ldp     x30, x2, [x0, #FRAME_X30]
        ldp     x3, x4, [x0, #FRAME_PC]
        msr     sp_el0, x2
        msr     elr_el1, x3
        msr     spsr_el1, x4
        ldp     x2, x3, [x0, #16]
        ldp     x4, x5, [x0, #32]
        ldp     x6, x7, [x0, #48]
        ldp     x8, x9, [x0, #64]
        ldp     x10, x11, [x0, #80]
        ldp     x12, x13, [x0, #96]
        ldp     x14, x15, [x0, #112]
        ldp     x16, x17, [x0, #128]
        ldp     x18, x19, [x0, #144]
        ldp     x20, x21, [x0, #160]
        ldp     x22, x23, [x0, #176]
        ldp     x24, x25, [x0, #192]
        ldp     x26, x27, [x0, #208]
        ldp     x28, x29, [x0, #224]
        ldp     x0, x1, [x0]
        eret

/* Of a task: its svc in port_switch(), or its end. */
synchronous:
        stp     x0, x1, [sp, #-16]!
        mrs     x1, esr_el1
        lsr     x1, x1, #26
        cmp     x1, #SVC
        b.ne    1f
        save
        bl      task_pick
        b       restore
1:      save
        mrs     x0, esr_el1
        mrs     x1, far_el1
        bl      report_task

/* Of the kernel, or what nobody expects: on a fresh stack, its own may be the reason. */
fatal:  mrs     x0, esr_el1
        mrs     x1, far_el1
        mrs     x2, elr_el1
        adrp    x3, kernel_stack_top
        mov     sp, x3
        bl      report_kernel

        .balign 2048
vectors:
        .set    slot, 0
        .rept   16
        .balign 128
        .if     slot == 0               /* EL1t */
        b       synchronous
        .elseif slot == 1
        b       interrupt
        .else
        b       fatal
        .endif
        .set    slot, slot + 1
        .endr
