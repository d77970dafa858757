package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** One log file: its name and its bytes, both a function of what it holds (cloudtrail.md F6). */
record LogFile(String key, Bytes content) {
    static final String CONTENT_TYPE = "application/json";
    static final String CONTENT_ENCODING = "gzip";

    private static final DateTimeFormatter FOLDER =
            DateTimeFormatter.ofPattern("uuuu/MM/dd", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmm'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int UNIQUE_LENGTH = 16;
    private static final byte[] HEAD = "{\"Records\":[".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TAIL = "]}".getBytes(StandardCharsets.US_ASCII);

    /** @param seed all that tells this file from every other one */
    static String key(Optional<String> prefix, Optional<String> organization, Folder folder, Instant at, String seed) {
        return folder.path(prefix, organization) + FOLDER.format(at) + "/" + folder.account() + "_" + folder.kind()
                + "_" + folder.region() + "_" + MINUTE.format(at) + "_" + unique(seed) + ".json.gz";
    }

    private static String unique(String seed) {
        byte[] hash = Sha256.start().digest(seed.getBytes(StandardCharsets.UTF_8));
        StringBuilder text = new StringBuilder(UNIQUE_LENGTH);
        for (int i = 0; i < UNIQUE_LENGTH; i++) {
            // Two bytes a letter keep the letters near equally likely.
            int number = (hash[2 * i] & 0xFF) << 8 | hash[2 * i + 1] & 0xFF;
            text.append(LETTERS.charAt(number % LETTERS.length()));
        }
        return text.toString();
    }

    /** A single gzip member without a time in its header. */
    static Bytes pack(List<Bytes> events, int level) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream(64 << 10);
        try (OutputStream out = new Gzip(packed, level)) {
            out.write(HEAD);
            boolean first = true;
            for (Bytes event : events) {
                if (!first) {
                    out.write(',');
                }
                first = false;
                out.write(event.unsafeArray());
            }
            out.write(TAIL);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return Bytes.adopt(packed.toByteArray());
    }

    /** SHA-256 of what {@link #pack} compresses, lower-case hex. */
    static String hash(List<Bytes> events) {
        MessageDigest digest = Sha256.start();
        digest.update(HEAD);
        boolean first = true;
        for (Bytes event : events) {
            if (!first) {
                digest.update((byte) ',');
            }
            first = false;
            digest.update(event.unsafeArray());
        }
        digest.update(TAIL);
        return Bytes.adopt(digest.digest()).hex();
    }

    /** A single gzip member, like a log file's. */
    static Bytes pack(Bytes content, int level) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream(64 << 10);
        try (OutputStream out = new Gzip(packed, level)) {
            out.write(content.unsafeArray());
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return Bytes.adopt(packed.toByteArray());
    }

    /**
     * Whether two packed files hold the same. Compared unpacked, so that another level or another zlib, after an upgrade
     * in the middle of a delivery, makes no difference.
     */
    static boolean sameContent(Bytes one, Bytes other) {
        if (one.equals(other)) {
            return true;
        }
        try (GZIPInputStream left = new GZIPInputStream(new ByteArrayInputStream(one.unsafeArray()));
                GZIPInputStream right = new GZIPInputStream(new ByteArrayInputStream(other.unsafeArray()))) {
            while (true) {
                byte[] a = left.readNBytes(CHUNK);
                byte[] b = right.readNBytes(CHUNK);
                if (!Arrays.equals(a, b)) {
                    return false;
                }
                if (a.length == 0) {
                    return true;
                }
            }
        } catch (IOException notGzip) {
            return false;
        }
    }

    private static final int CHUNK = 64 << 10;

    private static final class Gzip extends GZIPOutputStream {
        Gzip(OutputStream out, int level) throws IOException {
            super(out, 16 << 10);
            def.setLevel(level);
        }
    }
}
