package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs a POST that this house makes, by AWS Signature Version 4 in the header form: host, content type and date, and the
 * body by its SHA-256. Stateless.
 *
 * @param accessKeyId and {@code secretKey} stay the caller's to close
 */
public record RequestSigner(Secret accessKeyId, Secret secretKey, String region, String service) {
    private static final DateTimeFormatter AMZ_DATE =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final String SIGNED_HEADERS = "content-type;host;x-amz-date";
    private static final String HMAC = "HmacSHA256";

    /** The two headers that a signed request needs beside those it has anyway. */
    public record Headers(String date, String authorization) {}

    /**
     * @param host as the Host header will have it, with the port unless it is the scheme's own
     * @param path without query, of characters that need no escape
     */
    public Headers sign(String host, String path, String contentType, Bytes body, Instant now) {
        String date = AMZ_DATE.format(now);
        String day = date.substring(0, 8);
        String scope = day + "/" + region + "/" + service + "/aws4_request";
        String canonical = "POST\n" + path + "\n\ncontent-type:" + contentType + "\nhost:" + host + "\nx-amz-date:"
                + date + "\n\n" + SIGNED_HEADERS + "\n" + Sha256.hex(body);
        String toSign = "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + Sha256.hex(Bytes.utf8(canonical));
        String signature = HexFormat.of().formatHex(hmac(signingKey(day), toSign));
        return new Headers(
                date,
                "AWS4-HMAC-SHA256 Credential=" + new String(accessKeyId.reveal(), StandardCharsets.US_ASCII) + "/"
                        + scope + ", SignedHeaders=" + SIGNED_HEADERS + ", Signature=" + signature);
    }

    private byte[] signingKey(String day) {
        byte[] secret = secretKey.reveal();
        byte[] first = Arrays.copyOf("AWS4".getBytes(StandardCharsets.US_ASCII), 4 + secret.length);
        System.arraycopy(secret, 0, first, 4, secret.length);
        byte[] key = hmac(first, day);
        Arrays.fill(first, (byte) 0);
        return hmac(hmac(hmac(key, region), service), "aws4_request");
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance(HMAC, "SunJCE");
            mac.init(new SecretKeySpec(key, HMAC));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks HmacSHA256 in SunJCE", e);
        }
    }
}
