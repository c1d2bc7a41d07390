/* SPDX-License-Identifier: Apache-2.0 */
/* A core is switched off while others may be about to post to it (core_off() of kernel/obj/core.c, the
 * end of mail_irq(), epoch.c).
 *
 * T's home was core 2 until a moment ago; core 0 has perhaps read that and signals T. S, of core 0,
 * destroys something and visits core 2 for its epoch. Core 1 switches core 2 off. Claims: nobody
 * posts to a core that is off, the signal arrives at core 1, S comes home, core 2 is off in the end.
 *
 * FAULTS: OFF_AT_ONCE OFF_UNLOCKED OFF_WITH_MAIL */

#define CORES 3
#define NODES 2
#define NOTE  0 /* of T */
#define VISIT 1 /* of S */

#include "mail.inc"

byte cpu = 2; /* home core of T */
bool lock;
bool leaving, gone;
bool epoch[2]; /* that core_off() waits for: core 0, core 1 has to pass */
bool signalled, visited, visit_done, begun;

inline lock_take() { atomic { !lock -> lock = true } }

inline arrive(core, node, home) {
    if
    :: node == NOTE ->
        home = cpu;
        if
        :: home != core -> atomic { post(home, NOTE); home = 0 }
        :: else -> signalled = true; home = 0
        fi
    :: node == VISIT ->
        if
        :: core == 0 -> visit_done = true
        :: else -> atomic { post(0, VISIT) } /* the core has passed */
        fi
    :: node == NOBODY
    fi;
    node = 0
}

active proctype core_0() {
    byte node, home, x;
    bool sent;
end:
    do
    :: epoch[0] -> epoch[0] = false /* an interrupt, or it idles */
    :: kicked[0] -> mail_take(0, node, x, home); arrive(0, node, home)
    :: !sent -> sent = true; home = cpu; atomic { post(home, NOTE); home = 0 }
    :: !visited ->
        visited = true;
        lock_take();
        if
        :: off -> visit_done = true
        :: else -> atomic { post(2, VISIT) }
        fi;
        lock = false
    od
}

active proctype core_1() {
    byte node, home, x;
end:
    do
    :: kicked[1] -> mail_take(1, node, x, home); arrive(1, node, home)
    :: cpu != 2 && !leaving ->
        lock_take();
        leaving = true;
#ifndef OFF_AT_ONCE
        epoch[0] = true;
#endif
        lock = false
    :: leaving && !gone && !epoch[0] ->
        lock_take();
        atomic { gone = true; kick(2) };
        lock = false
    od
}

active proctype core_2() {
    byte node, home, x;
    do
    :: cpu == 2 ->
        cpu = 1
    :: kicked[2] ->
        mail_take(2, node, x, home);
        arrive(2, node, home);
        if
        :: gone && len(inbox[2]) == 0 ->
#ifndef OFF_UNLOCKED
            lock_take();
#endif
            if
#ifdef OFF_WITH_MAIL
            :: true ->
#else
            :: mailbox[2] == NOBODY ->
#endif
                off = true;
                lock = false;
                break
            :: mailbox[2] != NOBODY -> lock = false /* it was kicked again */
            fi
        :: else
        fi
    od;
    assert(mailbox[2] == NOBODY)
}

/* Nobody has anything more to do. */
active proctype rest() {
    timeout;
    assert(signalled && visit_done && off)
}
