/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for kernel/arch/aarch64/sysreg.h: the registers are those of core.c. */
#pragma once

#include "kernel/arch/aarch64/sysreg.h"
#include "tests/unit/arch/aarch64/core.h"

#undef sysreg_read
#undef sysreg_write
#undef LITERAL
#define sysreg_read(name)         core_read(SYSREG_NAME(name))
#define sysreg_write(name, value) core_write(SYSREG_NAME(name), value)
#define LITERAL(value)            (value)
