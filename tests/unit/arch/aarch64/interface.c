/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what list registers, their maintenance interrupt and the distributor do (IHI 0069, 6 and
 * 12.4). */
#include "tests/unit/arch/aarch64/interface.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/arch/arch.h"
#include "kernel/dev/gicd.h"

enum { KEPT = 8, NESTED = 32 };
#define OPEN      0xff000003u /* GICH_VMCR: both groups, all priorities */
#define EOI_COUNT 27

/* Interrupts that a guest has taken and not ended, the most urgent one last. */
struct taken {
    unsigned count;
    uint32_t intid[NESTED];
    unsigned priority[NESTED];
};

uint64_t interface_lrs[GIC_LR_MAX];
const bool *interface_due;
bool interface_active[TIMER_COUNT];
unsigned interface_activations;
struct timer_intids timer_intids;
uint64_t gicc;
unsigned gic_lr_count = GIC_LR_MAX;

static uint32_t control, ends;
static struct taken taken; /* by the guest in the core */
static struct {
    const struct gic_interface *interface;
    struct taken taken;
} kept[KEPT];

void interface_reset(void)
{
    memset(interface_lrs, 0, sizeof interface_lrs);
    memset(interface_active, 0, sizeof interface_active);
    memset(kept, 0, sizeof kept);
    control = ends = taken.count = interface_activations = 0;
    timer_intids = (struct timer_intids){26, 25, {INTERFACE_VIRTUAL, INTERFACE_PHYSICAL}};
}

static struct taken *kept_of(const struct gic_interface *interface)
{
    unsigned i = 0;
    while (kept[i].interface && kept[i].interface != interface) {
        i++;
        assert_in_range(i, 0, KEPT - 1);
    }
    kept[i].interface = interface;
    return &kept[i].taken;
}

void interface_forget(const struct gic_interface *interface)
{
    kept_of(interface)->count = 0;
}

/* ---- what vgic.c calls ---- */

static enum guest_timer timer_of(uint32_t intid)
{
    assert_true(intid == INTERFACE_VIRTUAL || intid == INTERFACE_PHYSICAL);
    enum guest_timer timer = intid == INTERFACE_VIRTUAL ? TIMER_VIRTUAL : TIMER_PHYSICAL;
    assert_int_equal(timer_intids.guest[timer], intid);
    return timer;
}

void gicd_set_active(uint32_t intid, bool active)
{
    interface_active[timer_of(intid)] = active;
    interface_activations++;
}

void arch_irq_deactivate(uint32_t intid)
{
    interface_active[timer_of(intid)] = false;
}

unsigned timers_asserted(void)
{
    return (interface_due[TIMER_VIRTUAL] ? 1u << TIMER_VIRTUAL : 0) |
           (interface_due[TIMER_PHYSICAL] ? 1u << TIMER_PHYSICAL : 0);
}

uint64_t gic_lr_read(unsigned index)
{
    assert_in_range(index, 0, GIC_LR_MAX - 1);
    return interface_lrs[index];
}

void gic_lr_write(unsigned index, uint64_t value)
{
    assert_in_range(index, 0, GIC_LR_MAX - 1);
    assert_false((value & LR_HW) && (value & LR_PENDING) &&
                 (value & LR_ACTIVE)); /* UNPREDICTABLE */
    interface_lrs[index] = value;
}

static bool is_seen(uint64_t value)
{
    return interface_ended(value) && (value & LR_EOI) && !(value & LR_HW);
}

uint32_t gic_lr_empty(void)
{
    uint32_t empty = 0;
    for (unsigned i = 0; i < GIC_LR_MAX; i++) {
        uint64_t value = interface_lrs[i];
        empty |= interface_ended(value) && !is_seen(value) ? 1u << i : 0;
    }
    return empty;
}

uint32_t gic_control(void)
{
    return control | ends << EOI_COUNT;
}

/* Who does not ask to be told that none is pending has as many active as there are. */
void gic_set_control(uint32_t value)
{
    for (unsigned i = 0; (value & GIC_LRENP) && !(value & GIC_NO_PENDING) && i < GIC_LR_MAX; i++) {
        assert_true(interface_lrs[i] & LR_ACTIVE);
    }
    control = value & ((1u << EOI_COUNT) - 1);
    ends = value >> EOI_COUNT;
}

uint32_t gic_vmcr(void)
{
    return OPEN;
}

void gic_save(struct gic_interface *interface)
{
    *kept_of(interface) = taken;
    interface->vmcr = OPEN;
    taken.count = 0;
}

void gic_load(const struct gic_interface *interface)
{
    taken = *kept_of(interface);
}

/* ---- what a guest sees ---- */

bool interface_maintenance(void)
{
    unsigned used = 0;
    bool seen = false, pending = false;
    for (unsigned i = 0; i < GIC_LR_MAX; i++) {
        uint64_t value = interface_lrs[i];
        used += !interface_ended(value);
        pending |= (value & (LR_PENDING | LR_ACTIVE)) == LR_PENDING;
        seen |= is_seen(value);
    }
    seen |= (control & GIC_UNDERFLOW) && used <= 1;
    seen |= (control & GIC_NO_PENDING) && !pending;
    seen |= (control & GIC_LRENP) && ends > 0;
    return (control & GIC_VIRTUAL_ON) && seen;
}

bool interface_full(void)
{
    bool full = (control & GIC_LRENP) && !(control & GIC_NO_PENDING);
    for (unsigned i = 0; i < GIC_LR_MAX; i++) {
        uint64_t value = interface_lrs[i];
        full &= (value & LR_ACTIVE) || ((value & LR_HW) && interface_ended(value));
    }
    return full;
}

unsigned interface_taken(void)
{
    return taken.count;
}

unsigned interface_running(void)
{
    return taken.count != 0 ? taken.priority[taken.count - 1] : INTERFACE_IDLE;
}

unsigned interface_next(void)
{
    unsigned best = interface_running(), next = GIC_LR_MAX;
    for (unsigned i = 0; i < GIC_LR_MAX; i++) {
        uint64_t value = interface_lrs[i];
        bool pending = (value & LR_PENDING) && !(value & LR_ACTIVE);
        if (pending && interface_priority(value) < best) {
            best = interface_priority(value);
            next = i;
        }
    }
    return next;
}

uint32_t interface_take(void)
{
    unsigned next = interface_next();
    if (next == GIC_LR_MAX) {
        return INTERFACE_NONE;
    }
    uint64_t value = interface_lrs[next];
    interface_lrs[next] = (value & ~LR_PENDING) | LR_ACTIVE;
    assert_in_range(taken.count, 0, NESTED - 1);
    taken.intid[taken.count] = LR_INTID(value);
    taken.priority[taken.count++] = interface_priority(value);
    return LR_INTID(value);
}

uint32_t interface_drop(void)
{
    return taken.count != 0 ? taken.intid[--taken.count] : INTERFACE_NONE;
}

void interface_deactivate(uint32_t intid)
{
    for (unsigned i = 0; i < GIC_LR_MAX; i++) {
        uint64_t value = interface_lrs[i];
        if ((value & LR_ACTIVE) && LR_INTID(value) == intid) {
            interface_lrs[i] = value & ~LR_ACTIVE;
            if (value & LR_HW) {
                interface_active[timer_of(value >> 32 & 0x1fff)] = false;
            }
            return;
        }
    }
    ends++;
}
