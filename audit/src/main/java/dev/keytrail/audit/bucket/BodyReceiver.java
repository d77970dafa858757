package dev.keytrail.audit.bucket;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Refused;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Takes a request's body in: decodes it, bounds it, and holds it against every digest the client gave. An object goes to
 * a content file as it comes; memory holds one buffer of it. Thread-safe.
 */
final class BodyReceiver {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final ContentStore contents;
    private final long objectBytesMax;

    BodyReceiver(ContentStore contents, long objectBytesMax) {
        this.contents = contents;
        this.objectBytesMax = objectBytesMax;
    }

    /**
     * @throws Refused the body is not what the head says, or the disk does not take it; nothing is left of it
     * @throws IOException the client's stream broke; nothing is left of it
     */
    S3Request receive(S3Route route, InputStream body, Optional<ChunkVerifier> signer, Attempt attempt)
            throws IOException {
        return switch (route.operation().body()) {
            case NONE -> route.bare();
            case DOCUMENT -> document(route, body, signer);
            case OBJECT -> object(route, body, signer, attempt);
            case COPY -> copied(route, attempt);
        };
    }

    private S3Request document(S3Route route, InputStream body, Optional<ChunkVerifier> signer) throws IOException {
        PayloadPlan plan = PayloadPlan.of(route);
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        int bytesMax = route.operation().row().bodyBytesMax();
        if (plan.length().orElse(0) > bytesMax) {
            throw S3Error.ENTITY_TOO_LARGE.refused();
        }
        Intake.Sums sums = new Intake.Sums(plan.wanted());
        Map<String, String> trailers = copy(plan, body, signer, bytesMax, (source, length) -> {
            sums.update(source, 0, length);
            kept.write(source, 0, length);
        });
        proven(plan, sums, trailers);
        return route.request(Bytes.adopt(kept.toByteArray()), Optional.empty());
    }

    private S3Request object(S3Route route, InputStream body, Optional<ChunkVerifier> signer, Attempt attempt)
            throws IOException {
        PayloadPlan plan = PayloadPlan.of(route);
        if (plan.length().isEmpty()) {
            throw S3Error.MISSING_CONTENT_LENGTH.refused();
        }
        if (plan.length().getAsLong() > objectBytesMax) {
            throw S3Error.ENTITY_TOO_LARGE.refused();
        }
        return staged(route, attempt, plan.wanted(), intake -> {
            Map<String, String> trailers = copy(
                    plan,
                    body,
                    signer,
                    objectBytesMax,
                    (source, length) -> onDisk(() -> {
                        intake.write(source, 0, length);
                        return true;
                    }));
            return proven(plan, intake.sums(), trailers);
        });
    }

    /** The bytes of another object, taken in again, under a key of its own. */
    private S3Request copied(S3Route route, Attempt attempt) throws IOException {
        S3Operation.Supply supply = route.operation().taking().supply(attempt, route.bare());
        if (supply.bytes() > objectBytesMax) {
            throw S3Error.INVALID_REQUEST.refused(
                    "The specified copy source is larger than the maximum allowable size for a copy source: "
                            + objectBytesMax);
        }
        return staged(route, attempt, supply.checksums(), intake -> {
            try {
                supply.source().copyTo(new OutputStream() {
                    @Override
                    public void write(int octet) throws IOException {
                        write(new byte[] {(byte) octet}, 0, 1);
                    }

                    @Override
                    public void write(byte[] source, int offset, int length) throws IOException {
                        intake.write(source, offset, length);
                    }
                });
            } catch (IOException e) {
                throw S3Error.SERVICE_UNAVAILABLE.refused();
            }
            Map<String, String> checksums = new HashMap<>();
            intake.sums().checksums().forEach((checksum, value) -> checksums.put(checksum.header(), value));
            return checksums;
        });
    }

