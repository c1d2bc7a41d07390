/* SPDX-License-Identifier: Apache-2.0 */
/* How a VM is woken: a signal of its own for each virtual interrupt, from the highest one down. */
#include "tools/bulkhead/build.h"

#define SHARED_INTERRUPTS 32 /* those below are private to a processor */

static bool is_taken(const struct system *system, const struct cell *vm, uint64_t interrupt)
{
    for (unsigned i = 0; i < vm->lines.count; i++) {
        if (vm->lines.items[i] == interrupt) {
            return true;
        }
    }
    return build_is_passed(system, vm, interrupt);
}

struct wake build_pulse(struct system *system, struct cell *vm, const char *name)
{
    if (vm->next_interrupt == 0) {
        vm->next_interrupt = vm->interrupts;
    }
    do {
        vm->next_interrupt--;
    } while (is_taken(system, vm, vm->next_interrupt));
    if (vm->next_interrupt < SHARED_INTERRUPTS) {
        fault(&system->faults, RULE_vm_interrupts, vm->path,
              "its %llu virtual interrupts are not enough: 32 are the processor's, %u its lines, "
              "and each signal and channel that it awaits takes one; raise interrupts",
              (unsigned long long)vm->interrupts, vm->lines.count);
        vm->next_interrupt = vm->interrupts - 1;
    }
    struct pulse *pulse = arena_alloc(&system->arena, sizeof *pulse);
    pulse->signal = (struct object){.type = BH_SIGNAL, .name = name};
    pulse->line = build_line(system, vm, vm->next_interrupt);
    list_add(&system->arena, &system->pulses, pulse);
    return (struct wake){&pulse->signal, 0, pulse->line->number};
}

const struct pulse *build_find_pulse(const struct system *system, const struct object *line)
{
    for (unsigned i = 0; i < system->pulses.count; i++) {
        const struct pulse *pulse = system->pulses.items[i];
        if (pulse->line == line) {
            return pulse;
        }
    }
    return NULL;
}
