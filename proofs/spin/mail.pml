/* SPDX-License-Identifier: Apache-2.0 */
/* Mailboxes: who owns a thread and its nodes while it travels, is signalled and changes its home
 * (kernel/core/mail.c, thread_move() of kernel/obj/thread.c).
 *
 * Three cores. T is signalled by each of them and moves from core 2 to 0 and on to 1; P, of core 0,
 * makes a kernel call on an object of core 1 or 2 and comes home. Claims: no signal is lost, only a
 * thread's home touches it, P and T arrive, no node is in two lists.
 *
 * FAULTS: CLEAR_LATE NOTED_FIRST NO_NOTED KICK_NEVER COLLECT_TWICE NOT_FORWARDED CLEARED_THEN_FORWARDED
 *         MOVED_EARLY MORE_FORGOTTEN */

#define CORES  3
#define NODES  3
#define NOTE   0 /* of T */
#define TRAVEL 1 /* of T, when it moves */
#define CALL   2 /* of P */

#include "mail.inc"

byte cpu = 2;        /* home core of T */
bool at_home = true; /* it is not on its way there */
byte user = NOBODY;  /* for the claims: the core that is at T */
bool noted;
byte posted, taken;  /* bits of signals */
bool called, call_home;
byte moves;

#define BIT(core) (1 << (core))

inline use_begin(core) { atomic { assert(user == NOBODY && core == cpu); user = core } }
inline use_end() { user = NOBODY }

/* An exchange of `noted` that found it clear means that the node is ours to post. */
inline note_send(core, home, was) {
#ifdef NOTED_FIRST
    atomic { was = noted; noted = true };
    posted = posted | BIT(core);
#else
    posted = posted | BIT(core);
    atomic { was = noted; noted = true };
#endif
#ifdef NO_NOTED
    was = 0;
#endif
    if
    :: was == 0 -> home = cpu; atomic { post(home, NOTE); home = 0 }
    :: else -> was = 0
    fi
}

inline signal(core, home, was) {
    home = cpu;
    if
    :: home == core ->
        home = 0;
        use_begin(core);
        atomic { taken = taken | BIT(core); use_end() }
    :: else -> home = 0; note_send(core, home, was)
    fi
}

inline note_arrive(core, home, bits) {
    home = cpu;
#ifdef NOT_FORWARDED
    home = core;
#endif
#ifdef CLEARED_THEN_FORWARDED
    noted = false;
#endif
    if
    :: home != core -> atomic { post(home, NOTE); home = 0 }
    :: else ->
        home = 0;
#ifdef CLEAR_LATE
        atomic { bits = posted; posted = 0 };
        noted = false;
#else
        noted = false;
        atomic { bits = posted; posted = 0 };
#endif
        use_begin(core);
        atomic { taken = taken | bits; bits = 0; use_end() }
    fi
}

inline call_arrive(core) {
    if
    :: core == 0 -> call_home = true
    :: else -> atomic { post(0, CALL) }
    fi
}

/* T goes from the core that owns it to another one. */
inline move(core, to) {
    use_begin(core);
    moves++;
    at_home = false;
#ifdef MOVED_EARLY
    cpu = to;
#endif
    use_end();
    cpu = to;
    atomic { post(to, TRAVEL); to = 0 }
}

active [CORES] proctype core() {
    byte node, home, x;
    bool signalled;
end:
    do
    :: kicked[_pid] ->
        mail_take(_pid, node, x, home);
        if
        :: node == NOTE -> note_arrive(_pid, home, x)
        :: node == TRAVEL -> at_home = true
        :: node == CALL -> call_arrive(_pid)
        :: node == NOBODY
        fi;
        node = 0
    :: !signalled -> signalled = true; signal(_pid, home, x)
    :: _pid == 0 && !called ->
        called = true;
        atomic {
            if
            :: home = 1
            :: home = 2
            fi;
            post(home, CALL);
            home = 0
        }
    :: cpu == _pid && at_home && moves < 2 -> home = (cpu == 2 -> 0 : 1); move(_pid, home)
    od
}

/* Nobody has anything more to do. */
active proctype rest() {
    timeout;
    assert(taken == BIT(0) + BIT(1) + BIT(2)); /* no signal was lost */
    assert(moves == 2 && at_home);
    assert(call_home)
}
