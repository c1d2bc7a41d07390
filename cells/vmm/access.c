/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how an instruction is fetched from the guest's memory and done in its place. */
#include "cells/vmm/access.h"

#include "cells/vmm/decode.h"
#include "cells/vmm/platform.h"
#include "cells/vmm/port.h"
#include "cells/vmm/walk.h"

#define PAGE UINT64_C(4096)
#define ZERO 31 /* as data, register 31 is none */

static uint64_t data_register(uint8_t index)
{
    return index == ZERO ? 0 : port_register(index);
}

/* As LDRS* and LDPSW extend. */
static uint64_t extend(const struct decoded *access, uint64_t value)
{
    unsigned unused = 64 - 8 * access->size;

    if (access->sign) {
        value = (uint64_t)((int64_t)(value << unused) >> unused);
    }
    return access->wide ? value : value & UINT32_MAX;
}

/* Where the access to an address goes: next to the one that the exit tells of, or anywhere. */
static bool locate(const struct vmm *vmm, const struct walk_registers *registers,
                   const struct bh_exit_words *exit, uint64_t *address)
{
    if ((*address ^ exit->va) / PAGE == 0) {
        *address = (exit->ipa & ~(PAGE - 1)) | (*address & (PAGE - 1));
        return true;
    }
    return walk_address(&vmm->ram, registers, *address, address);
}

static bool transfer(struct vmm *vmm, const struct decoded *access, unsigned i, uint64_t *value,
                     uint64_t ipa)
{
    if (access->write) {
        uint64_t mask = ~UINT64_C(0) >> (64 - 8 * access->size);
        return platform_write(vmm, ipa, access->size, data_register(access->data[i]) & mask);
    }
    return platform_read(vmm, ipa, access->size, value);
}

static void finish(const struct decoded *access, const uint64_t *values, uint64_t base)
{
    for (unsigned i = 0; !access->write && i < access->count; i++) {
        if (access->data[i] != ZERO) {
            port_register_set(access->data[i], extend(access, values[i]));
        }
    }
    if (access->add_base != 0) {
        port_register_set(access->base, base + (uint64_t)access->add_base);
    }
}

enum access_result access_perform(struct vmm *vmm, const struct bh_exit_words *exit)
{
    struct walk_registers registers;
    struct decoded access;
    uint64_t pc, instruction, base, values[2] = {0};

    port_walk_registers(&registers);
    if (!walk_address(&vmm->ram, &registers, exit->pc, &pc) ||
        !walk_read(&vmm->ram, pc, 4, &instruction) ||
        !decode_access((uint32_t)instruction, &access)) {
        return ACCESS_UNKNOWN;
    }
    base = port_register(access.base);
    for (unsigned i = 0; i < access.count; i++) {
        uint64_t address = base + (uint64_t)access.offset + i * access.size;

        if (!locate(vmm, &registers, exit, &address) ||
            !transfer(vmm, &access, i, &values[i], address)) {
            return ACCESS_NOTHING;
        }
    }
    finish(&access, values, base);
    return ACCESS_DONE;
}
