/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a guest is started and started anew, and what is said when it is stopped. */
#include "cells/vmm/guest.h"

#include "cells/lib/fault_words.h"
#include "cells/lib/print.h"
#include "cells/lib/status_name.h"
#include "cells/vmm/platform.h"
#include "cells/vmm/port.h"
#include "cells/vmm/psci.h"

static void need(enum bh_status status, const char *what)
{
    if (status != BH_OK) {
        print_stop("the guest cannot be started: %s: %s", what, status_name(status));
    }
}

/* The guest at its first instruction, its images in place. */
static void run(struct vmm *vmm)
{
    need(bh_thread_set(vmm->vcpu, vmm->image->entry, 0, vmm->image->dtb), "thread_set");
    platform_reset(vmm);
    need(bh_thread_resume(vmm->vcpu), "thread_resume");
}

void guest_start(struct vmm *vmm)
{
    image_load(vmm->image, &vmm->ram);
    run(vmm);
}

/* Loading comes first: as long as the exit is not answered, it is done on the guest's own budget.
 * The suspension takes the exit back, so nobody waits for an answer after it. */
static enum bh_action restart(struct vmm *vmm)
{
    serial_flush(&vmm->uart.serial);
    if (vmm->image->in_place != 0) {
        port_say("the guest asked for a reset, but its description has no 'restart': it is off");
        return BH_STOP;
    }
    port_say("the guest asked for a reset and is started anew");
    image_load(vmm->image, &vmm->ram);
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

enum bh_action guest_bad_access(struct vmm *vmm, const struct bh_message *m)
{
    static const char *const verbs[] = {"reads", "writes", "accesses"};

    serial_flush(&vmm->uart.serial);
    port_say("the guest %s 0x%lx (%u bytes, from pc 0x%lx, virtual address 0x%lx, syndrome 0x%lx)",
             verbs[m->w[0]], (unsigned long)m->w[1], (unsigned)m->w[2], (unsigned long)m->w[4],
             (unsigned long)m->w[5], (unsigned long)m->w[6]);
    if (m->w[0] == BH_EXIT_ACCESS) {
        port_say(
            "with an instruction whose syndrome is not valid (pair, write-back, exclusive); such "
            "an access to a device is not emulated");
    } else {
        port_say("where it has neither RAM nor a device (data abort)");
    }
    port_say("the guest is stopped");
    return BH_STOP;
}

enum bh_action guest_fault(struct vmm *vmm, const struct bh_message *m)
{
    struct bh_fault_words fault = {m->w[0], m->w[1], m->w[2], m->w[3],
                                   m->w[4], m->w[5], m->w[6], m->w[7]};
    struct fault_report words;

    fault_words(&words, &fault, true);
    serial_flush(&vmm->uart.serial);
    port_say("the guest is stopped by a fault: %s", words.what);
    port_say("  where   pc 0x%lx, syndrome 0x%lx", (unsigned long)fault.pc,
             (unsigned long)fault.syndrome);
    port_say("  likely  %s", words.likely);
    port_say("  cure    %s", words.cure);
    return BH_STOP;
}