    /** Fills a content file; nothing is left of it if that fails. */
    private S3Request staged(S3Route route, Attempt attempt, Set<Checksum> checksums, Filling filling)
            throws IOException {
        try (Key key = new Key(route.operation().taking().key(attempt, route.bare()))) {
            String name = "arn:aws:s3:::" + route.bucket().orElseThrow() + "/"
                    + route.key().orElseThrow();
            Intake intake = onDisk(() -> new Intake(contents, checksums, key.key(), name));
            boolean published = false;
            try {
                Map<String, String> proven = filling.fill(intake);
                Staged staged = onDisk(() -> intake.stage(ObjectKeys.row(route), proven));
                published = true;
                return route.request(Bytes.EMPTY, Optional.of(staged));
            } finally {
                if (!published) {
                    intake.abandon();
                }
            }
        }
    }

    private record Key(Optional<ContentKey> key) implements AutoCloseable {
        @Override
        public void close() {
            key.ifPresent(ContentKey::close);
        }
    }

    /** Writes a whole content; gives its checksums by header name. */
    @FunctionalInterface
    private interface Filling {
        Map<String, String> fill(Intake intake) throws IOException;
    }

    /** Gives the trailers. */
    private static Map<String, String> copy(
            PayloadPlan plan, InputStream body, Optional<ChunkVerifier> signer, long bytesMax, Sink sink)
            throws IOException {
        AwsChunkedStream chunked = null;
        InputStream decoded = body;
        if (plan.chunked()) {
            if (plan.signed() && signer.isEmpty()) {
                throw S3Error.SIGNATURE_DOES_NOT_MATCH.refused();
            }
            chunked = new AwsChunkedStream(body, plan.signed() ? signer : Optional.empty(), plan.trailers());
            decoded = chunked;
        }
        long bound = plan.length().orElse(bytesMax);
        byte[] buffer = new byte[BUFFER_BYTES];
        long size = 0;
        for (int count = decoded.read(buffer); count >= 0; count = decoded.read(buffer)) {
            size += count;
            if (size > bound) {
                throw plan.length().isPresent()
                        ? S3Error.INCOMPLETE_BODY.refused()
                        : S3Error.ENTITY_TOO_LARGE.refused();
            }
            sink.write(buffer, count);
        }
        if (plan.length().isPresent() && size != plan.length().getAsLong()) {
            throw S3Error.INCOMPLETE_BODY.refused();
        }
        return chunked == null ? Map.of() : chunked.trailers();
    }

    /** The checksums by header name, all of what the client told of the body being true. */
    private static Map<String, String> proven(PayloadPlan plan, Intake.Sums sums, Map<String, String> trailers) {
        if (plan.sha256().isPresent()
                && !plan.sha256().get().equals(sums.sha256().hex())) {
            throw S3Error.X_AMZ_CONTENT_SHA256_MISMATCH.refused();
        }
        if (plan.md5().isPresent() && !plan.md5().get().equals(base64(sums.md5()))) {
            throw S3Error.BAD_DIGEST.refused();
        }
        Map<String, String> checked = new HashMap<>();
        sums.checksums().forEach((checksum, actual) -> {
            Optional<String> expected = Optional.ofNullable(plan.checksums().get(checksum))
                    .or(() -> Optional.ofNullable(trailers.get(checksum.header())));
            if (expected.isEmpty()) {
                throw S3Error.INVALID_REQUEST.refused("The trailer " + checksum.header() + " is missing.");
            }
            if (!expected.get().equals(actual)) {
                throw S3Error.BAD_DIGEST.refused(
                        "The " + checksum + " you specified did not match the calculated checksum.");
            }
            checked.put(checksum.header(), actual);
        });
        return checked;
    }

    private static String base64(Bytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.unsafeArray());
    }

    private static <T> T onDisk(DiskAct<T> act) {
        try {
            return act.run();
        } catch (IOException e) {
            // A full or failing disk is the caller's to retry, and must not look like a broken connection.
            throw S3Error.SERVICE_UNAVAILABLE.refused();
        }
    }

    @FunctionalInterface
    private interface DiskAct<T> {
        T run() throws IOException;
    }

    @FunctionalInterface
    private interface Sink {
        void write(byte[] source, int length);
    }
}
