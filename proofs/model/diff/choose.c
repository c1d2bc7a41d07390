/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses what happens next: mostly what makes sense in the model's state, now and then
 * anything. */
#include <string.h>

#include "proofs/model/diff/cores.h"
#include "proofs/model/diff/pick.h"

/* ---- arguments of each call; x[9] is the capability ---- */

static uint64_t some_rights(const struct chooser *w, uint64_t slot)
{
    int cap = slot < w->c->slot_count ? w->c->slots[slot] : 0;
    uint64_t all = cap > 0 ? w->m->caps[cap].rights : BH_ALL;
    unsigned luck = (unsigned)diff_random(w->d, 100);
    return luck < 65 ? all : luck < 95 ? all & diff_random(w->d, 256) : diff_random(w->d, 300);
}

static void choose_derive(const struct chooser *w)
{
    bool goods = pick_chance(w, 60); /* what cells talk through */
    w->x[9] = pick_cap(
        w,
        goods ? BIT(BH_ENDPOINT) | BIT(BH_SIGNAL) | BIT(BH_MEMORY) | BIT(BH_POOL) | RUNS : ANY_TYPE,
        0);
    w->x[0] = pick_or_zero(w, 20, pick_where(w, BIT(BH_CELL), BH_CELL_GRANT, pick_is_foreign));
    const struct model_cell *target = pick_cell(w, w->x[0]);
    w->x[1] = pick_chance(w, 95) ? pick_free(w, target) : pick_slot(w);
    w->x[2] = some_rights(w, w->x[9]);
    w->x[3] = pick_or_zero(w, 70, 1 + diff_random(w->d, 7));
}

static void choose_delete(const struct chooser *w)
{
    w->x[9] = pick_or_zero(w, 70, pick_cap(w, BIT(BH_CELL), BH_CELL_GRANT));
    const struct model_cell *target = pick_cell(w, w->x[9]);
    w->x[0] = pick_chance(w, 92)
                  ? pick_in(w, target, pick_chance(w, 70) ? ANY_TYPE & ~BIT(BH_CELL) : ANY_TYPE, 0)
                  : pick_slot(w);
    for (uint32_t i = 1; i < target->slot_count && pick_chance(w, 90); i++) {
        if (target->slots[i] == MODEL_TOMBSTONE) {
            w->x[0] = i;
            break;
        }
    }
}

/* Things that exist from boot and what much depends on go rarely. */
static void choose_destroy(const struct chooser *w)
{
    static const uint32_t kinds[] = {
        BIT(BH_ENDPOINT), BIT(BH_SIGNAL), BIT(BH_THREAD), BIT(BH_VCPU), BIT(BH_CELL),  BIT(BH_POOL),
        BIT(BH_LINE),     BIT(BH_BUDGET), BIT(BH_MEMORY), BIT(BH_IRQ),  BIT(BH_TRACE), ANY_TYPE};
    w->x[9] = pick_cap(w, kinds[diff_random(w->d, sizeof kinds / sizeof kinds[0])], BH_DESTROY);
}

/* What the model has no room for is not asked for. */
static void create_within_model(const struct chooser *w)
{
    uint64_t *x = w->x;
    bool large_cell = x[0] == BH_CELL && x[2] > MODEL_SLOTS && x[2] <= 1024;
    bool large_vcpu = x[0] == BH_VCPU && x[3] > MODEL_VIRQS && x[3] <= 1020;
    if (large_cell || large_vcpu || !model_room(w->m)) {
        x[0] = BH_IRQ;
    }
}

/* Amount and period of a budget: none, sensible, with its refills close together, or anything. */
static uint64_t choose_limit(const struct chooser *w)
{
    uint64_t period = 20 + diff_random(w->d, pick_chance(w, 40) ? 100 : 8000);
    uint64_t amount = 1 + diff_random(w->d, period);
    if (pick_chance(w, 3)) {
        amount += period;
    }
    if (pick_chance(w, 2)) {
        amount = 0;
    }
    return pick_or_zero(w, w->d->timed ? 5 : 40, BH_BUDGET_LIMIT(amount, period));
}

