/**
 * AWS Signature Version 4, the server's side (identity.md section 1): from the parts of a request as they were received
 * to "these bytes were signed by the holder of this key", or a refusal.
 *
 * <p>A {@link dev.keytrail.identity.sigv4.SignedRequest} is read into {@link dev.keytrail.identity.sigv4.Claims} (nothing
 * in them is proven), whose signature {@link dev.keytrail.identity.sigv4.SigV4} then checks with a signing key that the
 * caller of this package looks up. Everything refused is an {@link dev.keytrail.identity.sigv4.AuthenticationFailure}.
 * Knows no HTTP library, no state and no clock.
 */
@NullMarked
package dev.keytrail.identity.sigv4;

import org.jspecify.annotations.NullMarked;
