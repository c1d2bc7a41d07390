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
    uint64_t keep;
    uint32_t set;
    uint32_t index;
} filters[] = {
#define ID(name, crm, op2, keep, set) {keep, set, ((crm)-CRM_FIRST) * OP2_COUNT + (op2)},
#include "registers.def"
};
#define FILTER_COUNT (sizeof(filters) / sizeof(filters[0]))

static void hardware_values(uint64_t hardware[FILTER_COUNT])
{
    unsigned i = 0;
#define ID(name, crm, op2, keep, set) hardware[i++] = sysreg_read(s3_0_c0_c##crm##_##op2);
#include "registers.def"
}

BOOT_ONLY void id_registers_init(void)
{
    uint64_t hardware[FILTER_COUNT];
    hardware_values(hardware);
    /* bound: boot, of each core: the table of ID registers */
    for (unsigned i = 0; i < FILTER_COUNT; i++) {
        values[filters[i].index] = (hardware[i] & filters[i].keep) | filters[i].set;
    }
}

/* No field of here is less than that of known. A field with its highest bit set says that there is
 * nothing (Arm ARM D19.1.3). */
static bool fields_fit(uint64_t here, uint64_t known)
{
    /* bound: boot, of each core: the table of ID registers */
    for (unsigned up = 0; up < 64; up += 4) {
        if ((int64_t)(here << up) >> 60 < (int64_t)(known << up) >> 60) {
            return false;
        }
    }
    return true;
}

bool id_registers_fit(void)
{
    uint64_t hardware[FILTER_COUNT];
    bool fit = true;
    hardware_values(hardware);
    /* bound: boot, of each core: the table of ID registers */
    for (unsigned i = 0; i < FILTER_COUNT; i++) {
        const uint64_t keep = filters[i].keep;
        fit = fit && fields_fit(hardware[i] & keep, values[filters[i].index] & keep);
    }
    return fit;
}

uint64_t id_register(unsigned crm, unsigned op2)
{
    return crm < CRM_FIRST ? 0 : values[(crm % CRM_COUNT) * OP2_COUNT + op2 % OP2_COUNT];
}
