/* SPDX-License-Identifier: Apache-2.0 */
/* The EL2 vectors, the one frame format and the ordinary exit; fast.S has its own.
 *
 * While a thread runs: SP_EL2 = its struct frame (and struct thread), TPIDR_EL2 = struct cpu, below
 * which the kernel stack grows. PSTATE.DAIF is masked whenever EL2 executes. */
#include "macros.inc"
#include "exit_check.inc"
#include "fast_calls.inc"
#include "offsets.h"

    .section .text.entry, "ax"

/* An exception that the kernel itself caused. Nothing is kept: the stack may be what is broken. */
    .macro kernel_exception vector
    mrs x1, tpidr_el2
    mov sp, x1
    mov x0, #\vector
    b exception_kernel
    .endm

/* Speculation stops behind a return. */
    .macro return
    ret
    dsb nsh
    isb
    .endm

    .arch_extension simd
    .balign 2048
    .global vectors
vectors: /* what is rare or short fills them up */
    .org vectors + 0x000 /* EL2 with SP_EL0, synchronous: never */
    kernel_exception 0x000

/* void fp_save(struct fp_state *), fp_load(const struct fp_state *). CPTR_EL2.TFP must be 0. */
    .global fp_save
fp_save:
    pairs stp, q, 16, x0, 0, 31
    mrs x1, fpcr
    mrs x2, fpsr
    str x1, [x0, #512]
    str x2, [x0, #520]
    return
    .org vectors + 0x080 /* EL2 with SP_EL0, IRQ: never */
    kernel_exception 0x080

    .global fp_load
fp_load:
    pairs ldp, q, 16, x0, 0, 31
    ldr x1, [x0, #512]
    ldr x2, [x0, #520]
    msr fpcr, x1
    msr fpsr, x2
    return
    .org vectors + 0x100 /* EL2 with SP_EL0, FIQ: never */
    kernel_exception 0x100

/* A core that firmware has started (PSCI CPU_ON), with x0 = its struct cpu; MMU and caches are off,
 * so nothing but mmu_registers and code is read before mmu_on returns. */
    .global core_entry
core_entry:
    msr daifset, #15
    msr spsel, #1
    mov w1, #(SCTLR_EL2_OFF & 0xffff)
    movk w1, #(SCTLR_EL2_OFF >> 16), lsl #16
    msr sctlr_el2, x1
    msr hcr_el2, xzr        /* E2H = 0 */
    isb
    msr tpidr_el2, x0
    mov sp, x0
    adr x1, vectors
    msr vbar_el2, x1
    bl mmu_on
    mrs x0, tpidr_el2
    mov x29, #0
    bl core_start
    b kernel_exit
    .org vectors + 0x180 /* EL2 with SP_EL0, SError: never */
    kernel_exception 0x180

/* void mmu_on(void): stage 1 and caches of this core on, as mmu_registers says. Changes x0-x4. */
    .global mmu_on
mmu_on:
    adrp x4, mmu_registers
    add x4, x4, :lo12:mmu_registers
    ldp x0, x1, [x4]
    ldp x2, x3, [x4, #16]
    msr mair_el2, x0
    msr tcr_el2, x1
    msr ttbr0_el2, x2
    isb
    tlbi alle2
    tlbi alle1
    ic iallu
    dsb sy
    isb
    msr sctlr_el2, x3
    isb
    return
    .org vectors + 0x200 /* EL2, synchronous: a bug of the kernel */
    kernel_exception 0x200

/* uint64_t serror_window(void): let a pending asynchronous external abort come now; 1 if one came.
 * serror_kernel is its vector: only an abort that interrupted the window may be a cell's. */
    .global serror_window
serror_window:
    dsb sy
    mov x0, #0
    msr daifclr, #4
    isb
serror_window_end:
    msr daifset, #4
    return

serror_kernel:
    mrs x2, elr_el2
    adr x3, serror_window
    adr x4, serror_window_end
    cmp x2, x3
    b.lo 1f
    cmp x2, x4
    b.hi 1f
    mov x0, #1
    msr elr_el2, x4
    return_from_exception
1:  b serror_fatal
    .org vectors + 0x280 /* EL2, IRQ: masked, never */
    kernel_exception 0x280

/* uint64_t firmware_call_smc(function, a, b, c), firmware_call_hvc(...): SMCCC (1.1: x4-x17 are
 * kept, so are the callee-saved registers). */
    .global firmware_call_smc
firmware_call_smc:
    smc #0
    return

    .global firmware_call_hvc
firmware_call_hvc:
    hvc #0
    return

serror_fatal:
    kernel_exception 0x380
    .org vectors + 0x300 /* EL2, FIQ: masked, never */
    kernel_exception 0x300

/* The idle thread's program, at EL2 with sp = its frame and interrupts masked: WFI ends when one is
 * pending, which is then handled as if it had interrupted the idle thread. */
    .global idle_wait
idle_wait:
    mrs x1, tpidr_el2
    add x3, x1, #CPU_IDLING /* see kernel/core/epoch.c */
    mov w2, #1
    stlrb w2, [x3]          /* behind all that was read */
    dsb sy
    wfi
    .global idle_woken
idle_woken:
    strb wzr, [x3]
    dmb ish                 /* before anything is read */
    mov x0, x1
    mov sp, x1
    bl exception_irq
    b kernel_exit
    .org vectors + 0x380 /* EL2, SError: only in the window of world.c */
    b serror_kernel

/* An ID register that a guest reads is found here, with nothing else stored and loaded. */
sync_early:
    tbz x13, #(64 - ESR_EC_SHIFT), sync_c /* not a read */
    str x30, [sp, #FRAME_X(30)]
    mrs x0, esr_el2
    mrs x1, tpidr_el2
    ldr w2, =ID_MASK
    ldr w3, =ID_READ
    ldrb w4, [sp, #THREAD_IS_VCPU]
    ldrb w5, [x1, #CPU_RESCHED]
    and w2, w2, w0
    cmp w2, w3
    ccmp w4, #1, #0, eq
    ccmp w5, #0, #0, eq
    b.ne sync_c
    mrs x2, elr_el2
    add x2, x2, #4
    msr elr_el2, x2
    ubfx w1, w0, #1, #2  /* CRm - 4 */
    ubfx w2, w0, #17, #3 /* Op2 */
    ubfx w0, w0, #5, #5
    add w1, w2, w1, lsl #3
    adr x2, id_values
    ldr x2, [x2, x1, lsl #3]
    str x2, [sp, x0, lsl #3] /* for xzr in the place of sp, which stays where it is */
    ldr x30, [sp, #FRAME_X(30)]
    mov x1, sp
    b exit_load
    .org vectors + 0x400 /* lower EL in AArch64, synchronous; calls come first */
vector_sync:
    stp x12, x13, [sp, #FRAME_X(12)]
    mrs x13, esr_el2
    ror x13, x13, #ESR_EC_SHIFT /* the class in its lower half */
    cmp w13, #ESR_EC_SVC
    b.ne sync_other
sync_call:
    fast_calls

/* AArch32 at EL0 of a guest. An interrupt comes again when another thread runs. */
irq_aarch32:
    msr esr_el2, xzr /* it is of an older exception */
sync_aarch32:
    enter_c
    bl exception_aarch32
    b kernel_exit
    place_words
    .org vectors + 0x480 /* lower EL in AArch64, IRQ */
vector_irq:
    store_x 0, 29
    store_state
    tbnz x16, #AARCH32_BIT, irq_aarch32
    mrs x0, tpidr_el2
    mov sp, x0
    bl exception_irq
    b kernel_exit
    .org vectors + 0x500 /* lower EL in AArch64, FIQ: firmware left an interrupt in group 0 */
    kernel_exception 0x500
    place_yield
    .org vectors + 0x580 /* lower EL in AArch64, SError */
vector_serror:
    store_x 0, 29
    store_state
    enter_c
    bl exception_serror
    b kernel_exit
    .org vectors + 0x600 /* EL1 in AArch32: HCR_EL2.RW excludes it */
    b aarch32

    .global ordinary_call
ordinary_call: /* x0-x11 and x18-x30 are the thread's, x12 and x13 are stored */
    store_x 0, 11
    store_call_rest
    enter_c
    bl entry_call
    b kernel_exit
    .org vectors + 0x680
    b aarch32
    place_resume
    .org vectors + 0x700
    b aarch32
    place_signal_other
    .org vectors + 0x780
aarch32:
    kernel_exception 0x600

sync_other: /* w13 = exception class; x12 is stored, too */
    cmp w13, #ESR_EC_HVC
    b.ne 1f
    ubfx x13, x13, #(64 - ESR_EC_SHIFT), #ESR_IMMEDIATE
    cmp x13, #HVC_CALL
    b.eq sync_call
1:  store_x 0, 11
    store_x 14, 29
    tbz w13, #5, sync_early /* not an abort */
sync_c:
    store_state
    tbnz x16, #AARCH32_BIT, sync_aarch32
    enter_c
    bl exception_sync

/* Leave the kernel: x0 = thread to run, x1 = where its x0-x7 are. */
    .global kernel_exit
kernel_exit:
    check_exit
    mov sp, x0
    load_state
exit_load:
    load_x 8, 29
    stp xzr, xzr, [sp, #FRAME_X(14)] /* for its next call: store_call_rest */
    stp xzr, xzr, [sp, #FRAME_X(16)]
    load_x 2, 7, x1
    ldp x0, x1, [x1, #FRAME_X(0)]
    return_from_exception
