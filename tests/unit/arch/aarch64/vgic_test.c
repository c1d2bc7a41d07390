/* SPDX-License-Identifier: Apache-2.0 */
/* vgic.c as it is: at random, guests take and end interrupts, vmms and timers change them, vCPUs
 * come and go. A guest always gets the most urgent one, and the physical interrupt of a timer is
 * active exactly while its virtual one is pending or active. */
#include "vgic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "tests/unit/arch/aarch64/core.h"
#include "tests/unit/arch/aarch64/interface.h"

enum { VCPUS = 3, VIRQS = 80, SEEDS = 100, STEPS = 4000 };

/* What an interrupt has to be. */
struct model {
    unsigned priority;
    bool enabled, level, line, latched, active;
};

struct guest {
    struct vcpu vcpu;
    struct virq virqs[VIRQS];
    struct model model[VIRQS];
    bool due[TIMER_COUNT]; /* its timers ask for their interrupts */
    bool split;            /* EOImode = 1 */
    bool corrected;        /* its vmm has taken back an active state */
    unsigned count;        /* whose priority is dropped, and that are active */
    uint32_t dropped[GIC_LR_MAX];
};

static struct guest guests[VCPUS];
static struct cpu cpu;
static unsigned long long dice;

static struct guest *inside(void)
{
    return (struct guest *)(void *)cpu.el1_owner;
}

static unsigned roll(unsigned sides)
{
    dice = dice * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(dice >> 33) % sides;
}

/* ---- what vgic.c calls ---- */

void panic(const char *cause)
{
    fail_msg("panic: %s", cause);
    abort();
}

static uint64_t no_owner(void)
{
    return 0;
}

/* As obj/vcpu.c. */
void vcpu_pulse(struct vcpu *vcpu, uint32_t interrupt)
{
    if (!arch_virq_again(vcpu, interrupt)) {
        arch_virq_sync(vcpu, interrupt);
        vcpu->virqs[interrupt].pending = 1;
        arch_virq_flush(vcpu, interrupt);
    }
}

/* ---- what has to be ---- */

static bool is_timer(uint32_t intid)
{
    return intid == GUEST_PPI_VIRTUAL || intid == GUEST_PPI_PHYSICAL;
}

/* The list register of the guest in the core that holds an interrupt. */
static unsigned lr_of(const struct guest *guest, uint32_t intid)
{
    unsigned found = GIC_LR_MAX;
    for (unsigned i = 0; i < GIC_LR_MAX; i++) {
        if ((guest->vcpu.arch.lr_used & 1u << i) && LR_INTID(interface_lrs[i]) == intid) {
            assert_int_equal(found, GIC_LR_MAX); /* twice is UNPREDICTABLE */
            found = i;
        }
    }
    assert_in_range(found, 0, GIC_LR_MAX - 1);
    return found;
}

static bool is_latched(const struct guest *guest, uint32_t intid)
{
    const struct virq *virq = &guest->virqs[intid];
    return virq->in_lr ? (interface_lrs[lr_of(guest, intid)] & LR_PENDING) != 0 : virq->pending;
}

static bool is_active(const struct guest *guest, uint32_t intid)
{
    const struct virq *virq = &guest->virqs[intid];
    return virq->in_lr ? (interface_lrs[lr_of(guest, intid)] & LR_ACTIVE) != 0 : virq->active;
}

/* Whether a timer's interrupt is pending only vgic.c knows: it takes it back if the guest masks the
 * timer before the list registers have it. */
static bool is_pending(const struct guest *guest, uint32_t intid)
{
    const struct model *model = &guest->model[intid];
    return is_timer(intid) ? is_latched(guest, intid)
                           : model->latched || (model->level && model->line);
}

