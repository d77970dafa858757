/**
 * Who keeps the key to the root keys. A {@link dev.keytrail.crypto.custody.WrappingKey} seals the root keys; a
 * {@link dev.keytrail.crypto.custody.Keeper} says how that key is had: from a file, from a passphrase, from shares that
 * several people hold, from a PKCS#11 token, from another KMS. Keeper and sealed root keys are one row of the ledger
 * ({@link dev.keytrail.crypto.custody.Custody}), so that changing custody is one commit with its record.
 *
 * <p>Invariants: the row holds nothing that opens without its keeper; whoever changes a byte of keeper, epoch or sealed keys
 * makes them stay shut; a share or passphrase is told right from wrong in constant time. What is opened is closed by its
 * holder. A data directory without the row has its first root key in {@code root.key} itself.
 */
@NullMarked
package dev.keytrail.crypto.custody;

import org.jspecify.annotations.NullMarked;
