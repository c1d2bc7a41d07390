/* SPDX-License-Identifier: Apache-2.0 */
/* System registers, firmware and kernel calls, as an EL1 program reaches them. */
#pragma once

#include <stdint.h>

#define sysreg_read(name)                                           \
    ({                                                              \
        uint64_t value_;                                            \
        __asm__ volatile("mrs %0, " name : "=r"(value_)::"memory"); \
        value_;                                                     \
    })
#define sysreg_write(name, value) \
    __asm__ volatile("msr " name ", %0\n\tisb" ::"r"((uint64_t)(value)) : "memory")

/* Device registers. In assembly, because a compiler may choose instructions that a hypervisor
 * cannot emulate: with write-back, or a pair. */
static inline uint32_t mmio_read(uint64_t address)
{
    uint32_t value;
    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void mmio_write(uint64_t address, uint32_t value)
{
    __asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static inline void mmio_write_byte(uint64_t address, uint8_t value)
{
    __asm__ volatile("strb %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

/* GICv3 CPU interface. */
#define ICC_PMR_EL1     "s3_0_c4_c6_0"
#define ICC_IAR0_EL1    "s3_0_c12_c8_0"
#define ICC_EOIR0_EL1   "s3_0_c12_c8_1"
#define ICC_IAR1_EL1    "s3_0_c12_c12_0"
#define ICC_EOIR1_EL1   "s3_0_c12_c12_1"
#define ICC_SRE_EL1     "s3_0_c12_c12_5"
#define ICC_IGRPEN0_EL1 "s3_0_c12_c12_6"
#define ICC_IGRPEN1_EL1 "s3_0_c12_c12_7"

static inline void cpu_irq_enable(void)
{
    __asm__ volatile("msr daifclr, #2" ::: "memory");
}

static inline void cpu_irq_disable(void)
{
    __asm__ volatile("msr daifset, #2" ::: "memory");
}

static inline void cpu_fiq_enable(void)
{
    __asm__ volatile("msr daifclr, #1" ::: "memory");
}

static inline void cpu_fiq_disable(void)
{
    __asm__ volatile("msr daifset, #1" ::: "memory");
}

/* Says that this only waits for something to change. */
static inline void cpu_pause(void)
{
    __asm__ volatile("yield" ::: "memory");
}

static inline void cpu_wait(void)
{
    __asm__ volatile("wfi" ::: "memory");
}

static inline void barrier_dsb(void)
{
    __asm__ volatile("dsb sy" ::: "memory");
}

/* Tables that were changed count from here on. */
static inline void tlb_flush(void)
{
    __asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
}

/* SMCCC call by hvc #0. Returns x0; the other results are lost. */
static inline uint64_t firmware_call_3(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = a;
    register uint64_t x2 __asm__("x2") = b;
    register uint64_t x3 __asm__("x3") = c;
    __asm__ volatile("hvc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                       "x16", "x17", "memory");
    return x0;
}

static inline uint64_t firmware_call(uint64_t function, uint64_t argument)
{
    return firmware_call_3(function, argument, 0, 0);
}

/* Kernel call by hvc #1, without arguments or capability. Returns the status in x8. */
static inline uint64_t kernel_call(uint64_t number)
{
    register uint64_t x8 __asm__("x8") = number;
    register uint64_t x9 __asm__("x9") = 0;
    __asm__ volatile("hvc #1"
                     : "+r"(x8), "+r"(x9)
                     :
                     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x10", "x11", "x12", "x13",
                       "x14", "x15", "x16", "x17", "x18", "memory");
    return x8;
}
