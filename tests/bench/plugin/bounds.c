/* SPDX-License-Identifier: Apache-2.0 */
/* A QEMU plugin that measures every stay in the kernel: its instructions, TLB and cache
 * maintenance, and how long it held the configuration lock. It keeps the worst of each kind, with
 * the places where its time went.
 *
 * Arguments: out=FILE; text=FIRST, last=LAST: the kernel's code; vectors=ADDRESS: an ERET behind
 * those of EL2 itself leaves the kernel; boot=ADDRESS that a core passes as it starts: it ends
 * the stay in which it went off; wake=ADDRESS where an idle core goes on; mark=ADDRESS, several:
 * of the functions that a stay passed the last in this list says of what kind it was; take=FIRST,
 * taken=LAST, give=ADDRESS: the functions that take and give back the lock; ask=ADDRESS: the
 * function that is asked at preemption points; poll=ADDRESS in it, where it knows no reason to
 * stop but a core that waits; offer=ADDRESS where another function looks for such a core, which
 * gives it the lock. All of them physical, and virtual: the kernel's map is flat. holds=1: the
 * places are those of the longest hold, not of the longest stay. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/plugin/decode.h"
#include "tests/bench/plugin/qemu.h"

#define EXPORT __attribute__((visibility("default")))

#define FIRST_ADDRESS UINT64_C(0x40000000) /* of the first instruction: the board's boot loader */
#define ERET          0xd69f03e0u
#define CPUS          8
#define MARKS         128
#define PLACES        (1u << 16) /* instructions of the kernel */
#define TRAIL         (1u << 20) /* instructions of one stay that are remembered */
#define HOLD          (1u << 14) /* and of one hold of the lock */

EXPORT const int qemu_plugin_version = PLUGIN_VERSION;

/* Where a stay in the kernel began. */
enum door { DOOR_SYNC, DOOR_IRQ, DOOR_SERROR, DOOR_IDLE, DOORS };

/* What is to be done at an instruction beside counting it. */
enum action {
    ACT_NONE,
    ACT_ENTER,
    ACT_LEAVE,
    ACT_MARK,
    ACT_TAKE,
    ACT_ASK,
    ACT_GIVE,
    ACT_POLL,
    ACT_OFFER
};

struct place {
    uint16_t index;
    uint8_t kind; /* enum count_kind */
    uint8_t action;
    uint8_t value;  /* ENTER: door; MARK: number */
    bool maintains; /* not DC ZVA, which is a store, nor AT, which is a look */
};

struct worst {
    uint64_t times, instructions, stretch, tlbi, cache, held, waited;
    uint64_t step, tail; /* of holds: up to a poll; from an answer that stops the operation */
    uint32_t *trail;     /* how often each instruction of the longest stay was executed */
};

struct core {
    bool open, locked, asked;
    uint8_t door, mark;
    uint64_t instructions, stretch, stretch_most, tlbi, cache, held, held_most, waited;
    uint64_t step, tail, asked_at;
    uint16_t trail[TRAIL], hold[HOLD], hold_most[HOLD];
    struct worst worst[DOORS][MARKS];
};

static struct place places[PLACES];
static struct core *cores;
static const uint8_t *first; /* where the emulator has the memory at FIRST_ADDRESS */
static uint64_t text, last, vectors, boot, wake, take_first, take_last, give, ask, poll, offer,
    marks[MARKS];
static uint64_t by_holds;
static unsigned mark_count;
static char out_name[512] = "bounds.txt";

static void stay_begin(struct core *core, uint8_t door)
{
    core->open = true;
    core->locked = core->asked = false;
    core->door = door;
    core->mark = 0;
    core->instructions = core->stretch = core->stretch_most = 0;
    core->tlbi = core->cache = core->held = core->held_most = core->waited = 0;
    core->step = core->tail = 0;
}

static void most(uint64_t *most, uint64_t value)
{
    *most = value > *most ? value : *most;
}

/* Asked by the holder: first comes whether there is another reason to stop. */
static void hold_ask(struct core *core)
{
    core->asked_at = core->asked ? core->asked_at : core->held;
    core->asked = core->locked;
}

