/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what is on its way between cores in the kernel, and compares it with the model's. */
#include "kernel/core/mail.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/line.h"
#include "proofs/model/diff/cores.h"
#include "proofs/model/diff/same.h"

static_assert((int)TRAVEL_CALL == (int)MAIL_CALL && (int)TRAVEL_SEND == (int)MAIL_SEND &&
                  (int)TRAVEL_HOME == (int)MAIL_HOME && (int)TRAVEL_NOTE == (int)MAIL_NOTE &&
                  (int)TRAVEL_LINE == (int)MAIL_LINE,
              "mail_same");
static_assert((int)POWER_COMING == (int)CPU_COMING && (int)POWER_GONE == (int)CPU_GONE &&
                  (int)POWER_LEAVING == (int)CPU_LEAVING,
              "core_same");

static const struct mail *node_of(const struct diff *d, struct model_mail mail)
{
    struct object *object = d->objects[mail.object];
    switch ((enum model_mail_kind)mail.kind) {
    case TRAVEL_NOTE:
        return &thread_of(object)->note;
    case TRAVEL_LINE:
        return &line_of(object)->mail;
    case TRAVEL_CALL:
    case TRAVEL_SEND:
    case TRAVEL_HOME:
        break;
    }
    return &thread_of(object)->mail;
}

/* The mailbox has the newest first. */
static bool mails_same(struct diff *d, const struct cpu *cpu)
{
    const struct model_post *p = &d->model.posts[cpu->id];
    const struct mail *mail = cpu->mailbox;
    for (int i = p->posted.count; i-- > 0; mail = mail->next) {
        SAME("what was posted to a core", cpu->id, (uintptr_t)mail,
             (uintptr_t)node_of(d, p->posted.at[i]));
        SAME("kind of mail", cpu->id, mail->kind, p->posted.at[i].kind);
    }
    SAME("more was posted to a core", cpu->id, (uintptr_t)mail, 0);
    mail = cpu->inbox.next;
    for (int i = 0; i < p->inbox.count; i++, mail = mail->next) {
        SAME("what is in the inbox of a core", cpu->id, (uintptr_t)mail,
             (uintptr_t)node_of(d, p->inbox.at[i]));
        SAME("kind of mail", cpu->id, mail->kind, p->inbox.at[i].kind);
    }
    SAME("more is in the inbox of a core", cpu->id, (uintptr_t)mail, (uintptr_t)&cpu->inbox);
    for (int i = p->inbox.count; i-- > 0;) {
        mail = mail->prev;
        SAME("the inbox of a core from behind", cpu->id, (uintptr_t)mail,
             (uintptr_t)node_of(d, p->inbox.at[i]));
    }
    return true;
}

static int alarms_below(const struct alarm *alarm)
{
    return alarm ? 1 + alarms_below(alarm->below[0]) + alarms_below(alarm->below[1]) : 0;
}

/* So many, these, in this order. */
static bool aside_same(struct diff *d, const struct cpu *cpu)
{
    const struct model_post *p = &d->model.posts[cpu->id];
    const struct alarm_queue *aside = &cpu->groups[0];
    const struct alarm *before = NULL;
    SAME("budgets put aside", cpu->id, alarms_below(aside->first), p->aside_count);
    for (int i = 0; i < p->aside_count; i++) {
        const struct budget *budget = budget_of(d->objects[p->aside[i]]);
        SAME("core of a budget put aside", cpu->id, budget->cpu->id, cpu->id);
        SAME("how it is queued", cpu->id, budget->queued, QUEUED_ASIDE);
        SAME("its place", cpu->id, !before || alarm_sooner(before, &budget->alarm), true);
        SAME("still to be looked at", cpu->id, budget->alarm.order < cpu->aside_until,
             i < p->aside_left);
        before = &budget->alarm;
    }
    return true;
}

static struct model_core core_view(const struct model *m, uint32_t core)
{
    return core == m->core ? (struct model_core){.current = m->current,
                                                 .budget = m->budget,
                                                 .count = m->count,
                                                 .owner = m->owner,
                                                 .fp_owner = m->fp_owner}
                           : m->cores[core];
}

static bool core_same(struct diff *d, const struct cpu *cpu)
{
    const struct model_post *p = &d->model.posts[cpu->id];
    struct model_core view = core_view(&d->model, cpu->id);
    struct object *const *objects = d->objects;
    const struct thread *runs = view.current ? thread_of(objects[view.current]) : &cpu->idle;
    SAME("power of a core", cpu->id, cpu->power, p->power);
    SAME("thread that runs on a core", cpu->id, (uintptr_t)cpu->current, (uintptr_t)runs);
    SAME("current budget of a core", cpu->id, cpu->budget ? (uintptr_t)&cpu->budget->object : 0,
         view.budget ? (uintptr_t)objects[view.budget] : 0);
    SAME("vCPU whose registers a core holds", cpu->id, (uintptr_t)cpu->el1_owner,
         view.owner ? (uintptr_t)thread_of(objects[view.owner]) : 0);
    SAME("thread whose FP registers a core holds", cpu->id, (uintptr_t)cpu->fp_owner,
         view.fp_owner ? (uintptr_t)thread_of(objects[view.fp_owner]) : 0);
    SAME("end of what is counted", cpu->id, cpu->stop, view.count.stop);
    SAME("what is counted", cpu->id, cpu->counted ? (uintptr_t)&cpu->counted->object : 0,
         view.count.budget ? (uintptr_t)objects[view.count.budget] : 0);
    if (model_mail_waits(&d->model, cpu->id)) {
        SAME("a core is asked for attention", cpu->id, cpu->arch.kicks != 0, 1);
    }
    return mails_same(d, cpu) && aside_same(d, cpu);
}

bool cores_same(struct diff *d)
{
    SAME("something happened where it may not", d->model.core, 0, d->model.wrong);
    for (uint32_t i = 0; i < d->model.sizes.cores; i++) {
        if (!core_same(d, &host.cores[i].cpu)) {
            return false;
        }
    }
    return true;
}

static bool queue_same(struct diff *d, const struct model_thread *t, const struct thread *k)
{
    const struct mail *mail = k->queue.next;
    for (int i = 0; i < t->queue_count; i++, mail = mail->next) {
        SAME("who waits for server", t->object, (uintptr_t)mail,
             (uintptr_t)&thread_of(d->objects[t->queue[i]])->mail);
    }
    SAME("more wait for server", t->object, (uintptr_t)mail, (uintptr_t)&k->queue);
    return true;
}

bool cores_thread_same(struct diff *d, const struct model_thread *t, const struct thread *k)
{
    bool away = t->state == M_AWAY;
    SAME("where thread is", t->object, k->at->id, away ? t->at : t->core);
    SAME("thread is to stop", t->object, k->stop, t->stop);
    SAME("note of thread", t->object, k->noted, t->noted);
    SAME("bits of the note of thread", t->object, k->posted, t->posted);
    SAME("thread on its way to a budget", t->object, k->moves, t->moves);
    if (away) {
        SAME("who holds thread", t->object, k->held ? k->held->id + 1 : 0, t->held);
        SAME("why thread travels", t->object, k->mail.kind, t->mail);
        SAME("what thread will be", t->object, k->coming, same_state(t->coming));
        SAME("what thread will be told", t->object, k->verdict, t->verdict);
    }
    if (away && t->mail == TRAVEL_SEND) {
        SAME("callee of thread that is away", t->object, (uintptr_t)k->callee,
             t->callee ? (uintptr_t)thread_of(d->objects[t->callee]) : 0);
    }
    return queue_same(d, t, k);
}
