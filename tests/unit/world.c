/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how to bring threads of the warden's cell into the state that a test begins with. */
#include "tests/unit/world.h"

#include "kernel/core/check.h"

#define WORLD_SEED 7
#define WORLD_HIGH 200 /* a priority at which a thread gets where it shall be */

static struct thread *warden;
static struct thread *last_caller;
static uint64_t second_core; /* slot; 0: not made yet */

int world_setup(void **state)
{
    (void)state;
    machine_boot(WORLD_SEED);
    second_core = 0;
    warden = machine_current();
    return 0;
}

int world_teardown(void **state)
{
    (void)state;
    kernel_check(cpu_this());
    machine_check_free();
    mmu_check();
    return 0;
}

struct thread *world_warden(void)
{
    return warden;
}

uint64_t world_registers(const uint64_t x[13])
{
    last_caller = machine_current();
    assert_non_null(last_caller);
    for (unsigned i = 0; i < 13; i++) {
        last_caller->frame.x[i] = x[i];
    }
    uint64_t pc = last_caller->frame.pc;
    /* else the test looks at the call's first step */
    bool steps = host.polls_left == 0 && x[REG_CALL] != CALL_core_power;
    do {
        machine_svc();
        machine_pump();
    } while (steps && machine_current() == last_caller && last_caller->frame.pc == pc);
    return last_caller->frame.x[REG_STATUS];
}

uint64_t world_call(uint64_t number, uint64_t cap, const uint64_t arguments[6])
{
    uint64_t x[13] = {0};
    memcpy(x, arguments, 6 * sizeof x[0]);
    x[REG_CALL] = number;
    x[REG_CAP] = cap;
    return world_registers(x);
}

uint64_t world_result(unsigned index)
{
    return last_caller->frame.x[index];
}

uint64_t world_send(uint64_t endpoint, uint64_t word, uint64_t send, uint64_t slot)
{
    uint64_t x[13] = {word, word + 1, 2, 3, 4, 5, 6, 7, CALL_call, endpoint, send, slot, 0};
    return world_registers(x);
}

uint64_t world_wait(enum bh_action action, uint64_t word, uint64_t send, uint64_t slot,
                    uint64_t deadline)
{
    uint64_t x[13] = {word, word + 1,        2,      3,    4,    5,       6,
                      7,    CALL_reply_wait, action, send, slot, deadline};
    return world_registers(x);
}

uint64_t world_slot(void)
{
    const struct cell *cell = warden->cell;
    for (uint64_t slot = 1; slot < cell->slot_count; slot++) {
        if (cell->table[slot].word == 0) {
            return slot;
        }
    }
    fail_msg("the warden's table is full");
    return 0;
}

uint64_t world_make(enum bh_type type, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t slot = world_slot();
    assert_int_equal(DO(pool_create, WARDEN_POOL, type, slot, a, b, c), BH_OK);
    return slot;
}

struct object *world_object(uint64_t slot)
{
    return slot_object(&warden->cell->table[slot]);
}

struct thread *world_thread_at(uint64_t slot)
{
    return thread_of(world_object(slot));
}

uint64_t world_derive(uint64_t slot, uint64_t rights, uint64_t badge)
{
    uint64_t child = world_slot();
    assert_int_equal(DO(cap_derive, slot, 0, child, rights, badge), BH_OK);
    return child;
}

static void give_budget(uint64_t thread, unsigned priority)
{
    if (priority != 0) {
        uint64_t budget = world_make(BH_BUDGET, WARDEN_CORE, priority, 0);
        assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    }
}

uint64_t world_thread(unsigned priority)
{
    uint64_t thread = world_make(BH_THREAD, WARDEN_CELL, 0, 0);
    assert_int_equal(DO(thread_set, thread, 0x1000, 0x2000, 0), BH_OK);
    give_budget(thread, priority);
    return thread;
}

uint64_t world_running(unsigned priority)
{
    uint64_t thread = world_thread(priority);
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    assert_runs(thread);
    return thread;
}

uint64_t world_waiting(unsigned priority)
{
    uint64_t thread = world_running(WORLD_HIGH);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    assert_ptr_equal(machine_current(), warden);
    uint64_t budget = 0;
    if (priority != 0) {
        budget = world_make(BH_BUDGET, WARDEN_CORE, priority, 0);
    }
    assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    return thread;
}

uint64_t world_endpoint(uint64_t thread)
{
    uint64_t endpoint = world_make(BH_ENDPOINT, 0, 0, 0);
    assert_int_equal(DO(endpoint_bind, endpoint, thread), BH_OK);
    return endpoint;
}

uint64_t world_vcpu(unsigned priority, uint64_t *cell)
{
    *cell = world_make(BH_CELL, 16, 1, 0);
    uint64_t vcpu = world_make(BH_VCPU, *cell, 32, 0);
    assert_int_equal(DO(thread_set, vcpu, 0x1000, 0, 0), BH_OK);
    give_budget(vcpu, priority);
    return vcpu;
}

void world_fault(uint64_t word)
{
    struct cpu *cpu = cpu_this();
    for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
        cpu->words[i] = word + i;
    }
    machine_leave(entry_fault(cpu->current, cpu));
}

void world_exit(uint64_t word, uint8_t to_register)
{
    struct cpu *cpu = cpu_this();
    for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
        cpu->words[i] = word + i;
    }
    struct vcpu *vcpu = vcpu_of(cpu->current);
    vcpu->arch.exit_read = to_register < 31;
    vcpu->arch.exit_register = to_register;
    machine_leave(entry_event(cpu->current, cpu, BH_EVENT_EXIT));
}

void world_time(uint64_t ticks)
{
    struct cpu *cpu = cpu_this();
    uint64_t timer = host.cores[cpu->id].timer;
    host.now += ticks;
    if (timer != 0 && timer <= host.now) {
        while (time_tick(cpu)) {
        }
        machine_leave(sched_resume(cpu));
    }
}

bool world_interrupt(uint32_t intid)
{
    struct cpu *cpu = cpu_this();
    if (!host_irq_take(intid)) {
        return false;
    }
    machine_leave(irq_fire(cpu, *irq_entry(cpu, intid), intid));
    return true;
}

uint64_t world_second_core(void)
{
    if (second_core == 0) {
        struct core *second = core_make(warden->cell->object.pool, &host.cores[1].cpu);
        second_core = world_slot();
        cap_put_first(machine_slot(warden, second_core), warden->cell, &second->object, BH_ALL);
    }
    return second_core;
}

uint64_t world_far(unsigned priority)
{
    uint64_t thread = world_make(BH_THREAD, WARDEN_CELL, 0, 1);
    assert_int_equal(DO(thread_set, thread, 0x1000, 0x2000, 0), BH_OK);
    if (priority != 0) {
        uint64_t budget = world_make(BH_BUDGET, world_second_core(), priority, 0);
        assert_int_equal(DO(thread_budget, thread, budget), BH_OK);
    }
    assert_int_equal(DO(thread_resume, thread), BH_OK);
    return thread;
}

void world_on(unsigned core)
{
    (void)host_use_core(core);
}

uint64_t world_far_server(unsigned priority, uint64_t *thread)
{
    *thread = world_far(priority);
    world_on(1);
    assert_runs(*thread);
    (void)world_wait(BH_WAIT_ONLY, 0, 0, 0, 0);
    world_on(0);
    assert_int_equal(world_thread_at(*thread)->state, THREAD_WAITING);
    return world_endpoint(*thread);
}
