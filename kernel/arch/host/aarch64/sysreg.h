/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for kernel/arch/aarch64/sysreg.h where that machine's code runs on the fake one. */
#pragma once

#include "kernel/arch/aarch64/sysreg.h"
#include "kernel/arch/host/maintenance.h"

#undef sysreg_read
#undef sysreg_write
#define sysreg_read(name)         host_register_read(SYSREG_NAME(name))
#define sysreg_write(name, value) host_register_write(SYSREG_NAME(name), value)
