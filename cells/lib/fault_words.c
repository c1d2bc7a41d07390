/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the exception classes and fault status codes of the Arm ARM, and their usual causes. */
#include "cells/lib/fault_words.h"

#include <stddef.h>

#include "cells/lib/format.h"

#define ESR_CLASS(esr)   ((esr) >> 26 & 0x3f)
#define ESR_STATUS(esr)  ((esr)&0x3f)     /* DFSC or IFSC */
#define ESR_WRITE(esr)   ((esr) >> 6 & 1) /* WnR, of a data abort */
#define ESR_COMMENT(esr) ((esr)&0xffff)   /* of brk, svc, hvc, smc */
#define CLASS_FETCH      0x20             /* instruction abort from a lower exception level */
#define CLASS_PC         0x22             /* misaligned program counter */

/* Arm ARM, ESR_ELx.EC; those that can come from EL0 and EL1. */
static const char *const class_names[64] = {
    [0x00] = "unknown instruction",
    [0x01] = "WFI or WFE that is trapped",
    [0x07] = "floating point or SIMD",
    [0x09] = "pointer authentication",
    [0x0a] = "LD64B or ST64B",
    [0x0d] = "branch target",
    [0x0e] = "illegal execution state",
    [0x11] = "svc in AArch32",
    [0x15] = "svc",
    [0x16] = "hvc",
    [0x17] = "smc",
    [0x18] = "system register or instruction that is not for this level",
    [0x19] = "SVE",
    [0x1a] = "eret",
    [0x1c] = "pointer authentication failed",
    [0x1d] = "SME",
    [0x20] = "instruction abort",
    [0x22] = "misaligned program counter",
    [0x24] = "data abort",
    [0x26] = "misaligned stack pointer",
    [0x2c] = "floating point exception",
    [0x2f] = "SError",
    [0x30] = "hardware breakpoint",
    [0x32] = "software step",
    [0x34] = "hardware watchpoint",
    [0x38] = "bkpt in AArch32",
    [0x3c] = "brk",
};

/* Arm ARM, ISS encoding for an abort: DFSC. */
static const char *const status_names[64] = {
    [0x00] = "address size fault, level 0",
    [0x01] = "address size fault, level 1",
    [0x02] = "address size fault, level 2",
    [0x03] = "address size fault, level 3",
    [0x04] = "translation fault, level 0",
    [0x05] = "translation fault, level 1",
    [0x06] = "translation fault, level 2",
    [0x07] = "translation fault, level 3",
    [0x08] = "access flag fault, level 0",
    [0x09] = "access flag fault, level 1",
    [0x0a] = "access flag fault, level 2",
    [0x0b] = "access flag fault, level 3",
    [0x0c] = "permission fault, level 0",
    [0x0d] = "permission fault, level 1",
    [0x0e] = "permission fault, level 2",
    [0x0f] = "permission fault, level 3",
    [0x10] = "external abort",
    [0x11] = "tag check fault",
    [0x13] = "external abort on a table walk, level -1",
    [0x14] = "external abort on a table walk, level 0",
    [0x15] = "external abort on a table walk, level 1",
    [0x16] = "external abort on a table walk, level 2",
    [0x17] = "external abort on a table walk, level 3",
    [0x18] = "parity or ECC error",
    [0x1c] = "parity or ECC error on a table walk, level 0",
    [0x1d] = "parity or ECC error on a table walk, level 1",
    [0x1e] = "parity or ECC error on a table walk, level 2",
    [0x1f] = "parity or ECC error on a table walk, level 3",
    [0x21] = "alignment fault",
    [0x30] = "TLB conflict",
    [0x34] = "lockdown",
    [0x35] = "unsupported exclusive or atomic access",
};

/* What is usually behind a fault, in a native cell and in a VM. */
struct advice {
    const char *likely;
    const char *cure;
};

#define CURE_PC "look at the line: addr2line -e PROGRAM.elf PC"

static const struct advice advice_null = {
    "a null pointer, or a member of one",
    CURE_PC,
};
static const struct advice advice_fetch = {
    "a jump through a wrong function pointer, or a return address that was overwritten",
    "look at the caller: addr2line -e PROGRAM.elf LR",
};
static const struct advice advice_readonly = {
    "a write to constants, to code, or to memory that the description gives for reading only",
    "give it with writing in the description, or write elsewhere",
};
static const struct advice advice_stack = {
    "the stack is full: the access is just below or above the stack pointer",
    "give the cell a larger stack in the description",
};

static const struct advice native_advice[] = {
    [BH_FAULT_MEMORY] =
        {"a wrong pointer, or a memory that the description does not give to this cell", CURE_PC},
    [BH_FAULT_ALIGNMENT] = {"a misaligned access to device memory, an exclusive or atomic one, or "
                            "a wrong stack pointer",
                            "align the data; access device registers with their own width"},
    [BH_FAULT_UNDEFINED] =
        {"an instruction or register that only a kernel may use, or one that this core lacks",
         "compile with -march=armv8-a; use calls instead of privileged instructions"},
    [BH_FAULT_FP] =
        {"floating point or SIMD in a cell that was not given it",
         "compile with -mgeneral-regs-only, or give the cell floating point in the description"},
    [BH_FAULT_BREAK] = {"the program stopped itself; its last line on the console says why",
                        CURE_PC},
    [BH_FAULT_EXTERNAL] =
        {"a device register that does not exist, or a device without clock or power",
         "check the device's address and size in the description"},
    [BH_FAULT_AARCH32] = {"32-bit code, which is not offered", "use a 64-bit program"},
    [BH_FAULT_OTHER] = {"see the exception class", CURE_PC},
};

