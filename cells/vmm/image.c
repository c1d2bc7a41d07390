/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how the tool hands over a guest's images (abi/guest.h). */
#include "cells/vmm/image.h"

#include "cells/lib/cache.h"
#include "cells/lib/string.h"

static bool inside(uint64_t start, uint64_t size, uint64_t base, uint64_t room)
{
    return start >= base && start - base <= room && size <= room - (start - base);
}

static const struct guest_piece *pieces_of(const struct guest_image *image)
{
    return (const void *)(image + 1);
}

bool image_check(const struct guest_image *image, size_t size, const struct ram *ram)
{
    if (size < sizeof(*image) || image->magic != BH_GUEST_MAGIC ||
        image->piece_count > (size - sizeof(*image)) / sizeof(struct guest_piece)) {
        return false;
    }
    for (uint32_t i = 0; i < image->piece_count; i++) {
        const struct guest_piece *piece = &pieces_of(image)[i];

        if (!inside(piece->ipa, piece->size, ram->base, ram->size) ||
            (piece->offset != 0 && !inside(piece->offset, piece->size, 0, size))) {
            return false;
        }
    }
    return true;
}

void image_load(const struct guest_image *image, const struct ram *ram)
{
    for (uint32_t i = 0; i < image->piece_count; i++) {
        const struct guest_piece *piece = &pieces_of(image)[i];
        uint8_t *to = ram->here + (piece->ipa - ram->base);

        if (piece->offset == 0) {
            memset(to, 0, piece->size);
        } else {
            memcpy(to, (const uint8_t *)image + piece->offset, piece->size);
        }
        cache_clean(to, piece->size);
    }
}
