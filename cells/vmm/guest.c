/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a guest is started and started anew, and what is said when it is stopped. */
#include "cells/vmm/guest.h"

#include "cells/lib/fault_words.h"
#include "cells/lib/print.h"
#include "cells/lib/string.h"
#include "cells/vmm/access.h"
#include "cells/vmm/platform.h"
#include "cells/vmm/port.h"
#include "cells/vmm/psci.h"

#define SAME_FAULTS_MAX 64 /* in a row, at one pc */

/* Everything as after power-on, but for the vCPUs. */
static void prepare(struct vmm *vmm)
{
    image_load(vmm->image, &vmm->ram);
    platform_reset(vmm);
    vmm->said_abort = false;
    memset(vmm->same_faults, 0, sizeof(vmm->same_faults));
}

/* All processors as after power-on, the first one at its first instruction. */
static void run(struct vmm *vmm)
{
    for (uint32_t i = 0; i < vmm->gic.cpus; i++) {
        port_cpu_set(i, vmm->image->entry, vmm->image->dtb);
    }
    gic_start(&vmm->gic);
    vmm->on = 1;
    port_cpu_resume(0);
}

static void stop_others(const struct vmm *vmm)
{
    for (uint32_t i = 0; i < vmm->gic.cpus; i++) {
        if (i != port_cpu) {
            port_cpu_suspend(i);
        }
    }
}

/* A vmm that was restarted finds the guest where its predecessor has left it, perhaps running. */
void guest_start(struct vmm *vmm)
{
    port_cpu_suspend(0);
    stop_others(vmm);
    prepare(vmm);
    run(vmm);
}

/* The work comes first: as long as the exit is not answered, it is done on the guest's own budget,
 * so a guest that does nothing but reset takes no time of others. The suspension takes the exit
 * back: nobody waits for an answer after it. */
static enum bh_action restart(struct vmm *vmm)
{
    stop_others(vmm);
    serial_flush(&vmm->uart.serial);
    if (vmm->image->in_place != 0) {
        port_say("the guest asked for a reset, but its description has no 'restart': it is off");
        return BH_STOP;
    }
    port_say("the guest asked for a reset and is started anew");
    prepare(vmm);
    port_cpu_suspend(port_cpu);
    run(vmm);
    return BH_WAIT_ONLY;
}

static enum bh_action power_off(struct vmm *vmm, const char *what)
{
    stop_others(vmm);
    serial_flush(&vmm->uart.serial);
    port_say("the guest has switched %s off", what);
    return BH_STOP;
}

static enum bh_action cpu_off(struct vmm *vmm)
{
    vmm->on &= ~(1U << port_cpu);
    if (vmm->on != 0) {
        return BH_STOP;
    }
    return power_off(vmm, vmm->gic.cpus == 1 ? "its only processor" : "its last processor");
}

static enum bh_action cpu_on(struct vmm *vmm, const uint64_t x[7])
{
    uint32_t cpu = (uint32_t)x[1];

    gic_keep(&vmm->gic, cpu);
    port_cpu_set(cpu, x[2], x[3]);
    gic_restore(&vmm->gic, cpu);
    vmm->on |= 1U << cpu;
    port_cpu_resume(cpu);
    return BH_RESUME;
}

enum bh_action guest_firmware_call(struct vmm *vmm, struct bh_message *m)
{
    const struct psci_machine machine = {vmm->gic.cpus, vmm->on, &vmm->ram};
    uint64_t x[7] = {m->w[1], m->w[2], m->w[3], m->w[4], m->w[5], m->w[6], m->w[7]};
    uint64_t before[3] = {x[1], x[2], x[3]};
    enum psci_outcome outcome = psci_call(&machine, x);

    *m = (struct bh_message){{x[0], x[1], x[2], x[3]}};
    switch (outcome) {
    case PSCI_RETURN:
        return BH_RESUME;
    case PSCI_STANDBY:
        return BH_BLOCK;
    case PSCI_RESET:
        return restart(vmm);
    case PSCI_CPU_OFF:
        return cpu_off(vmm);
    case PSCI_CPU_ON:
        *m = (struct bh_message){{x[0], before[0], before[1], before[2]}};
        return cpu_on(vmm, x);
    case PSCI_OFF:
        break;
    }
    return power_off(vmm, "itself");
}

/* The first of each start is said, for the guest's author; some guests look around in this way. */
static void say_abort(struct vmm *vmm, const struct bh_exit_words *exit, const char *why)
{
    static const char *const verbs[] = {"reads", "writes", "accesses"};

    if (vmm->said_abort) {
        return;
    }
    vmm->said_abort = true;
    serial_flush(&vmm->uart.serial);
    port_say("the guest %s 0x%lx (pc 0x%lx, virtual address 0x%lx), %s: external abort; more such "
             "are not said",
             verbs[exit->kind], (unsigned long)exit->ipa, (unsigned long)exit->pc,
             (unsigned long)exit->va, why);
}

enum bh_action guest_access(struct vmm *vmm, const struct bh_message *m)
{
    struct bh_exit_words exit = {m->w[0], m->w[1], m->w[2], m->w[3],
                                 m->w[4], m->w[5], m->w[6], m->w[7]};
    enum access_result result =
        exit.kind == BH_EXIT_ACCESS ? access_perform(vmm, &exit) : ACCESS_NOTHING;

    switch (result) {
    case ACCESS_DONE:
        return BH_RESUME;
    case ACCESS_NOTHING:
        say_abort(vmm, &exit, "where it has neither RAM nor a device");
        break;
    case ACCESS_UNKNOWN:
        say_abort(vmm, &exit,
                  "with an instruction that is not for devices (SIMD, atomic, zeroing)");
        break;
    }
    return BH_ABORT;
}

/* A fetch, or a walk of its tables, that leaves its RAM is the guest's own affair, as on the board.
 * But if the handler cannot be fetched either, this would go on for ever. */
static bool is_refused_fetch(struct vmm *vmm, const struct bh_fault_words *fault)
{
    struct same_faults *same = &vmm->same_faults[port_cpu];

    if (fault->kind != BH_FAULT_MEMORY && fault->kind != BH_FAULT_EXTERNAL) {
        return false;
    }
    same->count = fault->pc == same->pc ? same->count + 1 : 0;
    same->pc = fault->pc;
    return same->count < SAME_FAULTS_MAX;
}

enum bh_action guest_fault(struct vmm *vmm, const struct bh_message *m)
{
    struct bh_fault_words fault = {m->w[0], m->w[1], m->w[2], m->w[3],
                                   m->w[4], m->w[5], m->w[6], m->w[7]};
    struct fault_report words;

    if (is_refused_fetch(vmm, &fault)) {
        return BH_ABORT;
    }
    stop_others(vmm);
    fault_words(&words, &fault, true);
    serial_flush(&vmm->uart.serial);
    port_say("the guest is stopped by a fault: %s", words.what);
    port_say("  where   pc 0x%lx, syndrome 0x%lx, processor %u", (unsigned long)fault.pc,
             (unsigned long)fault.syndrome, port_cpu);
    port_say("  likely  %s", words.likely);
    port_say("  cure    %s", words.cure);
    return BH_STOP;
}
