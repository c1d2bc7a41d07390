/* SPDX-License-Identifier: Apache-2.0 */
/* What assembly knows of C. This is not linked: the makefile reads the sizes of these
 * arrays, each one more than the number that it stands for, and writes numbers.h. */
#include "abi/boot.h"
#include "abi/device.h"
#include "exception.h"
#include "kernel/core/calls.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/signal.h"
#include "sysreg.h"

#define NUMBER(name, value)       char name[(value) + 1]
#define OFFSET(name, type, field) NUMBER(name, offsetof(struct type, field))

NUMBER(BOOT_MAGIC_LOW, BH_BOOT_MAGIC & 0xffff);
NUMBER(BOOT_MAGIC_HIGH, BH_BOOT_MAGIC >> 16 & 0xffff);
OFFSET(BOOT_LOAD, boot_info, load);
OFFSET(BOOT_UART, boot_info, uart);
OFFSET(BOOT_UART_TYPE, boot_info, uart_type);
NUMBER(BOOT_CADENCE, START_CADENCE);
OFFSET(FRAME_X30_SP, frame, x[30]);
OFFSET(FRAME_PC_PSR, frame, pc);
OFFSET(FRAME_TLS, frame, tls);
NUMBER(ESR_EC_SVC, EC_SVC);
NUMBER(ESR_EC_HVC, EC_HVC);
NUMBER(NUMBER_CALL, CALL_call);
NUMBER(NUMBER_REPLY_WAIT, CALL_reply_wait);
NUMBER(NUMBER_SIGNAL_SEND, CALL_signal_send);
NUMBER(ENDPOINT_DOOR, BH_ENDPOINT << 8 | BH_ENDPOINT_SEND); /* upper bits of a slot's word */
NUMBER(SIGNAL_DOOR, BH_SIGNAL << 8 | BH_SIGNAL_SEND);
NUMBER(SLOT_SHIFT, __builtin_ctz(sizeof(struct slot)));
OFFSET(SLOT_BADGE, slot, badge);
OFFSET(ENDPOINT_SERVER, endpoint, server);
OFFSET(SIGNAL_TARGET, signal, target);
OFFSET(OBJECT_IS_DYING, object, dying);
OFFSET(CELL_TABLE, cell, table);
OFFSET(CELL_FAST_COUNT, cell, fast_count);
OFFSET(CELL_MARKS, cell, marks);
OFFSET(CELL_VTTBR, cell, vttbr);
OFFSET(THREAD_CELL, thread, cell);
OFFSET(THREAD_CPU, thread, cpu);
OFFSET(THREAD_CALLER, thread, caller);
OFFSET(THREAD_CALLEE, thread, callee);
OFFSET(THREAD_BUDGET, thread, budget);
OFFSET(THREAD_SIGNALS, thread, signals);
OFFSET(THREAD_RUN, thread, state); /* and depth */
OFFSET(THREAD_AWAITS, thread, awaits);
OFFSET(THREAD_HEAVY, thread, heavy);
OFFSET(THREAD_IS_VCPU, thread, is_vcpu);
OFFSET(THREAD_RECV_SLOT, thread, recv_slot);
OFFSET(THREAD_RECEPTIVE, thread, receptive);
OFFSET(THREAD_DEADLINE, thread, deadline.when);
OFFSET(THREAD_OBJECT, thread, object);
OFFSET(THREAD_QUEUE, thread, queue.next);
OFFSET(BUDGET_NEXT, budget, next);
OFFSET(BUDGET_QUEUED, budget, queued);
OFFSET(BUDGET_TIMED, budget, timed);
OFFSET(CPU_CURRENT, cpu, current);
OFFSET(CPU_BUDGET, cpu, budget);
OFFSET(CPU_IDLING, cpu, idling);
OFFSET(CPU_WORLD, cpu, world);
OFFSET(CPU_RESCHED, cpu, resched); /* and indirect */
OFFSET(CPU_INDIRECT, cpu, indirect);
OFFSET(CPU_WORDS, cpu, words);
NUMBER(STATE_READY, THREAD_READY);
NUMBER(STATE_CALLING, THREAD_CALLING);
NUMBER(STATE_WAITING, THREAD_WAITING);
NUMBER(EVENT_FAULT, BH_EVENT_FAULT);
NUMBER(EVENT_EXIT, BH_EVENT_EXIT);
NUMBER(ACTION_REPLY, BH_REPLY);
NUMBER(ACTION_RESUME, BH_RESUME);
NUMBER(FP_WORLD, WORLD_FP);
NUMBER(FP_SHIFT, __builtin_ctzll(CPTR_TFP) - __builtin_ctz(HEAVY_FP));
NUMBER(CPTR, CPTR_CLOSED);
NUMBER(ID_MASK, UINT64_C(0x3f) << 26 | KEY(3, 7, 15, 12, 0) | 1); /* sysregs.c */
NUMBER(ID_READ, EC_SYSREG << 26 | KEY(3, 0, 0, 4, 0) | 1);
NUMBER(AWAY_WORLD, HEAVY_AWAY);
NUMBER(AARCH32_BIT, __builtin_ctzll(PSR_AARCH32));
NUMBER(DEPTH_BIT, 8 + __builtin_ctz(BH_CHAIN_MAX));
NUMBER(THREAD_TYPE_BIT, 56 + __builtin_ctz(BH_THREAD));

static_assert(offsetof(struct thread, frame) == 0, "a thread is its frame");
static_assert(offsetof(struct frame, sp) == offsetof(struct frame, x[31]), "FRAME_X30_SP");
static_assert(offsetof(struct frame, psr) == offsetof(struct frame, pc) + 8, "FRAME_PC_PSR");
static_assert(CALL_yield == 0 && BH_OK == 0 && BH_EVENT_MESSAGE == 0, "registers that stay 0");
static_assert((BH_THREAD & BH_VCPU & -BH_THREAD) != 0 && !(BH_LINE & BH_THREAD), "find_thread");
static_assert(SLOT_OBJECT_MASK == 0xffffffffffe0, "find_capability");
static_assert(offsetof(struct thread, depth) == offsetof(struct thread, state) + 1, "THREAD_RUN");
static_assert(offsetof(struct cpu, indirect) == offsetof(struct cpu, resched) + 1, "CPU_RESCHED");
static_assert(offsetof(struct cpu, idling) % 4 == 0 &&
                  offsetof(struct cpu, world) == offsetof(struct cpu, idling) + 1 &&
                  offsetof(struct cpu, resched) == offsetof(struct cpu, world) + 1,
              "CPU_IDLING: a word, CPU_FLAGS");
static_assert((BH_CHAIN_MAX & (BH_CHAIN_MAX - 1)) == 0 && (int)WORLD_FP == HEAVY_FP, "one bit");
