/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 tables as a walker reads them (Arm ARM D8.3), and which of them are in use. */
#pragma once

#include "kernel/lib/types.h"

#define MMU_ROOTS 512

/* A descriptor that a walk read: a leaf, or a table that it went through. */
struct mmu_entry {
    const uint64_t *where; /* the descriptor in the table; NULL: unused */
    uint64_t value;        /* as it was read */
    uint64_t address;      /* input range that it translates */
    uint64_t size;
    uint64_t root;
    uint16_t vmid;
    uint8_t level;
    uint8_t combined; /* a leaf joined with a stage 1: its input is a virtual address */
};

void walk_reset(void);

/* A table and VMID are in use from now on, until walk_forget. */
void walk_root(uint64_t root, uint16_t vmid);
void walk_forget(uint16_t vmid);

/* Follow the tables until a leaf, an invalid entry (false) or stop_level. */
bool walk_to(uint64_t root, uint64_t address, unsigned stop_level, struct mmu_entry *step);
/* Something that a walk of some table in use reads. False: there is nothing. */
bool walk_any(struct mmu_entry *step);

/* True if a walk can get to this page as a table below a root. */
bool walk_reaches(uint64_t page);

bool walk_is_table(uint64_t value, unsigned level);
/* Both say the same but for permissions: one may replace the other in place. */
bool walk_same_place(uint64_t one, uint64_t other, unsigned level);
/* A leaf lets BH_MAP_* through; the physical address that it leads to; its kind of memory. */
bool walk_permits(uint64_t leaf, uint64_t access);
uint64_t walk_output(const struct mmu_entry *leaf, uint64_t address);
enum bh_memory_kind walk_kind(uint64_t leaf);
