package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import java.io.ByteArrayOutputStream;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What stands beside the digest of a trail whose selectors leave out more than AWS's can: how many of the events that it
 * chose from were delivered, and how many were not. The digest has its hash.
 *
 * @param content JSON, not yet compressed
 */
record CountsFile(String bucket, String key, Bytes content) {
    private static final String FOLDER_NAME = "CloudTrail-Counts";
    private static final JsonFactory JSON = new JsonFactory();

    static CountsFile of(DigestFile.Owner owner, Chain.Plan plan, List<CoveredFile> files) {
        long delivered = files.stream().mapToLong(CoveredFile::events).sum();
        long suppressed = files.stream().mapToLong(CoveredFile::suppressed).sum();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            json.writeStringProperty("awsAccountId", owner.folder().account());
            json.writeStringProperty("startTime", plan.start().toString());
            json.writeStringProperty("endTime", plan.end().toString());
            json.writeNumberProperty("delivered", delivered);
            json.writeNumberProperty("suppressed", suppressed);
            json.writeNumberProperty("total", delivered + suppressed);
            json.writeEndObject();
        }
        return new CountsFile(plan.bucket(), DigestFile.key(FOLDER_NAME, owner, plan), Bytes.adopt(out.toByteArray()));
    }

    String hash() {
        return Sha256.hex(content);
    }
}
