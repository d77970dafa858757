/**
 * Chance and time for tests: {@link dev.keytrail.testkit.SeededEntropy} repeats itself for a seed,
 * {@link dev.keytrail.testkit.SimulatedClock} stands still until it is moved. Only tests, the simulator and benchmarks may
 * depend on this module.
 */
@NullMarked
package dev.keytrail.testkit;

import org.jspecify.annotations.NullMarked;
