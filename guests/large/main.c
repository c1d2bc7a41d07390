/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that looks whether its images and its RAM are where and as they should be. */
#include "guests/bare/say.h"
#include "guests/large/large.h"

#define RAM        UINT64_C(0x40000000)
#define STEP       UINT64_C(0x80000)
#define MARK       ((volatile uint64_t *)(RAM + 0x10000)) /* a reset leaves it */
#define MARK_MAGIC UINT64_C(0x1a56e000)
#define SYSTEM_OFF 0x84000008
#define RESET      0x84000009

extern volatile uint64_t large_data[PARTS][PART_WORDS];
extern char image_start[], image_end[];

static volatile char zeroes[0x3000];

void large_main(uint64_t dtb, uint64_t ticks);

static void check(const char *what, bool ok)
{
    say_result("large", what, ok);
}

static bool is_data_new(void)
{
    for (uint64_t part = 0; part < PARTS; part++) {
        if (large_data[part][0] != part) {
            return false;
        }
        for (unsigned i = 1; i < PART_WORDS; i++) {
            if (large_data[part][i] != PATTERN) {
                return false;
            }
        }
    }
    return true;
}

static bool is_bss_zero(void)
{
    for (unsigned i = 0; i < sizeof(zeroes); i++) {
        if (zeroes[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool is_outside(uint64_t at)
{
    return at < (uintptr_t)image_start - STEP || at >= (uintptr_t)image_end;
}

/* Each step of RAM outside the image has a word of its own. */
static bool is_ram(uint64_t size)
{
    for (uint64_t at = RAM + STEP; at < RAM + size; at += STEP) {
        if (is_outside(at)) {
            *(volatile uint64_t *)at = at;
        }
    }
    for (uint64_t at = RAM + STEP; at < RAM + size; at += STEP) {
        if (is_outside(at) && *(volatile uint64_t *)at != at) {
            return false;
        }
    }
    return true;
}

static void spoil(void)
{
    for (unsigned part = 0; part < PARTS; part++) {
        large_data[part][PART_WORDS / 2] = 0;
    }
    for (unsigned i = 0; i < sizeof(zeroes); i++) {
        zeroes[i] = 1;
    }
}

/* dtb: as the loader gave it; ticks: the counter at the first instruction. */
void large_main(uint64_t dtb, uint64_t ticks)
{
    bool again = *MARK == MARK_MAGIC;

    say("large: starts at tick");
    say_hex(ticks);
    say("\n");
    check("its device tree is in RAM", dtb >= RAM && mmio_read(dtb) == 0xedfe0dd0U);
    check("data as in the file", is_data_new());
    check("bss is zero", is_bss_zero());
    check("RAM below and above", is_ram(UINT64_C(16) << 20));
    check("RAM has harmed nothing", is_data_new());
    if (again) {
        *MARK = 0;
        say("large: switches itself off\n");
        firmware_call(SYSTEM_OFF, 0);
    }
    *MARK = MARK_MAGIC;
    spoil();
    say("large: resets\n");
    firmware_call(RESET, 0);
    say("large: WRONG: goes on after its end\n");
}
