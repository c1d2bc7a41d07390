/* SPDX-License-Identifier: Apache-2.0 */
/* Derivation: fewer rights, new badges, into other tables; what delete and revoke take along. */
#include "tests/unit/world.h"

static struct slot *slot(uint64_t index)
{
    return machine_slot(world_warden(), index);
}

static void test_derive(void **state)
{
    (void)state;
    uint64_t parent = world_make(BH_ENDPOINT, 0, 0, 0);
    uint64_t child = world_derive(parent, BH_ENDPOINT_SEND | BH_ENDPOINT_MINT, 0);
    assert_ptr_equal(slot_object(slot(child)), slot_object(slot(parent)));
    assert_int_equal(slot_rights(slot(child)), BH_ENDPOINT_SEND | BH_ENDPOINT_MINT);
    assert_int_equal(slot(child)->depth, 1);
    assert_true(cap_has_children(slot(parent)));
    assert_false(cap_has_children(slot(child)));
}

static void test_derive_into_other_cell(void **state)
{
    (void)state;
    uint64_t parent = world_make(BH_SIGNAL, 0, 0, 0), cell = world_make(BH_CELL, 8, 0, 0);
    assert_int_equal(DO(cap_derive, parent, cell, 5, BH_SIGNAL_SEND, 9), BH_OK);
    const struct cell *other = cell_of(world_object(cell));
    assert_ptr_equal(slot_object(&other->table[5]), world_object(parent));
    assert_int_equal(other->table[5].badge, 9);
    assert_int_equal(other->used_slots, 1);
    assert_int_equal(DO(cap_derive, parent, cell, 5, 0, 0), BH_NO_SLOT);
    assert_int_equal(DO(cap_derive, parent, cell, 8, 0, 0), BH_NO_SLOT);
    uint64_t weak = world_derive(cell, BH_ALL & ~BH_CELL_GRANT, 0);
    assert_int_equal(DO(cap_derive, parent, weak, 6, 0, 0), BH_NO_RIGHT);
    assert_int_equal(DO(cap_derive, parent, parent, 6, 0, 0), BH_BAD_TYPE);
    assert_int_equal(DO(cap_derive, parent, MACHINE_SLOTS, 6, 0, 0), BH_NO_CAP);
}

static void test_derive_errors(void **state)
{
    (void)state;
    uint64_t parent = world_make(BH_ENDPOINT, 0, 0, 0),
             weak = world_derive(parent, BH_ENDPOINT_SEND, 0), to = world_slot();
    assert_int_equal(DO(cap_derive, weak, 0, to, BH_ENDPOINT_SEND | BH_ENDPOINT_BIND, 0),
                     BH_NO_RIGHT);
    assert_int_equal(DO(cap_derive, weak, 0, to, 0x100, 0), BH_BAD_ARG);
    assert_int_equal(DO(cap_derive, parent, 0, parent, 0, 0), BH_NO_SLOT);
    assert_int_equal(DO(cap_derive, parent, 0, 0, 0, 0), BH_NO_SLOT);
    assert_int_equal(DO(cap_derive, parent, 0, MACHINE_SLOTS, 0, 0), BH_NO_SLOT);
    assert_int_equal(DO(cap_derive, parent, 0, UINT64_MAX, 0, 0), BH_NO_SLOT);
}

static void test_badges(void **state)
{
    (void)state;
    uint64_t parent = world_make(BH_ENDPOINT, 0, 0, 0), to;
    uint64_t badged = world_derive(parent, BH_ALL, 77);
    assert_int_equal(slot(badged)->badge, 77);
    assert_int_equal(slot(world_derive(badged, BH_ALL, 0))->badge, 77);
    to = world_slot();
    assert_int_equal(DO(cap_derive, badged, 0, to, BH_ALL, 78), BH_BAD_ARG);
    uint64_t weak = world_derive(parent, BH_ENDPOINT_SEND, 0);
    assert_int_equal(DO(cap_derive, weak, 0, world_slot(), 0, 3), BH_NO_RIGHT);
    assert_int_equal(DO(cap_derive, SLOT_RAM, 0, world_slot(), 0, 3), BH_BAD_ARG);
}

