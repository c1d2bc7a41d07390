/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of the image: kernel, boot_info, plan, start pages, programs. */
#pragma once

#include "tools/bulkhead/model.h"

/* Reads the kernel's flat binary; a fault if it is none. */
void image_kernel(struct system *system);

/* system->image_size bytes; everything must have been placed. */
const uint8_t *image_make(struct system *system);
