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
            "key-marker",
            "legal-hold",
            "delimiter",
            "encoding-type",
            "encryption",
            "fetch-owner",
            "list-type",
            "location",
            "marker",
            "max-buckets",
            "max-keys",
            "max-parts",
            "max-uploads",
            "object-lock",
            "part-number-marker",
            "partNumber",
            "policy",
            "prefix",
            "retention",
            "response-cache-control",
            "response-content-disposition",
            "response-content-encoding",
            "response-content-language",
            "response-content-type",
            "response-expires",
            "start-after",
            "tagging",
            "upload-id-marker",
            "uploadId",
            "uploads",
            "version-id-marker",
            "versionId",
            "versioning",
            "versions");

    private static final List<String> HEADERS = List.of(
            "x-amz-acl",
            "x-amz-bucket-object-lock-enabled",
            ObjectLock.BYPASS_HEADER,
            "x-amz-checksum-algorithm",
            "x-amz-checksum-type",
            CopySource.HEADER,
            CopySource.RANGE_HEADER,
            "x-amz-metadata-directive",
            ObjectLock.HOLD_HEADER,
            ObjectLock.MODE_HEADER,
            ObjectLock.UNTIL_HEADER,
            "x-amz-object-ownership",
            Sealing.HEADER,
            Sealing.KEY_HEADER,
            "x-amz-storage-class",
            "x-amz-tagging-directive");

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
