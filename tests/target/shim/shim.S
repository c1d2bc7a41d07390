/* SPDX-License-Identifier: Apache-2.0 */
/* A stand-in for the UNKNOWN values that registers have at reset and that QEMU shows as zero: it is
 * loaded
 * below a system image, fills every EL1 and EL2 register that it may with junk and jumps to the
 * image.
 *
 * The file is this program, padded to 64 KiB, then the image: QEMU loads it at RAM base + 448 KiB,
 * so the image is at RAM base + 512 KiB, where it belongs. */

#define IMAGE_OFFSET 0x10000
#define TEXT_OFFSET  0x70000
#define JUNK_LOW  0x5a5a
#define JUNK_HIGH 0xa5a5

    .section .text, "ax"
head:
    b start
    .long 0
    .quad TEXT_OFFSET
    .quad 0x4000000         /* image_size: not looked at but for not being 0 */
    .quad 0x2               /* little-endian, 4 KiB pages */
    .quad 0, 0, 0
    .ascii "ARM\x64"
    .long 0

/* x0 = junk in all of these macros, x1 = scratch. */
    .macro junk registers:vararg
    .irp name, \registers
    msr \name, x0
    .endr
    .endm

/* Skip to a label unless a field of an ID register is at least a number. */
    .macro unless_field register, shift, least, label
    mrs x1, \register
    ubfx x1, x1, #\shift, #4
    cmp x1, #\least
    b.lo \label
    .endm

start:
    msr daifset, #15
    mov x0, #JUNK_LOW
    movk x0, #JUNK_HIGH, lsl #16
    movk x0, #JUNK_LOW, lsl #32
    movk x0, #JUNK_HIGH, lsl #48

    /* EL1: an MMU that is on, with tables nowhere, and everything that acts on EL0. */
    junk ttbr0_el1, ttbr1_el1, tcr_el1, mair_el1, amair_el1, contextidr_el1, vbar_el1
    junk elr_el1, esr_el1, far_el1, afsr0_el1, afsr1_el1, sp_el0, sp_el1, par_el1
    junk tpidr_el0, tpidrro_el0, tpidr_el1, csselr_el1, cpacr_el1, cntkctl_el1
    orr x1, x0, #0x1000000  /* E0E: big-endian at EL0 */
    orr x1, x1, #0x3        /* A: alignment checks; M */
    msr sctlr_el1, x1
    mov x1, #0x3c5
    msr spsr_el1, x1

    /* Debug: software step and breakpoints for EL0, at an address where cells have code. */
    mov x1, #0x8001         /* MDE, SS */
    msr mdscr_el1, x1
    msr oslar_el1, xzr
    mov x1, #0x400000
    msr dbgbvr0_el1, x1
    msr dbgwvr0_el1, x1
    mov x1, #0x1e5          /* enabled, EL0, all bytes */
    msr dbgbcr0_el1, x1
    mov x1, #0x1ffd
    msr dbgwcr0_el1, x1
    junk pmuserenr_el0, pmcntenset_el0, pmintenset_el1
    mov x1, #0x47
    msr pmcr_el0, x1

    /* Timers: enabled and due. */
    mov x1, #1
    junk cntv_cval_el0, cntp_cval_el0, cnthp_cval_el2, cntvoff_el2, cnthctl_el2
    msr cntv_cval_el0, xzr
    msr cntp_cval_el0, xzr
    msr cnthp_cval_el2, xzr
    msr cntv_ctl_el0, x1
    msr cntp_ctl_el0, x1
    msr cnthp_ctl_el2, x1

    /* EL2 but HCR, SCTLR: junk as it is. */
    junk ttbr0_el2, tcr_el2, mair_el2, amair_el2, vbar_el2, elr_el2, esr_el2, far_el2, hpfar_el2
    junk afsr0_el2, afsr1_el2, tpidr_el2, vttbr_el2, vtcr_el2, vpidr_el2, vmpidr_el2
    junk hstr_el2, hacr_el2, actlr_el2, mdcr_el2
    mov x1, #0x3c9
    msr spsr_el2, x1

    unless_field id_aa64pfr0_el1, 24, 1, no_gic
    mov x1, #0xf
    msr s3_4_c12_c9_5, x1   /* ICC_SRE_EL2 */
    isb
    junk s3_0_c4_c6_0       /* ICC_PMR_EL1 */
    junk s3_4_c12_c8_0, s3_4_c12_c9_0 /* ICH_AP0R0, ICH_AP1R0 */
    junk s3_4_c12_c11_7     /* ICH_VMCR_EL2 */
    junk s3_4_c12_c12_0, s3_4_c12_c12_1, s3_4_c12_c12_2, s3_4_c12_c12_3 /* ICH_LR0-3 */
    mov x1, #0x7f
    msr s3_4_c12_c11_0, x1  /* ICH_HCR_EL2 */
    msr s3_0_c12_c12_7, xzr /* ICC_IGRPEN1_EL1 */
