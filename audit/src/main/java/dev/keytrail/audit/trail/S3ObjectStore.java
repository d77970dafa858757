package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/**
 * Any S3 service, over the network. Thread-safe. The client is made at first use, for it costs a good part of a second.
 *
 * <p>{@link #check} asks for the bucket's existence and our access to it, not for its policy: other services neither show
 * theirs to a writer nor know CloudTrail as a principal. A policy that refuses shows as LatestDeliveryError.
 *
 * <p>All accounts of the house write with the same credentials, so these should reach no bucket that is not for trails.
 */
public final class S3ObjectStore implements ObjectStore, AutoCloseable {
    private final S3Settings settings;
    private @Nullable S3Client client;

    public S3ObjectStore(S3Settings settings) {
        this.settings = settings;
    }

    private synchronized S3Client client() {
        S3Client made = client;
        if (made == null) {
            made = S3Clients.make(settings);
            client = made;
        }
        return made;
    }

    @Override
    public Put putNew(NewObject object) {
        PutObjectRequest.Builder request = PutObjectRequest.builder()
                .bucket(object.bucket())
                .key(object.key())
                .contentType(object.contentType())
                .metadata(object.metadata())
                .ifNoneMatch("*");
        object.contentEncoding().ifPresent(request::contentEncoding);
        object.kmsKey()
                .ifPresent(key -> request.serverSideEncryption(ServerSideEncryption.AWS_KMS)
                        .ssekmsKeyId(key));
        try {
            PutObjectResponse answer = client().putObject(
                            request.build(), RequestBody.fromBytes(object.body().toArray()));
            // The HTTP client takes an answer that broke off within its headers for a whole one.
            if (answer.eTag() == null) {
                throw new Failure("ServiceUnavailable", "an answer without an ETag");
            }
            return Put.STORED;
        } catch (S3Exception refused) {
            if (refused.statusCode() == 412) {
                return Put.TAKEN;
            }
            throw failure(refused);
        } catch (SdkClientException unreachable) {
            throw failure(unreachable);
        }
    }

    @Override
    public Optional<Bytes> read(String bucket, String key, int bytesMax) {
        GetObjectRequest request =
                GetObjectRequest.builder().bucket(bucket).key(key).build();
        try (ResponseInputStream<GetObjectResponse> in = client().getObject(request)) {
            byte[] content = in.readNBytes(bytesMax + 1);
            if (content.length > bytesMax) {
                in.abort();
                throw new Failure("EntityTooLarge", "the object has more than " + bytesMax + " bytes");
            }
            return Optional.of(Bytes.adopt(content));
        } catch (S3Exception refused) {
            if (refused.statusCode() == 404) {
                return Optional.empty();
            }
            throw failure(refused);
        } catch (SdkClientException | IOException unreachable) {
            throw failure(unreachable);
        }
    }

    @Override
    public Check check(Destination destination) {
        try {
            client().headBucket(HeadBucketRequest.builder()
                    .bucket(destination.bucket())
                    .build());
            return Check.READY;
        } catch (S3Exception refused) {
            return switch (refused.statusCode()) {
                case 404 -> Check.NO_SUCH_BUCKET;
                case 401, 403 -> Check.NOT_PERMITTED;
                default -> throw failure(refused);
            };
        } catch (SdkClientException unreachable) {
            throw failure(unreachable);
        }
    }

    private static Failure failure(S3Exception refused) {
        AwsErrorDetails details = refused.awsErrorDetails();
        String code =
                details == null || details.errorCode() == null ? byStatus(refused.statusCode()) : details.errorCode();
        return new Failure(code, "HTTP " + refused.statusCode());
    }

    /** For answers without a body that names it. */
    private static String byStatus(int status) {
        return switch (status) {
            case 301 -> "PermanentRedirect";
            case 403 -> "AccessDenied";
            case 404 -> "NoSuchBucket";
            case 503 -> "ServiceUnavailable";
            default -> "InternalError";
        };
    }

    private static Failure failure(Exception unreachable) {
        boolean late =
                unreachable instanceof ApiCallTimeoutException || unreachable instanceof ApiCallAttemptTimeoutException;
        // The exception's text may hold addresses and headers; the operator's log has the class, the client the code.
        return new Failure(
                late ? "RequestTimeout" : "ServiceUnavailable",
                unreachable.getClass().getSimpleName());
    }

    @Override
    public synchronized void close() {
        S3Client made = client;
        if (made != null) {
            made.close();
        }
    }
}
