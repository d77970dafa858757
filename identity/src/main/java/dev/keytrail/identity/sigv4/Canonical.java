package dev.keytrail.identity.sigv4;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import dev.keytrail.crypto.SigningKey;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;

/** Writes canonical request and string to sign into one buffer. One thread at a time; used again and again. */
final class Canonical {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int HASH_BYTES = 32;
    /** A buffer grown beyond this by an odd request is not kept. */
    private static final int KEPT_BYTES_MAX = 64 << 10;

    private final MessageDigest sha256;
    private final byte[] hash = new byte[HASH_BYTES];
    private byte[] buffer = new byte[4096];
    private int size;

    Canonical() {
        sha256 = Sha256.start();
    }

    /** 64 lower-case hex digits. */
    String bodyHash(Bytes body) {
        hash(body.unsafeArray(), body.size());
        clear();
        putHash();
        return text();
    }

    /** Leaves the canonical request in the buffer. */
    void request(Claims claims, SignedRequest request, boolean s3, String payloadHash) {
        clear();
        put(request.method());
        put('\n');
        put(s3 ? Uri.objectPath(request.rawPath()) : Uri.normalizedPath(request.rawPath()));
        put('\n');
        put(Uri.canonicalQuery(request.rawQuery(), claims.presigned()));
        put('\n');
        for (int i = 0; i < claims.signedHeaders().size(); i++) {
            putHeader(claims.signedHeaders().get(i), request.headers());
        }
        put('\n');
        for (int i = 0; i < claims.signedHeaders().size(); i++) {
            if (i > 0) {
                put(';');
            }
            put(claims.signedHeaders().get(i));
        }
        put('\n');
        put(payloadHash);
    }

    /** Replaces the canonical request by its string to sign, and compares signatures in constant time. */
    boolean signedAs(Claims claims, SigningKey key) {
        stringToSign(claims);
        key.sign(buffer, size, hash);
        clear();
        putHash();
        byte[] given = claims.signature().getBytes(StandardCharsets.ISO_8859_1);
        return MessageDigest.isEqual(Arrays.copyOf(buffer, size), given);
    }

    void stringToSign(Claims claims) {
        hash(buffer, size);
        clear();
        put(Claims.ALGORITHM);
        put('\n');
        put(claims.timestamp());
        put('\n');
        put(claims.scopeDate());
        put('/');
        put(claims.region());
        put('/');
        put(claims.service());
        put("/aws4_request");
        put('\n');
        putHash();
    }

    static String scope(Claims claims) {
        return claims.scopeDate() + "/" + claims.region() + "/" + claims.service() + "/aws4_request";
    }

    /** What the buffer holds, one character per byte. */
    String text() {
        return new String(buffer, 0, size, StandardCharsets.ISO_8859_1);
    }

    private void clear() {
        size = 0;
        if (buffer.length > KEPT_BYTES_MAX) {
            buffer = new byte[4096];
        }
    }

    private void hash(byte[] source, int length) {
        sha256.update(source, 0, length);
        try {
            sha256.digest(hash, 0, HASH_BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException("a SHA-256 hash has 32 bytes", e);
        }
    }

    private void putHash() {
        ensure(2 * HASH_BYTES);
        for (byte octet : hash) {
            buffer[size++] = HEX[octet >> 4 & 0xF];
            buffer[size++] = HEX[octet & 0xF];
        }
    }

    private void putHeader(String name, HeaderList headers) {
        put(name);
        put(':');
        // HTTP/2 clients may sign the pseudo-header; the list knows it as host.
        String sent = name.equals(":authority") ? "host" : name;
        boolean first = true;
        for (int i = 0; i < headers.size(); i++) {
            if (headers.name(i).equals(sent)) {
                if (!first) {
                    put(',');
                }
                putFolded(headers.value(i));
                first = false;
            }
        }
        put('\n');
    }

    /** Without spaces at either end, and with inner runs of them as one. */
    private void putFolded(String value) {
        ensure(value.length() + 1);
        boolean started = false;
        boolean pending = false;
        for (int i = 0; i < value.length(); i++) {
            char c = requireOctet(value.charAt(i));
            if (c == ' ' || c == '\t') {
                pending = started;
            } else {
                if (pending) {
                    buffer[size++] = ' ';
                    pending = false;
                }
                buffer[size++] = (byte) c;
                started = true;
            }
        }
    }

    private void put(String text) {
        int length = text.length();
        ensure(length);
        for (int i = 0; i < length; i++) {
            buffer[size + i] = (byte) requireOctet(text.charAt(i));
        }
        size += length;
    }

    /**
     * A line feed inside a part could make two different requests look the same, and so could a character cut to a byte:
     * nothing of that kind was ever signed.
     */
    private static char requireOctet(char c) {
        if (c > 0xFF || c == '\n') {
            throw new AuthenticationFailure(AuthenticationFailure.Reason.MISMATCH, SigV4.MISMATCH);
        }
        return c;
    }

    private void put(char c) {
        ensure(1);
        buffer[size++] = (byte) c;
    }

    private void ensure(int more) {
        if (buffer.length - size < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
        }
    }
}
