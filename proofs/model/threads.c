/* SPDX-License-Identifier: Apache-2.0 */
/* Threads and vCPUs: their registers, how they stop, and a vCPU's interrupts. */
#include "proofs/model/parts.h"

#define CALL_BYTES 4

uint64_t psr_allowed(bool vcpu, uint64_t wanted)
{
    uint64_t flags = wanted & UINT64_C(0xf0000000);
    if (!vcpu) {
        return flags; /* EL0t */
    }
    uint64_t mode = wanted & 0x1f;
    uint64_t kept = wanted & UINT64_C(0x03e01fc0); /* TCO DIT UAO PAN SS; SSBS BTYPE DAIF */
    return flags | kept | (mode == 0 || mode == 4 ? mode : 5);
}

void m_thread_fresh(struct model_thread *t, uint64_t pc, uint64_t sp, uint64_t arg)
{
    for (int i = 0; i < 31; i++) {
        t->x[i] = 0;
    }
    t->x[0] = arg;
    t->pc = pc;
    t->sp = sp;
    t->tls = 0;
    t->psr = t->vcpu ? 0x3c5 : 0;
    t->fp_value = t->el1_value = 0;
    for (uint32_t i = 0; i < t->virq_count; i++) {
        t->virqs[i] = (struct model_virq){0};
    }
    t->timer = 0;
    t->exit_read = false;
    t->exit_register = 0;
    t->abortable = false;
}

/* No core holds its registers any more. */
void m_thread_unload(struct model *m, int thread)
{
    m->owner = m->owner == thread ? 0 : m->owner;
    m->fp_owner = m->fp_owner == thread ? 0 : m->fp_owner;
    for (int i = 0; i < MODEL_CORES; i++) {
        m->cores[i].owner = m->cores[i].owner == thread ? 0 : m->cores[i].owner;
        m->cores[i].fp_owner = m->cores[i].fp_owner == thread ? 0 : m->cores[i].fp_owner;
    }
}

void model_float(struct model *m)
{
    m->fp_owner = m->current;
}

/* Its registers stand still, as far as this core can know. */
bool m_thread_stopped(const struct model *m, const struct model_thread *t)
{
    bool here = t->core == m->core || (t->held == m->core + 1 && t->callee);
    bool away = t->state == M_AWAY && t->mail == TRAVEL_SEND;
    bool asks = away ? here : t->state == M_CALLING;
    return t->state == M_SUSPENDED || (asks && t->awaits != BH_EVENT_MESSAGE);
}

uint64_t m_thread_read(const struct model_thread *t, uint64_t index)
{
    switch (index) {
    case BH_REG_SP:
        return t->sp;
    case BH_REG_PC:
        return t->pc;
    case BH_REG_PSR:
        return t->psr;
    case BH_REG_TLS:
        return t->tls;
    case BH_REG_TTBR0: /* the one EL1 register */
        return t->vcpu ? t->el1_value : 0;
    default:
        return index < 31 ? t->x[index] : 0;
    }
}

model_status m_thread_write(struct model_thread *t, uint64_t index, uint64_t value)
{
    switch (index) {
    case BH_REG_SP:
        t->sp = value;
        return BH_OK;
    case BH_REG_PC:
        t->pc = value;
        return BH_OK;
    case BH_REG_PSR:
        t->psr = psr_allowed(t->vcpu, value);
        return BH_OK;
    case BH_REG_TLS:
        t->tls = value;
        return BH_OK;
    default:
        t->x[index] = value;
        return BH_OK;
    }
}

/* Stop a thread where it is: no wait, no call and no fault of it is left, and it serves nobody. */
void m_thread_suspend(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (t->state == M_SUSPENDED) {
        return;
    }
    if (t->state == M_CALLING && t->awaits != BH_EVENT_MESSAGE) {
        m_message_cut_callee(m, thread);
    }
    m_message_end_call(m, thread, BH_CANCELED);
    if (t->state == M_WAITING) {
        t->pc -= CALL_BYTES; /* it waits again when it goes on */
        t->x[9] = BH_WAIT_ONLY;
        t->x[10] = 0;
        t->accept = 0;
    }
    m_deadline_set(m, thread, 0);
    t->state = M_SUSPENDED;
    m_message_fail_caller(m, thread);
    m_ready_update(m, thread);
    m_mail_again(m, thread);
}

void m_thread_resume(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (t->state == M_SUSPENDED) {
        t->state = M_READY;
        m_ready_update(m, thread);
    }
}

/* ---- vCPU ---- */

static bool virq_pending(const struct model_virq *v)
{
    return v->pending || (v->level && v->line);
}

bool model_deliverable(const struct model_thread *t)
{
    for (uint32_t i = 0; i < t->virq_count; i++) {
        const struct model_virq *v = &t->virqs[i];
        if (v->enabled && virq_pending(v) && !v->active) {
            return true;
        }
    }
    return false;
}

static void virq_changed(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (model_deliverable(t)) {
        m_vcpu_wake(m, thread);
    }
}

model_status m_virq_set(struct model *m, int thread, uint64_t number, uint64_t settings)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (number >= t->virq_count || settings > 0x7ff) {
        return BH_BAD_ARG;
    }
    t->virqs[number].priority = (uint8_t)settings;
    t->virqs[number].enabled = settings & BH_VIRQ_ENABLE;
    t->virqs[number].level = settings & BH_VIRQ_LEVEL;
    t->virqs[number].alternate = settings & BH_VIRQ_ALTERNATE;
    virq_changed(m, thread);
    return BH_OK;
}

model_status m_virq_change(struct model *m, int thread, uint64_t x[3])
{
    struct model_thread *t = m_thread_part(m, thread);
    if (x[0] >= t->virq_count || x[1] > 3 || x[2] > 3) {
        return BH_BAD_ARG;
    }
    struct model_virq *v = &t->virqs[x[0]];
    uint64_t now = ((v->pending ? 1u : 0u) | (v->active ? 2u : 0u) | x[1]) & ~x[2];
    v->pending = now & 1;
    v->active = now & 2;
    x[0] = now | (virq_pending(v) ? 1 : 0);
    virq_changed(m, thread);
    return BH_OK;
}

void m_virq_line(struct model *m, int thread, uint32_t number, bool high)
{
    struct model_virq *v = &m_thread_part(m, thread)->virqs[number];
    if (v->level) {
        v->line = high;
    } else if (high) {
        v->pending = true;
    }
    virq_changed(m, thread); /* of a vCPU with a page, also if nothing did */
}

/* WFI, or a reply that says BLOCK. Who owes a reply does not sleep. */
void m_vcpu_sleep(struct model *m, int thread, uint64_t until)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (t->caller == 0) {
        t->state = M_IDLE;
        m_deadline_set(m, thread, until);
        m_ready_update(m, thread);
    }
}

bool model_guest_take(struct model *m, uint32_t interrupt)
{
    struct model_virq *v = &m_thread_part(m, m->current)->virqs[interrupt];
    bool right = v->enabled && virq_pending(v) && !v->active;
    v->pending = false;
    v->active = true;
    return right;
}

void model_guest_end(struct model *m, uint32_t interrupt)
{
    m_thread_part(m, m->current)->virqs[interrupt].active = false;
}
