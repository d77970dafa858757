package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Refused;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

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
    S3Request receive(S3Route route, InputStream body, Optional<ChunkVerifier> signer) throws IOException {
        return switch (route.operation().body()) {
            case NONE -> route.bare();
            case DOCUMENT -> document(route, body, signer);
            case OBJECT -> object(route, body, signer);
        };
    }

    private S3Request document(S3Route route, InputStream body, Optional<ChunkVerifier> signer) throws IOException {
        PayloadPlan plan = PayloadPlan.of(route);
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        int bytesMax = route.operation().row().bodyBytesMax();
        copy(plan, body, signer, bytesMax, (source, length) -> kept.write(source, 0, length));
        return route.request(Bytes.adopt(kept.toByteArray()), Optional.empty());
    }

    private S3Request object(S3Route route, InputStream body, Optional<ChunkVerifier> signer) throws IOException {
        PayloadPlan plan = PayloadPlan.of(route);
        if (plan.length().isEmpty()) {
            throw S3Error.MISSING_CONTENT_LENGTH.refused();
        }
        ContentStore.Draft draft = onDisk(contents::draft);
        boolean published = false;
        try {
            Taken taken = copy(
                    plan,
                    body,
                    signer,
                    objectBytesMax,
                    (source, length) -> onDisk(() -> {
                        draft.write(source, length);
                        return true;
                    }));
            onDisk(() -> {
                draft.publish();
                return true;
            });
            published = true;
            return route.request(Bytes.EMPTY, Optional.of(taken.staged(contents, draft.id(), ObjectKeys.row(route))));
        } finally {
            if (!published) {
                draft.abandon();
            }
        }
    }

    private static Taken copy(
            PayloadPlan plan, InputStream body, Optional<ChunkVerifier> signer, long bytesMax, Sink sink)
            throws IOException {
        if (plan.length().orElse(0) > bytesMax) {
            throw S3Error.ENTITY_TOO_LARGE.refused();
        }
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
        Sums sums = new Sums(plan);
        byte[] buffer = new byte[BUFFER_BYTES];
        long size = 0;
        for (int count = decoded.read(buffer); count >= 0; count = decoded.read(buffer)) {
            size += count;
            if (size > bound) {
                throw plan.length().isPresent()
                        ? S3Error.INCOMPLETE_BODY.refused()
                        : S3Error.ENTITY_TOO_LARGE.refused();
            }
            sums.update(buffer, count);
            sink.write(buffer, count);
        }
        if (plan.length().isPresent() && size != plan.length().getAsLong()) {
            throw S3Error.INCOMPLETE_BODY.refused();
        }
        return sums.proven(size, chunked == null ? Map.of() : chunked.trailers());
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

    /** A body that proved to be what its head and trailer say. */
    private record Taken(long sizeBytes, Bytes md5, Bytes sha256, Map<String, String> checksums) {
        Staged staged(ContentStore contents, String contentId, String rowKey) {
            return new Staged(contents, contentId, rowKey, sizeBytes, md5, sha256, checksums);
        }
    }

    /** The digests of one body under way. */
    private static final class Sums {
        private final PayloadPlan plan;
        private final MessageDigest md5 = Checksum.digest("MD5");
        private final MessageDigest sha256 = Checksum.digest("SHA-256");
        private final Map<Checksum, Checksum.Running> running = new EnumMap<>(Checksum.class);

        private Sums(PayloadPlan plan) {
            this.plan = plan;
            plan.checksums().keySet().forEach(checksum -> running.put(checksum, checksum.start()));
            plan.trailing().ifPresent(checksum -> running.put(checksum, checksum.start()));
        }

        private void update(byte[] source, int length) {
            md5.update(source, 0, length);
            sha256.update(source, 0, length);
            running.values().forEach(sum -> sum.update(source, 0, length));
        }

        private Taken proven(long size, Map<String, String> trailers) {
            Bytes md5Sum = Bytes.adopt(md5.digest());
            Bytes sha256Sum = Bytes.adopt(sha256.digest());
            if (plan.sha256().isPresent()
                    && !plan.sha256().get().equals(HexFormat.of().formatHex(sha256Sum.unsafeArray()))) {
                throw S3Error.X_AMZ_CONTENT_SHA256_MISMATCH.refused();
            }
            if (plan.md5().isPresent() && !plan.md5().get().equals(base64(md5Sum))) {
                throw S3Error.BAD_DIGEST.refused();
            }
            Map<String, String> checked = new HashMap<>();
            running.forEach((checksum, sum) -> {
                String actual = sum.base64();
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
            return new Taken(size, md5Sum, sha256Sum, checked);
        }

        private static String base64(Bytes bytes) {
            return java.util.Base64.getEncoder().encodeToString(bytes.unsafeArray());
        }
    }
}