static void hold_end(struct core *core, enum action why)
{
    if (why == ACT_POLL) {
        most(&core->step, core->held);
    } else if (core->asked) {
        most(&core->tail, core->held - core->asked_at);
    }
    core->asked = false;
    if (core->held > core->held_most) {
        core->held_most = core->held;
        memcpy(core->hold_most, core->hold, sizeof core->hold);
    }
    core->held = 0;
}

static void stay_end(struct core *core)
{
    struct worst *worst = &core->worst[core->door][core->mark];
    const uint16_t *trail = by_holds ? core->hold_most : core->trail;
    uint64_t length = by_holds ? core->held_most : core->instructions,
             room = by_holds ? HOLD : TRAIL;
    bool longest = length > (by_holds ? worst->held : worst->instructions);

    core->open = false;
    most(&core->stretch_most, core->stretch);
    worst->times++;
    most(&worst->stretch, core->stretch_most);
    most(&worst->tlbi, core->tlbi);
    most(&worst->cache, core->cache);
    most(&worst->held, core->held_most);
    most(&worst->step, core->step);
    most(&worst->tail, core->tail);
    most(&worst->waited, core->waited);
    most(&worst->instructions, core->instructions);
    if (!longest) {
        return;
    }
    worst->trail = worst->trail == NULL ? malloc(PLACES * sizeof *worst->trail) : worst->trail;
    memset(worst->trail, 0, PLACES * sizeof *worst->trail);
    for (uint64_t i = 0; i < length && i < room; i++) {
        worst->trail[trail[i]]++;
    }
}

static void count(struct core *core, const struct place *place)
{
    if (place->action == ACT_TAKE) { /* waits for others: their time */
        core->waited++;
        core->locked = true;
        core->held = 0;
        return;
    }
    if (core->instructions < TRAIL) {
        core->trail[core->instructions] = place->index;
    }
    if (core->locked && core->held < HOLD) {
        core->hold[core->held] = place->index;
    }
    core->instructions++;
    core->stretch++;
    core->tlbi += place->kind == COUNT_TLBI;
    core->cache += place->kind == COUNT_CACHE && place->maintains;
    core->held += core->locked;
}

static void on_execute(unsigned cpu, void *data)
{
    const struct place *place = data;
    struct core *core = &cores[cpu % CPUS];

    if (place->action == ACT_ENTER) {
        stay_begin(core, place->value);
    }
    if (!core->open) {
        return;
    }
    count(core, place);
    if (place->action == ACT_MARK) {
        core->mark = place->value > core->mark ? place->value : core->mark;
    } else if (place->action == ACT_LEAVE) {
        stay_end(core);
    } else if (place->action == ACT_ASK) {
        hold_ask(core);
    } else if (place->action >= ACT_GIVE) {
        hold_end(core, (enum action)place->action);
        most(&core->stretch_most, core->stretch);
        core->stretch = place->action == ACT_POLL ? 0 : core->stretch;
        core->locked = core->locked && place->action != ACT_GIVE;
    }
}

/* Those of EL2 itself come before. */
static bool leaves(uint64_t address, uint32_t opcode)
{
    return opcode == ERET && address >= vectors + 0x400;
}

static struct place *place_at(uint64_t address, uint32_t opcode)
{
    static const uint64_t doors[] = {
        [DOOR_SYNC] = 0x400, [DOOR_IRQ] = 0x480, [DOOR_SERROR] = 0x580};
    static const struct {
        const uint64_t *at;
        enum action action;
    } acts[] = {{&wake, ACT_ENTER}, {&boot, ACT_LEAVE}, {&ask, ACT_ASK},
                {&give, ACT_GIVE},  {&poll, ACT_POLL},  {&offer, ACT_OFFER}};
    struct place *place = &places[(address - text) / 4];
    enum count_kind kind = decode_kind(opcode);

