package dev.keytrail.audit.topic;

import dev.keytrail.call.Bytes;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** A self-signed X.509 certificate (RFC 5280) for the key that signs messages, named as SNS' own is. */
final class Certificate {
    static final String NAME = "sns.amazonaws.com";

    /** Longer than any message waits; the key is the house's own and is not rotated before. */
    static final Duration VALIDITY = Duration.ofDays(3650);

    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int UTF8_STRING = 0x0C;
    private static final int GENERALIZED_TIME = 0x18;
    private static final int UTC_TIME = 0x17;
    private static final int DNS_NAME = 0x82;
    private static final int VERSION = 0xA0;
    private static final int EXTENSIONS = 0xA3;

    private static final byte[] SHA256_WITH_RSA = hex("300d06092a864886f70d01010b0500");
    private static final byte[] COMMON_NAME = hex("0603550403");
    private static final byte[] SUBJECT_ALT_NAME = hex("0603551d11");

    /** UTCTime up to 2049, as RFC 5280 wants it. */
    private static final int UTC_TIME_YEAR_MAX = 2049;

    private Certificate() {}

    /**
     * DER.
     *
     * @param spki DER SubjectPublicKeyInfo of the key
     * @param sign RSASSA-PKCS1-v1_5 with SHA-256
     */
    static Bytes make(Bytes spki, BigInteger serial, Instant from, UnaryOperator<Bytes> sign) {
        byte[] name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, ascii(NAME)))));
        byte[] names = der(SEQUENCE, der(DNS_NAME, ascii(NAME)));
        byte[] extensions = der(EXTENSIONS, der(SEQUENCE, der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, names))));
        byte[] body = der(
                SEQUENCE,
                der(VERSION, der(INTEGER, new byte[] {2})),
                der(INTEGER, serial.toByteArray()),
                SHA256_WITH_RSA,
                name,
                der(SEQUENCE, time(from), time(from.plus(VALIDITY))),
                name,
                spki.toArray(),
                extensions);
        byte[] signature = sign.apply(Bytes.copyOf(body)).toArray();
        return Bytes.adopt(der(SEQUENCE, body, SHA256_WITH_RSA, der(BIT_STRING, new byte[] {0}, signature)));
    }

    static String pem(Bytes der) {
        Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
        return "-----BEGIN CERTIFICATE-----\n" + lines.encodeToString(der.unsafeArray())
                + "\n-----END CERTIFICATE-----\n";
    }

    private static byte[] time(Instant at) {
        boolean utc = at.atZone(ZoneOffset.UTC).getYear() <= UTC_TIME_YEAR_MAX;
        String pattern = utc ? "uuMMddHHmmss'Z'" : "uuuuMMddHHmmss'Z'";
        String text = DateTimeFormatter.ofPattern(pattern, Locale.ROOT)
                .withZone(ZoneOffset.UTC)
                .format(at);
        return der(utc ? UTC_TIME : GENERALIZED_TIME, ascii(text));
    }

    private static byte[] der(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        int size = content.size();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (size < 0x80) {
            out.write(size);
        } else if (size < 0x100) {
            out.write(0x81);
            out.write(size);
        } else {
            out.write(0x82);
            out.write(size >> 8);
            out.write(size);
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
