package dev.keytrail.identity;

import dev.keytrail.call.Bytes;
import dev.keytrail.identity.sigv4.HeaderList;
import dev.keytrail.identity.sigv4.SignedRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs POST / requests the way a client does, written apart from the code under test. Every header added is signed unless
 * added with {@link #unsigned}.
 */
public final class TestSigner {
    private final String accessKeyId;
    private final String secret;
    private String region = "us-east-1";
    private String service = "kms";
    private String scopeDate = "";
    private Instant at = Site.NOW;
    private String body = "{\"NumberOfBytes\":32}";
    private boolean withDate = true;
    private final List<String[]> signed = new ArrayList<>();
    private final List<String[]> unsigned = new ArrayList<>();

    private TestSigner(String accessKeyId, String secret) {
        this.accessKeyId = accessKeyId;
        this.secret = secret;
    }

    public static TestSigner of(String accessKeyId, String secret) {
        return new TestSigner(accessKeyId, secret).signed("host", "localhost:8080");
    }

    public static TestSigner admin(Site site) {
        return of(site.adminKeyId(), site.adminSecret);
    }

    public TestSigner region(String value) {
        region = value;
        return this;
    }

    public TestSigner service(String value) {
        service = value;
        return this;
    }

    public TestSigner scopeDate(String value) {
        scopeDate = value;
        return this;
    }

    public TestSigner at(Instant value) {
        at = value;
        return this;
    }

    public TestSigner body(String value) {
        body = value;
        return this;
    }

    public TestSigner signed(String name, String value) {
        signed.add(new String[] {name, value});
        return this;
    }

    public TestSigner unsigned(String name, String value) {
        unsigned.add(new String[] {name, value});
        return this;
    }

    /** Without {@code x-amz-date}: the test adds a date of its own. */
    public TestSigner withoutDate() {
        withDate = false;
        return this;
    }

    public SignedRequest sign() {
        String timestamp = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT)
                .withZone(ZoneOffset.UTC)
                .format(at);
        String date = scopeDate.isEmpty() ? timestamp.substring(0, 8) : scopeDate;
        if (withDate) {
            signed("X-Amz-Date", timestamp);
        }
        TreeMap<String, String> canonical = new TreeMap<>();
        signed.forEach(h -> canonical.merge(h[0].toLowerCase(Locale.ROOT), h[1].strip(), (a, b) -> a + "," + b));
        StringBuilder lines = new StringBuilder();
        canonical.forEach((k, v) ->
                lines.append(k).append(':').append(v.replaceAll(" +", " ")).append('\n'));
        String names = String.join(";", canonical.keySet());
        String request = "POST\n/\n\n" + lines + "\n" + names + "\n" + hash(body);
        String scope = date + "/" + region + "/" + service + "/aws4_request";
        String toSign = "AWS4-HMAC-SHA256\n" + timestamp + "\n" + scope + "\n" + hash(request);
        byte[] key = hmac(("AWS4" + secret).getBytes(StandardCharsets.UTF_8), date);
        for (String part : new String[] {region, service, "aws4_request"}) {
            key = hmac(key, part);
        }
        String signature = HexFormat.of().formatHex(hmac(key, toSign));
        HeaderList.Builder headers = HeaderList.builder();
        signed.forEach(h -> headers.add(h[0], h[1]));
        unsigned.forEach(h -> headers.add(h[0], h[1]));
        headers.add(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=" + accessKeyId + "/" + scope + ", SignedHeaders=" + names + ", Signature="
                        + signature);
        return new SignedRequest("POST", "/", "", headers.build(), Optional.of(Bytes.utf8(body)));
    }

    public static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
