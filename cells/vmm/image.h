/* SPDX-License-Identifier: Apache-2.0 */
/* Putting what a guest starts with into its RAM. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/guest.h"
#include "cells/vmm/ram.h"

/* True if the memory of this size holds what abi/guest.h says, for this RAM. */
bool image_check(const struct guest_image *image, size_t size, const struct ram *ram);

/* Copies the pieces of a checked image, and cleans what it wrote from the caches, since a guest
 * starts with its own off. */
void image_load(const struct guest_image *image, const struct ram *ram);
