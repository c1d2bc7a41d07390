/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the words for enum bh_status and the names of abi/calls.def. */
#include "cells/lib/status_name.h"

#include <stddef.h>

#include "abi/types.h"

static const char *const status_names[BH_STATUS_COUNT] = {
    [BH_OK] = "OK",
    [BH_BAD_CALL] = "BAD_CALL: no call has this number",
    [BH_BAD_ARG] = "BAD_ARG: an argument is out of range, misaligned, or reserved and not zero",
    [BH_NO_CAP] = "NO_CAP: the slot is empty or outside the table",
    [BH_BAD_TYPE] = "BAD_TYPE: the capability names an object of another type",
    [BH_NO_RIGHT] = "NO_RIGHT: the capability lacks a right that the call needs",
    [BH_STALE] = "STALE: the object was destroyed",
    [BH_NO_SLOT] = "NO_SLOT: the destination slot is outside the table or not empty",
    [BH_NO_MEMORY] = "NO_MEMORY: the pool that pays has no block of this size left",
    [BH_BUSY] = "BUSY: the object is in use in a way that excludes this call",
    [BH_DOWN] = "DOWN: nobody serves this endpoint",
    [BH_NO_CALLER] = "NO_CALLER: the caller died or gave up before the reply",
    [BH_CANCELED] = "CANCELED: the call was cancelled from outside",
    [BH_DEADLOCK] = "DEADLOCK: the call would close a cycle or make a chain longer than 8",
    [BH_OTHER_CORE] = "OTHER_CORE: the object lives on another core",
    [BH_NO_VMID] = "NO_VMID: every VMID is taken, too many live cells",
};

const char *status_name(uint64_t status)
{
    return status < BH_STATUS_COUNT ? status_names[status]
                                    : "a status that this version does not know";
}

static const struct {
    uint32_t number;
    const char *name;
} calls[] = {
#define CALL(number, name, types, rights, arguments, in, results, out, doc) {number, #name},
#include "abi/calls.def"
};

const char *call_name(uint64_t number)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (calls[i].number == number) {
            return calls[i].name;
        }
    }
    return "unknown call";
}
