package dev.keytrail.server;

import dev.keytrail.audit.Recorder;
import dev.keytrail.call.Change;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the settings of the last start were, so that a start with others is on record: settings are an administrator's doing as
 * calls are. Of a secret it is known whether it is set, not whether it is another one.
 */
final class SettingsRecord {
    static final Table<Map<String, String>> TABLE = new Table<>(
            "server.settings", RowCodec.of((values, out) -> out.version(1).texts(values), in -> {
                in.version(1);
                return in.textMap();
            }));

    private static final String ROW = "settings";

    private SettingsRecord() {}

    /** Commits ChangeSettings if any differs from the last start's, or from the default at the first one. */
    static void note(Settings settings, Ledger ledger, Recorder recorder, Instant now) {
        State state = ledger.read();
        Optional<Map<String, String>> before = state.get(TABLE, ROW);
        Map<String, String> values = new TreeMap<>();
        Facts changed = Facts.facts();
        settings.given().forEach((name, given) -> values.put(name, given.value()));
        new TreeMap<>(settings.given()).forEach((name, given) -> {
            String was = Objects.requireNonNullElse(before.orElse(Map.of()).get(name), Settings.defaultOf(name));
            if (!was.equals(given.value())) {
                changed.put(
                        name,
                        Facts.facts().put("from", was).put("to", given.value()).put("source", given.source()));
            }
        });
        if (changed.isEmpty()) {
            return;
        }
        Facts details = Facts.facts().put("settings", changed);
        ledger.commit(
                state,
                List.of(Change.put(TABLE, ROW, values)),
                List.of(recorder.record(RewrapJob.event("ChangeSettings", details), now)));
    }
}
