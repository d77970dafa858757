package dev.keytrail.audit.verify;

import dev.keytrail.audit.trail.S3Clients;
import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A bucket of any S3 service. */
public final class S3Source implements TrailSource, AutoCloseable {
    private final S3Client client;
    private final String bucket;

    public S3Source(dev.keytrail.audit.trail.S3Settings settings, String bucket) {
        this.client = S3Clients.make(settings);
        this.bucket = bucket;
    }

    @Override
    public void list(String prefix, Consumer<String> each) throws IOException {
        ListObjectsV2Request request =
                ListObjectsV2Request.builder().bucket(bucket).prefix(prefix).build();
        try {
            client.listObjectsV2Paginator(request).contents().stream()
                    .map(S3Object::key)
                    .forEach(each);
        } catch (SdkException e) {
            throw failure("listing " + bucket, e);
        }
    }

    @Override
    public Optional<Stored> read(String key) throws IOException {
        try {
            ResponseBytes<GetObjectResponse> got = client.getObjectAsBytes(
                    GetObjectRequest.builder().bucket(bucket).key(key).build());
            return Optional.of(new Stored(
                    Bytes.copyOf(got.asByteArrayUnsafe()),
                    Optional.ofNullable(got.response().metadata().get("signature"))));
        } catch (S3Exception refused) {
            if (refused.statusCode() == 404) {
                return Optional.empty();
            }
            throw failure("reading " + key, refused);
        } catch (SdkException e) {
            throw failure("reading " + key, e);
        }
    }

    private static IOException failure(String what, SdkException e) {
        return new IOException(what + ": " + e.getMessage(), e);
    }

    @Override
    public Optional<String> bucket() {
        return Optional.of(bucket);
    }

    @Override
    public void close() {
        client.close();
    }
}
