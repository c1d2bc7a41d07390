/* SPDX-License-Identifier: Apache-2.0 */
/* A client makes a server the handler of a thread that faults: the thread stays stopped, the server
 * goes on. */
#include "tests/target/lab/lab.h"

#define PATIENCE 2000 /* times 5 ms */

static uint8_t stack[LAB_STACK] __attribute__((aligned(16)));

static void fault(uint64_t arg)
{
    (void)arg;
    __asm__ volatile("brk #2");
}

/* Until it has faulted: it runs when everybody else waits. */
static void wait_for_fault(const struct lab_thread *thread)
{
    uint64_t registers[6];

    for (unsigned i = 0; i < PATIENCE; i++) {
        if (bh_thread_read(thread->thread, BH_REG_PC, registers) != BH_BUSY) {
            return;
        }
        lab_sleep(5);
    }
}

static void check_stopped(const struct lab_thread *thread)
{
    uint64_t registers[6];

    lab_status("thread_read of the stopped thread",
               bh_thread_read(thread->thread, BH_REG_PC, registers), BH_OK);
    lab_expect(registers[0] - (uintptr_t)fault < 64, "pc 0x%lx", (unsigned long)registers[0]);
}

static void test_server(const char *name, const char *cap, uint64_t answer)
{
    uint32_t server = start_need_cap(lab.start, cap, BH_ENDPOINT);
    struct lab_spec spec = {.pool = lab.pool,
                            .cell = lab.self,
                            .priority = 49,
                            .handler = server,
                            .entry = fault,
                            .stack = stack};

    lab_begin(name);
    for (unsigned i = 0; i < 3; i++) {
        struct lab_thread thread = lab_run(&spec);
        struct bh_message m = {{0, 0, 0, 0, 0, 0, 0, 7}};

        wait_for_fault(&thread);
        lab_status("call after the fault", bh_call(server, &m), BH_OK);
        lab_expect(m.w[0] == answer, "answer %lu", (unsigned long)m.w[0]);
        check_stopped(&thread);
        lab_thread_end(thread);
    }
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    test_server("servers.console", "console", BH_OK);
    test_server("servers.echo", "echo", 7);
    test_server("servers.program_that_has_ended", "ended", BH_BAD_CALL);
    lab_done();
}