static void choose_budget(const struct chooser *w)
{
    uint64_t *x = w->x;
    x[2] = pick_cap(w, BIT(BH_CORE), BH_CORE_SCHED);
    x[3] = 98 + diff_random(w->d, 6) + (pick_or_zero(w, 60, 50 + diff_random(w->d, 200)) << 32);
    x[4] = choose_limit(w);
    if (pick_chance(w, 30)) { /* a part of another */
        x[2] = pick_cap(w, BIT(BH_BUDGET), BH_BUDGET_DERIVE);
        x[3] = pick_chance(w, 80) ? 98 : x[3];
        x[4] = pick_chance(w, 60)
                   ? BH_BUDGET_LIMIT(1 + diff_random(w->d, 30), 200 + diff_random(w->d, 1000))
                   : x[4];
    }
}

static void choose_create(const struct chooser *w)
{
    static const uint8_t types[] = {BH_POOL,     BH_CELL,   BH_CELL,   BH_THREAD, BH_THREAD,
                                    BH_THREAD,   BH_THREAD, BH_VCPU,   BH_VCPU,   BH_ENDPOINT,
                                    BH_ENDPOINT, BH_SIGNAL, BH_LINE,   BH_BUDGET, BH_BUDGET,
                                    BH_BUDGET,   BH_BUDGET, BH_MEMORY, BH_TRACE};
    uint64_t *x = w->x, type = types[diff_random(w->d, sizeof types)];
    x[9] = pick_cap(w, BIT(BH_POOL), BH_POOL_CREATE);
    x[0] = pick_chance(w, 98) ? type : diff_random(w->d, 20);
    x[1] = pick_empty(w);
    x[2] = x[3] = x[4] = 0;
    switch (type) {
    case BH_POOL:
        x[2] = UINT64_C(1) << (12 + diff_random(w->d, 8));
        break;
    case BH_MEMORY:
        x[2] = UINT64_C(1) << (12 + diff_random(w->d, pick_chance(w, 95) ? 4 : 5));
        break;
    case BH_CELL:
        x[2] = 4 + diff_random(w->d, MODEL_SLOTS - 4);
        x[3] = pick_chance(w, 40);
        break;
    case BH_THREAD:
        x[2] = pick_chance(w, 40) ? WARDEN_CELL : pick_cap(w, BIT(BH_CELL), BH_CELL_THREAD);
        x[3] = pick_chance(w, 30);
        x[4] = pick_core(w);
        break;
    case BH_VCPU:
        x[2] = pick_where(w, BIT(BH_CELL), BH_CELL_THREAD, pick_is_vm);
        x[3] = 32 + diff_random(w->d, 4);
        x[4] = pick_core(w);
        break;
    case BH_LINE:
        x[2] = pick_cap(w, BIT(BH_VCPU), BH_VCPU_CONTROL);
        x[3] = diff_random(w->d, 36);
        break;
    case BH_BUDGET:
        choose_budget(w);
        break;
    default:
        break;
    }
    if (pick_chance(w, 2)) {
        x[2 + diff_random(w->d, 3)] = diff_random(w->d, 300);
    }
    if (pick_chance(w, 1)) {
        x[2] = UINT64_C(1) << diff_random(w->d, 30);
    }
    create_within_model(w);
}

/* True if a slot names the first thread: without it, nothing happens any more. */
static bool names_warden(const struct chooser *w, uint64_t slot)
{
    int cap = slot < w->c->slot_count ? w->c->slots[slot] : 0;
    const struct model_object *o = &w->m->objects[cap > 0 ? w->m->caps[cap].object : 0];
    return (o->type == BH_THREAD || o->type == BH_VCPU) &&
           diff_is_first(w->d, &w->m->threads[o->part]);
}