no_gic:
    /* FP and, where they exist, SVE and SME open: their registers take junk too */
    mov x1, #(3 << 20)
    msr cptr_el2, xzr
    msr cpacr_el1, x1
    isb
    .arch_extension fp
    .arch_extension simd
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
        16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    dup v\n\().2d, x0
    .endr
    msr fpcr, x0
    msr fpsr, x0
    unless_field id_aa64pfr0_el1, 32, 1, no_sve
    junk s3_4_c1_c2_0, s3_0_c1_c2_0 /* ZCR_EL2, ZCR_EL1 */
no_sve:
    unless_field s3_0_c0_c4_1, 24, 1, no_sme
    junk s3_4_c1_c2_6, s3_0_c1_c2_6, s3_3_c13_c0_5 /* SMCR_EL2, SMCR_EL1, TPIDR2_EL0 */
no_sme:
    unless_field id_aa64pfr0_el1, 28, 1, no_ras
    junk s3_4_c12_c1_1, s3_4_c5_c2_3 /* VDISR_EL2, VSESR_EL2 */
no_ras:
    unless_field id_aa64pfr0_el1, 56, 2, no_scxtnum
    junk s3_4_c13_c0_7, s3_0_c13_c0_7, s3_3_c13_c0_7 /* SCXTNUM_EL2, EL1, EL0 */
no_scxtnum:
    unless_field s3_0_c0_c4_1, 8, 2, no_mte
    junk s3_4_c5_c6_0, s3_0_c5_c6_0, s3_0_c1_c0_6 /* TFSR_EL2, TFSR_EL1, GCR_EL1 */
no_mte:
    unless_field s3_0_c0_c7_1, 40, 1, no_hcx
    junk s3_4_c1_c2_2       /* HCRX_EL2 */
no_hcx:
    unless_field id_aa64mmfr0_el1, 56, 1, no_fgt
    /* HFG?TR_EL2, HDFG?TR_EL2 */
    junk s3_4_c1_c1_4, s3_4_c1_c1_5, s3_4_c1_c1_6, s3_4_c3_c1_4, s3_4_c3_c1_5
no_fgt:
    mrs x1, s3_0_c0_c6_1
    tst x1, #0xff0          /* APA, API */
    b.eq no_pauth
    junk s3_0_c2_c1_0, s3_0_c2_c1_1, s3_0_c2_c1_2, s3_0_c2_c1_3 /* APIA, APIB keys */
    junk s3_0_c2_c2_0, s3_0_c2_c2_1, s3_0_c2_c2_2, s3_0_c2_c2_3 /* APDA, APDB keys */
    junk s3_0_c2_c3_0, s3_0_c2_c3_1 /* APGA key */
no_pauth:
    junk cptr_el2, cpacr_el1

    /* MMU and caches off, alignment checks on; the stack pointer of EL0 in use. */
    mov x1, #0x0832         /* RES1 bits 11, 5, 4; A */
    movk x1, #0x30c5, lsl #16
    msr sctlr_el2, x1
    msr spsel, #0
    mov x1, #IMAGE_OFFSET
    adr x2, head
    add x2, x2, x1

    /* HCR last: with VHE the EL1 names above would mean EL2 registers. TGE, DC, VM, RW and every
     * trap. */
    mov x1, #0xfff9
    movk x1, #0x8fff, lsl #16
    mrs x3, s3_0_c0_c7_1    /* ID_AA64MMFR1_EL1.VH */
    ubfx x3, x3, #8, #4
    cbz x3, 1f
    orr x1, x1, #0x400000000 /* E2H */
1:  msr hcr_el2, x1
    isb
    mov x1, x0
    .irp n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, \
        24, 25, 26, 27, 28, 29, 30
    mov x\n, x0
    .endr
    br x2
