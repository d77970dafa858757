package dev.keytrail.crypto;

import dev.keytrail.call.Secret;
import dev.keytrail.call.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The id of key material: HMAC-SHA-256 under the material over a label and the key id, so that the same material imported
 * again into a key is recognised, and the same material in two keys is not.
 */
public final class MaterialId {
    private static final String LABEL = "keytrail material id 1";

    private MaterialId() {}

    /** 64 lower-case hex digits. The material may be of any kind and length but zero. */
    public static String of(String keyId, Secret material) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256", "SunJCE");
            mac.init(new SecretKeySpec(material.reveal(), "HmacSHA256"));
            mac.update(LABEL.getBytes(StandardCharsets.US_ASCII));
            mac.update((byte) 0);
            return HexFormat.of().formatHex(mac.doFinal(keyId.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks HmacSHA256 in SunJCE", e);
        }
    }

    /** An id for material that a request makes elsewhere and that is never seen here: SHA-256 over place and request. */
    public static String ofRequest(String place, String requestId) {
        MessageDigest digest = Sha256.start();
        digest.update("keytrail token key 1".getBytes(StandardCharsets.US_ASCII));
        digest.update((byte) 0);
        digest.update(place.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        return HexFormat.of().formatHex(digest.digest(requestId.getBytes(StandardCharsets.UTF_8)));
    }

    /** The name under which material is wrapped; account and key ids hold no slash. */
    static String nameInVault(String account, String keyId, String materialId) {
        return "material/" + account + "/" + keyId + "/" + materialId;
    }
}
