/**
 * The IAM policy language: documents in, decisions out. Pure: no state, clock or I/O.
 *
 * <p>A document is parsed and compiled once ({@link dev.keytrail.policy.Policy#parse}); an
 * {@link dev.keytrail.policy.Access} describes one question; {@link dev.keytrail.policy.Authorizer#decide} answers it with
 * a {@link dev.keytrail.policy.Decision} that carries its trace.
 */
@NullMarked
package dev.keytrail.policy;

import org.jspecify.annotations.NullMarked;
