/* SPDX-License-Identifier: Apache-2.0 */
/* The vmm: starts one guest and emulates its devices, one exit at a time. */
#include "cells/lib/call.h"
#include "cells/lib/fault_words.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"
#include "cells/lib/status_name.h"
#include "cells/vmm/gic.h"
#include "cells/vmm/image.h"
#include "cells/vmm/port.h"
#include "cells/vmm/psci.h"
#include "cells/vmm/uart.h"

#define likely(x) __builtin_expect(!!(x), 1)

struct vmm {
    uint32_t vcpu;
    uint32_t gic_version;
    uint32_t interrupts;
    struct ram ram;
    const struct guest_image *image;
    struct uart uart;
    struct gic gic;
};

/* A device of the guest: who answers for an address. */
struct device {
    uint64_t base;
    uint64_t size;
    uint32_t gic_version; /* only with this version; 0: with any */
    uint64_t (*read)(struct vmm *vmm, uint64_t offset, unsigned size);
    void (*write)(struct vmm *vmm, uint64_t offset, unsigned size, uint64_t value);
};

static uint64_t read_uart(struct vmm *vmm, uint64_t offset, unsigned size)
{
    (void)size;
    return uart_read(&vmm->uart, offset);
}

static void write_uart(struct vmm *vmm, uint64_t offset, unsigned size, uint64_t value)
{
    (void)size;
    uart_write(&vmm->uart, offset, (uint32_t)value);
}

static uint64_t read_gicd(struct vmm *vmm, uint64_t offset, unsigned size)
{
    return gicd_read(&vmm->gic, offset, size);
}

static void write_gicd(struct vmm *vmm, uint64_t offset, unsigned size, uint64_t value)
{
    gicd_write(&vmm->gic, offset, size, value);
}

static uint64_t read_gicr(struct vmm *vmm, uint64_t offset, unsigned size)
{
    return gicr_read(&vmm->gic, offset, size);
}

static void write_gicr(struct vmm *vmm, uint64_t offset, unsigned size, uint64_t value)
{
    gicr_write(&vmm->gic, offset, size, value);
}

/* Most frequent first. */
static const struct device devices[] = {
    {UART_BASE, UART_SIZE, 0, read_uart, write_uart},
    {GICD_BASE, GICD_SIZE, 0, read_gicd, write_gicd},
    {GICR_BASE, GICR_SIZE, 3, read_gicr, write_gicr},
};

static const struct device *find_device(const struct vmm *vmm, uint64_t address)
{
    for (unsigned i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        if (address - devices[i].base < devices[i].size &&
            (devices[i].gic_version == 0 || devices[i].gic_version == vmm->gic_version)) {
            return &devices[i];
        }
    }
    return NULL;
}

static void need(enum bh_status status, const char *what)
{
    if (status != BH_OK) {
        print_stop("the guest cannot be started: %s: %s", what, status_name(status));
    }
}

/* Everything as after power-on, and the guest at its first instruction. The vCPU is suspended. */
static void start_guest(struct vmm *vmm)
{
    image_load(vmm->image, &vmm->ram);
    need(bh_thread_set(vmm->vcpu, vmm->image->entry, 0, vmm->image->dtb), "thread_set");
    uart_reset(&vmm->uart);
    gic_reset(&vmm->gic, vmm->gic_version, vmm->interrupts);
    need(bh_thread_resume(vmm->vcpu), "thread_resume");
}

/* The suspension takes back the exit in progress, so nobody waits for an answer after this. */
static enum bh_action restart_guest(struct vmm *vmm)
{
    uart_flush(&vmm->uart);
    if (vmm->image->in_place != 0) {
        port_say("the guest asked for a reset, but its description has no 'restart': it is off");
        return BH_STOP;
    }
    port_say("the guest asked for a reset and is started anew");
    need(bh_thread_suspend(vmm->vcpu), "thread_suspend");
    start_guest(vmm);
    return BH_WAIT_ONLY;
}

static enum bh_action handle_smccc(struct vmm *vmm, struct bh_message *m)
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
        return restart_guest(vmm);
    case PSCI_CPU_OFF:
    case PSCI_OFF:
        break;
    }
    uart_flush(&vmm->uart);
    port_say("the guest has switched %s off",
             outcome == PSCI_OFF ? "itself" : "its only processor");
    return BH_STOP;
}

/* An access that no device answers. On the board it would be an external abort inside the guest;
 * here the guest is stopped, so that its author sees it. */