static void test_identify(void **state)
{
    (void)state;
    uint64_t mine = world_endpoint(WARDEN_THREAD), badged = world_derive(mine, BH_ENDPOINT_SEND, 5);
    assert_int_equal(DO(cap_identify, badged), BH_OK);
    assert_int_equal(world_result(0), BH_ENDPOINT);
    assert_int_equal(world_result(1), BH_ENDPOINT_SEND);
    assert_int_equal(world_result(2), 5);
    assert_int_equal(DO(endpoint_bind, mine, 0), BH_OK);
    assert_int_equal(DO(cap_identify, badged), BH_OK);
    assert_int_equal(world_result(2), 0);
    assert_int_equal(DO(cap_identify, world_derive(world_make(BH_SIGNAL, 0, 0, 0), BH_ALL, 6)),
                     BH_OK);
    assert_int_equal(world_result(2), 0);
}

static void test_delete_takes_children(void **state)
{
    (void)state;
    uint64_t root = world_make(BH_SIGNAL, 0, 0, 0);
    uint64_t a = world_derive(root, BH_ALL, 0), b = world_derive(a, BH_ALL, 0),
             c = world_derive(b, BH_ALL, 0);
    uint64_t sibling = world_derive(root, BH_ALL, 0);
    assert_int_equal(DO(cap_delete, 0, a), BH_OK);
    assert_int_equal(slot(a)->word | slot(b)->word | slot(c)->word, 0);
    assert_true(slot_full(slot(root)) && slot_full(slot(sibling)));
    assert_int_equal(DO(cap_delete, 0, a), BH_NO_CAP);
    assert_int_equal(DO(cap_delete, 0, MACHINE_SLOTS), BH_NO_CAP);
}

static void test_delete_in_other_cell(void **state)
{
    (void)state;
    uint64_t root = world_make(BH_SIGNAL, 0, 0, 0), cell = world_make(BH_CELL, 8, 0, 0);
    assert_int_equal(DO(cap_derive, root, cell, 3, BH_ALL, 0), BH_OK);
    assert_int_equal(DO(cap_delete, world_derive(cell, BH_CELL_INFO, 0), 3), BH_NO_RIGHT);
    assert_int_equal(DO(cap_delete, cell, 3), BH_OK);
    assert_int_equal(cell_of(world_object(cell))->used_slots, 0);
    assert_int_equal(DO(cap_delete, cell, 3), BH_NO_CAP);
}

static void test_revoke(void **state)
{
    (void)state;
    uint64_t root = world_make(BH_SIGNAL, 0, 0, 0);
    uint64_t keep = world_derive(root, BH_ALL, 0), a = world_derive(keep, BH_ALL, 0),
             b = world_derive(a, BH_ALL, 0);
    assert_int_equal(DO(cap_revoke, keep), BH_OK);
    assert_true(slot_full(slot(keep)) && slot_full(slot(root)));
    assert_int_equal(slot(a)->word | slot(b)->word, 0);
    assert_int_equal(DO(cap_revoke, keep), BH_OK);
}

/* Preemption points of a revoke: each visit takes at least one capability, and derive is refused
 * meanwhile. */
static void test_revoke_in_steps(void **state)
{
    (void)state;
    uint64_t root = world_make(BH_SIGNAL, 0, 0, 0), last = root;
    for (unsigned i = 0; i < 5; i++) {
        last = world_derive(last, BH_ALL, 0);
    }
    unsigned visits = 0;
    do {
        host.polls_left = 1;
        (void)DO(cap_revoke, root);
        visits++;
        if (cap_has_children(slot(root))) {
            assert_int_equal(DO(cap_derive, root, 0, world_slot(), BH_ALL, 0), BH_BUSY);
        }
    } while (cap_has_children(slot(root)));
    assert_int_equal(visits, 5);
    assert_int_equal(DO(cap_revoke, root), BH_OK);
    (void)world_derive(root, BH_ALL, 0);
}

/* 256 generations are one too many. */
static void test_depth(void **state)
{
    (void)state;
    uint64_t cell = world_make(BH_CELL, 300, 0, 0), root = world_make(BH_SIGNAL, 0, 0, 0);
    struct cell *c = cell_of(world_object(cell));
    struct slot *parent = slot(root);
    for (uint64_t i = 1; i <= SLOT_DEPTH_MAX; i++) {
        cap_put_child(&c->table[i], c, parent, cap_terms_of(parent));
        parent = &c->table[i];
    }
    assert_int_equal(parent->depth, SLOT_DEPTH_MAX);
    struct slot *empty = slot(world_slot());
    cap_put_child(empty, world_warden()->cell, &c->table[SLOT_DEPTH_MAX - 1], cap_terms_of(parent));
    assert_int_equal(
        DO(cap_derive, (uint64_t)(empty - world_warden()->cell->table), 0, world_slot(), BH_ALL, 0),
        BH_BUSY);
    assert_int_equal(DO(cap_revoke, root), BH_OK);
    assert_int_equal(c->used_slots, 0);
}

