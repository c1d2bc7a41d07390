/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a guest is started and started anew, and what is said when it is stopped. */
#include "cells/vmm/guest.h"

#include "cells/lib/fault_words.h"
#include "cells/lib/print.h"
#include "cells/lib/status_name.h"
#include "cells/vmm/access.h"
#include "cells/vmm/platform.h"
#include "cells/vmm/port.h"
#include "cells/vmm/psci.h"

#define SAME_FAULTS_MAX 64 /* in a row, at one pc */

static void need(enum bh_status status, const char *what)
{
    if (status != BH_OK) {
        print_stop("the guest cannot be started: %s: %s", what, status_name(status));
    }
}

/* Everything as after power-on, but for the vCPU. */
static void prepare(struct vmm *vmm)
{
    image_load(vmm->image, &vmm->ram);
    platform_reset(vmm);
    vmm->said_abort = false;
    vmm->same_faults = 0;
}

/* The guest at its first instruction. */
static void run(struct vmm *vmm)
{
    need(bh_thread_set(vmm->vcpu, vmm->image->entry, 0, vmm->image->dtb), "thread_set");
    gic_start(&vmm->gic);
    need(bh_thread_resume(vmm->vcpu), "thread_resume");
}

/* A vmm that was restarted finds the guest where its predecessor has left it, perhaps running. */
void guest_start(struct vmm *vmm)
{
    need(bh_thread_suspend(vmm->vcpu), "thread_suspend");
    prepare(vmm);
    run(vmm);
}

/* The work comes first: as long as the exit is not answered, it is done on the guest's own budget,
 * so a guest that does nothing but reset takes no time of others. The suspension takes the exit
 * back: nobody waits for an answer after it. */
static enum bh_action restart(struct vmm *vmm)
{
    serial_flush(&vmm->uart.serial);
    if (vmm->image->in_place != 0) {
        port_say("the guest asked for a reset, but its description has no 'restart': it is off");
        return BH_STOP;
    }
    port_say("the guest asked for a reset and is started anew");
    prepare(vmm);
    need(bh_thread_suspend(vmm->vcpu), "thread_suspend");
    run(vmm);
    return BH_WAIT_ONLY;
}

enum bh_action guest_firmware_call(struct vmm *vmm, struct bh_message *m)
{
    uint64_t x[7] = {m->w[1], m->w[2], m->w[3], m->w[4], m->w[5], m->w[6], m->w[7]};
    enum psci_outcome outcome = psci_call(x);

    *m = (struct bh_message){{x[0], x[1], x[2], x[3]}};
    switch (outcome) {
    case PSCI_RETURN:
        return BH_RESUME;
    case PSCI_STANDBY:
        return BH_BLOCK;
    case PSCI_RESET:
        return restart(vmm);
    case PSCI_CPU_OFF:
    case PSCI_OFF:
        break;
    }
    serial_flush(&vmm->uart.serial);
    port_say("the guest has switched %s off",
             outcome == PSCI_OFF ? "itself" : "its only processor");
    return BH_STOP;
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
    if (fault->kind != BH_FAULT_MEMORY && fault->kind != BH_FAULT_EXTERNAL) {
        return false;
    }
    vmm->same_faults = fault->pc == vmm->fault_pc ? vmm->same_faults + 1 : 0;
    vmm->fault_pc = fault->pc;
    return vmm->same_faults < SAME_FAULTS_MAX;
}

enum bh_action guest_fault(struct vmm *vmm, const struct bh_message *m)
{
    struct bh_fault_words fault = {m->w[0], m->w[1], m->w[2], m->w[3],
                                   m->w[4], m->w[5], m->w[6], m->w[7]};
    struct fault_report words;

    if (is_refused_fetch(vmm, &fault)) {
        return BH_ABORT;
    }
    fault_words(&words, &fault, true);
    serial_flush(&vmm->uart.serial);
    port_say("the guest is stopped by a fault: %s", words.what);
    port_say("  where   pc 0x%lx, syndrome 0x%lx", (unsigned long)fault.pc,
             (unsigned long)fault.syndrome);
    port_say("  likely  %s", words.likely);
    port_say("  cure    %s", words.cure);
    return BH_STOP;
}
