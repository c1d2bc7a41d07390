/* SPDX-License-Identifier: Apache-2.0 */
/* Marks that the counting plugin looks for, and what each number means. A mark is MOVZ XZR, #imm:
 * it does nothing.
 *
 * The plugin counts marks apart; the processor's counter sees each as one instruction. Also for
 * assembly. */
#pragma once

#define MARK_BEGIN  0x4000 /* + number: a path begins with the next instruction */
#define MARK_END    0x8000 /* + number: it has ended; nothing if it had not begun */
#define MARK_CANCEL 0xc000 /* + number: as if it had not begun */
#define MARK_COUNT  128

/* The numbers of all paths; tests/bench/rows.txt says more about each. */
#define MARK_EMPTY          1
#define MARK_HUNDRED        2
#define MARK_CALL           3
#define MARK_REPLY_WAIT     4
#define MARK_ROUND_0        5
#define MARK_ROUND_8        6
#define MARK_NULL           7
#define MARK_SIGNAL         8
#define MARK_IRQ            9
#define MARK_IRQ_IDLE       10
#define MARK_MAP            11
#define MARK_UNMAP          12
#define MARK_CREATE         13
#define MARK_DESTROY        14
#define MARK_DERIVE         15
#define MARK_REVOKE_1       16
#define MARK_REVOKE_100     17
#define MARK_REVOKE_10000   18
#define MARK_CREATE_CELL    19
#define MARK_DESTROY_CELL   20
#define MARK_CREATE_THREAD  21
#define MARK_DESTROY_THREAD 22
#define MARK_MAP_2M         23
#define MARK_UNMAP_2M       24
#define MARK_MAP_1G         25
#define MARK_UNMAP_1G       26
#define MARK_ROUND_4        27
#define MARK_CALL_CAP       28
#define MARK_ROUND_FP_KEPT  29
#define MARK_ROUND_FP_USED  30
#define MARK_FAULT          32
#define MARK_VCPU_SWITCH    33
#define MARK_HVC_CALL       34
#define MARK_REGION         31 /* a whole loop, between two readings of the counter */
#define MARK_SIGNAL_BELOW   35
#define MARK_BOOT           36
#define MARK_SGI_TAKE       37
#define MARK_SGI_TAKE_WFI   38
#define MARK_GICD_ENABLE    39
#define MARK_UART_READ      40
#define MARK_GICD_READ      41
#define MARK_GICD_WRITE     42
#define MARK_ID_REGISTER    43
#define MARK_SMCCC          44
#define MARK_HVC            45
#define MARK_SGI            46
#define MARK_VTIMER         47
#define MARK_VTIMER_WFI     48
#define MARK_UART_CHAR      49
#define MARK_ROUND_2_CORES  50
#define MARK_ROUND_4_CORES  51
#define MARK_FAR_CALL       52
#define MARK_FAR_REPLY      53
#define MARK_FAR_SIGNAL     54
#define MARK_FAR_TAKE       55
#define MARK_UNMAP_SHARED   64
#define MARK_IRQ_BUSY       56
#define MARK_IRQ_VM         57
#define MARK_DOORBELL       58
#define MARK_DOORBELL_DONE  59
#define MARK_GUEST_SIGNAL   60
#define MARK_SGI_SEND       61
#define MARK_SGI_SEND_WFI   62
#define MARK_TLBI           63 /* only to know that the plugin counts right */

#define MARK_TEXT_(x) #x
#define MARK_TEXT(x)  MARK_TEXT_(x)
#define MARK_BEGINS(mark) \
    __asm__ volatile("movz xzr, #" MARK_TEXT(MARK_BEGIN) " + " MARK_TEXT(mark)::: "memory")
#define MARK_ENDS(mark) \
    __asm__ volatile("movz xzr, #" MARK_TEXT(MARK_END) " + " MARK_TEXT(mark)::: "memory")