/* The priority of the most urgent one that could be taken, if it is more urgent than that. */
static unsigned wanted(const struct guest *guest, unsigned running)
{
    for (uint32_t i = 0; i < VIRQS; i++) {
        const struct model *model = &guest->model[i];
        bool may = model->enabled && !model->active && is_pending(guest, i);
        running = may && model->priority < running ? model->priority : running;
    }
    return running;
}

static void check_timers(const struct guest *guest)
{
    static const uint32_t intids[] = {GUEST_PPI_VIRTUAL, GUEST_PPI_PHYSICAL};
    for (unsigned i = 0; i < TIMER_COUNT; i++) {
        if (timer_intids.guest[i] != 0) {
            bool busy = is_latched(guest, intids[i]) || is_active(guest, intids[i]);
            assert_int_equal(interface_active[i], busy);
            assert_true(busy || !guest->due[i]);
        }
    }
}

static void check(void)
{
    for (unsigned i = 0; i < VCPUS; i++) {
        const struct guest *guest = &guests[i];
        for (uint32_t intid = 0; intid < VIRQS; intid++) {
            assert_true(guest == inside() || !guest->virqs[intid].in_lr);
            assert_int_equal(is_active(guest, intid), guest->model[intid].active);
        }
    }
    if (inside()) {
        check_timers(inside());
    }
    for (unsigned i = 0; i < VCPUS; i++) { /* who sleeps is woken */
        bool can = &guests[i] == inside() ? interface_next() < GIC_LR_MAX
                                          : wanted(&guests[i], INTERFACE_IDLE) < INTERFACE_IDLE;
        assert_true(!can || arch_virq_deliverable(&guests[i].vcpu));
    }
}

/* ---- what happens ---- */

/* The guest in the core goes on when no interrupt of the kernel's is left. */
static void run(void)
{
    struct guest *guest = inside();
    bool more = guest != NULL;
    for (unsigned rounds = 0; more; rounds++) {
        more = false;
        for (unsigned i = 0; i < TIMER_COUNT; i++) {
            if (timer_intids.guest[i] != 0 && guest->due[i] && !interface_active[i]) {
                interface_active[i] = true;
                vgic_timer(&guest->vcpu, (enum guest_timer)i);
                more = true;
            }
        }
        if (interface_maintenance()) {
            vgic_maintenance(&guest->vcpu);
            more = true;
        }
        assert_in_range(rounds, 0, 2 * VIRQS);
    }
    check();
}

static void leave(void)
{
    if (inside()) {
        vgic_save(&inside()->vcpu);
        cpu.el1_owner = NULL;
        for (unsigned i = 0; i < TIMER_COUNT; i++) { /* as the next one is told */
            bool left = cpu.arch.timers_active >> i & 1;
            assert_true(timer_intids.guest[i] == 0 || interface_active[i] == left);
        }
    }
}

static void enter(struct guest *guest)
{
    if (guest != inside()) {
        leave();
        cpu.el1_owner = &guest->vcpu;
        interface_due = guest->due;
        vgic_load(&guest->vcpu);
    }
}

/* A new vCPU; if it was in the core, nothing of it stays there. */
static void renew(struct guest *guest)
{
    if (guest == inside()) {
        vgic_forget(&guest->vcpu);
        cpu.el1_owner = NULL;
        for (unsigned i = 0; i < GIC_LR_MAX; i++) {
            assert_true(interface_ended(interface_lrs[i]));
        }
        assert_false(interface_active[TIMER_VIRTUAL] || interface_active[TIMER_PHYSICAL]);
    }
    interface_forget(&guest->vcpu.arch.interface);
    memset(guest, 0, sizeof *guest);
    guest->vcpu.arch.interface.vmcr = gic_vmcr();
    guest->vcpu.virqs = guest->virqs;
    guest->vcpu.virq_count = VIRQS;
    guest->model[GUEST_PPI_VIRTUAL].level = guest->model[GUEST_PPI_PHYSICAL].level = true;
    vgic_reset(&guest->vcpu);
}

