/* SPDX-License-Identifier: Apache-2.0 */
/* The lowest layer of a guest whose code is part of a test program: its start at EL1 with the MMU
 * off, and vectors that step over whatever happens, counting.
 *
 * With its MMU off a guest reads and writes past the caches, so what it shares with native
 * threads is current only in an emulator, or once they have cleaned it. */

        .set    EC_SVC, 0x15
        .set    EC_FETCH, 0x20          /* and 0x21, from EL1 */
        .set    PSR_EL1H, 0x3c5         /* interrupts masked */

/* x0 = { stack pointer, function, argument }. The function runs at EL1h; when it returns: hvc
 * #1, signal_send of the slot that it returns. */
        .text
        .global lab_guest_entry
        .type   lab_guest_entry, %function
lab_guest_entry:
        msr     spsel, #1
        ldp     x1, x2, [x0]
        ldr     x0, [x0, #16]
        mov     sp, x1
        msr     sp_el0, x1
        adrp    x1, lab_guest_vectors
        add     x1, x1, :lo12:lab_guest_vectors
        msr     vbar_el1, x1
        isb
        blr     x2
        mov     x9, x0
        mov     x8, #3
        hvc     #1
1:      wfi
        b       1b
        .size   lab_guest_entry, . - lab_guest_entry

/* Everything synchronous: note how it was taken, count, go on behind it. SVC and fetches that did
 * not work go to lab_guest_back at EL1h instead, wherever they came from; SVC is not noted.
 * SPSR_EL1.IL is cleared: an illegal return would repeat itself. x0 = the vector, x0 and x1 are on
 * the stack. */
synchronous:
        stp     x2, x3, [sp, #-16]!
        mrs     x2, esr_el1
        lsr     x3, x2, #26
        cmp     x3, #EC_SVC
        b.eq    1f
        adrp    x1, lab_guest_taken
        add     x1, x1, :lo12:lab_guest_taken
        stp     x2, x0, [x1]
        mrs     x0, elr_el1
        mrs     x2, spsr_el1
        stp     x0, x2, [x1, #16]
        mrs     x0, far_el1
        mrs     x2, daif
        stp     x0, x2, [x1, #32]
        and     x3, x3, #~1
        cmp     x3, #EC_FETCH
        b.eq    1f
        ldp     x2, x3, [sp], #16
        adrp    x1, lab_guest_exceptions
        ldr     x0, [x1, :lo12:lab_guest_exceptions]
        add     x0, x0, #1
        str     x0, [x1, :lo12:lab_guest_exceptions]
        mrs     x0, elr_el1
        add     x0, x0, #4
        msr     elr_el1, x0
        mrs     x0, spsr_el1
        bic     x0, x0, #(1 << 20)
        msr     spsr_el1, x0
        ldp     x0, x1, [sp], #16
        eret
1:      mov     x0, #PSR_EL1H
        msr     spsr_el1, x0
        adr     x0, lab_guest_back
        msr     elr_el1, x0
        ldp     x2, x3, [sp], #16
        ldp     x0, x1, [sp], #16
        eret

/* An interrupt: masked for good, and counted. */
interrupt:
        stp     x0, x1, [sp, #-16]!
        adrp    x1, lab_guest_interrupts
        ldr     x0, [x1, :lo12:lab_guest_interrupts]
        add     x0, x0, #1
        str     x0, [x1, :lo12:lab_guest_interrupts]
        mrs     x0, spsr_el1
        orr     x0, x0, #(0xf << 6)
        msr     spsr_el1, x0
        ldp     x0, x1, [sp], #16
        eret

        .balign 2048
        .global lab_guest_vectors
lab_guest_vectors:
        .set    slot, 0
        .rept   16
        .balign 128
        .if     slot % 4 == 0
        stp     x0, x1, [sp, #-16]!
        mov     x0, #slot * 128
        b       synchronous
        .else
        b       interrupt
        .endif
        .set    slot, slot + 1
        .endr

/* void lab_guest_eret(uint64_t spsr): an exception return with this SPSR; whatever the mode that
 * it leads to, the SVC there comes back. Not every one comes back: AArch32 is stopped by the
 * kernel. */
        .global lab_guest_eret
        .type   lab_guest_eret, %function
lab_guest_eret:
        adr     x1, 1f
        msr     elr_el1, x1
        msr     spsr_el1, x0
        isb
        eret
1:      svc     #0
        svc     #0
lab_guest_back:
        msr     spsel, #1
        ret
        .size   lab_guest_eret, . - lab_guest_eret

/* void lab_guest_run(uint64_t spsr, code, uint64_t argument): the code, with x0 = argument, in
 * this mode. It must end with SVC and keep x30. */
        .global lab_guest_run
        .type   lab_guest_run, %function
lab_guest_run:
        msr     elr_el1, x1
        msr     spsr_el1, x0
        mov     x0, x2
        isb
        eret
        .size   lab_guest_run, . - lab_guest_run

/* Restore what the guest needs to go on. */
        .global lab_guest_sane
        .type   lab_guest_sane, %function
lab_guest_sane:
        ldr     x0, =0x30d00800
        msr     sctlr_el1, x0
        adrp    x0, lab_guest_vectors
        add     x0, x0, :lo12:lab_guest_vectors
        msr     vbar_el1, x0
        mov     x0, #(3 << 20)
        msr     cpacr_el1, x0
        msr     daifset, #15
        isb
        ret
        .size   lab_guest_sane, . - lab_guest_sane

/* uint64_t lab_guest_smccc(uint64_t x[18], bool hvc): x0..x17 go in and come back. */
        .global lab_guest_smccc
        .type   lab_guest_smccc, %function
lab_guest_smccc:
        stp     x0, x30, [sp, #-32]!
        stp     x18, x19, [sp, #16]
        mov     x19, x1
        ldp     x16, x17, [x0, #128]
        ldp     x14, x15, [x0, #112]
        ldp     x12, x13, [x0, #96]
        ldp     x10, x11, [x0, #80]
        ldp     x8, x9, [x0, #64]
        ldp     x6, x7, [x0, #48]
        ldp     x4, x5, [x0, #32]
        ldp     x2, x3, [x0, #16]
        ldp     x0, x1, [x0]
        cbz     x19, 1f
        hvc     #0
        b       2f
1:      smc     #0
2:      ldr     x19, [sp]
        stp     x0, x1, [x19]
        stp     x2, x3, [x19, #16]
        stp     x4, x5, [x19, #32]
        stp     x6, x7, [x19, #48]
        stp     x8, x9, [x19, #64]
        stp     x10, x11, [x19, #80]
        stp     x12, x13, [x19, #96]
        stp     x14, x15, [x19, #112]
        stp     x16, x17, [x19, #128]
        ldp     x18, x19, [sp, #16]
        ldp     x0, x30, [sp], #32
        ret
        .size   lab_guest_smccc, . - lab_guest_smccc

/* uint64_t lab_guest_call(uint64_t x[13]): x0..x12, hvc #1; returns x8. */
        .global lab_guest_call
        .type   lab_guest_call, %function
lab_guest_call:
        str     x30, [sp, #-16]!
        ldp     x11, x12, [x0, #88]
        ldp     x9, x10, [x0, #72]
        ldp     x7, x8, [x0, #56]
        ldp     x5, x6, [x0, #40]
        ldp     x3, x4, [x0, #24]
        ldp     x1, x2, [x0, #8]
        ldr     x0, [x0]
        hvc     #1
        mov     x0, x8
        ldr     x30, [sp], #16
        ret
        .size   lab_guest_call, . - lab_guest_call

        .bss
        .balign 8
        .global lab_guest_taken, lab_guest_exceptions, lab_guest_interrupts
lab_guest_taken:
        .zero   48
lab_guest_exceptions:
        .quad   0
lab_guest_interrupts:
        .quad   0
