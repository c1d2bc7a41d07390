/* SPDX-License-Identifier: Apache-2.0 */
/* What the tool tells the kernel: the board's facts, the RAM that it may hand out, and the warden.
 *
 * The image starts with the kernel (arm64 Image header). Byte 32 of that header (res2) holds the
 * offset of struct boot_info from the start of the image, byte 40 (res3) that of the part of the
 * kernel that only boot needs; that part and boot_info may be in extents. All offsets below count
 * from the start of boot_info, all addresses are physical. The tool guarantees, and the kernel
 * checks: extents sorted by base, page-aligned, not empty, disjoint from each other, from the rest
 * of the kernel and from the root pool. */
#pragma once

#include <assert.h>
#include <stdint.h>

#define BH_BOOT_MAGIC   UINT64_C(0x746f6f622d6862) /* "bh-boot" */
#define BH_BOOT_VERSION 2
#define BH_BOOT_RES2    32 /* where the Image header holds the offset of boot_info */
#define BH_BOOT_RES3    40 /* that of what the kernel gives away once it has booted */

/* One physical extent, made a memory object and put into the warden's table. */
struct boot_extent {
    uint64_t base;
    uint64_t size;
    uint32_t kind;   /* enum bh_memory_kind */
    uint32_t slot;   /* in the warden's table */
    uint64_t ipa;    /* where the warden sees it at once, if access is not 0 */
    uint64_t access; /* enum bh_access bits, 0: not mapped */
};

/* One hardware interrupt, made an irq object. */
struct boot_irq {
    uint32_t intid;    /* GIC INTID */
    uint32_t slot;     /* in the warden's table */
    uint32_t edge;     /* 1: edge-triggered, 0: level-sensitive */
    uint32_t reserved; /* 0 */
};

/* One core. The first is the one that boots. */
struct boot_core {
    uint64_t mpidr;    /* affinity: MPIDR_EL1 without what is no affinity field */
    uint32_t slot;     /* in the warden's table; of the first WARDEN_CORE */
    uint32_t reserved; /* 0 */
};

/* GIC frames. If a board has both versions described, the core's ID_AA64PFR0_EL1.GIC
 * decides. */
struct boot_gic {
    uint64_t gicd;        /* distributor */
    uint64_t gicc;        /* GICv2 CPU interface, 0: none */
    uint64_t gich;        /* GICv2 virtual interface control */
    uint64_t gicr;        /* GICv3 redistributors, 0: none */
    uint64_t gicr_size;   /* bytes of all of them */
    uint32_t maintenance; /* INTID, 25 on most boards */
    uint32_t hyp_timer;   /* INTID of CNTHP, 26 */
    uint32_t virt_timer;  /* INTID of CNTV, 27 */
    uint32_t phys_timer;  /* INTID of CNTP of EL1, 30; 0: guests have no physical timer */
};

struct boot_info {
    uint64_t magic;
    uint32_t version;
    uint32_t size;       /* bytes of boot_info with its tables */
    uint64_t load;       /* the address that the first byte of the image must be at */
    uint64_t image_size; /* kernel, boot_info and all cell images, page-aligned */
    uint64_t uart;       /* registers of the UART for the boot ladder, 0: none */
    struct boot_gic gic;
    uint64_t pool_base; /* root pool: a power of two, aligned to its size */
    uint64_t pool_size;
    uint32_t psci_smc; /* 1: firmware is called with smc, 0: with hvc */
    uint32_t extent_count;
    uint32_t extent_offset; /* struct boot_extent[] */
    uint32_t irq_count;
    uint32_t irq_offset;   /* struct boot_irq[] */
    uint32_t warden_slots; /* slots of the warden's table */
    uint64_t warden_entry; /* in the warden's space */
    uint64_t warden_sp;
    uint64_t warden_arg; /* x0: address of its struct start_info */
    uint64_t warden_priority;
    uint32_t uart_type;   /* enum start_device_type (abi/device.h) */
    uint32_t core_count;  /* 1 to 8 */
    uint32_t core_offset; /* struct boot_core[] */
    uint32_t reserved;    /* 0 */
};

static_assert(sizeof(struct boot_extent) == 40, "read by kernel and tool alike");
static_assert(sizeof(struct boot_irq) == 16, "read by kernel and tool alike");
static_assert(sizeof(struct boot_core) == 16, "read by kernel and tool alike");
static_assert(sizeof(struct boot_info) % 8 == 0, "tables behind it are aligned");

/* What the kernel puts into the warden's table before the extents and interrupts. */
enum warden_slot {
    WARDEN_CELL = 1,
    WARDEN_THREAD = 2,
    WARDEN_POOL = 3, /* root pool */
    WARDEN_CORE = 4, /* core 0 */
    WARDEN_BUDGET = 5,
    WARDEN_FREE = 6 /* the first slot that the tool may use */
};
