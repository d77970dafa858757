package dev.keytrail.audit.trail;

import dev.keytrail.audit.Json;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Change;
import dev.keytrail.call.FakeLedger;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/** A ledger, some buckets, trails, and the calls that happen; and the plain answer to what each trail should have. */
final class DeliveryWorld {
    static final String ACCOUNT = "111122223333";
    static final String HOME = "eu-west-1";

    final FakeLedger ledger = new FakeLedger();
    final FakeObjectStore store = new FakeObjectStore();
    final Trails trails = new Trails(ledger::end);
    Instant now = Instant.parse("2026-03-04T05:06:07Z");

    /** Event ids by trail ARN and id, in ledger order. */
    final Map<String, List<String>> expected = new HashMap<>();

    /** Those of them that digests must cover. */
    final Map<String, List<String>> covered = new HashMap<>();

    private final Map<String, Trail> live = new HashMap<>();
    private int number;

    Trail create(String account, String name, Scope scope) {
        Trail trail = new Trail(
                account,
                HOME,
                name,
                "id" + number,
                scope,
                false,
                false,
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                0);
        call(trail, "CreateTrail", state -> trails.create(state, trail));
        expected.put(trail.id(), new ArrayList<>());
        covered.put(trail.id(), new ArrayList<>());
        live.put(trail.id(), trail);
        return trail;
    }

    Trail current(Trail trail) {
        return trails.find(ledger.read(), trail.account(), trail.homeRegion(), trail.name())
                .orElseThrow();
    }

    void start(Trail trail) {
        live.put(trail.id(), current(trail).started(now));
        call(trail, "StartLogging", _ -> trails.start(callOf(trail.account(), "StartLogging"), current(trail)));
    }

    void stop(Trail trail) {
        call(trail, "StopLogging", _ -> trails.stop(callOf(trail.account(), "StopLogging"), current(trail)));
        live.put(trail.id(), current(trail));
    }

    void update(Trail trail, Scope scope) {
        call(
                trail,
                "UpdateTrail",
                state -> trails.update(
                        state,
                        callOf(trail.account(), "UpdateTrail"),
                        current(trail).withScope(scope)));
        live.put(trail.id(), current(trail));
    }

    void delete(Trail trail) {
        call(
                trail,
                "DeleteTrail",
                state -> trails.delete(state, callOf(trail.account(), "DeleteTrail"), current(trail)));
        live.remove(trail.id());
    }

    /** A call that no trail operation is. */
    void event(String account, String region, String source, boolean readOnly) {
        record(account, region, source, "Op", readOnly, "", ledger.read(), List.of());
    }

    /** A data event of S3. */
    void data(String account, String region, String bucket, boolean readOnly) {
        String eventId = "event-" + number++;
        String json = "{\"eventID\":\"" + eventId + "\",\"awsRegion\":\"" + region
                + "\",\"resources\":[{\"ARN\":\"arn:aws:s3:::" + bucket + "/key\"},{\"ARN\":\"arn:aws:s3:::" + bucket
                + "\"}]}";
        put(
                new LedgerRecord(
                        account,
                        region,
                        LedgerRecord.Category.DATA,
                        eventId,
                        now.getEpochSecond(),
                        "s3.amazonaws.com",
                        readOnly ? "GetObject" : "PutObject",
                        readOnly,
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        Bytes.utf8(json),
                        Bytes.EMPTY),
                "",
                ledger.read(),
                List.of());
    }

    void event() {
        event(ACCOUNT, HOME, "kms.amazonaws.com", true);
    }

    private interface Changes {
        List<Change<?>> of(State state);
    }

    private void call(Trail trail, String name, Changes changes) {
        State state = ledger.read();
        List<Change<?>> decided = changes.of(state);
        String source = Service.CLOUDTRAIL.eventSource();
        record(trail.account(), HOME, source, name, false, trail.id(), state, decided);
    }

    private Call callOf(String account, String name) {
        return new Call(
                "request-" + number,
                now,
                Service.CLOUDTRAIL,
                name,
                HOME,
                Caller.of(new Principal.Root(account), "AKIA"),
                new Origin("192.0.2.1", Optional.empty(), "h", Optional.empty()));
    }

    private void record(
            String account,
            String region,
            String source,
            String name,
            boolean readOnly,
            String trailId,
            State state,
            List<Change<?>> changes) {
        String eventId = "event-" + number;
        LedgerRecord record = new LedgerRecord(
                account,
                region,
                LedgerRecord.Category.MANAGEMENT,
                eventId,
                now.getEpochSecond(),
                source,
                name,
                readOnly,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Bytes.utf8("{\"requestID\":\"request-" + number + "\",\"eventID\":\"" + eventId + "\",\"awsRegion\":\""
                        + region + "\",\"recipientAccountId\":\"" + account + "\"}"),
                Bytes.EMPTY);
        number++;
        put(record, trailId, state, changes);
    }

    private void put(LedgerRecord record, String trailId, State state, List<Change<?>> changes) {
        ledger.commit(state, changes, List.of(record));
        live.values().forEach(trail -> {
            if (trail.logging()
                    && trail.scope().covers(record, trail.account(), trail.homeRegion())
                    && (trail.id().equals(trailId) || trail.scope().takes(record))) {
                expected.get(trail.id()).add(record.eventId());
                if (trail.scope().validation()) {
                    covered.get(trail.id()).add(record.eventId());
                }
            }
        });
    }

    /** Steps a healthy delivery until nothing moves, letting time pass. */
    void settle(Ledger seen, DeliverySettings settings) {
        Delivery delivery = new Delivery(seen, store, settings, Runnable::run);
        for (int i = 0; i < 8; i++) {
            now = now.plusSeconds(70);
            drain(delivery);
        }
    }

    void drain(Delivery delivery) {
        for (int i = 0; i < 10_000; i++) {
            if (!delivery.step(now).equals(Duration.ZERO)) {
                return;
            }
        }
        throw new AssertionError("delivery never rests");
    }

    /** Event ids found in the files under a bucket and prefix, file by file. */
    List<String> delivered(String bucket, String prefix) {
        List<String> ids = new ArrayList<>();
        store.objects.forEach((key, object) -> {
            boolean digest = key.contains("/CloudTrail-Digest/");
            if (key.startsWith(bucket + "/" + prefix + "/")
                    && !digest
                    && !object.body().isEmpty()) {
                for (Map<String, ?> event : events(object.body())) {
                    ids.add(String.valueOf(event.get("eventID")));
                }
            }
        });
        return ids;
    }

    @SuppressWarnings("unchecked")
    static List<Map<String, ?>> events(Bytes body) {
        Object records = Json.object(unzip(body)).get("Records");
        if (records == null) {
            throw new AssertionError("no Records");
        }
        return (List<Map<String, ?>>) records;
    }

    static byte[] unzip(Bytes body) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body.toArray()))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
