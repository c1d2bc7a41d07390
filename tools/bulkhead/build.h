/* SPDX-License-Identifier: Apache-2.0 */
/* How cells, names and sizes become objects, memories and capabilities. */
#pragma once

#include "tools/bulkhead/model.h"

/* A VM that can use hvc #1 finds its start page here; its memories follow. In QEMU's window for
 * platform devices. */
#define GUEST_START      UINT64_C(0x0c000000)
#define GUEST_START_SIZE UINT64_C(0x10000)

/* The CPU interface of a guest with a GICv2, and what is free there, up to the UART. The virtual
 * platform is a subset of QEMU's "virt" machine. */
#define GUEST_CPU_INTERFACE  UINT64_C(0x08010000)
#define GUEST_INTERFACE_MOST UINT64_C(0x00ff0000)

/* From what was read, everything but slots and physical addresses. Faults are counted in system. */
void build_system(struct system *system);

/* build_memory.c: programs, stacks, private and shared memory. */
void build_program(struct system *system, struct cell *cell);
void build_memories(struct system *system, struct cell *cell);
void build_shared_views(struct system *system, struct cell *cell); /* reads and writes */
/* The start page: last, when everything else that it lists is known. */
void build_start(struct system *system, struct cell *cell);
struct cap *build_start_page(struct system *system, struct cell *cell);
/* The memory of a node below /memories. */
struct memory *build_shared(struct system *system, struct shared *shared);

/* build_device.c: devices and channels. */
void build_channels(struct system *system);
void build_devices(struct system *system, struct cell *cell);
void build_console(struct system *system);
/* The device of that name, from now on the cell's; NULL, and a sentence, if it cannot be. */
struct device *build_device(struct system *system, struct cell *cell, const char *name);
/* "uart-irq", "uart-irq1": what the cell needs to take the device's interrupts and to acknowledge
 * them. The value of that name is the bits that arrive, or else the INTID. */
void build_irqs(struct system *system, struct cell *cell, const struct device *device,
                const char *name, bool bits);

/* Which of the kinds that drivers know it is. False: none of them. */
bool build_device_type(const struct device *device, enum start_device_type *type);

/* build_vm.c: what a VM has and what its vmm gets, once the vmm is there. */
void build_vm(struct system *system, struct cell *vm);
struct object *build_line(struct system *system, struct cell *vm, uint64_t interrupt);
/* NAME of what belongs to the first one, NAME-1 to the next. */
const char *build_processor_name(struct system *system, const char *name, uint64_t cpu);
/* Once all lines are there: which interrupts the vmm cannot route. */
void build_fixed(struct system *system, struct cell *vm);

/* build_passed.c: devices of the board that the VM has itself; whether one has this interrupt. */
void build_passed(struct system *system, struct cell *vm, struct cell *vmm);
bool build_is_passed(const struct system *system, const struct cell *vm, uint64_t interrupt);

/* build_wake.c: a virtual interrupt and a signal that makes it pending. */
struct wake build_pulse(struct system *system, struct cell *vm, const char *name);
const struct pulse *build_find_pulse(const struct system *system, const struct object *line);

/* build_guest.c: kernel, initrd and device tree of a VM, in a memory of its vmm, once everything
 * else that the VM sees is there; and its start page, if it has capabilities. */
void build_guest(struct system *system, struct cell *vm);

/* build_guest_ram.c: the RAM of a VM whose layout is known, and what its vmm copies there. */
void build_guest_ram(struct system *system, struct cell *vm, struct cell *vmm);

/* build_core.c: the board's cores (their MPIDR may be asked for once they are checked), whether one
 * exists, and the home of each cell. */
unsigned board_core_count(const struct board *board);
uint64_t board_core_mpidr(const struct board *board, unsigned core);
void check_cores(struct system *system);
bool check_core(struct system *system, const char *path, uint64_t core);
struct object *build_core(struct system *system, uint64_t core);
void build_cores(struct system *system);

/* Ticks of the board's timer in microseconds; the fewest of these in which there are so many. */
uint64_t board_ticks(const struct board *board, uint64_t microseconds);
uint64_t board_least(const struct board *board, uint64_t ticks);

/* build_trace.c: its trace, if it has one. */
void build_trace(struct system *system, struct cell *cell);

/* build_extra.c: the capabilities below caps { }. */
void build_extras(struct system *system, struct cell *cell);

/* build_moves.c: what a cell needs to move others to other cores. */
void build_moves(struct system *system, struct cell *cell);

/* Parts that several of these use. */
struct cell *build_find_cell(const struct system *system, const char *name);
struct endpoint *build_find_endpoint(const struct system *system, const char *name);
struct notice *build_find_notice(const struct system *system, const char *name);
struct device *build_find_device(const struct system *system, const char *name);
struct shared *build_find_shared(const struct list *shareds, const char *name);

/* For messages: the names of a list's items, "none" if there are none. */
const char *build_names(struct system *system, const struct list *list,
                        const char *(*name)(const void *item));
/* Of all cells but the warden. */
const char *build_cell_names(struct system *system);

/* A capability in the cell's table. name is what the program finds it by. */
struct cap *build_cap(struct system *system, struct cell *cell, const char *name,
                      struct object *object);

/* A number that the program finds by name. */
struct entry *build_value(struct system *system, struct cell *cell, const char *name,
                          uint64_t number);

/* The next bit of the cell's signal word. */
uint64_t build_bit(struct system *system, struct cell *cell);

/* A new way to wake this cell; name is what the cell calls it. */
struct wake build_wake(struct system *system, struct cell *cell, const char *name);

/* A physical extent for owner (NULL: shared); the caller says where it is to be. */
struct memory *build_memory(struct system *system, struct cell *owner, const char *use,
                            uint64_t size);

/* A piece of RAM of this name, node and size for owner, cleared before it is seen. */
struct memory *build_ram(struct system *system, struct cell *owner, struct entry as);

/* Show memory to a cell, at the next address that is free in its space. */
struct cap *build_view(struct system *system, struct cell *cell, const char *name,
                       struct memory *memory, uint32_t access);

/* The warden builds it again after a fault. (A VM is restarted by its vmm, in the same cell.) */
static inline bool cell_restarts(const struct cell *cell)
{
    return cell->kind == CELL_NATIVE && cell->restart;
}

/* True if a cell's capability is to memory that is sealed for it. */
bool build_sealed(const struct cell *cell, const struct cap *cap);

/* The same at as.ipa, under as.name with as.access. */
struct cap *build_view_at(struct system *system, struct cell *cell, struct memory *memory,
                          struct cap as);

/* Whether a memory can have this size; a fault of path if not. */
bool build_size_good(struct system *system, const char *path, const char *name, uint64_t size);

/* Amount (0) or period (1) of its budget in microseconds; 0: it has no limit. */
static inline uint64_t cell_budget(const struct cell *cell, unsigned which)
{
    return which < cell->budget.count ? cell->budget.items[which] : 0;
}

static inline uint64_t align_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) & ~(to - 1);
}
