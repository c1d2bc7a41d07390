/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint: a door to one server thread. */
#pragma once

#include "kernel/obj/thread.h"

struct endpoint {
    struct object object;
    struct slot server; /* THREAD or VCPU */
};
SLOT_LINKABLE(endpoint, server);

static_assert(sizeof(struct endpoint) == 64, "one cache line on the message path");

static inline struct endpoint *endpoint_of(struct object *object)
{
    return container_of(object, struct endpoint, object);
}

/* The server, NULL if none is bound. */
static ALWAYS_INLINE struct thread *endpoint_server(const struct endpoint *endpoint)
{
    struct object *object = slot_object(&endpoint->server);
    return object ? thread_of(object) : NULL;
}
