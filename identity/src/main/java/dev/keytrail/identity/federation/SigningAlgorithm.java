package dev.keytrail.identity.federation;

import java.util.Optional;

/**
 * The algorithms that sign tokens here (RFC 7518). Neither {@code none} nor any with a shared secret.
 *
 * @param keyType {@code RSA}, or the curve
 * @param jdkName as {@link java.security.Signature} knows it; RFC 7518 has the two numbers of ECDSA side by side
 */
record SigningAlgorithm(String name, String keyType, String jdkName) {
    static Optional<SigningAlgorithm> named(String name) {
        return switch (name) {
            case "RS256" -> Optional.of(new SigningAlgorithm(name, "RSA", "SHA256withRSA"));
            case "RS384" -> Optional.of(new SigningAlgorithm(name, "RSA", "SHA384withRSA"));
            case "RS512" -> Optional.of(new SigningAlgorithm(name, "RSA", "SHA512withRSA"));
            case "ES256" -> Optional.of(new SigningAlgorithm(name, "P-256", "SHA256withECDSAinP1363Format"));
            case "ES384" -> Optional.of(new SigningAlgorithm(name, "P-384", "SHA384withECDSAinP1363Format"));
            case "ES512" -> Optional.of(new SigningAlgorithm(name, "P-521", "SHA512withECDSAinP1363Format"));
            default -> Optional.empty();
        };
    }
}
