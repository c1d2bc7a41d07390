/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that a system lives on, where all is as usual: call, reply_wait, signal_send and yield.
 *
 * In assembly, because the words of a message then stay in their registers, and a call that goes
 * on in its thread stores none (docs/costs.md). Each looks at everything first, with x0-x11 and
 * x18-x30 unchanged, and changes something only when nothing is in its way; else ordinary_call
 * makes the same call in C, and what it means is what is written there: the kernel without this
 * file passes the same tests.
 *
 * sp = frame and struct thread of the caller, x8 = number of the call; x12 and x13 are stored. */
#include "macros.inc"
#include "exit_check.inc"
#include "fast_calls.inc"

    .section .text.fast, "ax"

/* x9 -> x16 = object, x17 = badge, of a capability of this type with this right: slot_look(),
 * word_allows(), slot_changed(). Changes x14, x15. */
    .macro find_capability door
    ldr x14, [sp, #THREAD_CELL]
    ldr w16, [x14, #CELL_FAST_COUNT]
    ldr x15, [x14, #CELL_TABLE]
    cmp x9, x16
    csel x16, x9, xzr, lo /* slot 0 is always empty */
    csdb
    add x15, x15, x16, lsl #SLOT_SHIFT
    ldar x16, [x15]
    add x17, x15, #SLOT_BADGE
    ldar x17, [x17]
    ldr x15, [x15]
    cmp x15, x16 /* another core takes it away at this moment */
    b.ne ordinary_call
    lsr x15, x16, #48
    and x15, x15, #~0xfe
    cmp x15, #\door
    b.ne ordinary_call
    and x16, x16, #0xffffffffffe0
    .endm

/* x14 = the thread that a slot inside object x16 names, none: not here. */
    .macro find_thread slot
    ldr x14, [x16, #\slot]
    tbz x14, #THREAD_TYPE_BIT, ordinary_call /* empty, or a line */
    and x14, x14, #0xffffffffffe0
    sub x14, x14, #THREAD_OBJECT
    .endm

/* x14 = who comes -> x12 = its cell, w17 = what makes the switch more than one of VTTBR_EL2: as
 * CPU_STATE(), w8 = what of that it is itself: enum cpu_world. x13 = cpu. */
    .macro find_world
    ldr x12, [x14, #THREAD_CELL]
    ldr w17, [x13, #CPU_IDLING]
    ldrb w8, [x12, #CELL_MARKS]
    orr w17, w17, w8, lsl #8
    ldrb w8, [x14, #THREAD_HEAVY]
    orr w17, w17, w8, lsl #8
    .endm

    .global fast_call
fast_call:
    find_capability ENDPOINT_DOOR
    orr x15, x10, x11 /* no capability travels */
    cbnz x15, ordinary_call
    find_thread ENDPOINT_SERVER
    mrs x13, tpidr_el2
    ldr x15, [x14, #THREAD_RECEPTIVE]
    cmp x15, x13
    b.ne ordinary_call
    ldrh w12, [sp, #THREAD_RUN] /* READY, and its depth */
    tbnz w12, #DEPTH_BIT, ordinary_call
    add w12, w12, #(1 << 8)
    strh w12, [x14, #THREAD_RUN]
    mov x9, x17 /* x8 is set below; x10 = BH_EVENT_MESSAGE and x11 are 0 */
    mov x16, sp
    str x16, [x14, #THREAD_CALLER]
    str xzr, [x14, #THREAD_RECEPTIVE]
    str x14, [sp, #THREAD_CALLEE]
    mov w16, #STATE_CALLING
    strb w16, [sp, #THREAD_RUN]
    strb wzr, [sp, #THREAD_AWAITS]
    find_world
    cbz w17, switch_plain

/* As switch_plain, if w17 is not 0. FP registers that one of the two has used stay where they are:
 * they are opened or closed. */
switch_full:
    cmp w17, #(FP_WORLD << 8)
    b.ne switch_more
    strb w8, [x13, #CPU_WORLD]
    ldr x15, =CPTR
    eor x16, x15, x8, lsl #FP_SHIFT
    msr cptr_el2, x16

/* To thread x14 of cell x12, which gets x0-x7 and x9-x11. x13 = cpu. */
switch_plain:
    ldr x12, [x12, #CELL_VTTBR]
    str x14, [x13, #CPU_CURRENT]
    msr vttbr_el2, x12
    store_call_rest
    check_fast_leave
switch_load:
    mov sp, x14
    mov x8, xzr /* BH_OK */
    load_state
    load_x 12, 29
    check_fast_exit
    return_from_exception

    .global fast_reply_wait
fast_reply_wait:
    ldr x14, [sp, #THREAD_CALLER]
    cbz x14, ordinary_call
    mrs x13, tpidr_el2
    orr x15, x10, x11 /* no capability travels */
    ldr x16, [sp, #THREAD_DEADLINE]
    eor x12, x12, x16 /* the deadline is that of the last wait */
    orr x15, x15, x12
    ldr x16, [sp, #THREAD_SIGNALS]
    orr x15, x15, x16
    ldr x16, [sp, #THREAD_QUEUE]
    add x17, sp, #THREAD_QUEUE
    eor x16, x16, x17 /* nobody of another core waits for it */
    orr x15, x15, x16
    ldrb w16, [x13, #CPU_INDIRECT]
    orr x15, x15, x16
    cbnz x15, ordinary_call
    ldrb w15, [x14, #THREAD_AWAITS]
    cbnz w15, fast_resume
    cmp x9, #ACTION_REPLY
    b.ne ordinary_call
    mov w15, #STATE_WAITING
    strh w15, [sp, #THREAD_RUN] /* depth = 0 */
    str xzr, [sp, #THREAD_CALLER]
    str x13, [sp, #THREAD_RECEPTIVE]
    mov w15, #STATE_READY
    strb w15, [x14, #THREAD_RUN]
    str wzr, [x14, #THREAD_RECV_SLOT]
    mov x9, xzr
    find_world
    cbz w17, switch_plain
    b switch_full

switch_more: /* a guest or more on one side */
    str x14, [x13, #CPU_CURRENT]
    store_call_rest
    check_fast_leave
    cmp w17, #(AWAY_WORLD << 8) /* not in the core; devices or traced; resched, indirect */
    b.hs switch_words
    mov x19, x0
    mov x0, x14
    mov sp, x13
    bl world_change /* leaves x1-x7, x9-x11 and x14 as they are */
    mov x0, x19
    b switch_load

    .global fast_signal_send
fast_signal_send:
    find_capability SIGNAL_DOOR
    ldrb w15, [x16, #OBJECT_IS_DYING]
    cbnz w15, ordinary_call
    find_thread SIGNAL_TARGET
    mrs x13, tpidr_el2
    cmp x17, #0
    csinc x17, x17, xzr, ne /* bit 0 if there is no badge */
    ldr x15, [x14, #THREAD_CPU]
    cmp x15, x13
    b.ne fast_signal_other
    ldrb w15, [x14, #THREAD_RUN]
    cmp w15, #STATE_READY
    b.ne fast_signal_other
    ldr x15, [x14, #THREAD_BUDGET] /* queued: it is on its way already */
    cbz x15, ordinary_call
    ldrb w15, [x15, #BUDGET_QUEUED]
    cbz w15, ordinary_call
    ldrh w15, [x13, #CPU_RESCHED] /* and indirect */
    cbnz w15, ordinary_call
    ldr x15, [x14, #THREAD_SIGNALS]
    orr x15, x15, x17
    str x15, [x14, #THREAD_SIGNALS]
    mov x16, xzr
    mov x17, xzr
    mov x8, xzr /* BH_OK */
    go_on
