/* SPDX-License-Identifier: Apache-2.0 */
/* What <assert.h> is where there is no C library: static_assert and nothing else. */
#pragma once

#define static_assert _Static_assert
