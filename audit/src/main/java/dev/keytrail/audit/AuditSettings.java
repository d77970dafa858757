package dev.keytrail.audit;

import dev.keytrail.audit.trail.DeliverySettings;
import java.time.Duration;

/**
 * @param historyRetention how far back LookupEvents sees
 * @param delivery how log files are cut and put
 */
public record AuditSettings(Duration historyRetention, DeliverySettings delivery) {
    public static final AuditSettings DEFAULT = new AuditSettings(Duration.ofDays(90), DeliverySettings.DEFAULT);
}
