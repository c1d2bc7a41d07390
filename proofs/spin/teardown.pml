/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that destroy each other, from different cores (kernel/cap/destroy.c, kernel/core/epoch.c,
 * thread_stop() of kernel/obj/thread.c).
 *
 * Thread N has core N as its home. 0 destroys 1, 1 destroys 0, 2 destroys both and sees to it that
 * their memory comes back; whose call it is travels to the core that owns the victim. Meanwhile
 * cores 0 and 2 signal thread 1, without the lock. Claims: each is freed once, while no list has a
 * node of it and no core uses it; nobody waits for ever.
 *
 * FAULTS: NO_EPOCH NO_DRAIN STOP_IN_FLIGHT STOP_ELSEWHERE PASS_IN_USE BURIED_EARLY NEVER_STOPS */

#define CORES 3
#define NODES 4
#define NOTE  3 /* of thread 1; the nodes 0 to 2 are those with which threads travel */

#include "mail.inc"

mtype = { RUNS, AWAY, SUSPENDED, LIVE, DYING, STOPPED, DEAD, FREE, CALL, HOME };

mtype state[CORES] = RUNS;
mtype life[CORES] = LIVE; /* objects 0 and 1 can end */
mtype kind[CORES];        /* of a travelling thread's mail */
byte at[CORES];           /* the core that owns the thread */
bool stop[CORES];
byte wanted[2];           /* DEAD: the epoch that it waits for */
bool noted;
bool uses[CORES];         /* the core has looked thread 1 up */
byte over, running, mask, ready;
bool done[CORES], signalled[CORES];

#define BIT(core) (1 << (core))
#define IDLES(core) (state[core] != RUNS && signalled[core] && !uses[core] && !kicked[core])

#define WAITS(core) ((mask & BIT(core)) && !IDLES(core))

inline pass(core) {
    mask = mask & ~BIT(core)
}

/* Where to go for the epoch: any core that has not passed; NOBODY if it is over. */
inline epoch_over(number, core, where) {
#ifdef NO_EPOCH
    where = NOBODY;
#else
    do
    :: if
        :: WAITS(0) -> where = 0
        :: WAITS(1) -> where = 1
        :: WAITS(2) -> where = 2
        :: else -> mask = 0; where = NOBODY
        fi;
        if
        :: where != NOBODY -> break
        :: where == NOBODY ->
            over = running;
            if
            :: over >= number -> break
            :: over < number -> running++; mask = (BIT(0) | BIT(1) | BIT(2)) & ~BIT(core)
            fi
        fi
    od
#endif
}

/* object_settle() for one dead object. MOVE: where is a core. */
inline settle(object, core, where) {
    epoch_over(wanted[object], core, where);
    if
    :: where != NOBODY
    :: where == NOBODY ->
        if
#ifndef NO_DRAIN
        :: object != core || (object == 1 && noted) -> where = object
#else
        :: false
#endif
        :: else ->
            assert(life[object] == DEAD);       /* once */
            assert(!listed[object]);
            assert(object != 1 || (!listed[NOTE] && !uses[0] && !uses[1] && !uses[2]));
            life[object] = FREE
        fi
    fi
}

/* One step of object_destroy(victim) on a core; the lock makes it one step for others, too. */
inline destroy(victim, core, where) {
    where = NOBODY;
    if
    :: life[victim] == LIVE || life[victim] == DYING ->
        life[victim] = DYING;
        if
#ifndef STOP_ELSEWHERE
        :: at[victim] != core -> where = at[victim]
#endif
        :: at[victim] == core && state[victim] == AWAY ->
            stop[victim] = true;
            where = at[victim];
#ifdef STOP_IN_FLIGHT
            state[victim] = SUSPENDED;
            life[victim] = STOPPED
#endif
        :: else ->
            assert(core == victim); /* it is at home, and only its core may stop it */
#ifndef NEVER_STOPS
            state[victim] = SUSPENDED;
#endif
            life[victim] = STOPPED
        fi
    :: life[victim] == STOPPED ->
        life[victim] = DEAD;
        wanted[victim] = running + 1;
#ifdef BURIED_EARLY
        wanted[victim] = running
#endif
    :: life[victim] == DEAD -> settle(victim, core, where)
    :: life[victim] == FREE
    fi
}