static void configure(struct guest *guest, uint32_t intid)
{
    struct virq *virq = &guest->virqs[intid];
    struct model *model = &guest->model[intid];
    run(); /* ends are counted before */
    arch_virq_sync(&guest->vcpu, intid);
    if (!model->active) { /* how urgent an active one is, is how its guest is told about its end */
        model->priority = roll(31) * 8;
        model->level = is_timer(intid) || roll(2);
    }
    model->enabled = roll(4) != 0;
    virq->priority = (uint8_t)model->priority;
    virq->level = model->level;
    virq->enabled = model->enabled;
    arch_virq_flush(&guest->vcpu, intid);
}

static void pulse(struct guest *guest, uint32_t intid)
{
    vcpu_pulse(&guest->vcpu, intid);
    guest->model[intid].latched = true;
}

static void line(struct guest *guest, uint32_t intid, bool high)
{
    struct model *model = &guest->model[intid];
    struct virq *virq = &guest->virqs[intid];
    arch_virq_sync(&guest->vcpu, intid);
    if (model->level) {
        model->line = high;
        virq->line = high;
    } else if (high) {
        model->latched = true;
        virq->pending = true;
    }
    arch_virq_flush(&guest->vcpu, intid);
}

/* The vmm looks at an interrupt, and perhaps takes it back, or makes a timer's pending. */
static void look(struct guest *guest, uint32_t intid, unsigned what)
{
    struct model *model = &guest->model[intid];
    struct virq *virq = &guest->virqs[intid];
    bool clear = what == 1, correct = what == 2 && model->active;
    run();
    arch_virq_sync(&guest->vcpu, intid);
    if (!is_timer(intid)) {
        assert_int_equal(virq->pending, model->latched);
    } else if (what == 3) {
        virq->pending = true;
    }
    assert_int_equal(virq->active, model->active);
    virq->pending &= !clear;
    model->latched &= !clear;
    virq->active &= !correct;
    model->active &= !correct;
    guest->corrected |= correct;
    arch_virq_flush(&guest->vcpu, intid);
}

/* The guest takes the most urgent one, if it is more urgent than what it is at. */
static uint32_t take(void)
{
    struct guest *guest = inside();
    unsigned running = interface_running(), expected = wanted(guest, running);
    unsigned at = interface_next();
    unsigned best = at < GIC_LR_MAX ? interface_priority(interface_lrs[at]) : running;
    assert_true(best == expected || (best > expected && interface_full()));
    if (interface_taken() == 0 && !interface_full()) {
        assert_int_equal(arch_virq_deliverable(&guest->vcpu), at < GIC_LR_MAX);
    }
    bool pending = at < GIC_LR_MAX && is_pending(guest, LR_INTID(interface_lrs[at]));
    uint32_t intid = interface_take();
    if (intid != INTERFACE_NONE) {
        struct model *model = &guest->model[intid];
        assert_true(pending && model->enabled && !model->active && model->priority == best);
        model->latched = false;
        model->active = true;
    }
    return intid;
}

/* Of a timer, perhaps after it was set anew. A count of ends does not say which: it is of one. */
static void deactivate(uint32_t intid)
{
    struct guest *guest = inside();
    bool alone = guest->corrected || guest->split;
    if (alone) {
        run();
    }
    interface_deactivate(intid);
    guest->model[intid].active = false;
    if (is_timer(intid)) {
        guest->due[intid == GUEST_PPI_PHYSICAL] &= roll(4) == 0;
    }
    if (alone) {
        run();
    }
}

static void end(void)
{
    struct guest *guest = inside();
    bool full = guest->count == GIC_LR_MAX - 1;
    if (guest->count != 0 && (full || roll(2))) {
        unsigned which = roll(guest->count);
        uint32_t intid = guest->dropped[which];
        guest->dropped[which] = guest->dropped[--guest->count];
        deactivate(intid);
    }
    uint32_t intid = interface_drop();
    if (intid != INTERFACE_NONE && guest->split) {
        guest->dropped[guest->count++] = intid;
    } else if (intid != INTERFACE_NONE) {
        deactivate(intid);
    }
}

