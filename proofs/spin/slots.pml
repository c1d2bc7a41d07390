/* SPDX-License-Identifier: Apache-2.0 */
/* Capability slots that are read without a lock, and when the memory of a destroyed object can be used
 * anew (kernel/cap/slot.h, kernel/cap/cap.c, kernel/core/epoch.c).
 *
 * One slot; two kinds of objects, whose capabilities have badge 1 and 2. Writers hold the lock.
 * Readers are cores 1 and 2; core 0 destroys. Claims: a reader never pairs the word of one
 * capability with the badge of another, and never uses an object after its memory was freed.
 * Stores are seen late, unless something orders them: then the writer waits until they are.
 *
 * FAULTS: NO_NUMBER PLAIN_BADGE WORD_FIRST NO_THIRD_READ NO_EPOCH PASS_IN_USE NO_FENCE_WRITER
 *         NO_FENCE_WAKING EARLY_IDLE */

#define READERS  2
#define OBJECTS  2
#define WRITES   5 /* by one run of the model */
#define FILLINGS 8 /* numbers of a slot's word: more than there are writes; 32 in the kernel */

#define EMPTY     0
#define TOMBSTONE 1
/* Word: number * 4 + 2 + object. */
#define WORD(object) (filling * 4 + 2 + (object))
#define OBJECT_OF(w) ((w) & 1)
#define FULL(w)      (((w) & 2) != 0)

byte word, badge;          /* the slot */
byte filling;
byte generation[OBJECTS];  /* of an object's memory: changes when it is freed */
byte seen_word;            /* what other cores see of `word` while it is late */
bool late;                 /* seen_word is older */
bool mask[READERS], idling[READERS], seen_idling[READERS];
byte writes;

#define SEEN (late -> seen_word : word)

/* Other cores see it at some later time; stores of one variable in order. */
inline write_word(value) {
    atomic {
        if
        :: !late -> seen_word = word; late = true
        :: else -> seen_word = word
        fi;
        word = value
    }
}

/* A store becomes visible at some time. */
active proctype store_buffer() {
end:
    do
    :: late -> late = false
    :: seen_idling[0] != idling[0] -> seen_idling[0] = idling[0]
    :: seen_idling[1] != idling[1] -> seen_idling[1] = idling[1]
    od
}

inline slot_fill(object) {
#ifdef NO_NUMBER
    filling = 0;
#else
    filling = (filling + 1) % FILLINGS;
#endif
#ifdef WORD_FIRST
    write_word(WORD(object));
    badge = 1 + object
#else
#ifndef PLAIN_BADGE
    !late; /* a release: who sees the badge sees that the slot was empty */
#endif
    badge = 1 + object;
    write_word(WORD(object))
#endif
}

/* Every core has been at a point where it uses nothing. */
inline epoch() {
    byte reader;
#ifndef NO_EPOCH
#ifndef NO_FENCE_WRITER
    !late; /* who sees the mask, or is seen idling, sees the tombstone */
#endif
    d_step { mask[0] = true; mask[1] = true };
    for (reader : 0 .. READERS - 1) {
        do
        :: !mask[reader] -> break
        :: mask[reader] && seen_idling[reader] -> break /* what it notes later says no more */
        od
    }
#endif
}

active proctype writer() {
    byte object;
    do
    :: writes == WRITES -> break
    :: writes < WRITES && word == EMPTY ->
        writes++;
        if
        :: object = 0
        :: object = 1
        fi;
        slot_fill(object)
    :: writes < WRITES && word == TOMBSTONE -> writes++; write_word(EMPTY)
    :: writes < WRITES && FULL(word) -> writes++; write_word(EMPTY) /* deleted; the object lives */
    :: writes < WRITES && FULL(word) -> /* its object is destroyed */
        writes++;
        object = OBJECT_OF(word);
        write_word(TOMBSTONE);
        epoch();
        generation[object]++ /* freed, and something else soon */
    od
}

active [READERS] proctype reader() {
    byte me = _pid - 2, first, second, mark, was, left = 2;

    do
    :: left > 0 ->
        left--;
        /* It waits for an interrupt. */
        if
        :: atomic { idling[me] = true; seen_idling[me] = true };
            atomic {
                idling[me] = false;
#ifndef NO_FENCE_WAKING
                seen_idling[me] = false
#endif
            }
        :: skip
        fi;
        if
        :: mask[me] -> mask[me] = false /* an interrupt by the destroyer */
        :: skip
        fi;
        /* It looks the capability up. */
        atomic { first = SEEN; was = (FULL(first) -> generation[OBJECT_OF(first)] : 0) };
        if
        :: FULL(first) ->
            mark = badge;
#ifdef NO_THIRD_READ
            second = first;
#else
            second = SEEN;
#endif
#ifdef PASS_IN_USE
            mask[me] = false;
#endif
#ifdef EARLY_IDLE
            atomic { idling[me] = true; seen_idling[me] = true };
#endif
            if
            :: first == second ->
                assert(mark == 1 + OBJECT_OF(first));           /* its own badge */
                assert(generation[OBJECT_OF(first)] == was);    /* used after it was freed */
                assert(generation[OBJECT_OF(first)] == was)
            :: else /* the slow path, under the lock */
            fi;
#ifdef EARLY_IDLE
            atomic { idling[me] = false; seen_idling[me] = false }
#endif
        :: else
        fi
    :: else -> break
    od;
    /* Idle for ever. */
    atomic { mask[me] = false; idling[me] = true; seen_idling[me] = true }
}
