/**
 * Who there is, and who is calling: accounts, users, groups, roles, access keys and managed policies as rows; the
 * {@link dev.keytrail.identity.directory.Authenticator}, which finds and proves a request's caller in them; and
 * {@link dev.keytrail.identity.directory.IdentityPolicies}, which tells what policies a caller has.
 *
 * <p>Invariants: whether a key, user or role stands, and what policies it has, is read from the state on each call, so that
 * a change binds the next request; only what follows from bytes alone (derived signing keys, compiled policies, opened
 * tokens) is cached. A secret access key lies sealed in its row and is never shown again after its creation.
 */
@NullMarked
package dev.keytrail.identity.directory;

import org.jspecify.annotations.NullMarked;