static void choose_thread(const struct chooser *w, uint64_t number)
{
    w->x[9] = number == CALL_thread_resume || number == CALL_thread_set
                  ? pick_where(w, RUNS, 0, pick_is_suspended)
              : number == CALL_thread_budget  ? pick_where(w, RUNS, 0, pick_is_without_budget)
              : number == CALL_thread_handler ? pick_where(w, RUNS, 0, pick_is_without_handler)
              : number == CALL_thread_cancel  ? pick_where(w, RUNS, 0, pick_is_calling)
                                              : pick_cap(w, RUNS, 0);
    if (names_warden(w, w->x[9]) && pick_chance(w, 98)) {
        w->x[9] = pick_cap(w, BIT(BH_VCPU), 0);
    }
    switch (number) {
    case CALL_thread_budget:
        w->x[0] = pick_or_zero(w, 12, pick_cap(w, BIT(BH_BUDGET), BH_BUDGET_BIND));
        break;
    case CALL_thread_handler:
        w->x[0] = pick_or_zero(w, 10, pick_cap(w, BIT(BH_ENDPOINT), BH_ENDPOINT_SEND));
        break;
    case CALL_thread_read:
    case CALL_thread_write:
        w->x[0] = diff_random(w->d, BH_REG_COUNT + 2);
        break;
    default:
        break;
    }
}

static void choose_virq(const struct chooser *w, uint64_t number)
{
    w->x[9] = pick_cap(w, BIT(BH_VCPU), BH_VCPU_CONTROL);
    w->x[0] = diff_random(w->d, 36);
    if (number == CALL_vcpu_irq) {
        w->x[1] = (pick_chance(w, 80) ? BH_VIRQ_ENABLE : 0) | diff_random(w->d, 4) * 64 |
                  (pick_chance(w, 40) ? BH_VIRQ_LEVEL : 0) |
                  (pick_chance(w, 10) ? BH_VIRQ_ALTERNATE : 0) | (pick_chance(w, 3) ? 0x800 : 0);
    } else {
        w->x[1] = diff_random(w->d, 4) + (pick_chance(w, 2) ? 4 : 0);
        w->x[2] = diff_random(w->d, 4);
    }
}

static void choose_bind(const struct chooser *w, uint64_t number)
{
    static const struct {
        uint64_t number;
        uint32_t types, targets;
    } rows[] = {{CALL_endpoint_bind, BIT(BH_ENDPOINT), RUNS},
                {CALL_signal_bind, BIT(BH_SIGNAL), RUNS | BIT(BH_LINE)},
                {CALL_irq_bind, BIT(BH_IRQ), BIT(BH_SIGNAL)},
                {CALL_vcpu_page, BIT(BH_VCPU), BIT(BH_MEMORY)},
                {CALL_budget_signal, BIT(BH_BUDGET), BIT(BH_SIGNAL)}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].number == number) {
            w->x[9] = pick_where(w, rows[i].types, 0, pick_is_unserved);
            w->x[0] = pick_or_zero(w, 8, pick_where(w, rows[i].targets, 0, pick_is_bindable));
        }
    }
}

static void choose_message(const struct chooser *w)
{
    bool deep = w->t->caller != 0 && pick_chance(w, 80);
    w->x[9] =
        pick_where(w, BIT(BH_ENDPOINT), BH_ENDPOINT_SEND, deep ? pick_is_free : pick_is_served);
    w->x[10] = pick_or_zero(w, 80, pick_cap(w, ANY_TYPE, 0));
    w->x[11] = pick_or_zero(w, 70, pick_empty(w));
}

static void choose_reply(const struct chooser *w)
{
    const struct model_thread *t = w->t;
    uint64_t action = BH_WAIT_ONLY;
    if (t->caller) {
        unsigned awaits = w->m->threads[w->m->objects[t->caller].part].awaits;
        action = awaits == BH_EVENT_MESSAGE ? BH_REPLY : BH_RESUME + diff_random(w->d, 4);
    }
    w->x[9] = pick_chance(w, 95) ? action : diff_random(w->d, 7);
    w->x[10] = pick_or_zero(w, w->x[9] == BH_REPLY ? 70 : 98, pick_cap(w, ANY_TYPE, 0));
    w->x[11] = pick_or_zero(w, 60, pick_empty(w));
    uint64_t when = w->m->now + diff_random(w->d, 300) - 20;
    w->x[12] = pick_or_zero(w, diff_is_first(w->d, w->t) ? 1 : 70,
                            pick_chance(w, 50) ? when : when / 100 * 100);
    if (t->deadline != 0 && pick_chance(w, 50)) {
        w->x[12] = t->deadline;
    }
}

/* ---- which call ---- */

struct weight {
    uint8_t number;
    uint8_t weight;
};

