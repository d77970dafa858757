/**
 * Keys as the service thinks of them: what a {@link dev.keytrail.kms.key.Key} is, how a request names it
 * ({@link dev.keytrail.kms.key.Keyring}), who may use it ({@link dev.keytrail.kms.key.Permissions}), what its state lets
 * it do ({@link dev.keytrail.kms.key.StateRule}), and every error text ({@link dev.keytrail.kms.key.KmsErrors}).
 *
 * <p>Nothing here knows the generated request and answer records; those stop in the operations. Rows are immutable; a
 * change is a new row in an {@link dev.keytrail.call.Effect}. Key material is seen wrapped only.
 */
@NullMarked
package dev.keytrail.kms.key;

import org.jspecify.annotations.NullMarked;
