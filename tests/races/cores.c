/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of the build machine as cores, under ThreadSanitizer: the kernel's lock, mailboxes, slots
 * and epochs as they are, with what is around them made of counters.
 *
 * What one core may touch at a time is touched without atomics, so a missing acquire or release is
 * a race; what must arrive is waited for, so what is lost is a run that does not end. Kicks order
 * nothing, as interrupts. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/core/calls.h"
#include "kernel/core/epoch.h"
#include "kernel/core/event.h"
#include "kernel/core/ipc.h"
#include "kernel/core/lock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/log.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/core.h"
#include "kernel/obj/irq.h"
#include "kernel/obj/line.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/signal.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/sched/sched.h"

#define CORES  3
#define ROUNDS 100000

_Thread_local struct cpu *host_cpu;
static struct cpu cpus[CORES];
static _Atomic int kicked[CORES], finished;

/* Signalled by all, moves between all. */
static struct thread target = {.cpu = &cpus[0], .at = &cpus[0]};
static _Atomic int target_away, owed[CORES]; /* a signal of that core is under way */
static struct thread travellers[CORES];      /* kernel calls on objects of other cores */
static uint64_t locked_count;
static _Atomic unsigned fillings;
static _Atomic unsigned done[5]; /* for the claim that something was tested */
enum { SIGNALS, CALLS, MOVES, LOOKS, DESTROYS };
#define DONE_LEAST (ROUNDS / 1000) /* of each; a slow host takes more rounds */
#define TURNS_MOST (ROUNDS * 4)    /* of every core: by then all that was posted has arrived */
static _Atomic unsigned turns[CORES];

static void count(unsigned what)
{
    atomic_fetch_add_explicit(&done[what], 1, memory_order_relaxed);
}

/* Capabilities: two signals, what they are now in target.badge; one slot that all look at. */
#define OBJECTS 2
static struct {
    struct slot unused[2]; /* links are not 0 */
    struct slot slot, roots[OBJECTS];
    struct cell cell __attribute__((aligned(64)));
    struct signal signals[OBJECTS] __attribute__((aligned(64)));
} pool __attribute__((aligned(4096)));

static _Noreturn void wrong(const char *what)
{
    fprintf(stderr, "wrong: %s\n", what);
    _exit(1);
}

static void expect(bool good, const char *what)
{
    if (!good) {
        wrong(what);
    }
}

/* ---- what is around the code under test ---- */

void arch_cpu_kick(const struct cpu *cpu)
{
    atomic_store_explicit(&kicked[cpu->id], 1, memory_order_relaxed);
}

struct cpu *core_list[CPU_MAX + 1];

void event_signal(struct thread *thread, uint64_t bits)
{
    expect(thread->cpu == cpu_this(), "a core touches a thread that is not at home there");
    thread->signals += bits;
    for (unsigned i = 0; i < CORES; i++) {
        if (bits >> i & 1) {
            atomic_store_explicit(&owed[i], 0, memory_order_relaxed);
            count(SIGNALS);
        }
    }
}

void call_arrive(struct thread *thread, struct cpu *cpu)
{
    expect(thread->at == cpu, "a thread is not where it is sent to");
    thread->frame.x[0]++;
    if (thread->frame.x[0] % 2) {
        mail_forward(thread, &cpus[(cpu->id + 1) % CORES], MAIL_CALL);
    } else {
        mail_home(thread);
    }
}

void thread_arrive(struct thread *thread, struct cpu *cpu)
{
    expect(thread->cpu == cpu, "a thread comes home elsewhere");
    thread->frame.x[1]++;
    thread->state = THREAD_READY;
    count(thread == &target ? MOVES : CALLS);
    if (thread == &target) {
        atomic_store_explicit(&target_away, 0, memory_order_relaxed);
    }
}

bool sched_reconsider(struct cpu *cpu, unsigned most)
{
    (void)cpu;
    (void)most;
    return false;
}

void sched_block(struct thread *thread)
{
    (void)thread;
}

bool arch_preempt_pending(void)
{
    return false;
}

