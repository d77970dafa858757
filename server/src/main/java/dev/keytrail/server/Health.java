package dev.keytrail.server;

import dev.keytrail.audit.Audit;
import dev.keytrail.audit.chain.Chain;
import dev.keytrail.audit.chain.Witnesses;
import dev.keytrail.call.Bytes;
import dev.keytrail.store.StoreMetrics;
import dev.keytrail.wire.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How the server is at one moment, for load balancers and people. Says no names: neither accounts nor trails nor buckets.
 *
 * @param checks in a fixed order, those alone that can be told in this phase
 */
record Health(Vitals.Phase phase, List<Check> checks) {
    private static final int MEBI_SHIFT = 20;

    Health {
        checks = List.copyOf(checks);
    }

    /**
     * One thing that is well or not.
     *
     * @param needed whether calls fail without it
     * @param text empty when it is well
     */
    record Check(String name, boolean needed, Optional<String> text) {
        boolean isWell() {
            return text.isEmpty();
        }
    }

    static Health of(Vitals vitals) {
        List<Check> checks = new ArrayList<>();
        Vitals.Phase phase = vitals.phase();
        checks.add(new Check(
                "server",
                true,
                switch (phase) {
                    case OPEN -> Optional.empty();
                    case STARTING -> Optional.of("starting: the ledger is being read");
                    case SEALED -> Optional.of("sealed: somebody has to open custody of the root key");
                    case STOPPING -> Optional.of("stopping");
                }));
        vitals.ground().ifPresent(ground -> {
            StoreMetrics store = ground.store().metrics();
            checks.add(new Check(
                    "ledger",
                    true,
                    store.refusal().map(_ -> "the ledger cannot be written, so every call is refused; see the log")));
            ground.storeFolder().ifPresent(_ -> checks.add(disk(store.freeBytes(), vitals.diskLowBytes())));
        });
        vitals.inside().ifPresent(inside -> {
            checks.add(delivery(inside.audit()));
            inside.chain().ifPresent(chain -> checks.add(log(chain, inside.witnesses())));
        });
        return new Health(phase, checks);
    }

    private static Check disk(long freeBytes, long lowBytes) {
        return new Check(
                "disk",
                false,
                freeBytes >= lowBytes
                        ? Optional.empty()
                        : Optional.of("the disk is low: " + (freeBytes >> MEBI_SHIFT) + " MiB are free"));
    }

    private static Check delivery(Audit audit) {
        int trails = audit.delivery().status().failing();
        int digests = audit.digests().status().failing();
        return new Check(
                "trail-delivery",
                false,
                trails + digests == 0
                        ? Optional.empty()
                        : Optional.of(trails + " trails and " + digests
                                + " digests cannot be delivered; events wait in the ledger"));
    }

    private static Check log(Chain chain, Optional<Witnesses> witnesses) {
        boolean disputed = witnesses.stream().flatMap(w -> w.status().stream()).anyMatch(Witnesses.Status::disputes);
        Optional<String> text = chain.status().broken()
                ? Optional.of("the ledger is not the one that was signed: keytrail verify names what has changed")
                : disputed ? Optional.of("a witness knows another history of this log") : Optional.empty();
        return new Check("log", false, text);
    }

    /** Whether calls are answered. */
    boolean isReady() {
        return checks.stream().allMatch(check -> check.isWell() || !check.needed());
    }

    boolean isWell() {
        return checks.stream().allMatch(Check::isWell);
    }

    private String status() {
        return !isReady() ? "not-ready" : isWell() ? "ready" : "degraded";
    }

    Bytes json() {
        return JsonObject.of(json -> {
            json.writeStringProperty("status", status());
            json.writeStringProperty("phase", phase.name().toLowerCase(Locale.ROOT));
            json.writeArrayPropertyStart("checks");
            for (Check check : checks) {
                json.writeStartObject();
                json.writeStringProperty("name", check.name());
                json.writeBooleanProperty("well", check.isWell());
                json.writeBooleanProperty("needed", check.needed());
                check.text().ifPresent(text -> json.writeStringProperty("text", text));
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
