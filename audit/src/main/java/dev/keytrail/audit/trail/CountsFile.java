package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import dev.keytrail.wire.JsonObject;
import java.util.List;

/**
 * What stands beside the digest of a trail whose selectors leave out more than AWS's can: how many of the events that it
 * chose from were delivered, and how many were not. The digest has its hash.
 *
 * @param content JSON, not yet compressed
 */
record CountsFile(String bucket, String key, Bytes content) {
    private static final String FOLDER_NAME = "CloudTrail-Counts";

    static CountsFile of(DigestFile.Owner owner, Chain.Plan plan, List<CoveredFile> files) {
        long delivered = files.stream().mapToLong(CoveredFile::events).sum();
        long suppressed = files.stream().mapToLong(CoveredFile::suppressed).sum();
        Bytes content = JsonObject.of(json -> {
            json.writeStringProperty("awsAccountId", owner.folder().account());
            json.writeStringProperty("startTime", plan.start().toString());
            json.writeStringProperty("endTime", plan.end().toString());
            json.writeNumberProperty("delivered", delivered);
            json.writeNumberProperty("suppressed", suppressed);
            json.writeNumberProperty("total", delivered + suppressed);
        });
        return new CountsFile(plan.bucket(), DigestFile.key(FOLDER_NAME, owner, plan), content);
    }

    String hash() {
        return Sha256.hex(content);
    }
}
