/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the ID registers as guests see them: the hardware's, without what they are not offered. */
#include "exception.h"
#include "sysreg.h"

#define CRM_FIRST 4 /* below: AArch32, which reads as zero */
#define CRM_COUNT 4
#define OP2_COUNT 8

/* What is not in the table reads as zero, as unallocated ID registers do. */
uint64_t id_values[CRM_COUNT * OP2_COUNT]; /* entry.S reads them too */

static uint64_t *value_of(unsigned crm, unsigned op2)
{
    return &id_values[crm % CRM_COUNT * OP2_COUNT + op2 % OP2_COUNT];
}

BOOT_ONLY void id_registers_init(void)
{
#define ID(name, crm, op2, keep, set) \
    *value_of(crm, op2) = (sysreg_read(s3_0_c0_c##crm##_##op2) & (keep)) | (set);
#include "registers.def"
}

/* No field of here that is kept is less than that of known. A field with its highest bit set says
 * that there is nothing (Arm ARM D19.1.3). */
static NOINLINE bool fields_fit(uint64_t here, uint64_t known, uint64_t keep)
{
    here &= keep;
    known &= keep;
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
    bool fit = true;
#define ID(name, crm, op2, keep, set) \
    fit &= fields_fit(sysreg_read(s3_0_c0_c##crm##_##op2), *value_of(crm, op2), keep);
#include "registers.def"
    return fit;
}

uint64_t id_register(unsigned crm, unsigned op2)
{
    return crm < CRM_FIRST ? 0 : *value_of(crm, op2);
}
