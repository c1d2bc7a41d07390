/* SPDX-License-Identifier: Apache-2.0 */
/* What entry.S does before every exception return: nothing in release builds. */
    .macro check_exit
    .endm