static enum bh_action stop_access(struct vmm *vmm, const struct bh_message *m)
{
    static const char *const verbs[] = {"reads", "writes", "accesses"};

    uart_flush(&vmm->uart);
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

static enum bh_action stop_fault(struct vmm *vmm, const struct bh_message *m)
{
    struct bh_fault_words fault = {m->w[0], m->w[1], m->w[2], m->w[3],
                                   m->w[4], m->w[5], m->w[6], m->w[7]};
    struct fault_report words;

    fault_words(&words, &fault, true);
    uart_flush(&vmm->uart);
    port_say("the guest is stopped by a fault: %s", words.what);
    port_say("  where   pc 0x%lx, syndrome 0x%lx", (unsigned long)fault.pc,
             (unsigned long)fault.syndrome);
    port_say("  likely  %s", words.likely);
    port_say("  cure    %s", words.cure);
    return BH_STOP;
}

/* Everything but an access to a device; not inlined, to leave the registers to the fast path. */
__attribute__((noinline)) static enum bh_action handle_rare(struct vmm *vmm, struct bh_message *m,
                                                            const struct bh_received *r)
{
    switch ((enum bh_event)r->event) {
    case BH_EVENT_EXIT:
        return m->w[0] == BH_EXIT_SMCCC ? handle_smccc(vmm, m) : stop_access(vmm, m);
    case BH_EVENT_FAULT:
        return stop_fault(vmm, m);
    case BH_EVENT_DEADLINE:
        uart_flush(&vmm->uart);
        break;
    case BH_EVENT_MESSAGE: /* the vmm offers no service */
    case BH_EVENT_SIGNAL:
        break;
    }
    return server_refuse(m, r);
}

static bool is_device_exit(enum bh_status status, const struct bh_message *m,
                           const struct bh_received *r)
{
    return status == BH_OK && r->event == BH_EVENT_EXIT && m->w[0] <= BH_EXIT_WRITE;
}

/* Exits to devices, one after the other, until something else comes: the message stays in registers
 * on the way from the guest to a device and back. */
SVC_INLINE enum bh_status serve_devices(struct vmm *vmm, enum bh_status status,
                                        struct bh_message *message, struct bh_received *received)
{
    struct bh_message m = *message;
    struct bh_received r = *received;
    const struct device *device;

    while (likely(is_device_exit(status, &m, &r) && (device = find_device(vmm, m.w[1])) != NULL)) {
        uint64_t offset = m.w[1] - device->base;
        uint64_t value = 0;

        if (m.w[0] == BH_EXIT_READ) {
            value = device->read(vmm, offset, (unsigned)m.w[2]);
        } else {
            device->write(vmm, offset, (unsigned)m.w[2], m.w[3]);
        }
        status = bh_resume_wait(value, &m, &r, vmm->uart.flush_at);
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
        struct bh_wait wait = {.deadline = vmm->uart.flush_at};
        enum bh_status status = bh_reply_wait_with(action, &m, &r, wait);

        status = serve_devices(vmm, status, &m, &r);
        /* NO_CALLER: the vCPU is gone or was suspended from outside. */
        action = status == BH_OK ? handle_rare(vmm, &m, &r) : BH_WAIT_ONLY;
    }
}

static struct vmm the_vmm;

void cell_main(const struct start_info *start)
{
    struct vmm *vmm = &the_vmm;
    const struct start_memory *ram = start_need_memory(start, "ram", BH_MAP_READ | BH_MAP_WRITE);
    const struct start_memory *image = start_need_memory(start, "image", BH_MAP_READ);

    port_open(start);
    vmm->vcpu = start_need_cap(start, "vcpu", BH_VCPU);
    vmm->image = (const void *)(uintptr_t)image->address;
    vmm->ram.base = start_need_value(start, "ram-base");
    vmm->ram.size = ram->size;
    vmm->ram.here = (uint8_t *)(uintptr_t)ram->address;
    vmm->gic_version = start_need_value(start, "gic") == 2 ? 2 : 3;
    vmm->interrupts = (uint32_t)start_need_value(start, "interrupts");
    vmm->gic.irqs[UART_IRQ].driven = true;
    if (!image_check(vmm->image, image->size, &vmm->ram)) {
        print_stop("memory 'image' is not one for this guest: rebuild the system image");
    }
    start_guest(vmm);
    serve(vmm);
}
