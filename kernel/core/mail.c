/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how threads, signals and interrupts travel between cores, and who owns them meanwhile. */
#include "kernel/core/mail.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/core/calls.h"
#include "kernel/core/epoch.h"
#include "kernel/core/event.h"
#include "kernel/core/ipc.h"
#include "kernel/core/lock.h"
#include "kernel/lib/atomic.h"
#include "kernel/obj/line.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/vcpu_ops.h"
#include "kernel/sched/sched.h"

/* ---- rings and mailboxes ---- */

void mail_append(struct mail *head, struct mail *mail)
{
    mail->next = head;
    mail->prev = head->prev;
    head->prev->next = mail;
    head->prev = mail;
}

void mail_unlink(struct mail *mail)
{
    mail->prev->next = mail->next;
    mail->next->prev = mail->prev;
}

void mail_post(struct cpu *to, struct mail *mail, enum mail_kind kind)
{
    struct mail *first = atomic_read(&to->mailbox);
    mail->kind = (uint8_t)kind;
    /* bound: others posted in between: 7 cores, each once in its entry */
    do {
        mail->next = first;
    } while (!atomic_replace(&to->mailbox, &first, mail));
    if (!first) {
        arch_cpu_kick(to);
    }
}

/* What was posted goes behind what is in the inbox, oldest first. */
static void mail_collect(struct cpu *cpu)
{
    struct mail *newest = atomic_take(&cpu->mailbox, NULL), *last = cpu->inbox.prev;
    /* bound: what 7 cores post while this one is in the kernel */
    while (newest) {
        struct mail *older = newest->next;
        mail_append(last->next, newest);
        newest = older;
    }
}

void mail_again(struct cpu *cpu, struct mail *queue)
{
    if (!mail_empty(queue)) {
        queue->next->prev = cpu->inbox.prev;
        queue->prev->next = &cpu->inbox;
        cpu->inbox.prev->next = queue->next;
        cpu->inbox.prev = queue->prev;
        mail_ring(queue);
        arch_cpu_kick(cpu);
    }
}

/* ---- threads on their way ---- */

void mail_forward(struct thread *thread, struct cpu *to, enum mail_kind kind)
{
    thread->held = NULL;
    atomic_write_release(&thread->at, to);
    mail_post(to, &thread->mail, kind);
}

void mail_leave(struct thread *thread, struct cpu *to, enum mail_kind kind)
{
    thread->state = THREAD_AWAY;
    thread->coming = THREAD_READY;
    thread->verdict = BH_RESUME;
    thread->callee = NULL;
    sched_block(thread);
    mail_forward(thread, to, kind);
}

void mail_home(struct thread *thread)
{
    mail_forward(thread, thread->cpu, MAIL_HOME);
}

/* ---- notes ---- */

void mail_note(struct thread *thread, uint64_t bits)
{
    if (bits != 0) {
        (void)atomic_or(&thread->posted, bits);
    }
    if (atomic_take(&thread->noted, 1) == 0) {
        mail_post(atomic_read_acquire(&thread->cpu), &thread->note, MAIL_NOTE);
    }
}

void mail_line(struct line *line, struct cpu *to, unsigned wish)
{
    uint8_t before = atomic_read(&line->wish), after = 0;
    /* bound: others posted in between: 7 cores, each once in its entry */
    do { /* a level replaces one, a pulse or that it was high once stays */
        unsigned kept = wish & LINE_SET ? LINE_ROSE | LINE_PULSE : LINE_WISHES;
        after = (uint8_t)((before & kept) | wish);
    } while (!atomic_replace(&line->wish, &before, after));
    if (before == 0) {
        line->at = to;
        mail_post(to, &line->mail, MAIL_LINE);
    }
}

static void note_arrive(struct cpu *cpu, struct thread *thread)
{
    struct cpu *home = atomic_read_acquire(&thread->cpu);
    if (home != cpu) { /* it moved on */
        mail_post(home, &thread->note, MAIL_NOTE);
        return;
    }
    (void)atomic_take(&thread->noted, 0); /* from now on it is posted again */
    uint64_t bits = atomic_take(&thread->posted, 0);
    if (bits != 0) {
        event_signal(thread, bits);
    }
    if (thread->is_vcpu) {
        vcpu_note(vcpu_of(thread));
    }
}

/* ---- what an interrupt by another core is for ---- */

static void mail_handle(struct cpu *cpu, struct mail *mail)
{
    struct thread *thread = container_of(mail, struct thread, mail);
    switch ((enum mail_kind)mail->kind) {
    case MAIL_CALL:
        call_arrive(thread, cpu);
        break;
    case MAIL_SEND:
        ipc_arrive(thread);
        break;
    case MAIL_HOME:
        thread_arrive(thread, cpu);
        break;
    case MAIL_NOTE:
        note_arrive(cpu, container_of(mail, struct thread, note));
        break;
    case MAIL_LINE:
        line_arrive(container_of(mail, struct line, mail));
        break;
    }
}

/* Threads that come by for an epoch are posted under the lock. */
static COLD void core_leave(struct cpu *cpu)
{
    lock_take();
    bool gone = atomic_read(&cpu->mailbox) == NULL;
    if (gone) {
        atomic_write_release(&cpu->power, CPU_OFF);
    }
    lock_release();
    if (gone) {
        arch_cpu_off();
    }
}

void mail_irq(struct cpu *cpu)
{
    epoch_pass(cpu);
    mail_collect(cpu);
    /* bound: MAIL_STEP, 4; one that makes a call */
    for (unsigned i = 0; i < MAIL_STEP && !mail_empty(&cpu->inbox); i++) {
        struct mail *mail = cpu->inbox.next;
        i += mail->kind == MAIL_CALL ? MAIL_STEP : 0; /* which may be as long as an entry */
        mail_unlink(mail);
        mail_handle(cpu, mail);
    }
    bool more = sched_reconsider(cpu, MAIL_STEP) || !mail_empty(&cpu->inbox);
    if (more) {
        arch_cpu_kick(cpu);
    } else if (unlikely(cpu->power == CPU_GONE)) {
        core_leave(cpu);
    }
}
