/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the words for what a record says. */
#include "abi/types.h"
#include "tools/bulkhead/plan.h"
#include "tools/bulkhead/trace.h"

struct words {
    const char *const *texts;
    unsigned count;
};

static const char *pick(struct words words, uint64_t number)
{
    return number < words.count && words.texts[number] != NULL ? words.texts[number] : "unknown";
}

#define PICK(table, number) pick((struct words){table, sizeof table / sizeof *table}, number)

static const char *const events[] = {
#define EVENT(number, NAME, name, a, b, doc) [number] = #name,
#include "abi/trace.def"
};

static const char *const states[] = {
    [BH_TRACE_STOPPED] = "it is suspended",         [BH_TRACE_READY] = "somebody more urgent runs",
    [BH_TRACE_BUSY] = "its server is busy",         [BH_TRACE_CALLING] = "it waits for an answer",
    [BH_TRACE_WAITING] = "it waits for work",       [BH_TRACE_IDLE] = "it waits for an interrupt",
    [BH_TRACE_AWAY] = "it goes on on another core",
};

static const char *const actions[] = {
    [BH_WAIT_ONLY] = "waits",
    [BH_REPLY] = "answers and waits",
    [BH_RESUME] = "lets a thread go on and waits",
};

static const char *const statuses[] = {
    [BH_OK] = "OK",
    [BH_BAD_CALL] = "BAD_CALL",
    [BH_BAD_ARG] = "BAD_ARG",
    [BH_NO_CAP] = "NO_CAP",
    [BH_BAD_TYPE] = "BAD_TYPE",
    [BH_NO_RIGHT] = "NO_RIGHT",
    [BH_STALE] = "STALE",
    [BH_NO_SLOT] = "NO_SLOT",
    [BH_NO_MEMORY] = "NO_MEMORY",
    [BH_BUSY] = "BUSY",
    [BH_DOWN] = "DOWN",
    [BH_NO_CALLER] = "NO_CALLER",
    [BH_CANCELED] = "CANCELED",
    [BH_DEADLOCK] = "DEADLOCK",
    [BH_OTHER_CORE] = "OTHER_CORE",
    [BH_NO_VMID] = "NO_VMID",
};
static_assert(sizeof statuses / sizeof *statuses == BH_STATUS_COUNT, "each has its name");

static const char *const faults[] = {
    [BH_FAULT_MEMORY] = "of memory: no mapping, or not with this access",
    [BH_FAULT_ALIGNMENT] = "of alignment",
    [BH_FAULT_UNDEFINED] = "by an instruction that is unknown or privileged",
    [BH_FAULT_FP] = "by floating point without the right to it",
    [BH_FAULT_BREAK] = "by a brk instruction",
    [BH_FAULT_EXTERNAL] = "on the bus",
    [BH_FAULT_AARCH32] = "by entering AArch32",
    [BH_FAULT_OTHER] = "of another kind",
};

static const char *const exits[] = {
    [BH_EXIT_READ] = "load from",
    [BH_EXIT_WRITE] = "store to",
    [BH_EXIT_ACCESS] = "access to",
    [BH_EXIT_SMCCC] = "call of firmware,",
};

const char *trace_event_name(unsigned event)
{
    return PICK(events, event);
}

static const char *in_words(struct arena *arena, const struct bh_trace_record *record)
{
    const char *text = record->a == BH_TRACE_OTHER ? "runs for somebody else"
                                                   : arena_format(arena, "runs, priority %llu",
                                                                  (unsigned long long)record->a);

    return record->b == 0
               ? text
               : arena_format(arena, "%s, in window %u", text, BH_TRACE_WINDOW(record->b));
}

static const char *call_words(struct arena *arena, const struct bh_trace_record *record)
{
    const char *name = call_name(record->a > UINT32_MAX ? UINT32_MAX : (uint32_t)record->a);

    if (record->a == CALL_reply_wait) {
        return arena_format(arena, "%s: %s", name, PICK(actions, record->b));
    }
    return arena_format(arena, "%s, slot %llu", name, (unsigned long long)record->b);
}

const char *trace_words(struct trace *trace, const struct bh_trace_record *record)
{
    struct arena *arena = &trace->arena;
    unsigned long long a = record->a, b = record->b;

    switch ((enum bh_trace_event)record->event) {
    case BH_TRACE_IN:
        return in_words(arena, record);
    case BH_TRACE_OUT:
        return arena_format(arena, "stops: %s", PICK(states, a));
    case BH_TRACE_CALL:
        return call_words(arena, record);
    case BH_TRACE_FAIL:
        return arena_format(arena, "its call ends with %s", PICK(statuses, a));
    case BH_TRACE_FAULT:
        return arena_format(arena, "faults: %s, syndrome 0x%llx", PICK(faults, a), b);
    case BH_TRACE_EXIT:
        return arena_format(arena, "needs its vmm: %s 0x%llx", PICK(exits, a), b);
    case BH_TRACE_WAKE:
        return "is ready";
    case BH_TRACE_IRQ:
        return arena_format(arena, "interrupt %llu comes for it", a);
    case BH_TRACE_EXHAUSTED:
        return "has used up its budget";
    case BH_TRACE_REFILL:
        return "has time again";
    }
    return arena_format(arena, "event %u: 0x%llx 0x%llx", record->event, a, b);
}
