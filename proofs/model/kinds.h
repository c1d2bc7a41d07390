/* SPDX-License-Identifier: Apache-2.0 */
/* How much the model has room for, and the kinds of things in it. */
#pragma once

#include "abi/types.h"

#define MODEL_OBJECTS   384
#define MODEL_CAPS      1536
#define MODEL_POOLS     24
#define MODEL_CORES     3
#define MODEL_CELLS     24
#define MODEL_THREADS   48
#define MODEL_SLOTS     64  /* of one cell */
#define MODEL_FREE      160 /* free blocks of one pool */
#define MODEL_PAGES     48  /* page tables of one cell */
#define MODEL_LEAVES    4096
#define MODEL_LINES     1024
#define MODEL_READY     64
#define MODEL_VIRQS     64
#define MODEL_REFILLS   8
#define MODEL_LEAST     2 /* ticks of an amount */
#define MODEL_TOMBSTONE (-1)
#define MODEL_MAILS     256 /* of one core */
#define MODEL_AGAIN     BH_STATUS_COUNT
#define MODEL_MOVE      (BH_STATUS_COUNT + 1) /* model.where has to go on */
#define MODEL_LINEAGE   32 /* caps from an object's first one down; the first has no parent */

/* The state of a thread; see docs/design.md 3.1 and 8. */
enum model_state { M_SUSPENDED, M_READY, M_RETRY, M_CALLING, M_WAITING, M_IDLE, M_AWAY };

/* What travels between cores: threads, for a call or a message, or home; notes of signals; lines.
 */
enum model_mail_kind { TRAVEL_CALL, TRAVEL_SEND, TRAVEL_HOME, TRAVEL_NOTE, TRAVEL_LINE };

/* What a capability that sits in an object is for; its place is minus this. */
enum model_role {
    ROLE_NONE,
    ROLE_HANDLER,
    ROLE_BUDGET,
    ROLE_SERVER,
    ROLE_TARGET,
    ROLE_IRQ,
    ROLE_LINE,
    ROLE_EXHAUSTED,
    ROLE_PARENT, /* of a budget that is a part of another */
    ROLE_PAGE,
    ROLE_PLAN, /* of a core: memory of a plan, one of two */
    ROLE_PLAN_OTHER,
    ROLE_WATCH, /* of a cell: the trace that it is under */
    ROLE_RING,  /* of a trace: one for each core */
    ROLE_COUNT = ROLE_RING + MODEL_CORES
};

enum model_phase { PHASE_NONE, PHASE_GROWING, PHASE_DONE, PHASE_SHRINKING, PHASE_CLEANING };