/* ---- tests ---- */

static int begin(void **state)
{
    (void)state;
    interface_reset();
    core_reset();
    core_owner_vttbr = no_owner;
    core_set("tpidr_el2", (uint64_t)(uintptr_t)&cpu);
    memset(&cpu, 0, sizeof cpu);
    for (unsigned i = 0; i < VCPUS; i++) {
        renew(&guests[i]);
    }
    return 0;
}

/* What the vmm, or a device, does. */
static void change(struct guest *guest)
{
    uint32_t any = roll(2) ? roll(VIRQS) : 28 + roll(8);
    uint32_t timer = roll(2) ? GUEST_PPI_VIRTUAL : GUEST_PPI_PHYSICAL,
             intid = roll(8) ? any : timer;
    unsigned what = roll(7);
    if (what < 2) {
        configure(guest, intid);
    } else if (what == 2) {
        look(guest, intid, roll(8));
    } else if (!is_timer(any)) {
        if (what < 5) {
            pulse(guest, any);
        } else {
            line(guest, any, roll(2));
        }
    }
}

/* What the guest in the core does. An interrupt of the kernel's is taken before it takes one. */
static void go_on(void)
{
    if (roll(5) < 2) {
        end();
    } else {
        run();
        (void)take();
    }
}

static void step(void)
{
    struct guest *guest = inside() && roll(3) ? inside() : &guests[roll(VCPUS)];
    unsigned what = roll(256);
    if (what < 16) {
        enter(&guests[roll(VCPUS)]);
    } else if (what < 18) {
        leave();
    } else if (what == 18) {
        renew(guest);
        guest->split = roll(3) == 0;
    } else if (what < 48) {
        guest->due[roll(2)] = roll(4) != 0;
    } else if (what < 144) {
        change(guest);
    } else if (inside()) {
        go_on();
    }
    if (roll(4)) { /* an interrupt of the kernel's is taken, but perhaps not at once */
        run();
    }
}

static void random_steps(void)
{
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        for (unsigned i = 0; i < VCPUS; i++) {
            renew(&guests[i]);
            guests[i].split = i == 0;
        }
        dice = seed;
        for (unsigned i = 0; i < STEPS; i++) {
            step();
        }
    }
}

static void test_random(void **state)
{
    (void)state;
    random_steps();
}

/* A board without a timer for guests' EL1 physical timer. */
static void test_random_one_timer(void **state)
{
    (void)state;
    timer_intids.guest[TIMER_PHYSICAL] = 0;
    random_steps();
}

static void enabled(struct guest *guest, uint32_t intid, unsigned priority)
{
    struct virq *virq = &guest->virqs[intid];
    guest->model[intid].priority = priority;
    guest->model[intid].enabled = true;
    virq->priority = (uint8_t)priority;
    virq->enabled = true;
}

static void raised(struct guest *guest, uint32_t intid)
{
    pulse(guest, intid);
    run();
}

/* The guest takes that one. */
static void taken_is(uint32_t intid)
{
    assert_int_equal(take(), intid);
    run();
}

/* Two are active and one waits: one that is more urgent than all comes at once. */
static void test_nested(void **state)
{
    (void)state;
    struct guest *guest = &guests[0];
    enter(guest);
    for (unsigned i = 0; i < 6; i++) {
        enabled(guest, 40 + i, 0x80 - 0x10 * i);
    }
    raised(guest, 42);
    taken_is(42);
    raised(guest, 43);
    taken_is(43);
    leave(); /* they are chosen anew when it comes back */
    raised(guest, 40);
    raised(guest, 41);
    enter(guest);
    run();
    raised(guest, 44);
    taken_is(44);
    raised(guest, 45);
    taken_is(45);
    for (unsigned i = 0; i < 4; i++) {
        end();
        run();
    }
    taken_is(41);
    end();
    run();
    taken_is(40);
}

