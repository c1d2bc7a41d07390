# SPDX-License-Identifier: Apache-2.0
# C or assembly without comments, literals and blank lines, each line led by "FILE:LINE:".
# Counting and searching what is left counts and finds code only.

FNR == 1 { inside = 0 }

{
    line = $0
    code = ""
    while (line != "") {
        if (inside) {
            end = index(line, "*/")
            if (!end)
                break
            line = substr(line, end + 2)
            inside = 0
            continue
        }
        if (!match(line, /\/\*|\/\/|"|'/)) {
            code = code line
            break
        }
        mark = substr(line, RSTART, 2)
        code = code substr(line, 1, RSTART - 1)
        line = substr(line, RSTART + (mark == "/*" || mark == "//" ? 2 : 1))
        if (mark == "/*") {
            inside = 1
        } else if (mark == "//") {
            break
        } else {
            quote = substr(mark, 1, 1)
            code = code quote quote
            while (line != "" && substr(line, 1, 1) != quote)
                line = substr(line, substr(line, 1, 1) == "\\" ? 3 : 2)
            line = substr(line, 2)
        }
    }
    if (code ~ /[^ \t]/)
        print FILENAME ":" FNR ":" code
}
