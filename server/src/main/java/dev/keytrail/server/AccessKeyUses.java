package dev.keytrail.server;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.HistoryIndex.Attribute;
import dev.keytrail.audit.history.HistoryIndex.Found;
import dev.keytrail.audit.history.HistoryIndex.Lookup;
import dev.keytrail.audit.history.HistoryIndex.Match;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.identity.directory.KeyUse;
import dev.keytrail.identity.directory.Regions;
import java.time.Instant;
import java.util.Optional;

/** The last use of an access key or a role: the newest event that names it in any of AWS's Regions. Thread-safe. */
record AccessKeyUses(HistoryIndex history) implements KeyUse {
    private static final String DOMAIN = ".amazonaws.com";

    /** Newest events of a role in a Region that are looked at: denied attempts stand among them. */
    private static final int ROLE_EVENTS_MAX = 50;

    @Override
    public Optional<Use> last(String account, String accessKeyId) {
        Optional<Use> newest = Optional.empty();
        for (String region : Regions.known().keySet()) {
            Optional<Use> here = newest(account, region, accessKeyId);
            if (here.isPresent()
                    && (newest.isEmpty() || here.get().at().isAfter(newest.get().at()))) {
                newest = here;
            }
        }
        return newest;
    }

    @Override
    public Optional<Use> lastOfRole(String account, String roleArn) {
        Optional<Match> match = Optional.of(new Match(Attribute.RESOURCE_NAME, roleArn));
        Optional<Use> newest = Optional.empty();
        for (String region : Regions.known().keySet()) {
            Optional<Use> here = history
                    .find(new Lookup(account, region, match, 0, Long.MAX_VALUE, Optional.empty(), ROLE_EVENTS_MAX))
                    .events()
                    .stream()
                    .map(Found::record)
                    .filter(AccessKeyUses::tookTheRoleOn)
                    .findFirst()
                    .map(event -> use(event, region));
            if (here.isPresent()
                    && (newest.isEmpty() || here.get().at().isAfter(newest.get().at()))) {
                newest = here;
            }
        }
        return newest;
    }

    /** A member name cannot stand unescaped in a text of the event. */
    private static boolean tookTheRoleOn(LedgerRecord event) {
        return event.eventName().startsWith("AssumeRole")
                && !event.json().utf8().contains(",\"errorCode\":\"");
    }

    private static Use use(LedgerRecord event, String region) {
        return new Use(
                Instant.ofEpochSecond(event.eventTimeSeconds()),
                region,
                event.eventSource().replace(DOMAIN, ""));
    }

    private Optional<Use> newest(String account, String region, String accessKeyId) {
        Optional<Match> match = Optional.of(new Match(Attribute.ACCESS_KEY_ID, accessKeyId));
        return history
                .find(new Lookup(account, region, match, 0, Long.MAX_VALUE, Optional.empty(), 1))
                .events()
                .stream()
                .findFirst()
                .map(Found::record)
                .map(event -> use(event, region));
    }
}
