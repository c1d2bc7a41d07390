/* SPDX-License-Identifier: Apache-2.0 */
/* The end of objects, in bounded steps. */
#pragma once

#include "kernel/cap/cap.h"

/* True if thread would destroy what it runs in. */
bool object_holds(const struct object *object, const struct thread *thread);

/* Destroy the object that mine names: OK, or AGAIN at a preemption point; mine stays until the end,
 * so
 * that the call can be made again. */
MUST_CHECK status object_destroy(struct slot *mine);
