package dev.keytrail.identity.directory;

import java.time.Instant;
import java.util.Optional;

/** Port: when an access key or a role was last used, as event history tells. Asked on demand, so that calls pay nothing for it. */
@FunctionalInterface
public interface KeyUse {
    /** @param service as signatures name it, e.g. {@code kms} */
    record Use(Instant at, String region, String service) {}

    /** Empty when history has no call of that key. */
    Optional<Use> last(String account, String accessKeyId);

    /** When somebody last took a role on; empty when history has no such call, or nothing is asked. */
    default Optional<Use> lastOfRole(String account, String roleArn) {
        return Optional.empty();
    }
}
