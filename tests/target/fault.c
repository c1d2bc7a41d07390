/* SPDX-License-Identifier: Apache-2.0 */
/* Does one forbidden thing, named by its value 'kind'; the warden must say which. */
#include "cells/lib/call.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"

static const char constant[] = "constant";
static volatile uintptr_t null; /* the compiler may not know that it is 0 */

static void write_null(void)
{
    *(volatile uint32_t *)(null + 8) = 1;
}

static void write_constant(void)
{
    *(volatile char *)(uintptr_t)constant = 'x';
}

static void jump_to_data(void)
{
    static uint32_t code[] = {0xd65f03c0}; /* ret */

    ((void (*)(void))(uintptr_t)code)();
}

static void read_unmapped(void)
{
    (void)*(volatile uint32_t *)UINT64_C(0x123456000);
}

static void read_beyond_space(void)
{
    (void)*(volatile uint32_t *)UINT64_C(0xffff000000000000);
}

/* Touches its stack downwards, page after page, until it has left it. */
static void overflow_stack(void)
{
    volatile char *here = __builtin_frame_address(0);

    for (;; here -= 1024) {
        *here = 1;
        __asm__ volatile("mov sp, %0" ::"r"((uintptr_t)here & ~UINT64_C(15)));
    }
}

static void undefined_instruction(void)
{
    __asm__ volatile(".inst 0x00000000");
}

static void privileged_register(void)
{
    __asm__ volatile("mrs x0, sctlr_el1" ::: "x0");
}

static void floating_point(void)
{
    __asm__ volatile(".arch_extension fp\n\tfmov d0, xzr");
}

static void hypervisor_call(void)
{
    __asm__ volatile("hvc #0" ::: "memory");
}

static void misaligned_jump(void)
{
    __asm__ volatile("adr x0, .\n\tadd x0, x0, #2\n\tbr x0" ::: "x0");
}

static void break_itself(void)
{
    print_stop("stops itself");
}

static void (*const kinds[])(void) = {
    write_null,        write_constant,  jump_to_data,          read_unmapped,
    read_beyond_space, overflow_stack,  undefined_instruction, privileged_register,
    floating_point,    hypervisor_call, misaligned_jump,       break_itself,
};

void cell_main(const struct start_info *start)
{
    uint64_t kind = start_need_value(start, "kind");

    if (kind >= sizeof(kinds) / sizeof(kinds[0])) {
        print_stop("there is no fault %lu", (unsigned long)kind);
    }
    kinds[kind]();
    print("not stopped by fault %lu\n", (unsigned long)kind);
}
