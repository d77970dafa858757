/**
 * The IAM policy language: documents in, decisions out. Pure: no clock, chance or I/O.
 *
 * <p>A document is parsed and compiled once ({@link dev.keytrail.policy.Policy#parse}); an
 * {@link dev.keytrail.policy.Access} describes one question; {@link dev.keytrail.policy.Authorizer#decide} answers it with
 * a {@link dev.keytrail.policy.Decision} that carries its trace.
 *
 * <p>Compiling: {@code Json} (bounded tree) to {@code PolicyParser} (grammar) to {@code Statement}s of {@code Principals},
 * {@code Glob}s, {@code ArnPattern}s and {@code Condition}s. Deciding: {@code Policy} hands out the statements about an
 * action, {@code Authorizer} asks each whether it applies, {@code Trace} asks again when somebody wants to know why.
 *
 * <p>Invariants: what is not understood is refused when it is parsed, never ignored when it is evaluated; deciding takes
 * no lock, never backtracks, and allocates next to nothing; everything is immutable, so a trace made later is the same.
 */
@NullMarked
package dev.keytrail.policy;

import org.jspecify.annotations.NullMarked;
