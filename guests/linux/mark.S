/* SPDX-License-Identifier: Apache-2.0 */
/* A program that does one thing: a mark that tests/bench/plugin/spread.c looks for. */
#include "tests/bench/mark.h"

    .text
    .global _start
_start:
    movz xzr, #(MARK_BEGIN + MARK_LINUX)
    mov x0, #0
    mov x8, #93 /* exit */
    svc #0
