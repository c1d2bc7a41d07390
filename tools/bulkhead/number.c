/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in text: of a trace, of the command line. */
#include "tools/bulkhead/number.h"

#include <string.h>

bool number_take(const char **at, unsigned base, uint64_t most, uint64_t *number)
{
    static const char digits[] = "0123456789abcdef";
    const char *start = *at;

    *number = 0;
    for (;; (*at)++) {
        const char *digit = **at == 0 ? NULL : memchr(digits, **at, base);
        if (digit == NULL) {
            return *at != start;
        }
        uint64_t value = (uint64_t)(digit - digits);
        if (value > most || *number > (most - value) / base) {
            return false;
        }
        *number = *number * base + value;
    }
}

bool number_read(const char *text, uint64_t most, uint64_t *number)
{
    return number_take(&text, 10, most, number) && *text == 0;
}
