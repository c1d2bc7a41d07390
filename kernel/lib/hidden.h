/* SPDX-License-Identifier: Apache-2.0 */
/* Included before every kernel file: all names are the image's own, so addresses need no table. */
#pragma GCC visibility push(hidden)
