/**
 * The KMS operations, one file each: the row (name, what the event may show) and the handler, read top to bottom in the
 * order of checks of kms.md section 3. Constraints of single members were checked before a handler is reached; here come
 * combinations, key, permission, state, usage, algorithm, size, dry run, and then the work.
 *
 * <p>Start with {@link dev.keytrail.kms.op.Encrypt}; {@link dev.keytrail.kms.op.KeyUse} holds the steps that all
 * cryptography shares, {@link dev.keytrail.kms.op.KeyCare} those of management.
 */
@NullMarked
package dev.keytrail.kms.op;

import org.jspecify.annotations.NullMarked;
