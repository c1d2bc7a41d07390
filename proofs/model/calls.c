/* SPDX-License-Identifier: Apache-2.0 */
/* A call: what x9 must name, and the events that make somebody run. */
#include <stddef.h>

#include "proofs/model/parts.h"

enum {
#define CALL(number, name, types, rights, argc, args, resc, results, doc) CALL_##name = number,
#include "abi/calls.def"
    CALL_END
};

/* A sealed cell and its threads are closed to others. */
model_status m_open_arg(const struct model *m, const struct ask *a, uint64_t index,
                        struct need want, int *cap)
{
    model_status result = m_cap_find(m, a->cell, index, want, cap);
    if (result != BH_OK) {
        return result;
    }
    const struct model_object *o = &m->objects[m->caps[*cap].object];
    int cell = o->type == BH_CELL     ? m->caps[*cap].object
               : o->type == BH_THREAD ? m->threads[o->part].cell
                                      : 0;
    bool closed = cell && cell != a->cell && m->cells[m->objects[cell].part].sealed;
    return closed ? BH_NO_RIGHT : BH_OK;
}

model_status m_object_arg(const struct model *m, const struct ask *a, uint64_t index,
                          struct need want, int *object)
{
    int cap = 0;
    model_status result = m_open_arg(m, a, index, want, &cap);
    *object = cap ? m->caps[cap].object : 0;
    return result;
}

model_status m_bind_arg(struct model *m, const struct ask *a, enum model_role role,
                        struct need want)
{
    int cap = 0;
    if (a->x[0] == 0) {
        m_binding_end(m, a->target, role);
        return BH_OK;
    }
    model_status result = m_open_arg(m, a, a->x[0], want, &cap);
    return result == BH_OK ? m_binding_make(m, a->target, role, cap) : result;
}

/* What x9 must name, from the table of the ABI, and who answers. */
struct rule {
    model_status (*on)(struct model *m, struct ask *a); /* NULL: no such call */
    uint32_t types;
    uint32_t rights;
};
#define SELF_OR_CELL 0x10000u
#define CALLS        64

enum {
#define OBJECT(type, NAME, name, doc) T_##NAME = 1 << type,
#define RIGHT(NAME, bit, RIGHT_NAME, doc)
#include "abi/objects.def"
    T_NONE = 0,
    T_ANY = ANY_TYPE,
    T_SELF_OR_CELL = SELF_OR_CELL
};

