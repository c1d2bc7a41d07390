/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a random call is made that often names what is there and is sometimes well-formed. */
#include "tests/target/lab/attack.h"

#define SLOTS_USED 48
#define FREE_AT    UINT64_C(0x20000000) /* nothing is there at first */

/* x0..x12 of a call. */
struct registers {
    uint64_t x[13];
};

/* The type masks of abi/calls.def. */
#define OBJECT(number, NAME, name, doc) T_##NAME = 1 << (number),
#define RIGHT(NAME, bit, RIGHT_NAME, doc)
enum {
#include "abi/objects.def"
    T_NONE = 0,
    T_ANY = 0xffe,
    T_SELF_OR_CELL = 1 << BH_CELL | 1
};

static const struct known {
    uint16_t number, types;
} known[] = {
#define CALL(number, name, types, rights, argc, args, resc, results, doc) {number, types},
#include "abi/calls.def"
};

/* A pool_create that may well succeed. */
static void random_create(struct registers *r, uint64_t random)
{
    static const uint16_t plausible[][4] = {{BH_POOL, 4096, 0, 0},
                                            {BH_CELL, 8, 0, 0},
                                            {BH_CELL, 40, 1, 0},
                                            {BH_THREAD, ATTACK_PAIR(BH_CELL), 0, 0},
                                            {BH_ENDPOINT, 0, 0, 0},
                                            {BH_SIGNAL, 0, 0, 0},
                                            {BH_LINE, ATTACK_PAIR(BH_VCPU), 50, 0},
                                            {BH_VCPU, ATTACK_PAIR(BH_CELL) + 1, 64, 0}};
    const uint16_t *row = plausible[random % 8];

    r->x[0] = row[0];
    r->x[1] = random >> 8 & 1 ? r->x[1] : ATTACK_PAIR(BH_BUDGET + 5) + (random >> 16) % 20;
    r->x[2] = row[1];
    r->x[3] = row[2];
    r->x[4] = row[3];
}

/* Number and capability: half of the time such that they fit. */
static void random_call(struct registers *r, uint64_t *state)
{
    uint64_t random = lab_random(state), type = (random >> 32) % (BH_CORE + 1);
    const struct known *row = &known[(random >> 8) % (sizeof(known) / sizeof(known[0]))];

    r->x[8] = random & 2 ? row->number : random >> 16 & 63;
    if (random & 1) {
        while (row->types != 0 && !(row->types >> type & 1)) {
            type = (type + 1) % (BH_CORE + 1);
        }
        r->x[8] = row->number;
        r->x[9] = row->types == 0 ? type % 5
                  : type == 0     ? 0
                                  : ATTACK_PAIR(type) + (random >> 40 & 1);
    } else if (random >> 58 == 0) {
        r->x[8] = lab_random(state) >> (random >> 16 & 63);
    }
    if (r->x[8] == BH_CALL_pool_create && (random & 24)) {
        random_create(r, lab_random(state));
    }
    if (random & 4) {
        r->x[10] = r->x[11] = 0;
    }
}

static uint64_t random_argument(uint64_t *state)
{
    uint64_t r = lab_random(state), value = r >> 8;

    switch (r & 7) {
    case 0:
        return 0;
    case 1:
    case 2:
    case 3:
        return value % (value >> 32 & 15 ? SLOTS_USED : ATTACK_SLOTS);
    case 4:
        return value % 14; /* types, rights, settings, actions */
    case 5:
        return UINT64_C(4096) << value % 12; /* sizes */
    case 6:
        return value % 4 == 0 ? FREE_AT + value / 4 % 4 * LAB_PAGE : value % 0x800 * LAB_PAGE;
    default:
        return lab_random(state) >> value % 64;
    }
}

/* Most waits are short: only few threads come back from one that is for ever. */
static uint64_t random_deadline(uint64_t *state)
{
    uint64_t r = lab_random(state);

    switch (r & 31) {
    case 0:
        return random_argument(state);
    case 1:
    case 2:
    case 3:
        return counter_now() + (r >> 8) % 10000;
    default:
        return 1;
    }
}

static uint64_t execute(struct registers *r)
{
    SVC_REGISTER(0, r->x[0]);
    SVC_REGISTER(1, r->x[1]);
    SVC_REGISTER(2, r->x[2]);
    SVC_REGISTER(3, r->x[3]);
    SVC_REGISTER(4, r->x[4]);
    SVC_REGISTER(5, r->x[5]);
    SVC_REGISTER(6, r->x[6]);
    SVC_REGISTER(7, r->x[7]);
    SVC_REGISTER(8, r->x[8]);
    SVC_REGISTER(9, r->x[9]);
    SVC_REGISTER(10, r->x[10]);
    SVC_REGISTER(11, r->x[11]);
    SVC_REGISTER(12, r->x[12]);
    SVC_MESSAGE(SVC_OPERANDS_8, "+r");
    return x8;
}

void attack_main(uint64_t arg)
{
    struct attack *state = (struct attack *)(uintptr_t)arg;

    for (;;) {
        struct registers r;
        uint64_t random = state->random | 1, status; /* it may have been zeroed */
        for (unsigned i = 0; i < 12; i++) {
            r.x[i] = random_argument(&random);
        }
        random_call(&r, &random);
        r.x[12] = random_deadline(&random);
        state->random = random;
        status = execute(&r);
        if (status < BH_STATUS_COUNT) {
            state->statuses[status]++;
        } else {
            state->wrong++;
        }
        state->calls++;
    }
}
