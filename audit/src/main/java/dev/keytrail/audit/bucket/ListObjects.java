package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.Listing.Place;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** ListObjects and ListObjectsV2: they differ in how a page names the next, and in whether owners are shown. */
final class ListObjects implements S3Operation.Behaviour {
    static final int KEYS_MAX = 1000;

    private final BucketAccess access;
    private final boolean second;

    private ListObjects(BucketAccess access, boolean second) {
        this.access = access;
        this.second = second;
    }

    static ListObjects first(BucketAccess access) {
        return new ListObjects(access, false);
    }

    static ListObjects second(BucketAccess access) {
        return new ListObjects(access, true);
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        // The attributes asked for concern restored and archived objects, which do not exist here.
        HeaderRules.require(request, "x-amz-optional-object-attributes");
        access.requireOnBucket(attempt, request, bucket, "s3:ListBucket");
        S3Query query = request.query();
        Optional<String> encoding = query.nonEmpty("encoding-type");
        if (encoding.isPresent() && !encoding.get().equals("url")) {
            throw S3Error.INVALID_ARGUMENT.refused("Invalid Encoding Method specified in Request");
        }
        String prefix = query.get("prefix").orElse("");
        Optional<String> delimiter = query.nonEmpty("delimiter");
        int max = PageSize.of(query, "max-keys", KEYS_MAX);
        Listing listing =
                Listing.of(attempt.state(), bucket.name(), prefix, delimiter, from(query, prefix, delimiter), max);
        UnaryOperator<String> coded = encoding.isPresent() ? PercentCode::encode : UnaryOperator.identity();
        Xml xml = Xml.document("ListBucketResult");
        xml.text("Name", bucket.name()).text("Prefix", coded.apply(prefix));
        if (second) {
            secondHead(xml, query, listing, coded);
        } else {
            firstHead(xml, query, listing, delimiter, coded);
        }
        xml.text("MaxKeys", max);
        xml.text("Delimiter", delimiter.map(coded));
        xml.text("EncodingType", encoding);
        xml.text("IsTruncated", listing.next().isPresent());
        boolean owners = !second || query.get("fetch-owner").orElse("").equals("true");
        items(xml, listing, coded, owners ? Optional.of(CanonicalId.of(bucket.account())) : Optional.empty());
        return Effect.of(S3Reply.xml(200, xml).with("x-amz-bucket-region", bucket.region()));
    }

    private Place from(S3Query query, String prefix, Optional<String> delimiter) {
        if (second) {
            Optional<String> token = query.get("continuation-token");
            if (token.isPresent()) {
                String place = PageToken.open(token.get());
                if (place.length() < 2 || (place.charAt(0) != 'k' && place.charAt(0) != 'p')) {
                    throw S3Error.INVALID_ARGUMENT.refused("The continuation token provided is incorrect");
                }
                return new Place(place.substring(1), place.charAt(0) == 'p');
            }
        }
        return query.nonEmpty(second ? "start-after" : "marker")
                .map(key -> Place.after(key, prefix, delimiter))
                .orElse(Place.START);
    }

    private static void firstHead(
            Xml xml, S3Query query, Listing listing, Optional<String> delimiter, UnaryOperator<String> coded) {
        xml.text("Marker", coded.apply(query.get("marker").orElse("")));
        // Without a delimiter S3 gives none: the last key of the page is the next marker.
        if (delimiter.isPresent()) {
            xml.text("NextMarker", listing.next().map(place -> coded.apply(ObjectKeys.decode(place.coded()))));
        }
    }

    private static void secondHead(Xml xml, S3Query query, Listing listing, UnaryOperator<String> coded) {
        xml.text("StartAfter", query.nonEmpty("start-after").map(coded));
        xml.text("ContinuationToken", query.get("continuation-token"));
        xml.text(
                "NextContinuationToken",
                listing.next().map(place -> PageToken.of((place.rolledUp() ? "p" : "k") + place.coded())));
        xml.text("KeyCount", listing.items().size());
    }

    private static void items(Xml xml, Listing listing, UnaryOperator<String> coded, Optional<String> owner) {
        for (Listing.Item item : listing.items()) {
            if (item instanceof Listing.Entry entry) {
                xml.open("Contents")
                        .text("Key", coded.apply(entry.name()))
                        .text("LastModified", S3Dates.listed(entry.object().modifiedAt()))
                        .text("ETag", entry.object().etag());
                for (String header : entry.object().checksums().keySet()) {
                    Checksum.ofHeader(header).ifPresent(checksum -> xml.text("ChecksumAlgorithm", checksum.name()));
                }
                if (!entry.object().checksums().isEmpty()) {
                    xml.text("ChecksumType", entry.object().checksumType());
                }
                xml.text("Size", entry.object().sizeBytes());
                owner.ifPresent(id -> xml.open("Owner").text("ID", id).close());
                xml.text("StorageClass", "STANDARD").close();
            }
        }
        for (Listing.Item item : listing.items()) {
            if (item instanceof Listing.CommonPrefix prefix) {
                xml.open("CommonPrefixes")
                        .text("Prefix", coded.apply(prefix.name()))
                        .close();
            }
        }
    }
}
