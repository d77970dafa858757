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
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs what this house and its commands ask of others, by AWS Signature Version 4 in the header form
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). Stateless.
 *
 * @param accessKeyId and {@code secretKey} stay the caller's to close
 */
public record RequestSigner(Secret accessKeyId, Secret secretKey, String region, String service) {
    private static final DateTimeFormatter AMZ_DATE =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final String DATE = "x-amz-date";
    private static final String HMAC = "HmacSHA256";

    /** The two headers that a signed request needs beside those it has anyway. */
    public record Headers(String date, String authorization) {}

    /**
     * @param host as the Host header will have it, with the port unless it is the scheme's own
     * @param path without query, of characters that need no escape
     */
    public Headers sign(String host, String path, String contentType, Bytes body, Instant now) {
        String date = date(now);
        SortedMap<String, String> signed = new TreeMap<>(Map.of("content-type", contentType, "host", host, DATE, date));
        return new Headers(date, authorization("POST", path, "", signed, Sha256.hex(body)));
    }

    /** As {@code x-amz-date} has it. */
    public static String date(Instant now) {
        return AMZ_DATE.format(now);
    }

    /**
     * The Authorization header of any request.
     *
     * @param path as it is canonical
     * @param query percent-encoded, its parameters sorted
     * @param signed all headers to sign, by their names in lower case; {@code host} and {@code x-amz-date} are among them
     * @param payload what stands for the body: in most cases the 64 hex digits of its SHA-256
     */
    public String authorization(
            String method, String path, String query, SortedMap<String, String> signed, String payload) {
        String date = Optional.ofNullable(signed.get(DATE)).orElseThrow();
        String day = date.substring(0, 8);
        String scope = day + "/" + region + "/" + service + "/aws4_request";
        String names = String.join(";", signed.keySet());
        StringBuilder canonical = new StringBuilder(method + "\n" + path + "\n" + query + "\n");
        signed.forEach((name, value) ->
                canonical.append(name).append(':').append(value).append('\n'));
        canonical.append('\n').append(names).append('\n').append(payload);
        String toSign =
                "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + Sha256.hex(Bytes.utf8(canonical.toString()));
        return "AWS4-HMAC-SHA256 Credential=" + new String(accessKeyId.reveal(), StandardCharsets.US_ASCII) + "/"
                + scope
                + ", SignedHeaders=" + names + ", Signature="
                + HexFormat.of().formatHex(hmac(signingKey(day), toSign));
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
