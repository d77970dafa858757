package dev.keytrail.audit.trail;

import dev.keytrail.call.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * Where an S3 service is and who we are there.
 *
 * @param endpoint empty: AWS's own for the Region
 * @param attemptTimeout for one request
 * @param callTimeout for a request with its repetitions
 */
public record S3Settings(
        Optional<URI> endpoint,
        String region,
        String accessKeyId,
        Secret secretAccessKey,
        Duration attemptTimeout,
        Duration callTimeout) {
    public S3Settings(Optional<URI> endpoint, String region, String accessKeyId, Secret secretAccessKey) {
        this(endpoint, region, accessKeyId, secretAccessKey, Duration.ofSeconds(20));
    }

    /** One that a second attempt still fits into. */
    public S3Settings(
            Optional<URI> endpoint, String region, String accessKeyId, Secret secretAccessKey, Duration timeout) {
        this(
                endpoint,
                region,
                accessKeyId,
                secretAccessKey,
                timeout,
                timeout.multipliedBy(2).plus(timeout.dividedBy(4)));
    }
}
