# SPDX-License-Identifier: Apache-2.0
# What is built from what. One makefile, not recursive; mk/*.mk are its chapters.
#
#   make                  kernel, tool, cells, guests and every system image
#   make BUILD=debug      the same with the kernel's own checks linked in
#   make BUILD=ordinary   that kernel, and every call takes the ordinary path
#   make O=somewhere      output folder (default: out)
#   make kernel-clang     the kernel, compiled by clang
#   make help             all targets

MAKEFLAGS += --no-builtin-rules --no-builtin-variables

O ?= out
BUILD ?= release
CROSS ?= aarch64-linux-gnu-
HOSTCC ?= cc
CLANG ?= clang

ifeq ($(filter $(BUILD),release debug ordinary),)
$(error BUILD is '$(BUILD)', must be release, debug or ordinary)
endif

B := $(O)/$(BUILD)
# Programs: an ordinary kernel runs those of the release.
P := $(B:%/ordinary=%/release)

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wvla -Wstrict-prototypes -Wundef -Werror
# Target code sees the compiler's own headers and static_assert, never the build machine's /usr/include.
FREESTANDING := -nostdinc -isystem kernel/lib/freestanding
FREESTANDING_gcc := -isystem $(shell $(CROSS)gcc -print-file-name=include 2>/dev/null)
FREESTANDING_clang = -isystem $(shell $(CLANG) -print-resource-dir 2>/dev/null)/include
DEPS = -MMD -MP -MF $@.d -MT $@

all: kernel tools cells guests systems

# $(call say,WHAT): one line per step; V=1 shows the commands instead.
ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-8s %s\n' '$(1)' '$(patsubst $(O)/%,%,$@)'
endif

include mk/kernel.mk mk/tools.mk mk/cells.mk mk/guests.mk mk/systems.mk mk/tests.mk
include $(filter-out mk/kernel.mk mk/tools.mk mk/cells.mk mk/guests.mk mk/systems.mk mk/tests.mk,$(wildcard mk/*.mk))

clean:
	rm -rf $(O)

# Every C file that git knows or would know, laid out by .clang-format.
#   make format           lay out the source
format:
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | while read -r f; do [ ! -f "$$f" ] || clang-format -i "$$f"; done

help:
	@sed -n 's/^#   //p' Makefile mk/*.mk

.PHONY: all kernel kernel-clang tools cells guests systems tests test-programs bench-programs docs format clean help
.DELETE_ON_ERROR:
.SECONDARY:

-include $(shell find $(O) -name '*.d' 2>/dev/null)