static const struct rule rules[CALLS] = {
#define CALL(number, name, types, needs, argc, args, resc, results, doc) \
    [number] = {on_##name, types, needs},
#include "abi/calls.def"
};

void m_refused(struct model *m, const struct model_thread *t, model_status result)
{
    bool by_cap =
        result == BH_NO_CAP || result == BH_BAD_TYPE || result == BH_NO_RIGHT || result == BH_STALE;
    m_cell_part(m, t->cell)->refused += by_cap;
}

/* The capability or cell that x9 names. */
static model_status decode(const struct model *m, struct ask *a, uint64_t number)
{
    const struct rule *rule = &rules[number];
    struct need want = {rule->types == SELF_OR_CELL ? BIT(BH_CELL) : rule->types, rule->rights};
    want.types |= number == CALL_object_destroy ? DYING_TOO : 0;
    if (rule->types == 0) {
        return BH_OK;
    }
    if (rule->types == SELF_OR_CELL && a->x[9] == 0) {
        a->target = a->cell;
        return BH_OK;
    }
    bool opens = (rule->types == SELF_OR_CELL && number != CALL_memory_seal) ||
                 number == CALL_thread_set || number == CALL_thread_read ||
                 number == CALL_thread_write;
    model_status result = opens ? m_open_arg(m, a, a->x[9], want, &a->cap)
                                : m_cap_find(m, a->cell, a->x[9], want, &a->cap);
    a->target = m->caps[a->cap].object;
    return result;
}

uint32_t m_core_holding(const struct model *m, int object)
{
    const struct model_object *o = &m->objects[object];
    uint32_t core = NOWHERE;
    if (o->type == BH_THREAD || o->type == BH_VCPU) {
        core = m->threads[o->part].at;
    } else if (o->type == BH_BUDGET || o->type == BH_IRQ) {
        core = o->core;
    }
    return m_core_or_any(m, core);
}

/* Where a call on an object is made. What belongs to a thread's home stays there while the thread
 * is away. */
static uint32_t call_core(const struct model *m, const struct ask *a, uint64_t number)
{
    if (a->cap == 0 || rules[number].types == T_ANY) {
        return NOWHERE;
    }
    switch (number) {
    case CALL_thread_budget:
    case CALL_thread_handler:
    case CALL_thread_read:
    case CALL_vcpu_irq:
    case CALL_vcpu_irq_state:
    case CALL_vcpu_page:
        return m->threads[m->objects[a->target].part].core;
    case CALL_irq_ack:
        return NOWHERE;
    default:
        return m_core_holding(m, a->target);
    }
}

/* The capability that another register names is checked before the call travels, and again where it
 * arrives. */
enum argument_how { NEEDED, OPTIONAL, THEIRS };
static const struct argument {
    uint32_t types, rights;
    unsigned place;
    enum argument_how how;
} arguments[CALLS] = {
#define ARGUMENT(call, reg, of, right, means) [CALL_##call] = {of, right, reg, means},
#define CREATION(TYPE, used, b)
#define PART(TYPE, types, rights)
#include "abi/arguments.def"
};

static model_status argument_check(const struct model *m, const struct ask *a, uint64_t number)
{
    const struct argument *argument = &arguments[number];
    struct need want = {argument->types, argument->rights};
    uint64_t index = a->x[argument->place];
    int cap = 0;
    if (argument->types == 0 || (argument->how == OPTIONAL && index == 0)) {
        return BH_OK;
    }
    return argument->how == THEIRS ? m_cap_find(m, a->target, index, want, &cap)
                                   : m_open_arg(m, a, index, want, &cap);
}

static model_status dispatch(struct model *m, struct ask *a, uint64_t number)
{
    if (number >= CALLS || !rules[number].on) {
        return BH_BAD_CALL;
    }
    model_status result = decode(m, a, number);
    if (result != BH_OK) {
        return result;
    }
    result = argument_check(m, a, number);
    if (result != BH_OK) {
        return result;
    }
    uint32_t core = call_core(m, a, number);
    return core != NOWHERE && core != m->core ? m_move(m, core) : rules[number].on(m, a);
}

model_status m_call_make(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    struct ask a = {.thread = thread, .cell = t->cell, .x = t->x};
    m->asks = thread;
    m->rest = false;
    model_status result = dispatch(m, &a, t->x[8]);
    if (result == MODEL_AGAIN) {
        t->pc -= 4;
    } else if (result != MODEL_MOVE) {
        t->x[8] = result;
        m_refused(m, t, result);
    } else if (t->state == M_AWAY) {
        m_mail_forward(m, thread, m->where, TRAVEL_CALL);
    } else {
        m_mail_leave(m, thread, m->where, TRAVEL_CALL);
    }
    return result;
}

void model_call(struct model *m)
{
    struct model_thread *t = m_thread_part(m, m->current);
    uint64_t number = t->x[8];
    if (number == CALL_call) {
        m_message_call(m, m->current);
    } else if (number == CALL_reply_wait) {
        m_message_reply_wait(m, m->current);
    } else {
        (void)m_call_make(m, m->current);
    }
    m_schedule(m);
}

void model_fault(struct model *m)
{
    struct model_cell *c = m_cell_part(m, m_thread_part(m, m->current)->cell);
    c->faults++;
    for (int i = 1; i < 8; i++) {
        m->fault[i] = c->sealed ? 0 : m->fault[i];
    }
    m_message_handler(m, m->current, BH_EVENT_FAULT);
    m_schedule(m);
}

void model_exit(struct model *m)
{
    m_message_handler(m, m->current, BH_EVENT_EXIT);
    m_schedule(m);
}

void model_sleep(struct model *m, uint64_t until)
{
    m_vcpu_sleep(m, m->current, until);
    m_schedule(m);
}
