/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how text lies in the entries of a channel, and how to wait for room. */
#include "cells/lib/stream.h"

#include "cells/lib/call.h"
#include "cells/lib/counter.h"
#include "cells/lib/format.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"
#include "cells/lib/string.h"

static void wake(struct stream *stream)
{
    if (channel_wake_needed(&stream->channel)) {
        (void)bh_signal_send(stream->signal); /* DOWN: the other end will look when it starts */
    }
}

bool stream_open(struct stream *stream, const struct start_info *start, const char *name)
{
    const struct start_memory *memory = start_find_memory(start, name);
    char side[BH_NAME_MAX];

    if (memory == NULL) {
        return false;
    }
    *stream = (struct stream){
        .signal = start_need_cap(start, name, BH_SIGNAL),
        .bits = start_need_value(start, name),
    };
    format(side, sizeof(side), "%s-side", name);
    if (!channel_attach(&stream->channel, (void *)(uintptr_t)memory->address, memory->size,
                        (unsigned)start_need_value(start, side))) {
        print_stop("the memory '%s' is too small for a channel", name);
    }
    (void)channel_update(&stream->channel);
    wake(stream);
    return true;
}

size_t stream_try_write(struct stream *stream, const char *text, size_t size)
{
    uint8_t entry[CHANNEL_ENTRY];
    size_t done = 0;

    while (done < size) {
        size_t part = size - done < STREAM_TEXT_MAX ? size - done : STREAM_TEXT_MAX;

        entry[0] = (uint8_t)part;
        memcpy(entry + 1, text + done, part);
        if (channel_send(&stream->channel, entry) != CHANNEL_OK) {
            break;
        }
        done += part;
    }
    wake(stream);
    return done;
}

/* Wait for a signal of the other end; DOWN at the deadline (0: none), BUSY if waiting is not
 * possible. What else comes is kept or refused. */
static enum bh_status wait(struct stream *stream, uint64_t deadline)
{
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    for (;;) {
        struct bh_received r;
        enum bh_status status =
            bh_reply_wait_with(action, &m, &r, (struct bh_wait){.deadline = deadline});

        if (status == BH_BAD_ARG) {
            return BH_BUSY;
        }
        action = BH_WAIT_ONLY;
        if (status != BH_OK) {
            continue; /* who waited for an answer is gone */
        }
        if (r.event == BH_EVENT_DEADLINE) {
            return BH_DOWN;
        }
        if (r.event == BH_EVENT_SIGNAL) {
            stream->missed |= m.w[0] & ~stream->bits;
            if ((m.w[0] & stream->bits) != 0) {
                return BH_OK;
            }
        } else {
            action = server_refuse(&m, &r);
            m.w[0] = BH_BUSY;
        }
    }
}

enum bh_status stream_write(struct stream *stream, const char *text, size_t size)
{
    uint64_t patience = 0; /* until when a missing reader is waited for */

    for (;;) {
        size_t done = stream_try_write(stream, text, size);
        bool up = channel_update(&stream->channel);
        enum bh_status status;

        text += done;
        size -= done;
        if (size == 0) {
            stream->away = false;
            return BH_OK;
        }
        if (!up && stream->away) {
            return BH_DOWN;
        }
        if (up || patience == 0) {
            patience = counter_after(STREAM_PATIENCE_MS);
        }
        status = wait(stream, up ? 0 : patience);
        if (status != BH_OK) {
            stream->away = status == BH_DOWN;
            return status;
        }
    }
}

size_t stream_read(struct stream *stream, char *to, size_t size)
{
    size_t done = 0;

    while (done < size) {
        size_t left;

        if (channel_update(&stream->channel) && channel_restarted(&stream->channel)) {
            stream->input[0] = 0;
        }
        if (stream->input_at >= stream->input[0]) {
            stream->input_at = 0;
            stream->input[0] = 0;
            if (channel_receive(&stream->channel, stream->input) != CHANNEL_OK ||
                stream->input[0] == 0) { /* of empty ones a bad other end always has another */
                break;
            }
            if (stream->input[0] > STREAM_TEXT_MAX) {
                stream->input[0] = STREAM_TEXT_MAX; /* the other end writes nonsense */
            }
        }
        left = (size_t)(stream->input[0] - stream->input_at);
        left = left < size - done ? left : size - done;
        memcpy(to + done, stream->input + 1 + stream->input_at, left);
        stream->input_at = (uint8_t)(stream->input_at + left);
        done += left;
    }
    wake(stream);
    return done;
}
