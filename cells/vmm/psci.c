/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the function identifiers of SMCCC (DEN 0028) and PSCI (DEN 0022) and their answers. */
#include "cells/vmm/psci.h"

#include <stdbool.h>
#include <stddef.h>

#define SMCCC_VERSION          0x80000000U
#define SMCCC_ARCH_FEATURES    0x80000001U
#define VENDOR_CALL_UID        0x8600ff01U
#define PSCI_VERSION           0x84000000U
#define PSCI_CPU_SUSPEND       0x84000001U
#define PSCI_CPU_OFF_CALL      0x84000002U
#define PSCI_CPU_ON_CALL       0x84000003U
#define PSCI_AFFINITY_INFO     0x84000004U
#define PSCI_MIGRATE_INFO_TYPE 0x84000006U
#define PSCI_SYSTEM_OFF        0x84000008U
#define PSCI_SYSTEM_RESET      0x84000009U
#define PSCI_FEATURES          0x8400000aU
#define PSCI_SYSTEM_RESET2     0x84000012U
#define PSCI_64                0x40000000U /* the same function with 64-bit arguments */

#define SUCCESS              UINT64_C(0)
#define NOT_SUPPORTED        ((uint64_t)-1)
#define INVALID_PARAMETERS   ((uint64_t)-2)
#define ALREADY_ON           ((uint64_t)-4)
#define INVALID_ADDRESS      ((uint64_t)-9)
#define AFFINITY_ON          UINT64_C(0)
#define AFFINITY_OFF         UINT64_C(1)
#define INSTRUCTION          4 /* bytes */
#define VERSION_1_1          UINT64_C(0x10001)
#define AFFINITY_BITS        UINT64_C(0xff00ffffff)
#define POWER_STATE_RESERVED UINT64_C(0xfcfe0000) /* original format: state, type, level */
#define NO_TRUSTED_OS        UINT64_C(2)          /* MIGRATE_INFO_TYPE: nothing to migrate */

struct function {
    uint32_t id;
    enum psci_outcome (*call)(const struct psci_machine *machine, uint64_t x[7]);
};

static const struct function *find_function(uint64_t id);

static enum psci_outcome version(const struct psci_machine *machine, uint64_t x[7])
{
    (void)machine;
    x[0] = VERSION_1_1; /* of SMCCC and of PSCI alike */
    return PSCI_RETURN;
}

static enum psci_outcome features(const struct psci_machine *machine, uint64_t x[7])
{
    (void)machine;
    x[0] = find_function(x[1] & UINT32_MAX) != NULL ? SUCCESS : NOT_SUPPORTED;
    return PSCI_RETURN;
}

/* Bulkhead's UUID, 62756c6b-6865-8164-8d69-63726f766973, in registers as SMCCC section 6.2 says. */
static enum psci_outcome uid(const struct psci_machine *machine, uint64_t x[7])
{
    (void)machine;
    x[0] = 0x6b6c7562;
    x[1] = 0x64816568;
    x[2] = 0x7263698d;
    x[3] = 0x7369766f;
    return PSCI_RETURN;
}

/* A power-down request may be treated as standby (DEN 0022 section 5.4.5), and is, as on QEMU: then
 * the call returns, and its entry point is not used. */
static enum psci_outcome cpu_suspend(const struct psci_machine *machine, uint64_t x[7])
{
    (void)machine;
    if ((x[1] & POWER_STATE_RESERVED) != 0) {
        x[0] = INVALID_PARAMETERS;
        return PSCI_RETURN;
    }
    x[0] = SUCCESS;
    return PSCI_STANDBY;
}

static enum psci_outcome cpu_off(const struct psci_machine *machine, uint64_t x[7])
{
    (void)machine, (void)x;
    return PSCI_CPU_OFF;
}

/* The processor that is meant; a function of 32 bits looks at the lower half (DEN 0028, 3.1). */
static uint64_t target(const uint64_t x[7])
{
    return x[1] & ((x[0] & PSCI_64) != 0 ? AFFINITY_BITS : AFFINITY_BITS & UINT32_MAX);
}

