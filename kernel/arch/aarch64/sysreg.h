/* SPDX-License-Identifier: Apache-2.0 */
/* System register access, and the register bits that more than one file needs. */
#pragma once

#include "kernel/lib/types.h"

/* A value that is in its register here: pairs of loads and stores then are one instruction each. */
#define IN_REGISTER(value) __asm__ volatile("" : "+r"(value))

#define SYSREG_TEXT(name) #name
#define SYSREG_NAME(name) SYSREG_TEXT(name)

#define sysreg_read(name)                                             \
    __extension__({                                                   \
        uint64_t read_;                                               \
        __asm__ volatile("mrs %0, " SYSREG_NAME(name) : "=r"(read_)); \
        read_;                                                        \
    })

#define sysreg_write(name, value)                                          \
    do {                                                                   \
        uint64_t write_ = (value);                                         \
        __asm__ volatile("msr " SYSREG_NAME(name) ", %x0" ::"rZ"(write_)); \
    } while (0)

/* A constant that several instructions would make is loaded from beside the code. */
#define LITERAL(value)                                         \
    __extension__({                                            \
        uint64_t literal_;                                     \
        __asm__("ldr %0, =%c1" : "=r"(literal_) : "i"(value)); \
        literal_;                                              \
    })

/* Registers that the assembler does not know without an architecture extension. */
#define HCRX_EL2     s3_4_c1_c2_2
#define HFGRTR_EL2   s3_4_c1_c1_4
#define HFGWTR_EL2   s3_4_c1_c1_5
#define HFGITR_EL2   s3_4_c1_c1_6
#define HDFGRTR_EL2  s3_4_c3_c1_4
#define HDFGWTR_EL2  s3_4_c3_c1_5
#define HAFGRTR_EL2  s3_4_c3_c1_6
#define ZCR_EL2      s3_4_c1_c2_0
#define SMCR_EL2     s3_4_c1_c2_6
#define SMPRIMAP_EL2 s3_4_c1_c2_5
#define TPIDR2_EL0   s3_3_c13_c0_5
#define SCXTNUM_EL2  s3_4_c13_c0_7
#define VDISR_EL2    s3_4_c12_c1_1
#define VSESR_EL2    s3_4_c5_c2_3
#define TFSR_EL2     s3_4_c5_c6_0
#define TRFCR_EL2    s3_4_c1_c2_1
#define PMSCR_EL2    s3_4_c9_c9_0
#define CNTPOFF_EL2  s3_4_c14_c0_6
#define MPAM2_EL2    s3_4_c10_c5_0
#define MPAMHCR_EL2  s3_4_c10_c4_0
#define MPAMIDR_EL1  s3_0_c10_c4_4
#define ID_AA64PFR1  s3_0_c0_c4_1
#define ID_AA64MMFR1 s3_0_c0_c7_1

/* MPIDR_EL1: Aff3 and Aff2 to Aff0. */
#define MPIDR_AFFINITY UINT64_C(0xff00ffffff)

/* One 4-bit field of an ID register. */
static ALWAYS_INLINE uint64_t id_field(uint64_t value, unsigned int shift)
{
    return value >> shift & 15;
}

/* HCR_EL2 (Arm ARM D19.2.48). */
#define HCR_VM     (UINT64_C(1) << 0)
#define HCR_PTW    (UINT64_C(1) << 2)
#define HCR_FMO    (UINT64_C(1) << 3)
#define HCR_IMO    (UINT64_C(1) << 4)
#define HCR_AMO    (UINT64_C(1) << 5)
#define HCR_FB     (UINT64_C(1) << 9)
#define HCR_BSU_IS (UINT64_C(1) << 10)
#define HCR_DC     (UINT64_C(1) << 12)
#define HCR_TWI    (UINT64_C(1) << 13)
#define HCR_TID1   (UINT64_C(1) << 16)
#define HCR_TID3   (UINT64_C(1) << 18)
#define HCR_TSC    (UINT64_C(1) << 19)
#define HCR_TIDCP  (UINT64_C(1) << 20)
#define HCR_TACR   (UINT64_C(1) << 21)
#define HCR_TSW    (UINT64_C(1) << 22)
#define HCR_TGE    (UINT64_C(1) << 27)
#define HCR_RW     (UINT64_C(1) << 31)
#define HCR_TLOR   (UINT64_C(1) << 35)
#define HCR_TERR   (UINT64_C(1) << 36)

/* A native thread: no EL1, flat stage 1 that is normal memory, stage 2, interrupts to EL2. The
 * traps have no effect while TGE is 1, they make the two values differ in few bits. */
#define HCR_COMMON                                                                              \
    (HCR_VM | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_TSW | HCR_RW | \
     HCR_TID1 | HCR_TID3 | HCR_TLOR | HCR_TERR | HCR_FB | HCR_BSU_IS | HCR_PTW)
#define HCR_NATIVE (HCR_COMMON | HCR_TGE | HCR_DC)
#define HCR_GUEST  (HCR_COMMON | HCR_TWI)

/* CPTR_EL2 without VHE: SVE, SME, trace and activity monitors always trap, FP by TFP. */
#define CPTR_TFP    (UINT64_C(1) << 10)
#define CPTR_OPEN   (UINT64_C(0x33ff) | UINT64_C(1) << 20 | UINT64_C(1) << 30)
#define CPTR_CLOSED (CPTR_OPEN | CPTR_TFP)

/* Exception classes (Arm ARM D19.2.37, ESR_EL2.EC). */
enum exception_class {
    EC_UNKNOWN = 0x00,
    EC_WFX = 0x01,
    EC_FP = 0x07,
    EC_PAUTH = 0x09,
    EC_LS64 = 0x0a,
    EC_SVC = 0x15,
    EC_HVC = 0x16,
    EC_SMC = 0x17,
    EC_SYSREG = 0x18,
    EC_SVE = 0x19,
    EC_SME = 0x1d,
    EC_INSTRUCTION_ABORT = 0x20,
    EC_PC_ALIGNMENT = 0x22,
    EC_DATA_ABORT = 0x24,
    EC_SP_ALIGNMENT = 0x26,
    EC_BRK = 0x3c
};

static ALWAYS_INLINE enum exception_class esr_class(uint64_t esr)
{
    return (enum exception_class)(esr >> 26 & 0x3f);
}
