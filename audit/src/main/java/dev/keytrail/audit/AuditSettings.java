package dev.keytrail.audit;

import dev.keytrail.audit.trail.DeliverySettings;
import java.time.Duration;

/**
 * @param historyRetention how far back LookupEvents sees
 * @param delivery how log files are cut and put
 * @param extendedSelectors whether event selectors may name operations, resources, principals and outcomes
 */
public record AuditSettings(Duration historyRetention, DeliverySettings delivery, boolean extendedSelectors) {
    public static final AuditSettings DEFAULT = new AuditSettings(Duration.ofDays(90), DeliverySettings.DEFAULT, false);
}
