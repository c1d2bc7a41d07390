# SPDX-License-Identifier: Apache-2.0
# Programs and images of the tests that run in QEMU, and of the bench.
#   make tests            every cell and image of tests/target and tests/bench

tests: $(TARGET_CELLS) $(TARGET_SYSTEMS)
bench-programs: $(BENCH_CELLS) $(BENCH_SYSTEMS)
