package dev.keytrail.audit.bucket;

import dev.keytrail.call.Facts;
import java.util.List;

/** What an event shows of an S3 request: the names listed here and nothing else. */
final class RequestFacts {
    /** Values of a presigned query that are no secret; the signature and the token are not among them. */
    private static final List<String> QUERY = List.of(
            "X-Amz-Algorithm",
            "X-Amz-Date",
            "X-Amz-Expires",
            "X-Amz-SignedHeaders",
            "acl",
            "bucket-region",
            "continuation-token",
            "delete",
            "delimiter",
            "encoding-type",
            "fetch-owner",
            "list-type",
            "location",
            "marker",
            "max-buckets",
            "max-keys",
            "partNumber",
            "policy",
            "prefix",
            "response-cache-control",
            "response-content-disposition",
            "response-content-encoding",
            "response-content-language",
            "response-content-type",
            "response-expires",
            "start-after",
            "uploadId",
            "uploads",
            "versionId");

    private static final List<String> HEADERS = List.of(
            "x-amz-acl",
            "x-amz-bucket-object-lock-enabled",
            "x-amz-copy-source",
            "x-amz-object-ownership",
            "x-amz-server-side-encryption",
            Sealing.KEY_HEADER,
            "x-amz-storage-class");

    /** Longer values are cut, so that a request cannot blow up its event. */
    private static final int VALUE_LENGTH_MAX = 2048;

    private RequestFacts() {}

    static Facts of(S3Request request) {
        Facts facts = Facts.facts();
        facts.put("bucketName", request.bucket().map(RequestFacts::cut));
        facts.put("Host", request.headers().get("host").map(RequestFacts::cut));
        facts.put("key", request.key().map(RequestFacts::cut));
        QUERY.forEach(name -> facts.put(name, request.query().get(name).map(RequestFacts::cut)));
        HEADERS.forEach(name -> facts.put(name, request.headers().get(name).map(RequestFacts::cut)));
        return facts;
    }

    private static String cut(String value) {
        return value.length() <= VALUE_LENGTH_MAX ? value : value.substring(0, VALUE_LENGTH_MAX);
    }
}
