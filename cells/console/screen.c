/* SPDX-License-Identifier: Apache-2.0 */
/* Knows in whose line the cursor is, and how one line gives way to another. */
#include "cells/console/screen.h"

#include "abi/start.h"
#include "cells/lib/format.h"
#include "cells/lib/string.h"

#define ERASE "\r\x1b[K"
#define RESET "\x1b[0m"

static void put(struct screen *screen, const char *text, size_t size)
{
    screen->put(screen->context, text, size);
}

static void put_string(struct screen *screen, const char *text)
{
    put(screen, text, strlen(text));
}

void screen_voice(struct voice *voice, const char *name, uint8_t colour)
{
    *voice = (struct voice){.name = name};
    voice->line.indent = (uint8_t)(strnlen(name, BH_NAME_MAX) + 2);
    if (colour == 0) {
        voice->prefix_size = (uint8_t)format(voice->prefix, sizeof(voice->prefix), "%.32s: ", name);
    } else {
        voice->prefix_size = (uint8_t)format(voice->prefix, sizeof(voice->prefix),
                                             "\x1b[%um%.32s: " RESET, colour, name);
    }
}

static void put_paint_end(struct screen *screen, const struct line *line)
{
    if (line->painted) {
        put_string(screen, RESET);
    }
}

/* The cursor is in its line, or at the left of an empty one. */
static void show(struct screen *screen, struct voice *voice)
{
    struct line *line = &voice->line;

    if (screen->open != voice) {
        put(screen, voice->prefix, voice->prefix_size);
        screen->open = voice;
        line->shown = 0;
    } else if (line->rewind) {
        put_paint_end(screen, line);
        put_string(screen, "\r");
        put(screen, voice->prefix, voice->prefix_size);
    }
    line->rewind = false;
    put(screen, line->text + line->shown, (size_t)(line->length - line->shown));
    line->shown = line->length;
    voice->due = false;
}

static void end_line(struct screen *screen, struct voice *voice)
{
    show(screen, voice);
    put_paint_end(screen, &voice->line);
    put_string(screen, "\r\n");
    screen->open = NULL;
    line_clear(&voice->line);
}

/* Bring the cursor to the left of an empty line. */
static void leave(struct screen *screen)
{
    struct voice *voice = screen->open;

    if (voice == NULL) {
        return;
    }
    if (voice == screen->focus && !voice->line.cut) {
        put_paint_end(screen, &voice->line);
        put_string(screen, ERASE);
        screen->open = NULL;
    } else {
        end_line(screen, voice);
    }
}

void screen_show(struct screen *screen, struct voice *voice)
{
    if (screen->open != voice) {
        leave(screen);
    }
    show(screen, voice);
}

void screen_write(struct screen *screen, struct voice *voice, const char *text, size_t size)
{
    while (size > 0) {
        bool end;
        size_t taken = line_take(&voice->line, text, size, &end);

        text += taken;
        size -= taken;
        if (end) {
            screen_show(screen, voice);
            end_line(screen, voice);
        } else if (size > 0) {
            screen_show(screen, voice);
            line_cut(&voice->line);
        }
    }
}

void screen_restart(struct screen *screen, struct voice *voice)
{
    voice->line.state = LINE_GROUND;
    if (voice->line.length > 0 || voice->line.cut || screen->open == voice) {
        screen_write(screen, voice, "\n", 1);
    }
}

bool screen_waits(const struct screen *screen, const struct voice *voice)
{
    return voice != screen->focus && voice->line.length > voice->line.shown;
}

void screen_settle(struct screen *screen)
{
    struct voice *focus = screen->focus;

    if (focus == NULL) {
        return;
    }
    if (focus->line.bell) {
        focus->line.bell = false;
        screen_bell(screen);
    }
    if (focus->line.length > (screen->open == focus ? focus->line.shown : 0) ||
        focus->line.rewind) {
        screen_show(screen, focus);
    }
}

/* The unfinished line of who loses the focus stays where it is, and is kept: for when the focus
 * comes back, or the rest of the line. */
void screen_focus(struct screen *screen, struct voice *voice)
{
    struct voice *old = screen->focus;

    if (old != NULL && old != voice && screen->open == old) {
        put_paint_end(screen, &old->line);
        put_string(screen, "\r\n");
        screen->open = NULL;
        if (old->line.cut) {
            line_clear(&old->line);
        }
    }
    screen->focus = voice;
}

void screen_bell(struct screen *screen)
{
    put_string(screen, "\a");
}
