/**
 * Whether what an identity provider says is true, and nothing else: JSON Web Tokens against the provider's keys
 * ({@link dev.keytrail.identity.federation.JsonWebToken}, RFC 7515, 7517, 7519), SAML responses against the certificates of
 * its metadata ({@link dev.keytrail.identity.federation.SamlResponse}, SAML 2.0 core). Who may do what with it is decided
 * in {@code op}.
 *
 * <p>Invariants: nothing of a token or assertion is used before its signature was checked, but what is needed to find the
 * provider; what is read is what was signed; algorithms are an allow-list; input is bounded.
 */
@NullMarked
package dev.keytrail.identity.federation;

import org.jspecify.annotations.NullMarked;
