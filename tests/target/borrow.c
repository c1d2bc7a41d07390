/* SPDX-License-Identifier: Apache-2.0 */
/* Memory shared at run time: a native cell and a guest borrow another cell's, see what it writes,
 * and have nothing any more once it is taken back. */
#include "tests/target/borrow.h"

#include "cells/lib/borrow.h"
#include "tests/target/lab/guest.h"

#define AT         UINT64_C(0x50000000)
#define ROUNDS     200
#define GUEST_DOOR 20 /* slots of the guest's table */
#define GUEST_SLOT 21
#define WORDS      ((volatile uint64_t *)AT)

static uint32_t lender, slot;

/* The answer's word 1. */
static uint64_t ask(enum lend_request request, uint64_t word)
{
    struct bh_message m = {{request, word}};

    lab_status("call", bh_call(lender, &m), BH_OK);
    if (request == LEND_END) {
        lab_status("taking it back", (enum bh_status)m.w[0], BH_OK);
    }
    return m.w[1];
}

static enum bh_status borrow(enum lend_request request, uint64_t least, uint64_t access)
{
    struct bh_message m = {{request}};

    return borrow_memory(lender, &m, slot, AT, least, access);
}

static enum bh_status slot_state(void)
{
    uint64_t info[4];

    return bh_memory_info(slot, info);
}

static void test_shared(void)
{
    struct lab_account before = {0};

    lab_begin("borrow.both_see_what_the_other_writes");
    for (uint64_t i = 0; i < ROUNDS; i++) {
        lab_status("borrow", borrow(LEND_BOTH, LEND_BYTES, BH_MAP_READ | BH_MAP_WRITE), BH_OK);
        WORDS[1] = ~i;
        lab_expect(ask(LEND_WRITE_WORD, i) == ~i, "round %lu: not what was written here", i);
        lab_expect(WORDS[0] == i, "round %lu: not what was written there", i);
        (void)ask(LEND_END, 0);
        lab_status("what was taken back", slot_state(), BH_NO_CAP);
        if (i == 0) { /* the page tables stay */
            before = lab_account();
        }
    }
    lab_expect(lab_account_same(before, lab_account()), "kernel memory or slots differ");
    lab_end();
}

static void test_refused(void)
{
    lab_begin("borrow.what_does_not_fit_is_not_kept");
    lab_status("too small", borrow(LEND_READ, LEND_BYTES + 1, BH_MAP_READ), BH_BAD_ARG);
    lab_status("its slot", slot_state(), BH_NO_CAP);
    lab_status("a signal", borrow(LEND_SIGNAL, 1, BH_MAP_READ), BH_NO_CAP);
    lab_status("its slot", slot_state(), BH_NO_CAP);
    lab_status("nothing", borrow(LEND_NOTHING, 1, BH_MAP_READ), BH_NO_CAP);
    lab_status("more than was lent", borrow(LEND_READ, 1, BH_MAP_READ | BH_MAP_WRITE), BH_NO_RIGHT);
    lab_status("its slot", slot_state(), BH_NO_CAP);
    lab_status("given back", borrow(LEND_READ, 1, BH_MAP_READ), BH_OK);
    lab_status("by its borrower", bh_cap_delete(0, slot), BH_OK);
    lab_end();
}

/* In the guest: the status of borrowing, then what it reads until it is told to go on. */
static volatile uint64_t told[3];

static uint64_t in_guest(uint64_t request)
{
    uint64_t call[13] = {request, [8] = BH_CALL_call, [9] = GUEST_DOOR, [11] = GUEST_SLOT};
    uint64_t map[13] = {GUEST_SLOT, AT, BH_MAP_READ | BH_MAP_WRITE, [8] = BH_CALL_memory_map};

    told[0] = lab_guest_call(call);
    told[1] = lab_guest_call(map);
    told[2] = WORDS[0];
    WORDS[1] = told[2] + 1;
    return LAB_GUEST_DONE;
}

static void test_guest(void)
{
    struct bh_message m = {{0}};
    struct lab_guest vm;

    lab_begin("borrow.a_guest_does_as_well");
    lab_guest_open(&vm);
    lab_need("cap_derive",
             bh_cap_derive(lender, vm.cell, GUEST_DOOR, BH_ENDPOINT_SEND | BH_ENDPOINT_GRANT, 0));
    (void)ask(LEND_WRITE_WORD, 4711);
    lab_guest_start(&vm, in_guest, LEND_BOTH);
    lab_expect(lab_guest_wait(BH_WAIT_ONLY, &m, 60000) == GUEST_DONE, "it does not end");
    lab_status("its call", (enum bh_status)told[0], BH_OK);
    lab_status("its mapping", (enum bh_status)told[1], BH_OK);
    lab_expect(told[2] == 4711, "it reads %lu", told[2]);
    lab_expect(ask(LEND_WRITE_WORD, 0) == 4712, "what it wrote does not arrive");
    (void)ask(LEND_END, 0);
    lab_guest_start(&vm, in_guest, LEND_NOTHING);
    lab_expect(lab_guest_wait(BH_WAIT_ONLY, &m, 60000) == GUEST_EXIT && m.w[0] == BH_EXIT_READ,
               "it still has what was taken back");
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    lender = start_need_cap(start, "lender", BH_ENDPOINT);
    slot = lab_slot();
    test_shared();
    test_refused();
    test_guest();
    lab_done();
}
