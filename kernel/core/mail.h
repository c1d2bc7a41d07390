/* SPDX-License-Identifier: Apache-2.0 */
/* How cores ask each other: nodes inside objects, posted to another core's mailbox
 * (docs/design.md, section 8). */
#pragma once

#include "kernel/lib/types.h"

struct cpu;
struct line;
struct thread;

/* What a node in a mailbox wants. CALL: its thread's kernel call is to be made on this core. SEND:
 * its thread has a message for a server of this core. HOME: its thread comes home. NOTE: signals
 * were sent to its thread. LINE: its line was set. */
enum mail_kind { MAIL_CALL, MAIL_SEND, MAIL_HOME, MAIL_NOTE, MAIL_LINE };

/* In one list at a time: a mailbox (by next), or a core's inbox or server's queue, which are rings
 * with the head in them. */
struct mail {
    struct mail *next, *prev;
    uint8_t kind; /* enum mail_kind */
};

static inline void mail_ring(struct mail *head)
{
    head->next = head->prev = head;
}

static inline bool mail_empty(const struct mail *head)
{
    return head->next == head;
}

void mail_append(struct mail *head, struct mail *mail);
void mail_unlink(struct mail *mail);

/* Hand a node over to a core: what was written before is seen there. */
void mail_post(struct cpu *to, struct mail *mail, enum mail_kind kind);

/* All of a server's queue is looked at again, as if it had just come. */
void mail_again(struct cpu *cpu, struct mail *queue);

#define MAIL_STEP 4 /* nodes handled, and budgets that were put aside looked at, in one entry */

/* Another core, or this one, asks for attention: handle what came; the rest in the next entry. */
void mail_irq(struct cpu *cpu);

/* A thread leaves for another core; nothing runs on its budget until it is back. */
void mail_leave(struct thread *thread, struct cpu *to, enum mail_kind kind);

/* A thread that this core owns and that is away goes on to another core, or home. */
void mail_forward(struct thread *thread, struct cpu *to, enum mail_kind kind);
void mail_home(struct thread *thread);

/* Signal bits for a thread of another core; or none, and SGIs for a vCPU. */
void mail_note(struct thread *thread, uint64_t bits);

/* What other cores want of a line: a level, which is HIGH or not; that it was high since the last
 * look; a pulse. */
enum line_wish { LINE_SET = 1, LINE_HIGH = 2, LINE_ROSE = 4, LINE_PULSE = 8, LINE_WISHES = 15 };
void mail_line(struct line *line, struct cpu *to, unsigned wish);
