/* SPDX-License-Identifier: Apache-2.0 */
/* What the chapters of the model ask of each other. */
#pragma once

#include "proofs/model/model.h"

typedef unsigned model_status; /* enum bh_status, or MODEL_AGAIN */

/* One more unit of a long operation, if it may still be done. */
bool m_unit_spend(struct model *m);

/* mail.c */
bool m_core_online(const struct model *m, uint32_t core);
void m_mail_forward(struct model *m, int thread, uint32_t core, enum model_mail_kind kind);
void m_mail_home(struct model *m, int thread);
void m_mail_leave(struct model *m, int thread, uint32_t core, enum model_mail_kind kind);
void m_mail_again(struct model *m, int thread);
void m_mail_recall(struct model *m, int thread);
void m_mail_note(struct model *m, int thread, uint64_t bits);
void m_mail_line(struct model *m, int line, uint32_t core, unsigned wish);
model_status m_thread_stop(struct model *m, int thread);
model_status m_thread_move(struct model *m, int thread, uint32_t core);
uint32_t m_epoch_after(const struct model *m);
bool m_epoch_over(struct model *m, uint32_t wanted);

/* calls.c: make the call that is in a thread's registers; MOVE: it has left. */
model_status m_call_make(struct model *m, int thread);
/* The core that what belongs to an object may be changed on; NOWHERE: any. */
#define NOWHERE UINT32_MAX
uint32_t m_core_or_any(const struct model *m, uint32_t core);
uint32_t m_core_holding(const struct model *m, int object);

/* memory.c of kernel objects: pools */
void m_pool_begin(struct model_pool *p, uint8_t order, uint64_t header);
bool m_pool_take(struct model *m, int pool, uint8_t order, uint32_t *offset);
void m_pool_give(struct model *m, int pool, uint8_t order, uint32_t offset);
uint8_t order_of(uint64_t bytes);

/* caps.c */
struct need {
    uint32_t types;
    uint32_t rights;
};
#define ANY_TYPE  0x7ffeu
#define DYING_TOO (1u << 31) /* an object that is being destroyed will do as well */
#define BIT(type) (1u << (type))
model_status m_cap_find(const struct model *m, int cell, uint64_t index, struct need need,
                        int *found);
bool m_slot_empty(const struct model *m, int cell, uint64_t index);
int m_cap_add(struct model *m, int parent, int object, int holder, int place);
bool m_cap_may_derive(struct model *m, int cap);
model_status m_cap_prune(struct model *m, int cap, bool with_self);
model_status m_cap_remove(struct model *m, int cap, int leave);
model_status m_binding_make(struct model *m, int object, enum model_role role, int parent);
void m_binding_end(struct model *m, int object, enum model_role role);

/* objects.c */
int m_object_add(struct model *m, enum bh_type type, int pool, uint32_t offset);
model_status m_object_create(struct model *m, int pool, enum bh_type type, const uint64_t *x,
                             int *made);
model_status m_object_destroy(struct model *m, int object, int mine);
model_status m_object_settle(struct model *m, int pool);
struct model_cell *m_cell_part(struct model *m, int object);
struct model_thread *m_thread_part(struct model *m, int object);
struct model_pool *m_pool_part(struct model *m, int object);
int m_cell_used(const struct model_cell *c);
int m_cell_threads(const struct model *m, int cell);

/* A call of the thread ended so: if a capability did not allow it, its cell counts that. */
void m_refused(struct model *m, const struct model_thread *t, model_status result);

/* space.c */
model_status m_space_map(struct model *m, int cap, uint64_t ipa, uint8_t access);
model_status m_space_unmap(struct model *m, int cap);
int m_space_mappings(const struct model *m, int memory);
model_status m_space_give_tables(struct model *m, int cell);

