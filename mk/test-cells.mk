# SPDX-License-Identifier: Apache-2.0
# Unit tests of the cells: what of them needs no kernel, under address and undefined-behaviour sanitizers.
#   make test-cells       unit tests of rings, text, fault words and device models

CELL_TESTS := $(wildcard tests/unit/cells/*_test.c)
CELL_PARTS := $(patsubst %,cells/lib/%.c,channel fault_words format move print start status_name stream trace_ring uart) \
    $(patsubst %,cells/console/%.c,clients keys line screen terminal) $(patsubst %,cells/warden/%.c,plan restart) \
    cells/clock/rtc.c cells/clock/time.c cells/jitter/report.c cells/trace/text.c \
    $(filter-out %/main.c %/port.c %/guest.c,$(wildcard cells/vmm/*.c))

# There are kernel calls and system registers for the build machine, too.
$(CELL_PARTS:%=$(O)/obj-sanitize/%.o) $(O)/obj-sanitize/tests/unit/cells/%.o: HOST_FLAGS := -Itests/unit/cells/fake $(HOST_FLAGS)

$(O)/unit/cells/parts.a: $(patsubst %,$(O)/obj-sanitize/%.o,$(CELL_PARTS) tests/unit/cells/world.c tests/unit/cells/page.c)
	@mkdir -p $(@D)
	$(call say,AR)
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/unit/cells/%_test: $(O)/obj-sanitize/tests/unit/cells/%_test.c.o $(O)/unit/cells/parts.a
	$(call say,LINK)
	$(Q)$(HOSTCC) $(SANITIZE) -o $@ $^ -lcmocka -lpthread

test-cells: $(CELL_TESTS:tests/unit/cells/%.c=$(O)/unit/cells/%)
	$(Q)for t in $^; do $$t || exit 1; done

.PHONY: test-cells
