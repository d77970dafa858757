/**
 * Key material, algorithms and formats. The code to review first: material exists unwrapped only in this package.
 *
 * <p>{@link dev.keytrail.crypto.RootKey} (from a custody provider) wraps everything at rest through
 * {@link dev.keytrail.crypto.Vault}. {@link dev.keytrail.crypto.SymmetricKeys} seals and opens KMS ciphertexts.
 */
@NullMarked
package dev.keytrail.crypto;

import org.jspecify.annotations.NullMarked;
