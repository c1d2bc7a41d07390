/* SPDX-License-Identifier: Apache-2.0 */
/* Says in words what happened. */
#include <stdio.h>

#include "proofs/model/diff/diff.h"

static const char *const kinds[OP_KINDS] = {
    [OP_CALL] = "call",           [OP_AGAIN] = "again", [OP_FAULT] = "fault", [OP_EXIT] = "exit",
    [OP_INTERRUPT] = "interrupt", [OP_TIME] = "time +", [OP_SLEEP] = "wfi",   [OP_GUEST] = "guest",
    [OP_TOUCH] = "touch",         [OP_FLOAT] = "float", [OP_CORE] = "core",   [OP_MAIL] = "mail",
    [OP_POST] = "post",
};

const char *diff_call_name(uint64_t number)
{
    static const char *const names[DIFF_CALLS] = {
#define CALL(n, name, types, rights, argc, args, resc, results, doc) [n] = #name,
#include "abi/calls.def"
    };
    return number < DIFF_CALLS ? names[number] : NULL;
}

void diff_print(const struct op *op, unsigned number)
{
    printf("%6u  %s", number, kinds[op->kind]);
    if (op->kind != OP_CALL) {
        printf(" %llu %llu", (unsigned long long)op->x[0], (unsigned long long)op->x[1]);
    } else {
        const char *name = diff_call_name(op->x[8]);
        printf(" %s x9=%llu (", name ? name : "unknown", (unsigned long long)op->x[9]);
        for (unsigned i = 0; i < 6; i++) {
            printf("%s%llu", i ? ", " : "", (unsigned long long)op->x[i]);
        }
        printf(") x10=%llu x11=%llu x12=%llu", (unsigned long long)op->x[10],
               (unsigned long long)op->x[11], (unsigned long long)op->x[12]);
    }
    if (op->preempt) {
        printf(" preempted at point %u", op->preempt);
    }
    printf("\n");
}
