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
}

/* Everything but an access to a device; not inlined, to leave the registers to the fast path. */
__attribute__((noinline)) static enum bh_action handle_rare(struct vmm *vmm, struct bh_message *m,
                                                            const struct bh_received *r)
{
    switch ((enum bh_event)r->event) {
    case BH_EVENT_EXIT:
        return m->w[0] == BH_EXIT_SMCCC ? guest_firmware_call(vmm, m) : guest_access(vmm, m);
    case BH_EVENT_FAULT:
        return guest_fault(vmm, m);
    case BH_EVENT_SIGNAL: /* only the console has one */
    case BH_EVENT_DEADLINE:
        wake_devices(vmm);
        break;
    case BH_EVENT_MESSAGE: /* the vmm offers no service */
        break;
    }
    return server_refuse(m, r);
}

/* A device access that is answered at once: those that a guest makes for every character. A value
 * that is read may have more bits than the access. */
SVC_INLINE bool is_quick(struct vmm *vmm, const struct bh_message *m, uint64_t *value)
{
    if (m->w[0] == BH_EXIT_READ && m->w[1] == UART_BASE + PL011_FR) {
        *value = uart_read_flags(&vmm->uart);
        return true;
    }
    return m->w[0] == BH_EXIT_WRITE && m->w[1] == UART_BASE && uart_write_text(&vmm->uart, m->w[3]);
}

/* An access to any register; false if nothing answers there. */
SVC_INLINE bool access_device(struct vmm *vmm, const struct bh_message *m, uint64_t *value)
{
    uint64_t read = 0;
    bool done = m->w[0] == BH_EXIT_READ ? platform_read(vmm, m->w[1], (unsigned)m->w[2], &read)
                                        : platform_write(vmm, m->w[1], (unsigned)m->w[2], m->w[3]);

    *value = read;
    return done;
}

/* Exits to devices, one after the other, until something else comes: the message stays in registers
 * on the way from the guest to a device and back. */
SVC_INLINE enum bh_status serve_devices(struct vmm *vmm, enum bh_status status,
                                        struct bh_message *message, struct bh_received *received)
{
    struct bh_message m = *message;
    struct bh_received r = *received;

    while (likely(status == BH_OK && r.event == BH_EVENT_EXIT && m.w[0] <= BH_EXIT_WRITE)) {
        uint64_t value = 0;

        if (!is_quick(vmm, &m, &value) && !access_device(vmm, &m, &value)) {
            break;
        }
        status = bh_resume_wait(value, &m, &r, port_wake_at);
    }
    *message = m;
    *received = r;
    return status;
}

static void serve(struct vmm *vmm)
{
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    for (;;) {
        struct bh_received r;
        struct bh_wait wait = {.deadline = port_wake_at};
        enum bh_status status = bh_reply_wait_with(action, &m, &r, wait);

        status = serve_devices(vmm, status, &m, &r);
        if (likely(status == BH_OK)) {
            action = handle_rare(vmm, &m, &r);
        } else { /* NO_CALLER: the vCPU is gone or suspended; BAD_ARG: no such abort in EL1 */
            action = status == BH_BAD_ARG ? BH_STOP : BH_WAIT_ONLY;
        }
    }
}

static struct vmm the_vmm;

void cell_main(const struct start_info *start)
{
    struct vmm *vmm = &the_vmm;
    const struct start_memory *ram = start_need_memory(start, "ram", BH_MAP_READ | BH_MAP_WRITE);
    const struct start_memory *image = start_need_memory(start, "image", BH_MAP_READ);

    port_open(start);
    serial_open(&vmm->uart.serial);
    vmm->vcpu = start_need_cap(start, "vcpu", BH_VCPU);
    vmm->image = (const void *)(uintptr_t)image->address;
    vmm->ram.base = start_need_value(start, "ram-base");
    vmm->ram.size = start_need_value(start, "ram-size");
    vmm->ram.here = (uint8_t *)(uintptr_t)ram->address;
    vmm->gic_version = start_need_value(start, "gic") == 2 ? 2 : 3;
    vmm->interrupts = (uint32_t)start_need_value(start, "interrupts");
    vmm->gic.irqs[UART_IRQ].driven = true;
    vmm->gic.irqs[RTC_IRQ].driven = true;
    if (!image_check(vmm->image, image->size, &vmm->ram)) {
        print_stop("memory 'image' is not one for this guest: rebuild the system image");
    }
    guest_start(vmm);
    serve(vmm);
}