/* A cell that dies while it revokes does not leave the object closed to others. */
static void test_revoke_of_a_dead_cell(void **state)
{
    (void)state;
    uint64_t signal = world_make(BH_SIGNAL, 0, 0, 0), lent = world_derive(signal, BH_ALL, 0);
    uint64_t copy = world_derive(lent, BH_ALL, 0);
    for (unsigned i = 0; i < 3; i++) {
        (void)world_derive(copy, BH_ALL, 0);
    }
    host.polls_left = 1;
    (void)DO(cap_revoke, copy);
    assert_int_equal(world_object(signal)->frozen, CAP_FREEZE);
    world_warden()->frame.pc += 4;
    assert_int_equal(DO(cap_delete, 0, lent), BH_OK);
    assert_int_equal(world_object(signal)->frozen, 0);
}

/* A binding goes with the capability that it was made from. */
static void test_revoke_unbinds(void **state)
{
    (void)state;
    uint64_t thread = world_thread(0), endpoint = world_make(BH_ENDPOINT, 0, 0, 0);
    uint64_t lent = world_derive(thread, BH_ALL, 0);
    assert_int_equal(DO(endpoint_bind, endpoint, lent), BH_OK);
    assert_ptr_equal(endpoint_server(endpoint_of(world_object(endpoint))), world_thread_at(thread));
    assert_int_equal(DO(cap_delete, 0, lent), BH_OK);
    assert_null(endpoint_server(endpoint_of(world_object(endpoint))));
}

/* Rights go for good; what was derived before keeps its own. */
static void test_restrict(void **state)
{
    (void)state;
    uint64_t endpoint = world_make(BH_ENDPOINT, 0, 0, 0);
    uint64_t child = world_derive(endpoint, BH_ENDPOINT_SEND | BH_ENDPOINT_GRANT, 0);
    assert_int_equal(DO(cap_restrict, endpoint, BH_ALL + 1), BH_BAD_ARG);
    assert_int_equal(DO(cap_restrict, endpoint, BH_ENDPOINT_SEND), BH_OK);
    assert_int_equal(slot_rights(slot(endpoint)), BH_ENDPOINT_SEND);
    assert_int_equal(slot_rights(slot(child)), BH_ENDPOINT_SEND | BH_ENDPOINT_GRANT);
    assert_int_equal(DO(cap_derive, endpoint, 0, world_slot(), BH_ENDPOINT_GRANT, 0), BH_NO_RIGHT);
    assert_int_equal(DO(cap_restrict, endpoint, BH_ALL), BH_OK); /* nothing comes back */
    assert_int_equal(slot_rights(slot(endpoint)), BH_ENDPOINT_SEND);
    assert_int_equal(DO(cap_revoke, endpoint), BH_OK); /* the child is still its child */
    assert_int_equal(slot(child)->word, 0);
}

/* A mapping never has more access than its capability. */
static void test_restrict_mapped(void **state)
{
    (void)state;
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, 0x100000, BH_MAP_READ | BH_MAP_WRITE), BH_OK);
    assert_int_equal(DO(cap_restrict, SLOT_RAM, BH_MEMORY_READ), BH_BUSY);
    assert_int_equal(DO(cap_restrict, SLOT_RAM, BH_MEMORY_READ | BH_MEMORY_WRITE), BH_OK);
    assert_int_equal(DO(memory_unmap, 0, SLOT_RAM), BH_OK);
    assert_int_equal(DO(cap_restrict, SLOT_RAM, BH_MEMORY_READ), BH_OK);
    assert_int_equal(DO(memory_map, 0, SLOT_RAM, 0x100000, BH_MAP_READ | BH_MAP_WRITE),
                     BH_NO_RIGHT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_derive),
        WORLD_TEST(test_derive_into_other_cell),
        WORLD_TEST(test_derive_errors),
        WORLD_TEST(test_badges),
        WORLD_TEST(test_identify),
        WORLD_TEST(test_delete_takes_children),
        WORLD_TEST(test_delete_in_other_cell),
        WORLD_TEST(test_revoke),
        WORLD_TEST(test_revoke_in_steps),
        WORLD_TEST(test_depth),
        WORLD_TEST(test_revoke_of_a_dead_cell),
        WORLD_TEST(test_revoke_unbinds),
        WORLD_TEST(test_restrict),
        WORLD_TEST(test_restrict_mapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