/* threads.c */
void m_thread_fresh(struct model_thread *t, uint64_t pc, uint64_t sp, uint64_t arg);
void m_thread_suspend(struct model *m, int thread);
void m_thread_resume(struct model *m, int thread);
void m_thread_unload(struct model *m, int thread);
bool m_thread_stopped(const struct model *m, const struct model_thread *t);
uint64_t m_thread_read(const struct model_thread *t, uint64_t index);
model_status m_thread_write(struct model_thread *t, uint64_t index, uint64_t value);
uint64_t psr_allowed(bool vcpu, uint64_t wanted);
model_status m_virq_set(struct model *m, int thread, uint64_t number, uint64_t settings);
model_status m_virq_change(struct model *m, int thread, uint64_t x[3]);
void m_virq_line(struct model *m, int thread, uint32_t number, bool high);
void m_vcpu_sleep(struct model *m, int thread, uint64_t until);

/* contents.c */
void m_contents_clean(struct model *m, uint64_t base, uint64_t size);
void m_contents_zero(struct model *m, uint64_t base, uint64_t size);
void m_contents_executable(struct model *m);

/* messages.c */
void m_message_call(struct model *m, int thread);
void m_message_reply_wait(struct model *m, int thread);
void m_message_handler(struct model *m, int thread, enum bh_event event);
int m_message_chain_end(struct model *m, int thread, int start);
void m_message_end_call(struct model *m, int thread, model_status why);
void m_message_cut_callee(struct model *m, int thread);
void m_message_fail_caller(struct model *m, int thread);
void m_message_answer(struct model *m, int thread, model_status result, bool came);
void m_message_verdict(struct model *m, int thread, uint64_t action);
void m_message_arrive(struct model *m, int thread);
void m_event_deliver(struct model *m, int thread, enum bh_event event, uint64_t value);
void m_event_pending(struct model *m, int thread);
void m_event_signal(struct model *m, int thread, uint64_t bits);
model_status m_signal_send(struct model *m, int signal, uint64_t badge);
model_status m_line_do(struct model *m, int line, unsigned wish);

/* time.c */
void m_ready_update(struct model *m, int thread);
void m_ready_remove(struct model *m, int budget);
void m_ready_rotate(struct model *m);
int m_aside_place(const struct model *m, int budget);
bool m_ready_rival(const struct model *m);
void m_budget_lost(struct model *m, int budget);
void m_budget_give(struct model *m, int parent, int budget, uint64_t share);
void m_budget_orphaned(struct model *m, int parent, int budget);
void m_budget_group(struct model *m, int budget, uint32_t group);
bool m_plan_admits(const struct model *m, const struct model_object *budget);
void m_plan_tick(struct model *m);
void m_deadline_set(struct model *m, int thread, uint64_t when);
void m_schedule(struct model *m);

/* posted.c */
int m_posted_page(const struct model *m, int budget);
void m_posted_look(struct model *m, int budget);
void m_posted_reset(struct model *m, int thread);
void m_posted_zero(struct model *m, int memory);
void m_posted_switch(struct model *m, int before);
void m_vcpu_wake(struct model *m, int thread);
int m_budget_thread(const struct model *m, int budget);
int m_ready_place(const struct model *m, int budget);

/* One call: who makes it, the capability or cell that x9 names, the registers. */
struct ask {
    int thread;
    int cell; /* the caller's */
    int cap;
    int target; /* the object that cap names, or the cell that a "self or cell" call means */
    uint64_t *x;
};

/* What each call does, once x9 is found good: on_*.c. */
#define CALL(number, name, types, rights, argc, args, resc, results, doc) \
    model_status on_##name(struct model *m, struct ask *a);
#include "abi/calls.def"

static inline struct need m_need(enum bh_type type, uint32_t rights)
{
    return (struct need){BIT(type), rights};
}

/* What has to go on on another core. */
static inline model_status m_move(struct model *m, uint32_t core)
{
    m->where = core;
    return MODEL_MOVE;
}

/* An argument that names a capability, which a sealed cell may refuse; its object. */
model_status m_open_arg(const struct model *m, const struct ask *a, uint64_t index,
                        struct need want, int *cap);
model_status m_object_arg(const struct model *m, const struct ask *a, uint64_t index,
                          struct need want, int *object);
/* Bind what x0 names, or unbind with 0. */
model_status m_bind_arg(struct model *m, const struct ask *a, enum model_role role,
                        struct need want);
