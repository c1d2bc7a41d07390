/* SPDX-License-Identifier: Apache-2.0 */
/* What the data looks like, for C and assembly. */
#pragma once

#define PARTS      6
#define PART_WORDS 0x10000
#define PATTERN    0x1234567
