package dev.keytrail.audit.bucket;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Tags of buckets and objects: S3's bounds, and their two forms on the wire. */
final class TagSet {
    static final int OBJECT_TAGS_MAX = 10;
    static final int BUCKET_TAGS_MAX = 50;
    private static final int KEY_LENGTH_MAX = 128;
    private static final int VALUE_LENGTH_MAX = 256;

    private TagSet() {}

    /** From {@code x-amz-tagging}: a query string. @throws dev.keytrail.call.Refused InvalidArgument, InvalidTag, BadRequest */
    static Map<String, String> ofHeader(String header) {
        S3Query query = S3Query.parse(header);
        if (!query.sound()) {
            throw S3Error.INVALID_ARGUMENT.refused(
                    "The header '" + ObjectTerms.TAGGING + "' shall be encoded as UTF-8 then URLEncoded URL query"
                            + " parameters without tag name duplicates.");
        }
        return checked(query.parameters(), OBJECT_TAGS_MAX);
    }

    /** From a {@code Tagging} document. @throws dev.keytrail.call.Refused MalformedXML, InvalidTag, BadRequest */
    static Map<String, String> ofDocument(XmlElement document, int max) {
        List<XmlElement> sets = document.all("TagSet");
        if (!document.name().equals("Tagging") || sets.size() != 1) {
            throw S3Error.MALFORMED_XML.refused();
        }
        Map<String, String> tags = new TreeMap<>();
        for (XmlElement tag : sets.getFirst().children()) {
            String key = tag.value("Key").orElseThrow(S3Error.MALFORMED_XML::refused);
            String value = tag.value("Value").orElseThrow(S3Error.MALFORMED_XML::refused);
            if (tags.put(key, value) != null) {
                throw S3Error.INVALID_TAG.refused("Cannot provide multiple Tags with the same key");
            }
        }
        return checked(tags, max);
    }

    static Xml document(Map<String, String> tags) {
        Xml xml = Xml.document("Tagging").open("TagSet");
        tags.forEach((key, value) ->
                xml.open("Tag").text("Key", key).text("Value", value).close());
        return xml;
    }

    private static Map<String, String> checked(Map<String, String> tags, int max) {
        if (tags.size() > max) {
            throw S3Error.BAD_REQUEST.refused(
                    max == OBJECT_TAGS_MAX
                            ? "Object tags cannot be greater than 10"
                            : "Bucket tag count cannot be greater than 50");
        }
        tags.forEach((key, value) -> {
            if (key.isEmpty() || key.length() > KEY_LENGTH_MAX || key.startsWith("aws:")) {
                throw S3Error.INVALID_TAG.refused("The TagKey you have provided is invalid");
            }
            if (value.length() > VALUE_LENGTH_MAX) {
                throw S3Error.INVALID_TAG.refused("The TagValue you have provided is invalid");
            }
        });
        return tags;
    }
}