    place->index = (uint16_t)((address - text) / 4);
    place->kind = (uint8_t)kind;
    place->maintains = (opcode & 0xffffffe0) != 0xd50b7420 && (opcode & 0xfff8ff00) != 0xd5087800;
    for (uint8_t door = 0; door < sizeof doors / sizeof doors[0]; door++) {
        if (address == vectors + doors[door]) {
            place->action = ACT_ENTER;
            place->value = door;
        }
    }
    place->action = leaves(address, opcode) ? ACT_LEAVE : place->action;
    for (uint8_t i = 0; i < mark_count; i++) {
        if (address == marks[i]) {
            place->action = ACT_MARK;
            place->value = (uint8_t)(i + 1);
        }
    }
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        place->action = address == *acts[i].at ? (uint8_t)acts[i].action : place->action;
    }
    place->value = address == wake ? DOOR_IDLE : place->value;
    if (address >= take_first && address < take_last) {
        place->action = ACT_TAKE;
    }
    return place;
}

static void on_translate(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        const uint8_t *here = qemu_plugin_insn_haddr(insn);
        uint64_t address;
        uint32_t opcode;

        first = first == NULL ? here : first;
        address = (uint64_t)(here - first) + FIRST_ADDRESS;
        if (here >= first && address >= text && address < last) {
            memcpy(&opcode, qemu_plugin_insn_data(insn), sizeof opcode);
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_execute, CALLBACK_NO_REGISTERS,
                                                   place_at(address, opcode));
        }
    }
}

static void write_worst(FILE *file, unsigned door, unsigned mark, const struct worst *worst)
{
    const uint64_t values[] = {door,           mark,        worst->times, worst->instructions,
                               worst->stretch, worst->tlbi, worst->cache, worst->held,
                               worst->waited,  worst->step, worst->tail};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        fprintf(file, "%" PRIu64 " ", values[i]);
    }
    for (unsigned i = 0; i < PLACES; i++) {
        if (worst->trail && worst->trail[i] != 0) {
            fprintf(file, "%x:%u ", i * 4, worst->trail[i]);
        }
    }
    fputc('\n', file);
}

/* One line per core and kind: door, mark, times, the maxima, then "offset:times" of the longest. */
static void on_exit_write(plugin_id id, void *data)
{
    FILE *file = fopen(out_name, "w");

    (void)id;
    (void)data;
    if (file == NULL) {
        perror(out_name);
        return;
    }
    for (unsigned i = 0; i < CPUS * DOORS * MARKS; i++) {
        const struct worst *worst = &cores[i / (DOORS * MARKS)].worst[i / MARKS % DOORS][i % MARKS];

        if (worst->times != 0) {
            write_worst(file, i / MARKS % DOORS, i % MARKS, worst);
        }
    }
    fclose(file);
}

static bool read_argument(const char *argument)
{
    static const struct {
        const char *name;
        uint64_t *value;
    } numbers[] = {{"text=", &text},   {"last=", &last},       {"vectors=", &vectors},
                   {"boot=", &boot},   {"wake=", &wake},       {"give=", &give},
                   {"ask=", &ask},     {"poll=", &poll},       {"take=", &take_first},
                   {"offer=", &offer}, {"taken=", &take_last}, {"holds=", &by_holds}};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strncmp(argument, numbers[i].name, strlen(numbers[i].name)) == 0) {
            *numbers[i].value = strtoull(argument + strlen(numbers[i].name), NULL, 0);
            return true;
        }
    }
    if (strncmp(argument, "mark=", 5) == 0 && mark_count < MARKS - 1) {
        marks[mark_count++] = strtoull(argument + 5, NULL, 0);
        return true;
    }
    if (strncmp(argument, "out=", 4) == 0) {
        (void)snprintf(out_name, sizeof out_name, "%s", argument + 4);
        return true;
    }
    return false;
}

EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!read_argument(argv[i])) {
            fprintf(stderr, "bounds: what is %s?\n", argv[i]);
            return -1;
        }
    }
    cores = calloc(CPUS, sizeof *cores);
    if (cores == NULL || text >= last || (last - text) / 4 > PLACES) {
        fprintf(stderr, "bounds: needs memory, and the kernel's code by text= and last=\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_exit_write, NULL);
    return 0;
}
