/**
 * What is behind custom key stores: external key store proxies over HTTPS, and PKCS#11 tokens.
 *
 * <p>{@link dev.keytrail.kms.store.KeyStores} is the front: it encrypts and decrypts under a key wherever its material is.
 * {@link dev.keytrail.kms.store.XksProxy} speaks the AWS KMS external key store proxy API, version 1. Everything here waits
 * on somebody else's machine, so everything has a time limit, a bound on how many wait, and a bound on what is read; it
 * happens while a call is decided, before anything is committed. Operations on stores are in {@code op}.
 */
@NullMarked
package dev.keytrail.kms.store;

import org.jspecify.annotations.NullMarked;
