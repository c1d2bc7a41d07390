/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the memory map of QEMU's virt board (docs/design.md), and what its bus makes of an access
 * that a device does not take as it is. */
#include "cells/vmm/platform.h"

#include "abi/vcpu_page.h"

#define RARE __attribute__((noinline, cold))

#define FLASH_SIZE       UINT64_C(0x08000000) /* two banks from address 0 */
#define GICD_V2_SIZE     UINT64_C(0x1000)
#define TRANSPORTS_BASE  UINT64_C(0x0a000000)
#define TRANSPORTS_SIZE  UINT64_C(0x4000) /* 32 of them */
#define TRANSPORT_STRIDE 0x200
#define PAGE_SIZE        UINT64_C(0x1000)
#define VIRTIO_MAGIC     0x74726976U
#define VIRTIO_VENDOR    0x554d4551U

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

static bool has_redistributor(const struct vmm *vmm, uint64_t offset)
{
    return offset < GICR_SIZE * vmm->gic.cpus;
}

/* There is a page if the guest may post priorities. */
static bool has_page(const struct vmm *vmm, uint64_t offset)
{
    (void)vmm, (void)offset;
    return port_page() != NULL;
}

/* Its own words of abi/vcpu_page.h. The kernel looks at them when the guest goes on. */
static uint64_t read_page(struct vmm *vmm, uint64_t offset, unsigned size)
{
    const volatile uint32_t *words = &port_page()->posted;

    (void)vmm, (void)size;
    return offset < sizeof(struct bh_vcpu_page) && offset % 4 == 0 ? words[offset / 4] : 0;
}

static void write_page(struct vmm *vmm, uint64_t offset, unsigned size, uint64_t value)
{
    volatile uint32_t *words = &port_page()->posted;

    (void)vmm, (void)size;
    if (offset < offsetof(struct bh_vcpu_page, waiting) && offset % 4 == 0) {
        words[offset / 4] = (uint32_t)value;
    }
}

static const struct device gicd_v2 = {GICD_BASE, GICD_V2_SIZE, 4, read_gicd, write_gicd, NULL};
static const struct device gicd_v3 = {GICD_BASE, GICD_SIZE, 8, read_gicd, write_gicd, NULL};
static const struct device gicr = {GICR_BASE,  GICR_SIZE *GIC_CPUS_MAX, 8, read_gicr,
                                   write_gicr, has_redistributor};
static const struct device uart = {UART_BASE, UART_SIZE, 4, read_uart, write_uart, NULL};
static const struct device rtc = {RTC_BASE, RTC_SIZE, 4, read_rtc, write_rtc, NULL};
static const struct device transports = {TRANSPORTS_BASE, TRANSPORTS_SIZE, 4,
                                         read_transport,  write_nothing,   NULL};
static const struct device flash = {0, FLASH_SIZE, 8, read_flash, write_nothing, NULL};
static const struct device page = {BH_VCPU_REGISTERS, PAGE_SIZE,  4,
                                   read_page,         write_page, has_page};

/* By GIC version; most frequent first. */
static const struct device *const boards[2][8] = {
    {&gicd_v2, &uart, &rtc, &transports, &flash, &page, NULL},
    {&gicd_v3, &gicr, &uart, &rtc, &transports, &flash, &page, NULL},
};

RARE static const struct device *search_device(struct vmm *vmm, uint64_t address)
{
    for (const struct device *const *i = boards[vmm->gic.version == 3]; *i != NULL; i++) {
        uint64_t offset = address - (*i)->base;

        if (offset < (*i)->size) {
            if ((*i)->has != NULL) {
                return (*i)->has(vmm, offset) ? *i : NULL;
            }
            vmm->last = *i;
            return *i;
        }
    }
    return NULL;
}

/* Mostly that of the last time. */
static const struct device *find_device(struct vmm *vmm, uint64_t address)
{
    const struct device *last = vmm->last;

    return last != NULL && address - last->base < last->size ? last : search_device(vmm, address);
}

static uint64_t mask_of(unsigned size)
{
    return ~UINT64_C(0) >> (64 - 8 * size);
}

/* The device takes the access as it is. */
static bool is_plain(const struct device *device, uint64_t address, unsigned size)
{
    return size <= device->width && (address & (size - 1)) == 0;
}

/* Width of the pieces that any other access is made in: bytes if it is misaligned. */
static unsigned piece_of(const struct device *device, uint64_t address, unsigned size)
{
    return address % size != 0 ? 1 : (unsigned)device->width;
}

RARE static bool read_pieces(struct vmm *vmm, const struct device *device, uint64_t address,
                             unsigned size, uint64_t *value)
{
    unsigned piece = piece_of(device, address, size);

    if (find_device(vmm, address + size - 1) != device) {
        return false;
    }
    *value = 0;
    for (unsigned at = 0; at < size; at += piece) {
        uint64_t part = device->read(vmm, address - device->base + at, piece);
        *value |= (part & mask_of(piece)) << 8 * at;
    }
    return true;
}

RARE static bool write_pieces(struct vmm *vmm, const struct device *device, uint64_t address,
                              unsigned size, uint64_t value)
{
    unsigned piece = piece_of(device, address, size);

    if (find_device(vmm, address + size - 1) != device) {
        return false;
    }
    for (unsigned at = 0; at < size; at += piece) {
        device->write(vmm, address - device->base + at, piece, value >> 8 * at & mask_of(piece));
    }
    return true;
}

bool platform_read(struct vmm *vmm, uint64_t address, unsigned size, uint64_t *value)
{
    const struct device *device = find_device(vmm, address);

    if (device == NULL) {
        return false;
    }
    if (!is_plain(device, address, size)) {
        return read_pieces(vmm, device, address, size, value);
    }
    *value = device->read(vmm, address - device->base, size) & mask_of(size);
    return true;
}

bool platform_write(struct vmm *vmm, uint64_t address, unsigned size, uint64_t value)
{
    const struct device *device = find_device(vmm, address);

    if (device == NULL) {
        return false;
    }
    if (!is_plain(device, address, size)) {
        return write_pieces(vmm, device, address, size, value);
    }
    device->write(vmm, address - device->base, size, value);
    return true;
}

void platform_reset(struct vmm *vmm)
{
    uart_reset(&vmm->uart);
    rtc_reset(&vmm->rtc);
    gic_reset(&vmm->gic);
}
