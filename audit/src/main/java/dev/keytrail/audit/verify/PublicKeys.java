package dev.keytrail.audit.verify;

import dev.keytrail.audit.JsonFacts;
import dev.keytrail.call.Facts;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The keys that digests may be signed with, by fingerprint: from answers of ListPublicKeys, as the API or the AWS CLI
 * writes them. A fingerprint is computed from the key here, never believed.
 */
public final class PublicKeys {
    /** What stands before a PKCS#1 RSAPublicKey of 2048 bits in a SubjectPublicKeyInfo. */
    private static final String SPKI_HEAD = "30820122300d06092a864886f70d01010105000382010f00";

    private static final int PKCS1_BYTES = 270;

    private final Map<String, PublicKey> byFingerprint = new HashMap<>();

    /** @throws IllegalArgumentException when the text is no such answer */
    public void add(String listPublicKeysAnswer) {
        Facts answer = JsonFacts.parse(listPublicKeysAnswer)
                .orElseThrow(() -> new IllegalArgumentException("not an answer of ListPublicKeys"));
        for (Facts key : objects(answer, "PublicKeyList")) {
            byte[] value = Base64.getDecoder()
                    .decode(key.get("Value").map(Object::toString).orElse(""));
            byFingerprint.put(fingerprint(value), parse(value));
        }
    }

    /** The NextToken of an answer. */
    public static Optional<String> nextToken(String listPublicKeysAnswer) {
        return JsonFacts.parse(listPublicKeysAnswer)
                .flatMap(answer -> answer.get("NextToken"))
                .map(Object::toString);
    }

    public Set<String> fingerprints() {
        return Set.copyOf(byFingerprint.keySet());
    }

    boolean has(String fingerprint) {
        return byFingerprint.containsKey(fingerprint);
    }

    /** False also for a signature that is none. */
    boolean verify(String fingerprint, byte[] message, String signatureHex) {
        PublicKey key = byFingerprint.get(fingerprint);
        if (key == null) {
            return false;
        }
        try {
            Signature check = Signature.getInstance("SHA256withRSA");
            check.initVerify(key);
            check.update(message);
            return check.verify(HexFormat.of().parseHex(signatureHex));
        } catch (GeneralSecurityException | IllegalArgumentException noSignature) {
            return false;
        }
    }

    private static PublicKey parse(byte[] value) {
        byte[] spki = value;
        if (value.length == PKCS1_BYTES) {
            byte[] head = HexFormat.of().parseHex(SPKI_HEAD);
            spki = new byte[head.length + value.length];
            System.arraycopy(head, 0, spki, 0, head.length);
            System.arraycopy(value, 0, spki, head.length, value.length);
        }
        try {
            return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(spki));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("not an RSA key: " + e.getMessage());
        }
    }

    private static String fingerprint(byte[] value) {
        try {
            byte[] md5 = MessageDigest.getInstance("MD5").digest(value);
            return String.format("%032x", new BigInteger(1, md5));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }

    static List<Facts> objects(Facts facts, String name) {
        List<Facts> objects = new ArrayList<>();
        facts.get(name).ifPresent(value -> {
            if (value instanceof List<?> list) {
                list.forEach(each -> {
                    if (each instanceof Facts object) {
                        objects.add(object);
                    }
                });
            }
        });
        return objects;
    }
}