/* The warden builds; cells talk. */
static const struct weight weights[2][48] = {
    {{CALL_call, 70},          {CALL_reply_wait, 60},    {CALL_signal_send, 20},
     {CALL_yield, 4},          {CALL_cap_derive, 8},     {CALL_cap_delete, 5},
     {CALL_cap_revoke, 1},     {CALL_cap_identify, 3},   {CALL_object_destroy, 1},
     {CALL_pool_create, 4},    {CALL_pool_info, 1},      {CALL_memory_split, 1},
     {CALL_memory_map, 3},     {CALL_memory_unmap, 2},   {CALL_memory_clean, 1},
     {CALL_memory_info, 1},    {CALL_thread_set, 1},     {CALL_thread_budget, 1},
     {CALL_thread_handler, 2}, {CALL_thread_resume, 4},  {CALL_thread_suspend, 1},
     {CALL_thread_cancel, 2},  {CALL_thread_read, 1},    {CALL_thread_write, 1},
     {CALL_vcpu_irq, 2},       {CALL_vcpu_irq_state, 2}, {CALL_endpoint_bind, 2},
     {CALL_signal_bind, 2},    {CALL_irq_bind, 1},       {CALL_irq_ack, 2},
     {CALL_line_set, 3},       {CALL_cell_info, 1},      {CALL_core_power, 1},
     {CALL_budget_signal, 2},  {CALL_budget_group, 1},   {CALL_cap_restrict, 1},
     {CALL_memory_seal, 1},    {CALL_trace_ring, 1},     {CALL_trace_watch, 2},
     {CALL_vcpu_page, 2}},
    {{CALL_call, 12},           {CALL_reply_wait, 10},    {CALL_signal_send, 10},
     {CALL_yield, 3},           {CALL_cap_derive, 40},    {CALL_cap_delete, 16},
     {CALL_cap_revoke, 3},      {CALL_cap_identify, 3},   {CALL_object_destroy, 8},
     {CALL_pool_create, 45},    {CALL_pool_info, 3},      {CALL_memory_split, 3},
     {CALL_memory_map, 14},     {CALL_memory_unmap, 8},   {CALL_memory_clean, 2},
     {CALL_memory_info, 3},     {CALL_thread_set, 6},     {CALL_thread_budget, 22},
     {CALL_thread_handler, 10}, {CALL_thread_resume, 30}, {CALL_thread_suspend, 5},
     {CALL_thread_cancel, 5},   {CALL_thread_read, 3},    {CALL_thread_write, 3},
     {CALL_vcpu_irq, 5},        {CALL_vcpu_irq_state, 5}, {CALL_endpoint_bind, 20},
     {CALL_signal_bind, 14},    {CALL_irq_bind, 6},       {CALL_irq_ack, 5},
     {CALL_line_set, 5},        {CALL_cell_info, 3},      {CALL_core_power, 1},
     {CALL_budget_signal, 12},  {CALL_budget_group, 6},   {CALL_plan_start, 4},
     {CALL_cap_restrict, 2},    {CALL_memory_seal, 4},    {CALL_trace_ring, 2},
     {CALL_trace_watch, 4},     {CALL_vcpu_page, 8}}};

/* Somebody waits at an endpoint that this thread may call. */
static bool free_endpoint(const struct chooser *w)
{
    for (uint32_t i = 0; i < w->c->slot_count; i++) {
        int cap = w->c->slots[i];
        bool may = cap > 0 && (w->m->caps[cap].rights & BH_ENDPOINT_SEND) &&
                   w->m->objects[w->m->caps[cap].object].type == BH_ENDPOINT;
        if (may && pick_is_free(w, w->m->caps[cap].object)) {
            return true;
        }
    }
    return false;
}

/* What this run is about; 0: nothing now. */
static uint64_t wanted_number(const struct chooser *w)
{
    if (w->d->bare && w->m->sizes.cores > 1 && pick_chance(w, 4)) {
        return CALL_core_power;
    }
    bool grows = w->d->servers && w->t->caller && pick_chance(w, 75) && free_endpoint(w);
    return grows ? CALL_call : 0; /* chains grow */
}

