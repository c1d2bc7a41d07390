/* SPDX-License-Identifier: Apache-2.0 */
/* What the two cells of borrow.dts say to each other: word 0 of a call. */
#pragma once

#include "cells/lib/call.h"

enum lend_request {
    LEND_READ,       /* the frame, to be read */
    LEND_BOTH,       /* and written */
    LEND_SIGNAL,     /* something that is no memory */
    LEND_NOTHING,    /* no capability */
    LEND_WRITE_WORD, /* write word 1 into the frame's first; the answer's is the frame's second */
    LEND_END         /* take it back; word 0 of the answer: the status of that */
};
#define LEND_BYTES 0x4000u
