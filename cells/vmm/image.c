/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how the tool hands over a guest's images (abi/guest.h). */
#include "cells/vmm/image.h"

#include "cells/lib/cache.h"
#include "cells/lib/string.h"

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

        if (ram_at(ram, piece->ipa, piece->size) == NULL ||
            (piece->offset != 0 && (piece->offset > size || piece->size > size - piece->offset))) {
            return false;
        }
    }
    return true;
}

void image_load(const struct guest_image *image, const struct ram *ram)
{
    for (uint32_t i = 0; i < image->piece_count; i++) {
        const struct guest_piece *piece = &pieces_of(image)[i];
        uint8_t *to = ram_at(ram, piece->ipa, piece->size);

        if (piece->offset == 0) {
            memset(to, 0, piece->size);
        } else {
            memcpy(to, (const uint8_t *)image + piece->offset, piece->size);
        }
        cache_clean(to, piece->size);
    }
}