static uint64_t choose_number(const struct chooser *w)
{
    bool warden = diff_is_first(w->d, w->t);
    const struct weight *list =
        weights[warden ? pick_chance(w, 90) : w->c == &w->m->cells[1] && pick_chance(w, 25)];
    unsigned sum = 0, at;
    uint64_t wanted = wanted_number(w);
    if (wanted) {
        return wanted;
    }
    if (pick_chance(w, 1)) {
        return diff_random(w->d, 70);
    }
    for (unsigned i = 0; list[i].weight; i++) {
        sum += list[i].weight;
    }
    at = (unsigned)diff_random(w->d, sum);
    for (unsigned i = 0;; i++) {
        if (at < list[i].weight) {
            return list[i].number;
        }
        at -= list[i].weight;
    }
}

static void choose_plan(const struct chooser *w, uint64_t number)
{
    uint64_t core = pick_cap(w, BIT(BH_CORE), BH_CORE_PLAN);
    if (number == CALL_budget_group) {
        w->x[9] = pick_cap(w, BIT(BH_BUDGET), BH_BUDGET_BIND);
        w->x[0] = core;
        w->x[1] = pick_or_zero(w, 30, diff_random(w->d, 5) + pick_or_zero(w, 97, 30));
        return;
    }
    w->x[9] = core;
    w->x[0] = pick_or_zero(w, 15, pick_where(w, BIT(BH_MEMORY), 0, pick_is_pooled));
    w->x[1] = diff_random(w->d, 2) + pick_or_zero(w, 97, 1);
}

static void choose_restrict(const struct chooser *w)
{
    w->x[9] = pick_cap(w, ANY_TYPE, 0);
    w->x[0] = pick_chance(w, 95) ? BH_ALL & ~(1u << diff_random(w->d, 8)) : diff_random(w->d, 300);
}

static void choose_trace(const struct chooser *w, uint64_t number)
{
    if (number == CALL_trace_ring) {
        w->x[9] = pick_cap(w, BIT(BH_TRACE), BH_TRACE_RING);
        w->x[0] = diff_random(w->d, pick_chance(w, 95) ? 2 : 9);
        w->x[1] = pick_where(w, BIT(BH_MEMORY), BH_MEMORY_WRITE, pick_is_pooled);
        return;
    }
    w->x[9] = pick_cap(w, BIT(BH_TRACE), BH_TRACE_WATCH);
    w->x[0] = pick_cap(w, BIT(BH_CELL), BH_CELL_TRACE);
    w->x[1] = pick_or_zero(w, 3, diff_random(w->d, pick_chance(w, 97) ? 0x10000 : 0x20000));
}

/* A core goes off only when nothing is at home there. The whole machine mostly stays. */
static void choose_power(const struct chooser *w)
{
    w->x[9] = pick_cap(w, BIT(BH_CORE), 0);
    w->x[0] = pick_chance(w, 95) ? 2 + diff_random(w->d, 2) : diff_random(w->d, 5);
}

static void choose_arguments(const struct chooser *w, uint64_t number)
{
    switch (number) {
    case CALL_call:
        choose_message(w);
        break;
    case CALL_reply_wait:
        choose_reply(w);
        break;
    case CALL_cap_derive:
        choose_derive(w);
        break;
    case CALL_cap_delete:
        choose_delete(w);
        break;
    case CALL_object_destroy:
        choose_destroy(w);
        break;
    case CALL_pool_create:
        choose_create(w);
        break;
    case CALL_memory_map:
    case CALL_memory_unmap:
        choose_map(w);
        break;
    case CALL_memory_seal:
        choose_seal(w);
        break;
    case CALL_memory_split:
    case CALL_memory_clean:
    case CALL_memory_info:
        choose_memory(w, number);
        break;
    case CALL_vcpu_irq:
    case CALL_vcpu_irq_state:
        choose_virq(w, number);
        break;
    case CALL_endpoint_bind:
    case CALL_signal_bind:
    case CALL_irq_bind:
    case CALL_vcpu_page:
    case CALL_budget_signal:
        choose_bind(w, number);
        break;
    case CALL_trace_ring:
    case CALL_trace_watch:
        choose_trace(w, number);
        break;
    case CALL_budget_group:
    case CALL_plan_start:
        choose_plan(w, number);
        break;
    case CALL_cap_restrict:
        choose_restrict(w);
        break;
    case CALL_core_power:
        choose_power(w);
        break;
    default:
        if (number >= CALL_thread_set && number <= CALL_thread_write) {
            choose_thread(w, number);
        } else if (pick_plain_types(number)) {
            w->x[9] = pick_cap(w, pick_plain_types(number), 0);
            w->x[0] = diff_random(w->d, pick_chance(w, 95) ? 2 : 4);
        }
        break;
    }
}

