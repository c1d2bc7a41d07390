/* SPDX-License-Identifier: Apache-2.0 */
/* Where in its RAM a guest finds its files: the rules of QEMU's loader for the virt board, and
 * others that need less room where those do not fit. */
#include "tools/bulkhead/fault.h"
#include "tools/bulkhead/guest.h"

/* QEMU: an initrd far above a kernel that unpacks itself, but never above 128 MiB. */
#define INITRD_MOST (UINT64_C(128) << 20)

static uint64_t up(uint64_t value, uint64_t to)
{
    return (value + to - 1) & ~(to - 1);
}

static bool meets(const struct guest_part *a, const struct guest_part *b)
{
    return a->ipa < b->ipa + b->size && b->ipa < a->ipa + a->size;
}

static bool inside(const struct guest *guest, uint64_t ipa, uint64_t size)
{
    return ipa >= guest->ram.base && ipa - guest->ram.base <= guest->ram.size &&
           size <= guest->ram.size - (ipa - guest->ram.base);
}

static bool is_free(const struct guest *guest, const struct guest_part *part)
{
    for (unsigned i = 0; i < guest->count; i++) {
        if (meets(part, &guest->parts[i])) {
            return false;
        }
    }
    return inside(guest, part->ipa, part->size);
}

/* "kernel 0x40200000-0x4021ffff, initrd ...": what is where. */
static const char *where_all(const struct guest *guest)
{
    const char *text = "";

    for (unsigned i = 0; i < guest->count; i++) {
        const struct guest_part *part = &guest->parts[i];
        text = arena_format(guest->arena, "%s%s%s 0x%llx-0x%llx", text, i == 0 ? "" : ", ",
                            part->what, (unsigned long long)part->ipa,
                            (unsigned long long)(part->ipa + part->size - 1));
    }
    return text;
}

/* At the first of these addresses that is free. */
static const char *place(struct guest *guest, struct guest_part part, const uint64_t *addresses,
                         unsigned count)
{
    char size[SIZE_TEXT];
    char room[SIZE_TEXT];

    for (unsigned i = 0; i < count; i++) {
        part.ipa = addresses[i];
        if (is_free(guest, &part)) {
            guest->parts[guest->count++] = part;
            guest->high = part.ipa + part.size > guest->high ? part.ipa + part.size : guest->high;
            return NULL;
        }
    }
    return arena_format(guest->arena,
                        "no room for its %s of %s in its ram of %s at 0x%llx (%s); make ram larger",
                        part.what, size_text(size, part.size), size_text(room, guest->ram.size),
                        (unsigned long long)guest->ram.base, where_all(guest));
}

const char *guest_check(struct guest *guest)
{
    char size[SIZE_TEXT];

    for (unsigned i = 0; i < guest->count; i++) {
        const struct guest_part *part = &guest->parts[i];
        if (!inside(guest, part->ipa, part->size)) {
            return arena_format(guest->arena,
                                "its %s needs 0x%llx-0x%llx, and its ram is 0x%llx-0x%llx (%s); "
                                "make ram larger, or link it for these addresses",
                                part->what, (unsigned long long)part->ipa,
                                (unsigned long long)(part->ipa + part->size - 1),
                                (unsigned long long)guest->ram.base,
                                (unsigned long long)(guest->ram.base + guest->ram.size - 1),
                                size_text(size, guest->ram.size));
        }
        for (unsigned k = 0; k < i; k++) {
            if (meets(part, &guest->parts[k])) {
                return arena_format(guest->arena,
                                    "two of its ELF segments share addresses from 0x%llx on (%s); "
                                    "link it again",
                                    (unsigned long long)part->ipa, where_all(guest));
            }
        }
    }
    if (!inside(guest, guest->entry, 4) || guest->entry % 4 != 0) {
        return arena_format(guest->arena,
                            "its entry point 0x%llx is not an instruction in its ram; link it "
                            "again",
                            (unsigned long long)guest->entry);
    }
    return NULL;
}

/* Where QEMU's loader begins with what follows the kernel. */
static uint64_t behind_kernel(const struct guest *guest)
{
    uint64_t half = guest->ram.size / 2 < INITRD_MOST ? guest->ram.size / 2 : INITRD_MOST;
    uint64_t far = guest->ram.base + half;

    return far > guest->high ? far : guest->high;
}

const char *guest_place_initrd(struct guest *guest, const uint8_t *data, size_t size)
{
    const uint64_t addresses[] = {up(behind_kernel(guest), PAGE), up(guest->high, PAGE)};
    struct guest_part part = {
        .what = "initrd", .size = up(size, PAGE), .bytes = data, .byte_count = size};

    return place(guest, part, addresses, 2);
}

/* Linux maps its device tree by 2 MiB. What is not Linux looks for it at the start of RAM: an ELF
 * file finds it there, anything else a copy, if nothing else is there. */
const char *guest_place_dtb(struct guest *guest, const uint8_t *data, size_t size)
{
    uint64_t first = guest->ram.base;
    const uint64_t addresses[] = {guest->kind == GUEST_ELF ? first
                                                           : up(behind_kernel(guest), BLOCK),
                                  up(behind_kernel(guest), BLOCK), up(guest->high, PAGE), first};
    struct guest_part part = {
        .what = "device tree", .size = up(size, PAGE), .bytes = data, .byte_count = size};
    const char *wrong = place(guest, part, addresses, 4);

    if (wrong != NULL) {
        return wrong;
    }
    guest->dtb = guest->parts[guest->count - 1].ipa;
    part.what = "device tree, copy";
    part.ipa = first;
    if (is_free(guest, &part)) {
        guest->parts[guest->count++] = part;
    }
    return NULL;
}
