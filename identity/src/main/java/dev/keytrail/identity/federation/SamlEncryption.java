package dev.keytrail.identity.federation;

import static dev.keytrail.identity.federation.SamlDocument.SIGNATURE;
import static dev.keytrail.identity.federation.SamlDocument.attribute;
import static dev.keytrail.identity.federation.SamlDocument.child;

import dev.keytrail.crypto.DecryptionKey;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * An EncryptedAssertion (SAML 2.0 core 2.3.4; XML Encryption 1.1): AES in GCM or CBC, its key under RSA-OAEP. Other
 * algorithms are not taken, RSA with PKCS#1 padding above all.
 */
final class SamlEncryption {
    private static final String XENC = "http://www.w3.org/2001/04/xmlenc#";
    private static final String XENC11 = "http://www.w3.org/2009/xmlenc11#";

    private SamlEncryption() {}

    /** How contents are sealed. */
    private record Sealing(boolean gcm, int keyBytes) {}

    /** A document whose root is what was encrypted; empty for whatever is wrong with it: an attacker is not to learn what. */
    static Optional<Document> open(Element encrypted, List<DecryptionKey> keys) {
        try {
            Element data = child(encrypted, XENC, "EncryptedData").orElseThrow();
            Element key = child(data, SIGNATURE, "KeyInfo")
                    .flatMap(info -> child(info, XENC, "EncryptedKey"))
                    .or(() -> child(encrypted, XENC, "EncryptedKey"))
                    .orElseThrow();
            Sealing sealing = sealing(method(data)).orElseThrow();
            DecryptionKey.Oaep oaep =
                    oaep(child(key, XENC, "EncryptionMethod").orElseThrow()).orElseThrow();
            for (DecryptionKey each : keys) {
                Optional<byte[]> plain = each.open(value(key), oaep, value(data), sealing.gcm(), sealing.keyBytes());
                if (plain.isPresent()) {
                    return Optional.of(SamlDocument.parse(plain.get()));
                }
            }
            return Optional.empty();
        } catch (IllegalArgumentException | java.util.NoSuchElementException e) {
            return Optional.empty();
        }
    }

    private static String method(Element parent) {
        return child(parent, XENC, "EncryptionMethod")
                .flatMap(method -> attribute(method, "Algorithm"))
                .orElse("");
    }

    private static Optional<Sealing> sealing(String algorithm) {
        return switch (algorithm) {
            case XENC + "aes128-cbc" -> Optional.of(new Sealing(false, 16));
            case XENC + "aes192-cbc" -> Optional.of(new Sealing(false, 24));
            case XENC + "aes256-cbc" -> Optional.of(new Sealing(false, 32));
            case XENC11 + "aes128-gcm" -> Optional.of(new Sealing(true, 16));
            case XENC11 + "aes192-gcm" -> Optional.of(new Sealing(true, 24));
            case XENC11 + "aes256-gcm" -> Optional.of(new Sealing(true, 32));
            default -> Optional.empty();
        };
    }

    private static Optional<DecryptionKey.Oaep> oaep(Element method) {
        String algorithm = attribute(method, "Algorithm").orElse("");
        String digest = child(method, SIGNATURE, "DigestMethod")
                .flatMap(d -> attribute(d, "Algorithm"))
                .map(SamlEncryption::digest)
                .orElse("SHA-1");
        String mask = child(method, XENC11, "MGF")
                .flatMap(m -> attribute(m, "Algorithm"))
                .map(SamlEncryption::mask)
                .orElse("SHA-1");
        boolean known = algorithm.equals(XENC + "rsa-oaep-mgf1p") || algorithm.equals(XENC11 + "rsa-oaep");
        return known && !digest.isEmpty() && !mask.isEmpty()
                ? Optional.of(new DecryptionKey.Oaep(digest, mask))
                : Optional.empty();
    }

    private static String digest(String algorithm) {
        return switch (algorithm) {
            case SIGNATURE + "sha1" -> "SHA-1";
            case XENC + "sha256" -> "SHA-256";
            case "http://www.w3.org/2001/04/xmldsig-more#sha384" -> "SHA-384";
            case XENC + "sha512" -> "SHA-512";
            default -> "";
        };
    }

    private static String mask(String algorithm) {
        return switch (algorithm) {
            case XENC11 + "mgf1sha1" -> "SHA-1";
            case XENC11 + "mgf1sha256" -> "SHA-256";
            case XENC11 + "mgf1sha384" -> "SHA-384";
            case XENC11 + "mgf1sha512" -> "SHA-512";
            default -> "";
        };
    }

    private static byte[] value(Element parent) {
        String text = child(parent, XENC, "CipherData")
                .flatMap(data -> child(data, XENC, "CipherValue"))
                .map(SamlDocument::text)
                .orElse("");
        return Base64.getMimeDecoder().decode(text);
    }
}
