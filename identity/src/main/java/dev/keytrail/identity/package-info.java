/**
 * Who calls, and what travels with them: accounts, users, groups, roles, access keys and session tokens; the check of a
 * request's signature; the policies of a principal; and the IAM and STS operations.
 *
 * <p>Start at {@link dev.keytrail.identity.Identity}. A request becomes an
 * {@link dev.keytrail.identity.Authenticated} through the {@link dev.keytrail.identity.Authenticator}, by the rows of
 * {@link dev.keytrail.identity.IdentityTables}. {@link dev.keytrail.identity.IdentityPolicies} tells the other rooms which
 * policies a caller has. The operations are in {@code op}, signatures in {@code sigv4}.
 *
 * <p>Invariants: whether a key or user is active, and what policies it has, is read from the state on each call, so that
 * a change binds the next request; only what follows from bytes alone (derived signing keys, compiled policies, opened
 * tokens) is cached. A secret access key lies sealed in its row and is never shown again after its creation.
 */
@NullMarked
package dev.keytrail.identity;

import org.jspecify.annotations.NullMarked;
