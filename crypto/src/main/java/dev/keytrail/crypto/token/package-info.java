/**
 * Cryptographic tokens by PKCS#11 2.40: keys that are made inside a token and never leave it.
 *
 * <p>{@link dev.keytrail.crypto.token.Token} is the front. The binding is our own, over the few functions that are used:
 * the JDK's provider lists every key of a token to find one, does not tell a wrong PIN from a locked one, and lets no other thread
 * give up on a token that hangs. Native code runs on a few threads of its own; what waits for them has a time limit.
 */
@NullMarked
package dev.keytrail.crypto.token;

import org.jspecify.annotations.NullMarked;
