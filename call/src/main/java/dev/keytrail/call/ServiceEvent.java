package dev.keytrail.call;

import java.util.List;
import java.util.Optional;

/** Something a service did by itself: CloudTrail's {@code AwsServiceEvent} (cloudtrail.md C5). */
public record ServiceEvent(
        Service service,
        String name,
        String account,
        String region,
        List<Resource> resources,
        Optional<Facts> responseElements,
        Optional<Facts> additionalEventData,
        Optional<Facts> serviceEventDetails) {
    public ServiceEvent {
        resources = List.copyOf(resources);
    }
}
