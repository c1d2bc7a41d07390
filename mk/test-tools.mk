# SPDX-License-Identifier: Apache-2.0
# Tests of the description compiler, under address and undefined-behaviour sanitizers.
#   make test-tools       its unit tests, and tests/bad against it

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
TOOL_TESTS := $(wildcard tests/unit/tools/*_test.c)
TOOL_PARTS := $(filter-out tools/bulkhead/main.c,$(HOST_BULKHEAD))
PYTEST ?= /usr/bin/python3 -m pytest

$(O)/obj-sanitize/%.o: %
	@mkdir -p $(@D)
	$(call say,HOSTCC)
	$(Q)$(HOSTCC) $(HOST_FLAGS) $(SANITIZE) $(DEPS) -c -o $@ $<

$(O)/bulkhead-sanitize: $(HOST_BULKHEAD:%=$(O)/obj-sanitize/%.o)
	$(call say,LINK)
	$(Q)$(HOSTCC) $(SANITIZE) -o $@ $^ -lfdt

$(O)/unit/tools/%: $(O)/obj-sanitize/tests/unit/tools/%.c.o $(TOOL_PARTS:%=$(O)/obj-sanitize/%.o)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(HOSTCC) $(SANITIZE) -o $@ $^ -lfdt -lcmocka

test-tools: $(O)/bulkhead-sanitize $(TOOL_TESTS:tests/unit/tools/%.c=$(O)/unit/tools/%)
	$(Q)for t in $(filter $(O)/unit/%,$^); do $$t || exit 1; done
	$(Q)BULKHEAD=$(O)/bulkhead-sanitize $(PYTEST) -q -p no:cacheprovider tests/bad

.PHONY: test-tools
