/**
 * The IAM and STS operations, and Keytrail's own CreateAccount: one file and one row each. Start at
 * {@link dev.keytrail.identity.op.Operations}.
 *
 * <p>A handler looks at the rows it needs through the attempt's state, asks {@link dev.keytrail.identity.op.Permit}, and
 * returns the changed rows. Permission comes before existence: who may not read a user does not learn whether there is
 * one. A user's row names its access keys, groups and policies, so every change that must not race with its deletion
 * writes that row.
 */
@NullMarked
package dev.keytrail.identity.op;

import org.jspecify.annotations.NullMarked;
