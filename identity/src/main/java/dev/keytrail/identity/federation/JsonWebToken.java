package dev.keytrail.identity.federation;

import dev.keytrail.call.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An OpenID Connect ID token (RFC 7519, OpenID Connect Core section 2): parsed first, then {@linkplain #verify checked},
 * and only then read.
 */
public final class JsonWebToken {
    /** How far the issuer's clock may be ahead of ours. */
    private static final long SKEW_SECONDS = 300;

    private static final String TAGS = "https://aws.amazon.com/tags";
    private static final String SOURCE_IDENTITY = "https://aws.amazon.com/source_identity";

    private final Optional<String> keyId;
    private final SigningAlgorithm algorithm;
    private final byte[] signed;
    private final byte[] signature;
    private final JsonObject claims;

    private JsonWebToken(
            Optional<String> keyId, SigningAlgorithm algorithm, byte[] signed, byte[] signature, JsonObject claims) {
        this.keyId = keyId;
        this.algorithm = algorithm;
        this.signed = signed;
        this.signature = signature;
        this.claims = claims;
    }

    /**
     * What a checked token says.
     *
     * @param audience {@code azp} if there is one, else the one {@code aud}
     * @param audiences all of {@code aud}
     * @param tags principal tags for the session
     */
    public record Claims(
            String subject,
            String audience,
            List<String> audiences,
            Optional<String> authorizedParty,
            List<String> methods,
            Map<String, String> tags,
            List<String> transitiveTagKeys,
            Optional<String> sourceIdentity) {}

    /** @throws Distrusted when it is no token that could be checked */
    public static JsonWebToken parse(Secret token) throws Distrusted {
        String text = new String(token.reveal(), StandardCharsets.ISO_8859_1);
        String[] parts = text.split("\\.", -1);
        if (parts.length != 3) {
            throw Distrusted.invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an"
                    + " Access Token)");
        }
        try {
            JsonObject header = JsonObject.parse(utf8(decode(parts[0])));
            if (header.members().containsKey("crit")) {
                throw Distrusted.invalid("The token has critical header parameters that are not understood");
            }
            String name = header.text("alg").orElse("");
            SigningAlgorithm algorithm = SigningAlgorithm.named(name)
                    .orElseThrow(() -> Distrusted.invalid("The token is not signed with a supported algorithm"));
            byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
            return new JsonWebToken(
                    header.text("kid"), algorithm, signed, decode(parts[2]), JsonObject.parse(utf8(decode(parts[1]))));
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw Distrusted.invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an"
                    + " Access Token)");
        }
    }

    private static byte[] decode(String part) {
        return Base64.getUrlDecoder().decode(part);
    }

    private static String utf8(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }

    /** Who claims to have issued it: to find the provider by, nothing more. */
    public String claimedIssuer() {
        return claims.text("iss").orElse("");
    }

    /** Whether the set has a key that may have signed it. */
    public boolean mayBeSignedBy(JsonWebKeys keys) {
        return !keys.candidates(keyId, algorithm).isEmpty();
    }

    /**
     * Checks signature, times and audience.
     *
     * @param issuer the provider's URL
     * @param clientIds whom tokens may be for
     */
    public Claims verify(JsonWebKeys keys, String issuer, List<String> clientIds, Instant now) throws Distrusted {
        if (keys.candidates(keyId, algorithm).stream().noneMatch(this::isSignedBy)) {
            throw Distrusted.invalid("Provided Token is not signed by a key of its issuer");
        }
        if (!claimedIssuer().equals(issuer)) {
            throw Distrusted.invalid("The token's issuer is not the provider's URL");
        }
        checkTimes(now.getEpochSecond());
        List<String> audiences = claims.texts("aud");
        Optional<String> party = claims.text("azp");
        if (audiences.isEmpty() || (party.isEmpty() && audiences.size() > 1)) {
            throw Distrusted.invalid("The token must have one audience, or an authorized party");
        }
        String audience = party.orElse(audiences.getFirst());
        if (!clientIds.contains(audience)) {
            throw Distrusted.invalid("Incorrect token audience");
        }
        String subject = claims.text("sub")
                .filter(s -> !s.isEmpty() && s.length() <= 255)
                .orElseThrow(() -> Distrusted.invalid("Missing a required claim: sub"));
        return new Claims(
                subject,
                audience,
                audiences,
                party,
                claims.texts("amr"),
                tags(),
                transitive(),
                claims.text(SOURCE_IDENTITY));
    }

    private boolean isSignedBy(JsonWebKeys.Key key) {
        try {
            Signature check = Signature.getInstance(algorithm.jdkName());
            check.initVerify(key.key());
            check.update(signed);
            return check.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private void checkTimes(long now) throws Distrusted {
        long expires = claims.number("exp").orElseThrow(() -> Distrusted.invalid("Missing a required claim: exp"));
        long issued = claims.number("iat").orElseThrow(() -> Distrusted.invalid("Missing a required claim: iat"));
        if (now >= expires) {
            throw new Distrusted(
                    Distrusted.Kind.EXPIRED,
                    "Token expired: current date/time " + now + " must be before the expiration date/time " + expires);
        }
        if (issued > now + SKEW_SECONDS || claims.number("nbf").orElse(now) > now + SKEW_SECONDS) {
            throw Distrusted.invalid("The token is not valid yet");
        }
    }

    /** Nested or flattened, as AWS takes them. Of several values the first counts, for session tags have one. */
    private Map<String, String> tags() {
        Map<String, String> tags = new LinkedHashMap<>();
        claims.object(TAGS)
                .flatMap(t -> t.object("principal_tags"))
                .ifPresent(nested -> nested.members()
                        .keySet()
                        .forEach(key ->
                                nested.texts(key).stream().findFirst().ifPresent(value -> tags.put(key, value))));
        String flat = TAGS + "/principal_tags/";
        claims.members().keySet().stream()
                .filter(name -> name.startsWith(flat))
                .forEach(name -> claims.texts(name).stream()
                        .findFirst()
                        .ifPresent(value -> tags.put(name.substring(flat.length()), value)));
        return tags;
    }

    private List<String> transitive() {
        List<String> keys = new ArrayList<>(
                claims.object(TAGS).map(t -> t.texts("transitive_tag_keys")).orElse(List.of()));
        keys.addAll(claims.texts(TAGS + "/transitive_tag_keys"));
        return keys;
    }
}