/* What a thread destroys now. */
#define ALIVE(object) (life[object] != FREE)
#define NAMED(object) (life[object] != FREE && life[object] != DEAD)
#define VICTIM(thread) ((thread) == 2 -> (ALIVE(0) -> 0 : 1) : 1 - (thread))
/* 0 and 1 have done theirs when no capability names the victim any more. */
#define HAS_DONE(thread) ((thread) == 2 -> (!ALIVE(0) && !ALIVE(1)) : !NAMED(1 - (thread)))

inline forward(thread, to, what) {
    atomic {
        assert(thread == 2 || life[thread] != FREE);
        at[thread] = to;
        kind[thread] = what;
        post(to, thread)
    }
}

/* The call of a thread, on a core that owns it. Elsewhere and at home. */
inline call_make(thread, core, where, victim) {
    atomic {
        where = NOBODY;
        if
        :: HAS_DONE(thread) -> done[thread] = true
        :: else -> victim = VICTIM(thread); destroy(victim, core, where); victim = 0
        fi;
        if
        :: where != NOBODY -> state[thread] = AWAY; at[thread] = where; kind[thread] = CALL; post(where, thread)
        :: else
        fi
    }
}

inline arrive(core, node, where, victim) {
    assert(node == 2 || node == NOTE || life[node] != FREE);
    if
    :: kind[node] == HOME ->
        atomic {
            assert(core == node && state[node] == AWAY);
            state[node] = (stop[node] -> SUSPENDED : RUNS);
            stop[node] = false
        }
    :: kind[node] == CALL && stop[node] -> forward(node, node, HOME)
    :: kind[node] == CALL && !stop[node] ->
        call_make(node, core, where, victim);
        if
        :: where == NOBODY -> forward(node, node, HOME)
        :: else -> where = 0
        fi
    fi;
    where = 0
}

/* signal_send() to thread 1, from a core that is not its home. */
inline signal(core, was) {
    atomic {
        if
        :: NAMED(1) && life[1] == LIVE -> uses[core] = true
        :: else
        fi
    };
    if
    :: uses[core] ->
#ifdef PASS_IN_USE
        pass(core);
#endif
        atomic { was = noted; noted = true };
        if
        :: !was -> atomic { assert(life[1] != FREE); post(1, NOTE) }
        :: else
        fi;
        atomic { was = 0; uses[core] = false }
    :: else
    fi
}

active [CORES] proctype core() {
    byte item, where, x;

    d_step { at[_pid] = _pid; ready++ };
    ready == CORES;
end:
    do
    :: kicked[_pid] ->
        pass(_pid);
        mail_take(_pid, item, x, where);
        if
        :: item == NOTE -> assert(life[1] != FREE); noted = false; assert(life[1] != FREE)
        :: item == NOBODY
        :: else -> arrive(_pid, item, where, x)
        fi;
        atomic { item = 0; where = 0 }
    :: state[_pid] == RUNS && !done[_pid] ->
        call_make(_pid, _pid, where, x);
        where = 0
    :: !signalled[_pid] -> /* another thread of this core */
        signalled[_pid] = true;
        if
        :: _pid != 1 -> signal(_pid, x)
        :: else
        fi
    od
}

/* Nobody has anything more to do. */
active proctype rest() {
    timeout;
    assert(life[0] == FREE && life[1] == FREE);
    assert(done[2] && state[2] == RUNS);
    assert(state[0] == SUSPENDED && state[1] == SUSPENDED)
}
