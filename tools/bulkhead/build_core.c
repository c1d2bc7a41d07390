/* SPDX-License-Identifier: Apache-2.0 */
/* Which processors the board has, which of them is a cell's home, and how their timers count. */
#include "tools/bulkhead/build.h"

#define MPIDR_AFFINITY 0xffffffu /* Aff2, Aff1, Aff0; a 32-bit number has no Aff3 */

unsigned board_core_count(const struct board *board)
{
    return board->cores.count > 1    ? board->cores.count
           : board->cores.count == 1 ? (unsigned)board->cores.items[0]
                                     : 1;
}

uint64_t board_core_mpidr(const struct board *board, unsigned core)
{
    return board->cores.count > 1 ? board->cores.items[core] : core;
}

uint64_t board_ticks(const struct board *board, uint64_t microseconds)
{
    return microseconds * board->timer_frequency / 1000000;
}

uint64_t board_least(const struct board *board, uint64_t ticks)
{
    uint64_t frequency = board->timer_frequency;

    return frequency == 0 ? 1 : (ticks * 1000000 + frequency - 1) / frequency;
}

void check_cores(struct system *system)
{
    const struct numbers *cores = &system->board.cores;
    uint64_t count =
        cores->count == 1 ? cores->items[0] : (uint64_t)board_core_count(&system->board);

    if (count < 1 || count > CORES_MAX) {
        fault(&system->faults, RULE_board_cores, system->board.path,
              "it has %llu cores; say cores = <N>, 1 to %u, or the MPIDRs of so many",
              (unsigned long long)count, CORES_MAX);
        system->board.cores.count = 0;
        return;
    }
    for (unsigned i = 0; i < cores->count && cores->count > 1; i++) {
        if (cores->items[i] > MPIDR_AFFINITY) {
            fault(&system->faults, RULE_board_cores, system->board.path,
                  "core %u has MPIDR 0x%llx; only affinity fields count, bits 23:0", i,
                  (unsigned long long)cores->items[i]);
        }
        for (unsigned k = 0; k < i; k++) {
            if (cores->items[k] == cores->items[i]) {
                fault(&system->faults, RULE_board_cores, system->board.path,
                      "cores %u and %u have the same MPIDR 0x%llx; correct one from the board's "
                      "manual",
                      k, i, (unsigned long long)cores->items[i]);
            }
        }
    }
}

bool check_core(struct system *system, const char *path, uint64_t core)
{
    unsigned count = board_core_count(&system->board);

    if (core < count) {
        return true;
    }
    fault(&system->faults, RULE_core_unknown, path,
          "it names core %llu, and the board has %u%s; correct it, or cores of the board",
          (unsigned long long)core, count, count == 1 ? ", core 0" : ", from core 0 on");
    return false;
}

struct object *build_core(struct system *system, uint64_t core)
{
    return core == 0 || core >= CORES_MAX ? &system->boot[WARDEN_CORE] : &system->cores[core];
}

/* A VM that names a core for each processor is at home where its first one is. */
static void place_processors(struct system *system, struct cell *vm)
{
    for (unsigned i = 0; i < vm->cores.count; i++) {
        if (!check_core(system, vm->path, vm->cores.items[i])) {
            vm->cores.items[i] = 0;
        }
        vm->cores_used |= UINT32_C(1) << vm->cores.items[i];
    }
    if (vm->cores.count != 0 && vm->core != CORE_UNSAID) {
        fault(&system->faults, RULE_vm_cpus, vm->path,
              "it says core and cores; leave one of them out");
    }
    vm->core = vm->cores.count != 0 ? vm->cores.items[0] : vm->core;
}

/* A vmm is where its VM is, unless it says otherwise. */
void build_cores(struct system *system)
{
    for (unsigned i = 0; i < system->cells.count; i++) {
        struct cell *vm = system->cells.items[i];
        place_processors(system, vm);
        struct cell *vmm = vm->kind == CELL_VM ? build_find_cell(system, vm->vmm) : NULL;
        if (vmm != NULL && vmm->core == CORE_UNSAID) {
            vmm->core = vm->core;
        }
    }
    for (unsigned i = 0; i < system->cells.count; i++) {
        struct cell *cell = system->cells.items[i];
        cell->core = cell->core == CORE_UNSAID ? 0 : cell->core;
        if (!check_core(system, cell->path, cell->core)) {
            cell->core = 0;
        }
        cell->cores_used |= UINT32_C(1) << cell->core;
    }
    for (unsigned i = 1; i < board_core_count(&system->board); i++) {
        system->cores[i] = (struct object){
            .type = BH_CORE, .name = arena_format(&system->arena, "%u", i), .number = i};
    }
}
