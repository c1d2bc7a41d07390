/* SPDX-License-Identifier: Apache-2.0 */
/* What the cells of the trace test know of each other. */
#pragma once

#define NO_SLOT_HAS 999 /* in no table here */
#define MANY        150 /* calls that fail: more records than a ring has room for */
