package dev.keytrail.server;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.HistoryIndex.Attribute;
import dev.keytrail.audit.history.HistoryIndex.Found;
import dev.keytrail.audit.history.HistoryIndex.Lookup;
import dev.keytrail.audit.history.HistoryIndex.Match;
import dev.keytrail.identity.directory.KeyUse;
import dev.keytrail.identity.directory.Regions;
import java.time.Instant;
import java.util.Optional;

/** The last use of an access key: the newest event that names it in any of AWS's Regions. Thread-safe. */
record AccessKeyUses(HistoryIndex history) implements KeyUse {
    private static final String DOMAIN = ".amazonaws.com";

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

    private Optional<Use> newest(String account, String region, String accessKeyId) {
        Optional<Match> match = Optional.of(new Match(Attribute.ACCESS_KEY_ID, accessKeyId));
        return history
                .find(new Lookup(account, region, match, 0, Long.MAX_VALUE, Optional.empty(), 1))
                .events()
                .stream()
                .findFirst()
                .map(Found::record)
                .map(event -> new Use(
                        Instant.ofEpochSecond(event.eventTimeSeconds()),
                        region,
                        event.eventSource().replace(DOMAIN, "")));
    }
}