static const struct advice vm_advice[] = {
    [BH_FAULT_MEMORY] = {"an instruction fetch or a table walk outside the RAM of the VM",
                         "check the guest's load address and the VM's RAM in the description"},
    [BH_FAULT_ALIGNMENT] = {"a misaligned access to device memory",
                            "access device registers with their own width"},
    [BH_FAULT_UNDEFINED] = {"an instruction or register that is not offered to guests",
                            "look for it in docs/registers.md"},
    [BH_FAULT_FP] = {"floating point in a VM that was not given it",
                     "give the VM floating point in the description"},
    [BH_FAULT_BREAK] = {"a debugger's break", "attach the debugger, or remove the break"},
    [BH_FAULT_EXTERNAL] =
        {"a device register that does not exist, or a device without clock or power",
         "check the device's address and size in the description"},
    [BH_FAULT_AARCH32] = {"a 32-bit program in the guest; guests are offered 64 bits only",
                          "use 64-bit programs in this guest"},
    [BH_FAULT_OTHER] = {"see the exception class", "look up the syndrome in the Arm ARM (ESR_EL2)"},
};

const char *fault_class_name(uint64_t syndrome)
{
    const char *name = class_names[ESR_CLASS(syndrome)];
    return name != NULL ? name : "reserved exception class";
}

const char *fault_status_name(uint64_t syndrome)
{
    const char *name = status_names[ESR_STATUS(syndrome)];
    return name != NULL ? name : "reserved fault status";
}

static bool is_permission(uint64_t syndrome)
{
    return ESR_STATUS(syndrome) >= 0x0c && ESR_STATUS(syndrome) <= 0x0f;
}

static bool is_fetch(uint64_t syndrome)
{
    return ESR_CLASS(syndrome) == CLASS_FETCH || ESR_CLASS(syndrome) == CLASS_PC;
}

static void format_memory(struct fault_report *report, const struct bh_fault_words *fault)
{
    const char *access = is_fetch(fault->syndrome)    ? "jump to"
                         : ESR_WRITE(fault->syndrome) ? "write to"
                                                      : "read of";

    format(report->what, sizeof(report->what), "%s 0x%lx, %s (%s, %s)", access,
           (unsigned long)fault->address,
           is_permission(fault->syndrome) ? "which is mapped without this right"
                                          : "which is not mapped",
           fault_class_name(fault->syndrome), fault_status_name(fault->syndrome));
}

static void format_what(struct fault_report *report, const struct bh_fault_words *fault)
{
    uint64_t class = ESR_CLASS(fault->syndrome);

    if (fault->kind == BH_FAULT_MEMORY) {
        format_memory(report, fault);
    } else if (fault->kind == BH_FAULT_AARCH32) {
        format(report->what, sizeof(report->what), "32-bit code at EL0 (AArch32)");
    } else if (class == 0x20 || class == 0x24) {
        format(report->what, sizeof(report->what), "access to 0x%lx (%s, %s)",
               (unsigned long)fault->address, fault_class_name(fault->syndrome),
               fault_status_name(fault->syndrome));
    } else if (fault->kind == BH_FAULT_BREAK) {
        format(report->what, sizeof(report->what), "%s #%u", fault_class_name(fault->syndrome),
               (unsigned)ESR_COMMENT(fault->syndrome));
    } else {
        format(report->what, sizeof(report->what), "%s", fault_class_name(fault->syndrome));
    }
}

/* True if a fault's address is within a page of the stack pointer. */
static bool near_stack(const struct bh_fault_words *fault)
{
    return fault->address + 4096 >= fault->sp && fault->address < fault->sp + 4096;
}

static struct advice choose(const struct bh_fault_words *fault, bool vm)
{
    size_t kind = fault->kind <= BH_FAULT_OTHER ? (size_t)fault->kind : BH_FAULT_OTHER;

    if (vm) {
        return vm_advice[kind];
    }
    if (is_fetch(fault->syndrome)) {
        return advice_fetch;
    }
    if (kind != BH_FAULT_MEMORY) {
        return native_advice[kind];
    }
    if (fault->address < 0x10000) {
        return advice_null;
    }
    if (is_permission(fault->syndrome)) {
        return advice_readonly;
    }
    return near_stack(fault) ? advice_stack : native_advice[kind];
}

void fault_words(struct fault_report *report, const struct bh_fault_words *fault, bool vm)
{
    struct advice advice = choose(fault, vm);

    format_what(report, fault);
    report->likely = advice.likely;
    report->cure = advice.cure;
}
