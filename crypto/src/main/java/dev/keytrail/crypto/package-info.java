/**
 * Key material, algorithms and formats. The code to review first: material exists unwrapped only in this package.
 *
 * <p>{@link dev.keytrail.crypto.RootKey} (from a custody provider) wraps everything at rest through
 * {@link dev.keytrail.crypto.Vault}. {@link dev.keytrail.crypto.SymmetricKeys} seals and opens KMS ciphertexts,
 * {@link dev.keytrail.crypto.HmacKeys} and {@link dev.keytrail.crypto.AsymmetricKeys} do the rest; which library computes
 * what, and why, stands in {@code Algorithms}.
 *
 * <p>{@link dev.keytrail.crypto.ExternalCiphertext} and {@link dev.keytrail.crypto.TokenCiphertext} are the ciphertexts of
 * keys whose material is not here; {@link dev.keytrail.crypto.RequestSigner} signs what this house asks of others.
 *
 * <p>The symmetric path uses the JDK alone and loads nothing else (held by a test). Stored material that does not unwrap
 * is an {@link java.lang.IllegalStateException}, a defect; bytes from clients that do not open are an empty answer. No
 * exception or {@code toString} here holds material. Byte arrays of material are zeroed when done with; copies inside the
 * JDK's and the libraries' own objects cannot be.
 */
@NullMarked
package dev.keytrail.crypto;

import org.jspecify.annotations.NullMarked;
