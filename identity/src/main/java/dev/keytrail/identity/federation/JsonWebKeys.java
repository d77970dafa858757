package dev.keytrail.identity.federation;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** A JSON Web Key Set (RFC 7517), as far as it has RSA and elliptic-curve keys for signatures. */
public final class JsonWebKeys {
    private static final int KEYS_MAX = 100;
    private static final int RSA_BITS_MIN = 2048;
    private static final int RSA_BITS_MAX = 8192;

    /** @param type {@code RSA}, or the curve's name */
    record Key(Optional<String> id, Optional<String> algorithm, String type, PublicKey key) {}

    private final List<Key> keys;

    private JsonWebKeys(List<Key> keys) {
        this.keys = List.copyOf(keys);
    }

    /**
     * Keys of other kinds, or for other uses, are passed over.
     *
     * @throws IllegalArgumentException when the text is no key set, or has no key that could be used
     */
    public static JsonWebKeys parse(String json) {
        List<JsonObject> members = JsonObject.parse(json).objects("keys");
        if (members.size() > KEYS_MAX) {
            throw new IllegalArgumentException("more than " + KEYS_MAX + " keys");
        }
        List<Key> keys = new ArrayList<>();
        for (JsonObject member : members) {
            boolean signs = member.text("use").orElse("sig").equals("sig");
            if (signs) {
                key(member).ifPresent(keys::add);
            }
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("no RSA or elliptic-curve key for signatures");
        }
        return new JsonWebKeys(keys);
    }

    /** Empty for a key of another kind, or one that cannot be read. */
    static Optional<Key> key(JsonObject member) {
        try {
            return switch (member.text("kty").orElse("")) {
                case "RSA" -> rsa(member);
                case "EC" -> curve(member);
                default -> Optional.empty();
            };
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<Key> rsa(JsonObject member) throws GeneralSecurityException {
        BigInteger modulus = number(member, "n");
        if (modulus.bitLength() < RSA_BITS_MIN || modulus.bitLength() > RSA_BITS_MAX) {
            return Optional.empty();
        }
        PublicKey key =
                KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, number(member, "e")));
        return Optional.of(new Key(member.text("kid"), member.text("alg"), "RSA", key));
    }

    private static Optional<Key> curve(JsonObject member) throws GeneralSecurityException {
        String curve = member.text("crv").orElse("");
        String name = switch (curve) {
            case "P-256" -> "secp256r1";
            case "P-384" -> "secp384r1";
            case "P-521" -> "secp521r1";
            default -> "";
        };
        if (name.isEmpty()) {
            return Optional.empty();
        }
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec(name));
        ECPoint point = new ECPoint(number(member, "x"), number(member, "y"));
        PublicKey key = KeyFactory.getInstance("EC")
                .generatePublic(new ECPublicKeySpec(point, parameters.getParameterSpec(ECParameterSpec.class)));
        return Optional.of(new Key(member.text("kid"), member.text("alg"), curve, key));
    }

    private static BigInteger number(JsonObject member, String name) {
        String text = member.text(name).orElseThrow(() -> new IllegalArgumentException(name + " is missing"));
        return new BigInteger(1, Base64.getUrlDecoder().decode(text));
    }

    /** The keys that may have signed under this id and algorithm: one, or all of the type where no id is given. */
    List<Key> candidates(Optional<String> id, SigningAlgorithm algorithm) {
        return keys.stream()
                .filter(key -> key.type().equals(algorithm.keyType()))
                .filter(key -> key.algorithm().map(algorithm.name()::equals).orElse(true))
                .filter(key -> id.isEmpty() || key.id().isEmpty() || key.id().equals(id))
                .toList();
    }
}
