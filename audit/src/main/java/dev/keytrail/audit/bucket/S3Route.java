package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import java.util.Optional;

/** Which operation a request's head asks for, on what. */
public record S3Route(
        S3Operation operation, S3Head head, Optional<String> bucket, Optional<String> key, S3Query query) {
    /** The request without its body: for admission, and for recording one whose body was not taken in. */
    public S3Request bare() {
        return request(Bytes.EMPTY, Optional.empty());
    }

    S3Request request(Bytes body, Optional<Staged> staged) {
        return new S3Request(head, bucket, key, query, body, staged, Optional.empty());
    }
}