/* While others wait, a timer that comes again is one of them. */
static void test_timer_again(void **state)
{
    (void)state;
    struct guest *guest = &guests[0];
    enter(guest);
    enabled(guest, 40, 0xf0);
    enabled(guest, GUEST_PPI_VIRTUAL, 0xc8);
    enabled(guest, 41, 0x60);
    enabled(guest, GUEST_PPI_PHYSICAL, 0x18);
    raised(guest, 40);
    taken_is(40);
    guest->due[TIMER_VIRTUAL] = true;
    run();
    taken_is(GUEST_PPI_VIRTUAL);
    leave();
    raised(guest, 41);
    guest->due[TIMER_PHYSICAL] = true;
    enter(guest);
    assert_true(interface_active[TIMER_PHYSICAL]); /* without having been taken */
    run();
    end();
    guest->due[TIMER_VIRTUAL] = true;
    run();
    taken_is(GUEST_PPI_PHYSICAL);
    guest->due[TIMER_PHYSICAL] = false;
    end();
    run();
    taken_is(41);
}

/* A timer's interrupt that its vmm makes pending once more, during its handler, is over with it. */
static void test_timer_twice(void **state)
{
    (void)state;
    struct guest *guest = &guests[0];
    enter(guest);
    enabled(guest, GUEST_PPI_VIRTUAL, 0x80);
    enabled(guest, 28, 0xa0);
    guest->due[TIMER_VIRTUAL] = true;
    run();
    taken_is(GUEST_PPI_VIRTUAL);
    guest->due[TIMER_VIRTUAL] = false;
    leave();
    pulse(guest, 28); /* two of one group: chosen by maintenance, before which the guest ends one */
    enter(guest);
    look(guest, GUEST_PPI_VIRTUAL, 3);
    leave();
    enter(guest);
    end();
    leave();
    enter(guest);
    run();
    taken_is(28);
    end();
    guest->due[TIMER_VIRTUAL] = true;
    run();
    taken_is(GUEST_PPI_VIRTUAL);
    guest->due[TIMER_VIRTUAL] = false;
    arch_virq_sync(&guest->vcpu, GUEST_PPI_VIRTUAL); /* the vmm disables it as well */
    guest->virqs[GUEST_PPI_VIRTUAL].enabled = false;
    arch_virq_flush(&guest->vcpu, GUEST_PPI_VIRTUAL);
    look(guest, GUEST_PPI_VIRTUAL, 3);
    end();
    leave();
}

/* Registers of the distributor cost much: vCPUs whose timers are silent take turns without. */
static void test_silent_timers(void **state)
{
    (void)state;
    enter(&guests[0]);
    interface_activations = 0;
    for (unsigned i = 1; i < 10; i++) {
        enter(&guests[i % VCPUS]);
        run();
    }
    assert_int_equal(interface_activations, 0);
    enabled(&guests[0], GUEST_PPI_VIRTUAL, 0x80);
    guests[0].due[TIMER_VIRTUAL] = true;
    run();
    assert_true(interface_active[TIMER_VIRTUAL]);
    interface_activations = 0;
    enter(&guests[1]);
    run();
    assert_false(interface_active[TIMER_VIRTUAL]);
    enter(&guests[0]);
    run();
    assert_true(interface_active[TIMER_VIRTUAL]);
    assert_int_equal(interface_activations, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_random, begin),
        cmocka_unit_test_setup(test_random_one_timer, begin),
        cmocka_unit_test_setup(test_nested, begin),
        cmocka_unit_test_setup(test_timer_again, begin),
        cmocka_unit_test_setup(test_timer_twice, begin),
        cmocka_unit_test_setup(test_silent_timers, begin),
    };
    return cmocka_run_group_tests_name("vgic", tests, NULL, NULL);
}
