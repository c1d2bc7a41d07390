/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the rules about HCR_EL2, VTTBR_EL2 and the EL1 registers (DESIGN rule 27), and which
 * registers are UNKNOWN. */
#include "tests/unit/arch/aarch64/core.h"

#include <stdio.h>
#include <string.h>

#define REGISTERS 128
#define NAME_MAX  32
#define TGE       (UINT64_C(1) << 27)

struct entry {
    char name[NAME_MAX];
    uint64_t value;
    uint64_t vttbr; /* of an instruction: as it was then */
    bool unknown;
};

static struct entry entries[REGISTERS];
static unsigned broken;
static bool hcr_unsynced, vttbr_unsynced;
uint64_t (*core_owner_vttbr)(void);
void (*core_operation)(const char *name, uint64_t operand);

static struct entry *entry_of(const char *name)
{
    unsigned i = 0;
    while (entries[i].name[0] && strcmp(entries[i].name, name) != 0) {
        i++;
    }
    if (!entries[i].name[0]) {
        snprintf(entries[i].name, NAME_MAX, "%s", name);
    }
    return &entries[i];
}

static void rule(bool holds, const char *sentence, const char *name)
{
    if (!holds) {
        broken++;
        printf("core: %s (%s)\n", sentence, name);
    }
}

void core_reset(void)
{
    memset(entries, 0, sizeof entries);
    broken = 0;
    hcr_unsynced = vttbr_unsynced = false;
}

uint64_t core_get(const char *name)
{
    return entry_of(name)->value;
}

void core_set(const char *name, uint64_t value)
{
    entry_of(name)->value = value;
    entry_of(name)->unknown = false;
}

void core_unknown(const char *name)
{
    entry_of(name)->unknown = true;
}

unsigned core_broken(void)
{
    return broken;
}

unsigned core_count(const char *instruction)
{
    return (unsigned)core_get(instruction);
}

uint64_t core_vttbr_at(const char *instruction)
{
    return entry_of(instruction)->vttbr;
}

uint64_t core_read(const char *name)
{
    rule(!entry_of(name)->unknown, "a register is read whose value is UNKNOWN", name);
    return core_get(name);
}

static bool tge(void)
{
    return core_get("hcr_el2") & TGE;
}

static bool is_el1(const char *name)
{
    return strcmp(name, "ttbr0_el1") == 0 || strcmp(name, "ttbr1_el1") == 0 ||
           strcmp(name, "tcr_el1") == 0 || strcmp(name, "sctlr_el1") == 0;
}

void core_write(const char *name, uint64_t value)
{
    core_set(name, value);
    if (strcmp(name, "hcr_el2") == 0) {
        rule(!vttbr_unsynced || tge(), "TGE is cleared before VTTBR_EL2 acts (ISB)", name);
        hcr_unsynced = true;
    } else if (strcmp(name, "vttbr_el2") == 0) {
        rule(!hcr_unsynced, "VTTBR_EL2 is written before HCR_EL2 acts (ISB)", name);
        vttbr_unsynced = true;
    } else if (is_el1(name)) {
        rule(tge() && !hcr_unsynced, "stage 1 of a guest changes while it may be walked", name);
    }
    rule(tge() || core_owner_vttbr() == core_get("vttbr_el2"),
         "VTTBR_EL2 is not that of the owner of EL1 while TGE is 0", name);
}

void core_instruction(const char *name, uint64_t operand)
{
    struct entry *entry = entry_of(name);
    if (core_operation) {
        core_operation(name, operand);
    }
    if (strcmp(name, "isb") == 0) {
        hcr_unsynced = vttbr_unsynced = false;
    } else if (strncmp(name, "tlbi", 4) == 0) {
        rule(!vttbr_unsynced, "a TLBI may act on the VMID of another cell (ISB)", name);
    } else if (strcmp(name, "at_s1e1r") == 0) {
        core_set("par_el1", core_get("translation"));
    }
    entry->value++;
    entry->vttbr = core_get("vttbr_el2");
}