/* An argument that is an address or anything else of the caller's width. */
static uint64_t argument(const uint64_t x[7], unsigned i)
{
    return (x[0] & PSCI_64) != 0 ? x[i] : x[i] & UINT32_MAX;
}

static enum psci_outcome answer(uint64_t x[7], uint64_t result)
{
    x[0] = result;
    return PSCI_RETURN;
}

static enum psci_outcome cpu_on(const struct psci_machine *machine, uint64_t x[7])
{
    uint64_t cpu = target(x), entry = argument(x, 2), context = argument(x, 3);

    if (cpu >= machine->cpus) {
        return answer(x, INVALID_PARAMETERS);
    }
    if ((machine->on >> cpu & 1) != 0) {
        return answer(x, ALREADY_ON);
    }
    if (entry % INSTRUCTION != 0 || ram_at(machine->ram, entry, INSTRUCTION) == NULL) {
        return answer(x, INVALID_ADDRESS);
    }
    x[0] = SUCCESS;
    x[1] = cpu;
    x[2] = entry;
    x[3] = context;
    return PSCI_CPU_ON;
}

/* As on QEMU, everything above a single processor is on. */
static enum psci_outcome affinity_info(const struct psci_machine *machine, uint64_t x[7])
{
    uint64_t cpu = target(x);

    if ((x[2] & UINT32_MAX) != 0) {
        return answer(x, AFFINITY_ON);
    }
    if (cpu >= machine->cpus) {
        return answer(x, INVALID_PARAMETERS);
    }
    return answer(x, (machine->on >> cpu & 1) != 0 ? AFFINITY_ON : AFFINITY_OFF);
}

static enum psci_outcome migrate_info_type(const struct psci_machine *machine, uint64_t x[7])
{
    (void)machine;
    x[0] = NO_TRUSTED_OS;
    return PSCI_RETURN;
}

static enum psci_outcome system_off(const struct psci_machine *machine, uint64_t x[7])
{
    (void)machine, (void)x;
    return PSCI_OFF;
}

static enum psci_outcome system_reset(const struct psci_machine *machine, uint64_t x[7])
{
    (void)machine, (void)x;
    return PSCI_RESET;
}

/* Architectural type 0 is a warm reset; of a VM, that is a reset. There are no others. */
static enum psci_outcome system_reset2(const struct psci_machine *machine, uint64_t x[7])
{
    (void)machine;
    if ((x[1] & UINT32_MAX) != 0) {
        x[0] = INVALID_PARAMETERS;
        return PSCI_RETURN;
    }
    return PSCI_RESET;
}

static const struct function functions[] = {
    {SMCCC_VERSION, version},
    {SMCCC_ARCH_FEATURES, features},
    {VENDOR_CALL_UID, uid},
    {PSCI_VERSION, version},
    {PSCI_CPU_SUSPEND, cpu_suspend},
    {PSCI_CPU_SUSPEND | PSCI_64, cpu_suspend},
    {PSCI_CPU_OFF_CALL, cpu_off},
    {PSCI_CPU_ON_CALL, cpu_on},
    {PSCI_CPU_ON_CALL | PSCI_64, cpu_on},
    {PSCI_AFFINITY_INFO, affinity_info},
    {PSCI_AFFINITY_INFO | PSCI_64, affinity_info},
    {PSCI_MIGRATE_INFO_TYPE, migrate_info_type},
    {PSCI_SYSTEM_OFF, system_off},
    {PSCI_SYSTEM_RESET, system_reset},
    {PSCI_SYSTEM_RESET2, system_reset2},
    {PSCI_SYSTEM_RESET2 | PSCI_64, system_reset2},
    {PSCI_FEATURES, features},
};

static const struct function *find_function(uint64_t id)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (functions[i].id == id) {
            return &functions[i];
        }
    }
    return NULL;
}

enum psci_outcome psci_call(const struct psci_machine *machine, uint64_t x[7])
{
    const struct function *function = find_function(x[0] & UINT32_MAX);

    if (function == NULL) {
        x[0] = NOT_SUPPORTED;
        return PSCI_RETURN;
    }
    return function->call(machine, x);
}
