/**
 * Deterministic simulation of the whole house: real requests against the real {@link dev.keytrail.server.House}, on a
 * store whose disk loses, tears, delays and misreports, with power cuts and restarts, all out of one seed.
 *
 * <p>{@link dev.keytrail.sim.Simulation} is one run. {@code Asks} invents calls and says what each must be answered;
 * {@code Model} is the plain world that calls leave behind; {@code Chronicle} reads the ledger after every step and
 * remembers it; {@code Inspection} compares everything with everything. {@code Site} is what the house stands on:
 * {@code SimDisk} under the embedded store, {@code SimLedger} around any store.
 *
 * <p>Invariants: nothing here draws chance or time but from the seed; a difference is a {@link
 * dev.keytrail.sim.SimulationFailure} that names the seed and every step before it.
 */
@NullMarked
package dev.keytrail.sim;

import org.jspecify.annotations.NullMarked;