/* Never: no core is off, nothing is bound, no message is sent. */
#define NEVER(result, name, type)             \
    result name(type argument)                \
    {                                         \
        (void)argument;                       \
        wrong(#name " is not for this test"); \
    }
NEVER(void, ipc_arrive, struct thread *)
NEVER(void, line_arrive, struct line *)
NEVER(void, budget_unbound, struct budget *)
NEVER(void, budget_orphaned, struct slot *)
NEVER(void, irq_unbound, struct irq *)
NEVER(void, vcpu_note, struct vcpu *)
NEVER(void, trace_unwatched, struct slot *)
NEVER(status, memory_unmap, struct slot *)

void arch_cpu_off(void)
{
    wrong("a core goes off");
}

void panic(const char *cause)
{
    wrong(cause);
}

/* ---- what a core does ---- */

/* Who waited for this goes on at once, also where all share one processor: what this core does next
 * could order what is not ordered. */
static void serve(struct cpu *cpu)
{
    if (atomic_exchange_explicit(&kicked[cpu->id], 0, memory_order_relaxed)) {
        mail_irq(cpu);
        sched_yield();
    }
}

static void act_signal(struct cpu *cpu)
{
    if (atomic_exchange_explicit(&owed[cpu->id], 1, memory_order_relaxed)) {
        return; /* the last one is still under way */
    }
    if (atomic_read_acquire(&target.cpu) == cpu) {
        event_signal(&target, UINT64_C(1) << cpu->id);
    } else {
        mail_note(&target, UINT64_C(1) << cpu->id);
    }
}

static void act_call(struct cpu *cpu)
{
    struct thread *thread = &travellers[cpu->id];
    if (thread->state == THREAD_READY) {
        mail_leave(thread, &cpus[(cpu->id + 1) % CORES], MAIL_CALL);
    }
}

/* The end of thread_move(). */
static void act_move(struct cpu *cpu)
{
    if (atomic_read_acquire(&target.cpu) == cpu && target.state == THREAD_READY) {
        struct cpu *to = &cpus[(cpu->id + 1) % CORES];
        atomic_store_explicit(&target_away, 1, memory_order_relaxed);
        target.signals = 0;
        target.state = THREAD_AWAY;
        atomic_write_release(&target.cpu, to);
        mail_home(&target);
    }
}

static void act_lock(struct cpu *cpu)
{
    (void)cpu;
    lock_take();
    locked_count++;
    (void)lock_wanted();
    lock_release();
}

static void act_look(struct cpu *cpu)
{
    (void)cpu;
    unsigned before = atomic_load_explicit(&fillings, memory_order_relaxed);
    struct slot_view view = slot_look(&pool.slot);
    if (word_allows(view.word, BH_SIGNAL, BH_SIGNAL_SEND) && !slot_changed(&pool.slot, view)) {
        const struct signal *signal = signal_of(word_object(view.word));
        bool same = signal->target.badge == view.badge;
        /* The host may take the processor away between any two loads, a kernel's core nobody. */
        if (atomic_load_explicit(&fillings, memory_order_relaxed) - before < SLOT_FILLINGS - 1) {
            expect(same, "a badge of another capability or object");
            count(LOOKS);
        }
    }
}

/* Empty the slot, or fill it. */
static void act_derive(struct cpu *cpu)
{
    lock_take();
    if (pool.slot.word != 0) {
        expect(cap_remove(&pool.slot, 0) == BH_OK, "a capability cannot be deleted");
    } else {
        unsigned i = (unsigned)(locked_count + cpu->id) % OBJECTS;
        if (pool.roots[i].word != 0) {
            atomic_fetch_add_explicit(&fillings, 1, memory_order_relaxed);
            cap_put_child(&pool.slot, &pool.cell, &pool.roots[i],
                          (struct cap_terms){BH_SIGNAL_SEND, pool.signals[i].target.badge});
        }
    }
    lock_release();
}

/* The object's memory becomes another object. */
static void object_make(unsigned i, uint64_t what)
{
    pool.signals[i].object = (struct object){.type = BH_SIGNAL};
    pool.signals[i].target.badge = what;
    atomic_fetch_add_explicit(&fillings, 1, memory_order_relaxed);
    cap_put_first(&pool.roots[i], &pool.cell, &pool.signals[i].object, BH_SIGNAL_SEND);
}

static void act_destroy(struct cpu *cpu)
{
    unsigned i = cpu->id % OBJECTS;
    if (cpu->id >= OBJECTS) {
        return;
    }
    lock_take();
    uint64_t what = pool.signals[i].target.badge;
    if (slot_full(&pool.slot) && slot_object(&pool.slot) == &pool.signals[i].object) {
        expect(cap_remove(&pool.slot, SLOT_TOMBSTONE) == BH_OK, "no tombstone");
        expect(cap_remove(&pool.slot, 0) == BH_OK, "a tombstone cannot be deleted");
    }
    expect(cap_remove(&pool.roots[i], 0) == BH_OK, "the last capability cannot be deleted");
    uint64_t epoch = epoch_after();
    while (epoch_over(epoch) != BH_OK) {
        lock_release();
        arch_cpu_kick(cpu->where);
        serve(cpu);
        sched_yield();
        lock_take();
    }
    object_make(i, what + OBJECTS);
    count(DESTROYS);
    lock_release();
}

/* As entry.S does it. */
static void act_idle(struct cpu *cpu)
{
    atomic_write_release(&cpu->idling, 1);
    for (unsigned i = 0; i < 20 && !atomic_load_explicit(&kicked[cpu->id], memory_order_relaxed);
         i++) {
        sched_yield();
    }
    atomic_write(&cpu->idling, 0);
    atomic_fence();
}

static void (*const actions[])(struct cpu *cpu) = {act_signal, act_call,   act_move, act_lock,
                                                   act_look,   act_derive, act_look, act_idle,
                                                   act_look,   act_destroy};
#define ACTIONS (sizeof actions / sizeof actions[0])

static bool at_rest(struct cpu *cpu)
{
    return travellers[cpu->id].state == THREAD_READY &&
           !atomic_load_explicit(&owed[cpu->id], memory_order_relaxed) &&
           !atomic_load_explicit(&target_away, memory_order_relaxed);
}

static bool enough(void)
{
    for (unsigned i = 0; i < sizeof done / sizeof done[0]; i++) {
        if (atomic_load_explicit(&done[i], memory_order_relaxed) < DONE_LEAST) {
            return false;
        }
    }
    return true;
}

/* One turn of this core; not for ever, if every core has had its turns. */
static void turn(struct cpu *cpu)
{
    serve(cpu);
    atomic_fetch_add_explicit(&turns[cpu->id], 1, memory_order_relaxed);
    for (unsigned i = 0; i < CORES; i++) {
        if (atomic_load_explicit(&turns[i], memory_order_relaxed) < TURNS_MOST) {
            return;
        }
    }
    wrong("something that was posted did not arrive");
}

static void *core(void *argument)
{
    struct cpu *cpu = argument;
    unsigned seed = cpu->id + 1;
    bool told = false;
    host_cpu = cpu;
    for (unsigned round = 0; round < ROUNDS || round % ROUNDS != 0 || !enough(); round++) {
        turn(cpu);
        actions[(unsigned)rand_r(&seed) % ACTIONS](cpu);
    }
    while (atomic_load_explicit(&finished, memory_order_relaxed) < CORES) {
        turn(cpu);
        if (!told && at_rest(cpu)) {
            told = true;
            atomic_fetch_add_explicit(&finished, 1, memory_order_relaxed);
        }
        sched_yield();
    }
    return NULL;
}

static void give_up(int signal)
{
    static const char text[] = "wrong: a core stands still\n";
    (void)signal;
    (void)!write(2, text, sizeof text - 1);
    _exit(1);
}

/* The argument: seconds, far more than a run takes. */
int main(int argc, char **argv)
{
    pthread_t threads[CORES];
    link_base = (uintptr_t)&pool;
    object_make(0, 1);
    object_make(1, 2);
    target.state = THREAD_READY;
    for (uint32_t i = 0; i < CORES; i++) {
        cpus[i].id = i;
        core_list[i] = &cpus[i];
        cpus[i].power = CPU_ON;
        mail_ring(&cpus[i].inbox);
        travellers[i].cpu = travellers[i].at = &cpus[i];
        travellers[i].state = THREAD_READY;
    }
    signal(SIGALRM, give_up);
    alarm(argc > 1 ? (unsigned)atoi(argv[1]) : 0);
    for (unsigned i = 0; i < CORES; i++) {
        expect(pthread_create(&threads[i], NULL, core, &cpus[i]) == 0, "no threads here");
    }
    for (unsigned i = 0; i < CORES; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%u cores: %u signals, %u calls, %u moves, %u looks, %u objects destroyed\n", CORES,
           done[SIGNALS], done[CALLS], done[MOVES], done[LOOKS], done[DESTROYS]);
    return 0;
}
