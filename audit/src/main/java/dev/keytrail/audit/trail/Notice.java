package dev.keytrail.audit.trail;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.wire.JsonObject;
import java.util.List;

/**
 * That log files were delivered, on its way to a topic (cloudtrail.md F7). Written in the commit that ends the delivery.
 *
 * @param topic its ARN
 * @param keys of one bucket; a multi-Region trail has one for each Region that had events
 */
record Notice(String topic, String bucket, List<String> keys) {
    static final RowCodec<Notice> CODEC = RowCodec.of(Notice::write, Notice::read);

    Notice {
        keys = List.copyOf(keys);
    }

    /** The message's text. */
    String message() {
        return JsonObject.of(json -> {
                    json.writeStringProperty("s3Bucket", bucket);
                    json.writeName("s3ObjectKey");
                    json.writeStartArray();
                    keys.forEach(json::writeString);
                    json.writeEndArray();
                })
                .utf8();
    }

    private static void write(Notice notice, RowWriter out) {
        out.version(1).text(notice.topic).text(notice.bucket).texts(notice.keys);
    }

    private static Notice read(RowReader in) {
        in.version(1);
        return new Notice(in.text(), in.text(), in.texts());
    }
}
