/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the memory map of QEMU's virt board (docs/design.md), and what its bus makes of an access
 * that a device does not take as it is. */
#include "cells/vmm/platform.h"

#define FLASH_SIZE       UINT64_C(0x08000000) /* two banks from address 0 */
#define GICD_V2_SIZE     UINT64_C(0x1000)
#define TRANSPORTS_BASE  UINT64_C(0x0a000000)
#define TRANSPORTS_SIZE  UINT64_C(0x4000) /* 32 of them */
#define TRANSPORT_STRIDE 0x200
#define VIRTIO_MAGIC     0x74726976U
#define VIRTIO_VENDOR    0x554d4551U

/* A device of the guest: who answers for an address. */
struct device {
    uint64_t base;
    uint64_t size;
    uint32_t gic_version; /* only with this version; 0: with any */
    unsigned width;       /* bytes; a wider access is several */
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

static uint64_t read_rtc(struct vmm *vmm, uint64_t offset, unsigned size)
{
    (void)size;
    return rtc_read(&vmm->rtc, offset);
}

static void write_rtc(struct vmm *vmm, uint64_t offset, unsigned size, uint64_t value)
{
    (void)size;
    rtc_write(&vmm->rtc, offset, (uint32_t)value);
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

/* A virtio transport (virtio 1.1, 4.2.4) in which no device is plugged: device 0, all else 0. */
static uint64_t read_transport(struct vmm *vmm, uint64_t offset, unsigned size)
{
    static const uint32_t registers[] = {VIRTIO_MAGIC, 1, 0, VIRTIO_VENDOR};
    uint64_t within = offset % TRANSPORT_STRIDE;

    (void)vmm, (void)size;
    return within % 4 == 0 && within < sizeof(registers) ? registers[within / 4] : 0;
}

/* Flash that was erased and never written. It takes no commands. */
static uint64_t read_flash(struct vmm *vmm, uint64_t offset, unsigned size)
{
    (void)vmm, (void)offset, (void)size;
    return ~UINT64_C(0);
}

static void write_nothing(struct vmm *vmm, uint64_t offset, unsigned size, uint64_t value)
{
    (void)vmm, (void)offset, (void)size, (void)value;
}

/* Most frequent first. */
static const struct device devices[] = {
    {UART_BASE, UART_SIZE, 0, 4, read_uart, write_uart},
    {GICD_BASE, GICD_SIZE, 3, 8, read_gicd, write_gicd},
    {GICD_BASE, GICD_V2_SIZE, 2, 4, read_gicd, write_gicd},
    {GICR_BASE, GICR_SIZE, 3, 8, read_gicr, write_gicr},
    {RTC_BASE, RTC_SIZE, 0, 4, read_rtc, write_rtc},
    {TRANSPORTS_BASE, TRANSPORTS_SIZE, 0, 4, read_transport, write_nothing},
    {0, FLASH_SIZE, 0, 8, read_flash, write_nothing},
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

static uint64_t mask_of(unsigned size)
{
    return ~UINT64_C(0) >> (64 - 8 * size);
}

/* Width of the pieces that an access is made in: bytes if it is misaligned. */
static unsigned piece_of(const struct device *device, uint64_t address, unsigned size)
{
    if (address % size != 0) {
        return 1;
    }
    return size < device->width ? size : device->width;
}

bool platform_read(struct vmm *vmm, uint64_t address, unsigned size, uint64_t *value)
{
    const struct device *device = find_device(vmm, address);
    unsigned piece;

    if (device == NULL || address - device->base > device->size - size) {
        return false;
    }
    piece = piece_of(device, address, size);
    *value = 0;
    for (unsigned at = 0; at < size; at += piece) {
        uint64_t part = device->read(vmm, address - device->base + at, piece);
        *value |= (part & mask_of(piece)) << 8 * at;
    }
    return true;
}

bool platform_write(struct vmm *vmm, uint64_t address, unsigned size, uint64_t value)
{
    const struct device *device = find_device(vmm, address);
    unsigned piece;

    if (device == NULL || address - device->base > device->size - size) {
        return false;
    }
    piece = piece_of(device, address, size);
    for (unsigned at = 0; at < size; at += piece) {
        device->write(vmm, address - device->base + at, piece, value >> 8 * at & mask_of(piece));
    }
    return true;
}

void platform_reset(struct vmm *vmm)
{
    uart_reset(&vmm->uart);
    rtc_reset(&vmm->rtc);
    gic_reset(&vmm->gic, vmm->gic_version, vmm->interrupts);
}
