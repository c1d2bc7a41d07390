/* SPDX-License-Identifier: Apache-2.0 */
/* What fast.S knows of C: fast.c asserts that it is so. */
#pragma once

#define CALL_NUMBER_YIELD       0
#define CALL_NUMBER_CALL        1
#define CALL_NUMBER_REPLY_WAIT  2
#define CALL_NUMBER_SIGNAL_SEND 3

#define TYPE_ENDPOINT    6
#define TYPE_SIGNAL      7
#define THREAD_TYPE_BIT  58 /* of a slot's word: set in THREAD and VCPU, not in LINE */
#define SLOT_SHIFT       5
#define SLOT_BADGE       8
#define SLOT_OBJECT      0xffffffffffe0
#define ENDPOINT_SERVER  32
#define SIGNAL_TARGET    32
#define OBJECT_IS_DYING  1
#define CELL_TABLE       32
#define CELL_FAST_COUNT  44
#define CELL_MARKS       51
#define CELL_VTTBR       56
#define CHAIN_MAX_SHIFT  3
#define THREAD_CELL      288
#define THREAD_CPU       296
#define THREAD_CALLER    304
#define THREAD_CALLEE    312
#define THREAD_BUDGET    320
#define THREAD_SIGNALS   328
#define THREAD_STATE     336 /* a byte, then its depth */
#define THREAD_AWAITS    338
#define THREAD_HEAVY     340
#define THREAD_RECV_SLOT 344
#define THREAD_RECEPTIVE 352
#define THREAD_DEADLINE  360
#define THREAD_OBJECT    416
#define THREAD_QUEUE     592
#define BUDGET_NEXT      48
#define BUDGET_QUEUED    122
#define BUDGET_TIMED     123
#define CPU_CURRENT      0
#define CPU_BUDGET       8
#define CPU_WORLD        45
#define CPU_RESCHED      46 /* a byte, then indirect */
#define CPU_INDIRECT     47
#define CPU_WORDS        3520

#define STATE_READY   1
#define STATE_CALLING 3
#define STATE_WAITING 4
#define EVENT_FAULT   2
#define EVENT_EXIT    3
#define ACTION_REPLY  1
#define ACTION_RESUME 2
#define HEAVY_SHIFT   2 /* of HEAVY_FP, which is WORLD_FP */
#define CPTR_SHIFT    10
#define CPTR_LOW      0x37ff /* all closed */
#define CPTR_HIGH     0x4010
