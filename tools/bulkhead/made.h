/* SPDX-License-Identifier: Apache-2.0 */
/* What the tool makes from a description: kernel objects, memories and capabilities. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi/types.h"

struct cell;

/* A kernel object that the warden holds a capability to. */
struct object {
    enum bh_type type;
    const char *name;
    struct cell *cell;  /* whose pool pays for it; NULL: the root pool, or from boot */
    struct cell *owner; /* it is there only once this cell is built; NULL: before all cells */
    struct object *of;  /* argument a of pool_create: cell of a thread, vCPU of a line */
    uint64_t number;    /* bytes, slots, flags, virtual interrupts, interrupt, priority */
    uint64_t extra;     /* amount and period of a budget */
    uint32_t slot;      /* in the warden's table */
    bool kept;          /* somebody else holds a capability to it */
};

#define CORES_MAX   8u         /* that the kernel knows */
#define CORE_UNSAID UINT64_MAX /* of a cell */

enum place { PLACE_RAM, PLACE_IMAGE, PLACE_FIXED };

/* A physical extent: RAM, a piece of the image, device registers. */
struct memory {
    struct object object;
    const char *path;   /* the node that asks for it */
    const char *use;    /* its name for programs and report */
    struct cell *owner; /* NULL: shared */
    enum bh_memory_kind kind;
    enum place place;
    uint64_t size;
    uint64_t base;        /* physical, once placed */
    const uint8_t *bytes; /* IMAGE: what is in it, zero behind byte_count */
    uint64_t byte_count;
    bool zero;         /* RAM that the warden clears before anybody sees it */
    bool aligned;      /* to 2 MiB, so that mappings of it are blocks */
    bool rough;        /* IMAGE: what is behind byte_count may be anything */
    uint64_t boot_ipa; /* where the warden sees it from boot on */
    uint32_t boot_access;
};

/* A capability in a cell's table. */
struct cap {
    const char *name;
    struct object *object; /* NULL: only told of, as a server is of its clients */
    struct memory *memory; /* not NULL: object is its */
    enum bh_type type;
    uint8_t rights;
    uint32_t access; /* of the mapping; 0: none */
    uint64_t ipa;
    uint64_t badge; /* given by derivation; of an irq: what arrives in the cell's signal word */
    uint32_t slot;
};

struct endpoint {
    struct object object;
    struct cell *server;
    bool exits; /* of a VM: nobody else may call it */
};

/* How a cell is woken: by bits in its signal word, or, a VM, by a virtual interrupt. */
struct wake {
    struct object *signal;
    uint64_t badge; /* of who may send it; 0: none */
    uint64_t value; /* what the receiver is told: its bits or its INTID */
};

/* A signal of its own for each virtual interrupt that wakes a VM. */
struct pulse {
    struct object signal;
    struct object *line;
};

/* What a cell awaits. */
struct notice {
    const char *name;
    struct cell *receiver;
    struct wake wake;
};

struct irq {
    struct object object;
    uint32_t intid;
    bool edge;
    struct cell *owner;
    uint64_t bits;       /* in the owner's signal word */
    uint32_t bound_slot; /* the warden's badged capability to the owner's signal */
};
