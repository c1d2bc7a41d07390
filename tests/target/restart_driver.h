/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver that can be made to crash does for its clients: word 0 of a call. */
#pragma once

enum driver_operation {
    DRIVER_READ,      /* answers: 0, words of enum driver_word */
    DRIVER_INTERRUPT, /* lets its device interrupt it once */
    DRIVER_CRASH      /* word 1: enum driver_crash */
};

enum driver_word {
    DRIVER_DATA = 1,   /* DRIVER_DATA_NEW until a call has changed it: initialised data */
    DRIVER_CALLS,      /* calls since it started: .bss */
    DRIVER_HEAP,       /* the first word of its private memory, counted up by every call */
    DRIVER_INTERRUPTS, /* since it started */
    DRIVER_SECONDS     /* what its device says */
};
#define DRIVER_DATA_NEW 0x600dda7a

enum driver_crash {
    CRASH_POINTER,   /* writes where nothing is mapped */
    CRASH_CODE,      /* writes into its own code */
    CRASH_STACK,     /* calls itself until the stack is full */
    CRASH_JUMP,      /* jumps into its data */
    CRASH_UNDEFINED, /* executes what is no instruction */
    CRASH_INTERRUPT, /* dies in the next interrupt, before it has acknowledged it */
    CRASH_COUNT,
    CRASH_LOOP = CRASH_COUNT /* loops for ever in the next interrupt, on its own budget */
};

/* Entries of its channel come back as they were, but for one that starts with this: there it
 * believes that the second word is a pointer. */
#define DRIVER_BELIEVE 0x626c65657665
