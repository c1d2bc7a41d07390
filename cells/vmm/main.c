/* SPDX-License-Identifier: Apache-2.0 */
/* The vmm: one exit of its guest after the other. */
#include "cells/lib/call.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"
#include "cells/vmm/guest.h"
#include "cells/vmm/platform.h"
#include "cells/vmm/port.h"

#define likely(x) __builtin_expect(!!(x), 1)

static void wake_devices(struct vmm *vmm)
{
    (void)port_flush();
    uart_wake(&vmm->uart);
    rtc_wake(&vmm->rtc);
    passed_wake(&vmm->passed, &vmm->gic);
}

/* Whose exit it is. */
static void set_processor(struct vmm *vmm, const struct bh_received *r)
{
    port_cpu = vmm->gic.bank = (uint32_t)(r->badge - 1) % PORT_CPUS_MAX;
}

/* Everything but an access to a device that answers. */
static enum bh_action handle_rare(struct vmm *vmm, struct bh_message *m,
                                  const struct bh_received *r)
{
    switch ((enum bh_event)r->event) {
    case BH_EVENT_EXIT:
        return m->w[0] == BH_EXIT_SMCCC ? guest_firmware_call(vmm, m) : guest_access(vmm, m);
    case BH_EVENT_FAULT:
        return guest_fault(vmm, m);
    case BH_EVENT_SIGNAL: /* the console's, or an interrupt's */
        passed_fire(&vmm->passed, &vmm->gic, m->w[0]);
        wake_devices(vmm);
        break;
    case BH_EVENT_DEADLINE:
        wake_devices(vmm);
        break;
    case BH_EVENT_MESSAGE: /* the vmm offers no service */
        break;
    }
    return server_refuse(m, r);
}

/* An access to any register; false if nothing answers there. */
static bool access_device(struct vmm *vmm, struct bh_message *m)
{
    if (m->w[0] == BH_EXIT_READ) {
        return platform_read(vmm, m->w[1], (unsigned)m->w[2], &m->w[0]);
    }
    return platform_write(vmm, m->w[1], (unsigned)m->w[2], m->w[3]);
}

/* What came is in memory here, and so is the answer. */
__attribute__((noinline)) static enum bh_action handle(struct vmm *vmm, enum bh_status status,
                                                       struct bh_message *m,
                                                       const struct bh_received *r)
{
    if (status != BH_OK) { /* NO_CALLER: the vCPU is gone; BAD_ARG: no such abort in EL1 */
        return status == BH_BAD_ARG ? BH_STOP : BH_WAIT_ONLY;
    }
    set_processor(vmm, r);
    if (r->event == BH_EVENT_EXIT && m->w[0] <= BH_EXIT_WRITE && access_device(vmm, m)) {
        return BH_RESUME;
    }
    return handle_rare(vmm, m, r);
}

/* An access that is answered at once: those that a guest makes for every character. A value that is
 * read may have more bits than the access. */
SVC_INLINE bool is_quick(struct vmm *vmm, const struct bh_message *m, uint64_t *value)
{
    if (m->w[0] == BH_EXIT_READ) {
        *value = uart_read_flags(&vmm->uart);
        return m->w[1] == UART_BASE + PL011_FR;
    }
    return m->w[0] == BH_EXIT_WRITE && m->w[1] == UART_BASE && uart_write_text(&vmm->uart, m->w[3]);
}

/* The same, of the device that was used last: only one word of it all is answered. */
SVC_INLINE bool is_again(struct vmm *vmm, const struct bh_message *m, const struct bh_received *r,
                         uint64_t *value)
{
    const struct device *device = platform_last(vmm, m->w[1], m->w[2]);

    if (device == NULL || m->w[0] > BH_EXIT_WRITE) {
        return false;
    }
    set_processor(vmm, r);
    if (m->w[0] == BH_EXIT_READ) {
        *value = device->read(vmm, m->w[1] - device->base, (unsigned)m->w[2]);
    } else {
        device->write(vmm, m->w[1] - device->base, (unsigned)m->w[2], m->w[3]);
    }
    return true;
}

/* Quick exits stay in registers on the way from the guest to its device and back. */
static void serve(struct vmm *vmm)
{
    struct bh_message m = {{0}};
    struct bh_received r;
    enum bh_status status = bh_reply_wait(BH_WAIT_ONLY, &m, &r);

    for (;;) {
        uint64_t value = 0;

        if (likely(status == BH_OK && r.event == BH_EVENT_EXIT &&
                   (is_quick(vmm, &m, &value) || is_again(vmm, &m, &r, &value)))) {
            status = bh_resume_wait(value, &m, &r, port_wake_at);
        } else {
            struct bh_message message = m;
            struct bh_received received = r;
            enum bh_action action = handle(vmm, status, &message, &received);

            m = message;
            status = bh_reply_wait_with(action, &m, &r, (struct bh_wait){.deadline = port_wake_at});
        }
    }
}

static struct vmm the_vmm;

void cell_main(const struct start_info *start)
{
    struct vmm *vmm = &the_vmm;
    const struct start_memory *ram = start_need_memory(start, "ram", BH_MAP_READ | BH_MAP_WRITE);
    const struct start_memory *image = start_need_memory(start, "image", BH_MAP_READ);

    vmm->gic.cpus = (uint32_t)start_need_value(start, "cpus");
    vmm->gic.version = start_need_value(start, "gic") == 2 ? 2 : 3;
    vmm->gic.count = (uint32_t)start_need_value(start, "interrupts");
    vmm->gic.fixed = (uint32_t)start_need_value(start, "fixed");
    vmm->gic.irqs[UART_IRQ].driven = 1 + PORT_LINE_UART;
    vmm->gic.irqs[RTC_IRQ].driven = 1 + PORT_LINE_RTC;
    if (vmm->gic.cpus - 1 >= PORT_CPUS_MAX) {
        print_stop("value 'cpus' is %u; a guest has 1 to 8 processors", vmm->gic.cpus);
    }
    port_open(start, vmm->gic.cpus);
    if (vmm->gic.version != port_gic_version()) {
        print_stop("value 'gic' is %u, but this machine has a GICv%u, and its guests can have no "
                   "other: write gic = <%u> in the VM's description",
                   vmm->gic.version, port_gic_version(), port_gic_version());
    }
    passed_open(&vmm->passed, start, &vmm->gic);
    serial_open(&vmm->uart.serial);
    vmm->image = (const void *)(uintptr_t)image->address;
    vmm->ram.base = start_need_value(start, "ram-base");
    vmm->ram.size = start_need_value(start, "ram-size");
    vmm->ram.here = (uint8_t *)(uintptr_t)ram->address;
    if (!image_check(vmm->image, image->size, &vmm->ram)) {
        print_stop("memory 'image' is not one for this guest: rebuild the system image");
    }
    guest_start(vmm);
    serve(vmm);
}