/* Calls that have preemption points. */
static bool is_long(uint64_t number)
{
    return (number >= CALL_cap_delete && number <= CALL_object_destroy) ||
           (number >= CALL_memory_map && number <= CALL_memory_clean);
}

/* The first slots of the warden hold what everything depends on: its budget, the pool, itself. */
static bool vital(const struct chooser *w, uint64_t cell_slot, uint64_t slot)
{
    return w->c == &w->m->cells[1] && cell_slot == 0 &&
           (slot < WARDEN_FREE ||
            (w->m->sizes.cores > 1 && slot >= CORE_BUDGET_SLOT(w->m->sizes.cores - 1)));
}

/* Nothing to name, or a call that would end the warden, and the run with it. */
static bool fruitless(const struct chooser *w, uint64_t number)
{
    switch (number) {
    case CALL_yield:
    case CALL_reply_wait:
        return false;
    case CALL_object_destroy:
        return w->x[9] == 0 || (w->d->servers && pick_chance(w, 95));
    case CALL_cap_delete:
        return vital(w, w->x[9], w->x[0]) || (w->d->servers && pick_chance(w, 95));
    case CALL_cap_revoke:
    case CALL_cap_restrict:
        return w->x[9] == 0 || vital(w, 0, w->x[9]);
    case CALL_memory_map:
    case CALL_memory_unmap:
    case CALL_memory_seal:
        return w->x[0] == 0;
    case CALL_pool_create: {
        bool needs = w->x[0] == BH_THREAD || w->x[0] == BH_VCPU || w->x[0] == BH_LINE ||
                     w->x[0] == BH_BUDGET;
        return w->x[9] == 0 || (needs && w->x[2] == 0);
    }
    default:
        return w->x[9] == 0;
    }
}

static struct op choose_call(struct diff *d, const struct model_thread *t)
{
    struct op op = {.kind = OP_CALL};
    struct chooser w = {d, &d->model, t, &d->model.cells[d->model.objects[t->cell].part], op.x};
    for (unsigned i = 0; i < OP_REGISTERS; i++) {
        op.x[i] = i < 8 ? diff_random(d, 1000) : 0;
    }
    uint64_t number = choose_number(&w);
    choose_arguments(&w, number);
    for (unsigned tries = 0; tries < 6 && fruitless(&w, number) && pick_chance(&w, 97); tries++) {
        op.x[9] = op.x[10] = op.x[11] = op.x[12] = 0;
        number = choose_number(&w);
        choose_arguments(&w, number);
    }
    op.x[8] = number;
    op.preempt = pick_chance(&w, is_long(number) ? 40 : 3)
                     ? 1 + (uint32_t)diff_random(d, pick_chance(&w, 80) ? 4 : 300)
                     : 0;
    return op;
}

/* Make an interrupted call again; or first what interrupted it: somebody may come first now. */
static struct op choose_again(struct diff *d)
{
    struct op op = {.kind = OP_AGAIN};
    if (diff_random(d, 3) == 0) {
        return diff_idle(d);
    }
    op.preempt = diff_random(d, 2) ? 1 + (uint32_t)diff_random(d, 6) : 0;
    return op;
}

struct op diff_choose(struct diff *d)
{
    struct op op;
    if (cores_choose(d, &op)) {
        return op;
    }
    if (!d->model.current) {
        return diff_idle(d);
    }
    if (d->servers && diff_recipe(d, &op)) {
        return op;
    }
    if (d->timed && diff_random(d, 3) == 0) {
        return diff_timed(d);
    }
    int part = d->model.objects[d->model.current].part;
    const struct model_thread *t = &d->model.threads[part];
    if (d->pending[part].object == t->object && d->pending[part].pc == t->pc) {
        return choose_again(d);
    }
    return diff_random(d, 100) < (t->vcpu ? 50 : 15) ? diff_event(d, t) : choose_call(d, t);
}
