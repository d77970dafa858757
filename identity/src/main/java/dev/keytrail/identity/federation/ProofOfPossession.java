package dev.keytrail.identity.federation;

import dev.keytrail.call.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/**
 * A DPoP proof (RFC 9449): a client shows with each request that it holds the key that its tokens are bound to. ES256 only,
 * which is what AWS's clients sign with.
 *
 * @param thumbprint of the key (RFC 7638)
 * @param id the proof's own; it counts once
 */
public record ProofOfPossession(String thumbprint, String id) {
    private static final Duration AGE_MAX = Duration.ofMinutes(5);
    private static final int CHARS_MAX = 4096;
    private static final String COORDINATE = "[A-Za-z0-9_-]{43}";

    /**
     * @param path what the proof's URL must end in: behind a proxy a server does not know its own name
     * @throws Distrusted when it does not prove anything about this request, now
     */
    public static ProofOfPossession check(String proof, String method, String path, Instant now) throws Distrusted {
        String[] parts = proof.split("\\.", -1);
        if (parts.length != 3 || proof.length() > CHARS_MAX) {
            throw bad("it is no JWT");
        }
        try {
            JsonObject header = JsonObject.parse(utf8(parts[0]));
            JsonObject key = header.object("jwk").orElseThrow(() -> bad("it names no key"));
            String x = coordinate(key, "x");
            String y = coordinate(key, "y");
            boolean known = header.text("typ").orElse("").equals("dpop+jwt")
                    && header.text("alg").orElse("").equals("ES256")
                    && key.text("crv").orElse("").equals("P-256");
            if (!known || !isSigned(key, parts)) {
                throw bad("it is not signed by its key with ES256");
            }
            JsonObject claims = JsonObject.parse(utf8(parts[1]));
            requireAbout(claims, method, path, now);
            String id = claims.text("jti")
                    .filter(text -> !text.isEmpty() && text.length() <= 128)
                    .orElseThrow(() -> bad("it has no id"));
            String canonical = "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" + x + "\",\"y\":\"" + y + "\"}";
            return new ProofOfPossession(digest(canonical), id);
        } catch (IllegalArgumentException | GeneralSecurityException e) {
            throw bad("it cannot be read");
        }
    }

    private static void requireAbout(JsonObject claims, String method, String path, Instant now) throws Distrusted {
        String url = claims.text("htu").orElse("");
        if (!claims.text("htm").orElse("").equals(method) || !url.endsWith(path)) {
            throw bad("it is for another request");
        }
        long issued = claims.number("iat").orElseThrow(() -> bad("it has no time"));
        if (Math.abs(issued - now.getEpochSecond()) > AGE_MAX.toSeconds()) {
            throw bad("it is not of now");
        }
    }

    private static boolean isSigned(JsonObject key, String[] parts) throws GeneralSecurityException {
        var found = JsonWebKeys.key(key);
        if (found.isEmpty()) {
            return false;
        }
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initVerify(found.get().key());
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        return signature.verify(Base64.getUrlDecoder().decode(parts[2]));
    }

    private static String coordinate(JsonObject key, String name) throws Distrusted {
        return key.text(name)
                .filter(text -> text.matches(COORDINATE))
                .orElseThrow(() -> bad("its key is no point of P-256"));
    }

    private static String utf8(String part) {
        return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
    }

    private static String digest(String text) throws GeneralSecurityException {
        byte[] hash = Sha256.start().digest(text.getBytes(StandardCharsets.US_ASCII));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    }

    private static Distrusted bad(String why) {
        return Distrusted.invalid("The DPoP proof does not count: " + why);
    }
}
