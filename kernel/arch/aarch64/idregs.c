/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the ID registers as guests see them: the hardware's, without what they are not offered. */
#include "exception.h"
#include "sysreg.h"

#define CRM_FIRST 4 /* below: AArch32, which reads as zero */
#define CRM_COUNT 4
#define OP2_COUNT 8

/* What is not in the table reads as zero, as unallocated ID registers do. */
static uint64_t values[CRM_COUNT * OP2_COUNT];

static const struct {
    uint8_t index;
    uint64_t keep;
    uint64_t set;
} filters[] = {
#define ID(name, crm, op2, keep, set) {((crm)-CRM_FIRST) * OP2_COUNT + (op2), keep, set},
#include "registers.def"
};
#define FILTER_COUNT (sizeof(filters) / sizeof(filters[0]))

BOOT_ONLY static void hardware_values(uint64_t hardware[FILTER_COUNT])
{
    unsigned i = 0;
#define ID(name, crm, op2, keep, set) hardware[i++] = sysreg_read(s3_0_c0_c##crm##_##op2);
#include "registers.def"
}

BOOT_ONLY void id_registers_init(void)
{
    uint64_t hardware[FILTER_COUNT];
    hardware_values(hardware);
    for (unsigned i = 0; i < FILTER_COUNT; i++) {
        values[filters[i].index] = (hardware[i] & filters[i].keep) | filters[i].set;
    }
}

uint64_t id_register(unsigned crm, unsigned op2)
{
    return crm < CRM_FIRST ? 0 : values[(crm % CRM_COUNT) * OP2_COUNT + op2 % OP2_COUNT];
}
