package dev.keytrail.audit.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.history.HistoryIndex.Attribute;
import dev.keytrail.audit.history.HistoryIndex.Found;
import dev.keytrail.audit.history.HistoryIndex.Lookup;
import dev.keytrail.audit.history.HistoryIndex.Match;
import dev.keytrail.audit.history.HistoryIndex.Page;
import dev.keytrail.audit.history.HistoryIndex.Position;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.SampleRecords;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link HistoryIndex} promises. */
public abstract class HistoryIndexContract {
    /** A ledger and the history of it. */
    public record Opened(Ledger ledger, HistoryIndex history) {}

    private static final String ACCOUNT = SampleRecords.ACCOUNT;
    private static final String REGION = SampleRecords.REGION;
    private static final long NOON = 1_764_000_000L;

    protected Ledger ledger;
    protected HistoryIndex history;

    /** Both empty; the implementation's test closes them. */
    protected abstract Opened open() throws Exception;

    /** Called between writing and looking: an implementation with stages may move all it has to the next one. */
    protected void settle() throws Exception {}

    @BeforeEach
    void openHistory() throws Exception {
        Opened opened = open();
        ledger = opened.ledger();
        history = opened.history();
    }

    @Test
    void find_emptyHistory_isAnEmptyPage() {
        assertThat(history.find(all(10))).isEqualTo(new Page(List.of(), false));
    }

    @Test
    void find_withoutAttribute_isNewestFirstByTimeThenIndex() throws Exception {
        commit(event("a", NOON), event("b", NOON + 5), event("c", NOON), event("d", NOON - 5));
        settle();
        assertThat(ids(history.find(all(10)))).containsExactly("b", "c", "a", "d");
    }

    private static final String REQUEST_ID_START = "01234567-89ab-cdef-0123-45678901234";

    private static Bytes withRequest(String eventId, String requestId) {
        return Bytes.utf8("{\"requestParameters\":null,\"requestID\":\"" + requestId + "\",\"eventID\":\"" + eventId
                + "\",\"readOnly\":true}");
    }

    /** What a client writes into its parameters is never taken for the id. */
    @Test
    void find_requestId_findsTheRequestsEventsAlone() throws Exception {
        LedgerRecord base = event("e1", NOON);
        String own = REQUEST_ID_START + 1;
        String claimed = REQUEST_ID_START + 2;
        String parameters = "{\"requestParameters\":{\"encryptionContext\":{\"requestID\":\"" + claimed
                + "\",\"eventID\":\"e2\"}},\"requestID\":\"" + own + "\",\"eventID\":\"e1\",\"readOnly\":true}";
        commit(
                new LedgerRecord(
                        base.account(),
                        base.region(),
                        base.category(),
                        "e1",
                        NOON,
                        base.eventSource(),
                        base.eventName(),
                        true,
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        Bytes.utf8(parameters),
                        Bytes.EMPTY),
                event("e3", NOON));
        settle();
        assertThat(find(Attribute.REQUEST_ID, own)).containsExactly("e1");
        assertThat(find(Attribute.REQUEST_ID, claimed)).isEmpty();
    }

    @Test
    void find_everyAttribute_findsExactlyItsValue() throws Exception {
        LedgerRecord one =
                record("id-1", "Encrypt", true, "kms.amazonaws.com", "alice", "AKIA1", "AWS::KMS::Key", "k1");
        LedgerRecord two = record(
                "id-2", "CreateTrail", false, "cloudtrail.amazonaws.com", "bob", "AKIA2", "AWS::S3::Bucket", "b");
        commit(one, two);
        settle();
        assertFinds(Attribute.EVENT_ID, "id-1", "id-2");
        assertFinds(Attribute.EVENT_NAME, "Encrypt", "CreateTrail");
        assertFinds(Attribute.READ_ONLY, "true", "false");
        assertFinds(Attribute.USERNAME, "alice", "bob");
        assertFinds(Attribute.RESOURCE_TYPE, "AWS::KMS::Key", "AWS::S3::Bucket");
        assertFinds(Attribute.RESOURCE_NAME, "k1", "b");
        assertFinds(Attribute.EVENT_SOURCE, "kms.amazonaws.com", "cloudtrail.amazonaws.com");
        assertFinds(Attribute.ACCESS_KEY_ID, "AKIA1", "AKIA2");
        assertThat(find(Attribute.EVENT_NAME, "encrypt")).isEmpty();
        assertThat(find(Attribute.EVENT_NAME, "Encryp")).isEmpty();
        assertThat(find(Attribute.USERNAME, "AKIA1")).isEmpty();
        assertThat(find(Attribute.EVENT_NAME, "")).isEmpty();
    }

    @Test
    void forget_tooOldEvents_areFoundNoMoreButByTheResourceOfAKey() throws Exception {
        LedgerRecord use =
                record("old-use", "Decrypt", true, "kms.amazonaws.com", "al", "AKIA1", "AWS::KMS::Key", "k1");
        LedgerRecord other =
                record("old", "CreateUser", false, "iam.amazonaws.com", "al", "AKIA1", "AWS::IAM::User", "u");
        commit(use, other, event("kept", NOON + 100), event("young", NOON + 200));
        settle();
        assertThat(history.forget(account -> account.equals(ACCOUNT) ? NOON + 100 : 0, 1))
                .isEqualTo(1);
        assertThat(history.forget(account -> account.equals(ACCOUNT) ? NOON + 100 : 0, 100))
                .isEqualTo(1);
        assertThat(history.forget(account -> account.equals(ACCOUNT) ? NOON + 100 : 0, 100))
                .isZero();
        assertThat(ids(history.find(all(10)))).containsExactly("young", "kept");
        assertThat(find(Attribute.EVENT_NAME, "Decrypt")).isEmpty();
        assertThat(find(Attribute.RESOURCE_NAME, "u")).isEmpty();
        assertThat(find(Attribute.RESOURCE_NAME, "k1")).containsExactly("old-use");
        commit(event("new", NOON + 300));
        settle();
        assertThat(ids(history.find(all(10)))).containsExactly("new", "young", "kept");
    }

    @Test
    void forget_otherAccountsAndDataEvents_areLeftAlone() throws Exception {
        LedgerRecord foreign = SampleRecords.event("999988887777", REGION, "foreign", NOON - 1000);
        commit(foreign, event("mine", NOON - 1000));
        settle();
        assertThat(history.forget(account -> account.equals(ACCOUNT) ? NOON : Long.MIN_VALUE, 100))
                .isEqualTo(1);
        assertThat(ids(history.find(all(10)))).isEmpty();
        assertThat(ids(history.find(lookup("999988887777", REGION, Optional.empty(), 10))))
                .containsExactly("foreign");
    }

    private void assertFinds(Attribute attribute, String firstValue, String secondValue) {
        assertThat(find(attribute, firstValue)).as("%s", attribute).containsExactly("id-1");
        assertThat(find(attribute, secondValue)).as("%s", attribute).containsExactly("id-2");
    }

    @Test
    void find_found_isTheWholeRecordWithItsIndex() throws Exception {
        LedgerRecord two = event("b", NOON);
        commit(event("a", NOON), two);
        settle();
        Page page = history.find(with(Attribute.EVENT_ID, "b", 1));
        assertThat(page.events()).containsExactly(new Found(1, two));
        assertThat(page.more()).isFalse();
    }

    @Test
    void find_severalResources_eachNameFindsTheEventOnce() throws Exception {
        LedgerRecord event = withResources(
                event("a", NOON),
                List.of(
                        new NamedResource("AWS::KMS::Key", "k1"),
                        new NamedResource("AWS::KMS::Key", "k2"),
                        new NamedResource("AWS::KMS::Alias", "k2")));
        commit(event);
        settle();
        assertThat(find(Attribute.RESOURCE_TYPE, "AWS::KMS::Key")).containsExactly("a");
        assertThat(find(Attribute.RESOURCE_TYPE, "AWS::KMS::Alias")).containsExactly("a");
        assertThat(find(Attribute.RESOURCE_NAME, "k1")).containsExactly("a");
        assertThat(find(Attribute.RESOURCE_NAME, "k2")).containsExactly("a");
    }

    @Test
    void find_absentMembers_areFoundByNothing() throws Exception {
        commit(record("a", "Decrypt", true, "kms.amazonaws.com", null, null, null, null));
        settle();
        assertThat(find(Attribute.USERNAME, "")).isEmpty();
        assertThat(find(Attribute.ACCESS_KEY_ID, "")).isEmpty();
        assertThat(find(Attribute.RESOURCE_NAME, "")).isEmpty();
        assertThat(find(Attribute.EVENT_ID, "a")).containsExactly("a");
    }

    @Test
    void find_timeRange_isInclusiveOnBothEnds() throws Exception {
        for (int i = 0; i < 10; i++) {
            commit(event("e" + i, NOON + i));
        }
        settle();
        assertThat(ids(history.find(between(NOON + 3, NOON + 5)))).containsExactly("e5", "e4", "e3");
        assertThat(ids(history.find(between(NOON + 10, NOON + 20)))).isEmpty();
        assertThat(ids(history.find(between(NOON + 5, NOON + 4)))).isEmpty();
        assertThat(ids(history.find(between(Long.MIN_VALUE, NOON)))).containsExactly("e0");
        assertThat(ids(history.find(between(NOON + 9, Long.MAX_VALUE)))).containsExactly("e9");
    }

    @Test
    void find_otherAccountsRegionsAndCategories_areNeverSeen() throws Exception {
        commit(
                event("mine", NOON),
                SampleRecords.event("444455556666", REGION, "other account", NOON),
                SampleRecords.event(ACCOUNT, "us-east-1", "other region", NOON),
                SampleRecords.event(ACCOUNT, "eu-central-10", "longer region", NOON),
                SampleRecords.event(LedgerRecord.OPERATOR_ACCOUNT, REGION, "operator", NOON),
                asData(event("data", NOON)));
        settle();
        assertThat(ids(history.find(all(10)))).containsExactly("mine");
        assertThat(find(Attribute.EVENT_ID, "other account")).isEmpty();
        assertThat(find(Attribute.EVENT_ID, "data")).isEmpty();
        assertThat(find(Attribute.EVENT_NAME, "Encrypt")).containsExactly("mine");
        assertThat(ids(history.find(lookup(LedgerRecord.OPERATOR_ACCOUNT, REGION, Optional.empty(), 10))))
                .isEmpty();
        assertThat(ids(history.find(lookup(ACCOUNT, "us-east-1", Optional.empty(), 10))))
                .containsExactly("other region");
        assertThat(ids(history.find(lookup("", "", Optional.empty(), 10)))).isEmpty();
    }

    @Test
    void find_limit_tellsWhetherMoreFollow() throws Exception {
        commit(event("a", NOON), event("b", NOON), event("c", NOON));
        settle();
        assertThat(history.find(all(2)).more()).isTrue();
        assertThat(ids(history.find(all(2)))).containsExactly("c", "b");
        assertThat(history.find(all(3)).more()).isFalse();
        assertThat(history.find(with(Attribute.EVENT_ID, "a", 1)).more()).isFalse();
    }

    @Test
    void find_pagesWhileEventsArrive_neitherRepeatNorLoseWhatWasThere() throws Exception {
        List<String> before = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            commit(event("old" + i, NOON + i / 4));
            before.add(0, "old" + i);
        }
        settle();
        List<String> walked = new ArrayList<>();
        Optional<Position> after = Optional.empty();
        boolean more = true;
        int round = 0;
        while (more) {
            Page page = history.find(new Lookup(
                    ACCOUNT,
                    REGION,
                    Optional.of(new Match(Attribute.EVENT_NAME, "Encrypt")),
                    0,
                    Long.MAX_VALUE,
                    after,
                    7));
            walked.addAll(ids(page));
            more = page.more();
            after = Optional.of(page.events().getLast().position());
            commit(event("new" + round++, NOON + 100), event("late" + round, NOON + 7));
            if (round == 2) {
                settle();
            }
        }
        assertThat(new HashSet<>(walked)).hasSameSizeAs(walked);
        assertThat(walked.stream().filter(id -> id.startsWith("old"))).containsExactlyElementsOf(before);
        assertThat(walked).noneMatch(id -> id.startsWith("new"));
    }

    @Test
    void find_underLoad_findsEveryEventAsSoonAsItsCommitReturned() throws Exception {
        AtomicBoolean missed = new AtomicBoolean();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 16; t++) {
                int thread = t;
                all.add(executor.submit(() -> {
                    for (int i = 0; i < 40; i++) {
                        String id = thread + "-" + i;
                        commit(event(id, NOON + i));
                        if (!find(Attribute.EVENT_ID, id).equals(List.of(id))) {
                            missed.set(true);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertThat(missed).isFalse();
        assertThat(history.find(all(1000)).events()).hasSize(16 * 40);
    }

    @Test
    void find_randomHistoryAndLookups_equalsThePlainModel() throws Exception {
        long seed = 20_261_124L;
        Random random = new Random(seed);
        PlainHistory model = new PlainHistory(ledger);
        for (int round = 0; round < 24; round++) {
            // One by one, and many in one act: neighbours may be stored together.
            for (int rest = 25; rest > 0; ) {
                int together = round % 2 == 0 ? 1 : 1 + random.nextInt(rest);
                commit(Stream.generate(() -> randomRecord(random))
                        .limit(together)
                        .toArray(LedgerRecord[]::new));
                rest -= together;
            }
            if (round % 3 == 1) {
                settle();
            }
            if (round % 6 == 4) {
                long mine = NOON + random.nextInt(round);
                long theirs = NOON + random.nextInt(20);
                ToLongFunction<String> earliest = account -> account.equals(ACCOUNT) ? mine : theirs;
                int forgotten = 0;
                for (int last = 1; last > 0; forgotten += last) {
                    last = history.forget(earliest, 1 + random.nextInt(30));
                }
                assertThat(forgotten)
                        .as("seed %d, round %d", seed, round)
                        .isEqualTo(model.forget(earliest, Integer.MAX_VALUE));
            }
            for (int i = 0; i < 25; i++) {
                Lookup lookup = randomLookup(random);
                Page expected = model.find(lookup);
                assertThat(history.find(lookup)).as("seed %d, %s", seed, lookup).isEqualTo(expected);
                if (expected.more()) {
                    Lookup next = continued(lookup, expected.events().getLast().position());
                    assertThat(history.find(next)).as("seed %d, %s", seed, next).isEqualTo(model.find(next));
                }
            }
        }
    }

    private static LedgerRecord randomRecord(Random random) {
        LedgerRecord base = SampleRecords.event(
                random.nextInt(4) == 0 ? "444455556666" : ACCOUNT,
                random.nextInt(4) == 0 ? "us-east-1" : REGION,
                "id-" + random.nextInt(50),
                NOON + random.nextInt(20));
        LedgerRecord event = random.nextInt(8) == 0 ? asData(base) : base;
        return new LedgerRecord(
                event.account(),
                event.region(),
                event.category(),
                event.eventId(),
                event.eventTimeSeconds(),
                pick(random, "kms.amazonaws.com", "sts.amazonaws.com"),
                pick(random, "Encrypt", "Decrypt", "CreateKey"),
                random.nextBoolean(),
                random.nextInt(3) == 0 ? Optional.empty() : Optional.of(pick(random, "alice", "bob")),
                random.nextInt(3) == 0 ? Optional.empty() : Optional.of(pick(random, "AKIA1", "AKIA2")),
                random.nextInt(3) == 0
                        ? List.of()
                        : List.of(
                                new NamedResource("AWS::KMS::Key", pick(random, "k1", "k2")),
                                new NamedResource(pick(random, "AWS::KMS::Key", "AWS::KMS::Alias"), "k3")),
                withRequest(event.eventId(), REQUEST_ID_START + random.nextInt(10)),
                event.annex());
    }

    private static Lookup randomLookup(Random random) {
        Optional<Match> match = random.nextInt(5) == 0 ? Optional.empty() : Optional.of(randomMatch(random));
        long from = NOON + random.nextInt(20);
        boolean wide = random.nextBoolean();
        return new Lookup(
                random.nextInt(4) == 0 ? "444455556666" : ACCOUNT,
                random.nextInt(4) == 0 ? "us-east-1" : REGION,
                match,
                wide ? 0 : from,
                wide ? Long.MAX_VALUE : from + random.nextInt(10),
                random.nextInt(3) == 0
                        ? Optional.of(new Position(NOON + random.nextInt(20), random.nextInt(300)))
                        : Optional.empty(),
                1 + random.nextInt(12));
    }

    private static Match randomMatch(Random random) {
        Attribute attribute = pick(random, Attribute.values());
        return new Match(
                attribute,
                switch (attribute) {
                    case EVENT_ID -> "id-" + random.nextInt(50);
                    case EVENT_NAME -> pick(random, "Encrypt", "Decrypt", "CreateKey", "Nothing");
                    case READ_ONLY -> pick(random, "true", "false");
                    case USERNAME -> pick(random, "alice", "bob", "carol");
                    case RESOURCE_TYPE -> pick(random, "AWS::KMS::Key", "AWS::KMS::Alias");
                    case RESOURCE_NAME -> pick(random, "k1", "k2", "k3");
                    case EVENT_SOURCE -> pick(random, "kms.amazonaws.com", "sts.amazonaws.com");
                    case ACCESS_KEY_ID -> pick(random, "AKIA1", "AKIA2");
                    case REQUEST_ID -> REQUEST_ID_START + random.nextInt(10);
                });
    }

    @SafeVarargs
    private static <T> T pick(Random random, T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private void commit(LedgerRecord... records) {
        ledger.commit(ledger.read(), List.of(), List.of(records));
    }

    private List<String> find(Attribute attribute, String value) {
        return ids(history.find(with(attribute, value, 10)));
    }

    private static List<String> ids(Page page) {
        return page.events().stream().map(found -> found.record().eventId()).toList();
    }

    private static Lookup all(int limit) {
        return lookup(ACCOUNT, REGION, Optional.empty(), limit);
    }

    private static Lookup with(Attribute attribute, String value, int limit) {
        return lookup(ACCOUNT, REGION, Optional.of(new Match(attribute, value)), limit);
    }

    private static Lookup lookup(String account, String region, Optional<Match> match, int limit) {
        return new Lookup(account, region, match, Long.MIN_VALUE, Long.MAX_VALUE, Optional.empty(), limit);
    }

    private static Lookup between(long from, long to) {
        return new Lookup(ACCOUNT, REGION, Optional.empty(), from, to, Optional.empty(), 100);
    }

    private static Lookup continued(Lookup lookup, Position after) {
        return new Lookup(
                lookup.account(),
                lookup.region(),
                lookup.match(),
                lookup.fromSecond(),
                lookup.toSecond(),
                Optional.of(after),
                lookup.limit());
    }

    private static LedgerRecord event(String id, long seconds) {
        return SampleRecords.event(id, seconds);
    }

    private static LedgerRecord asData(LedgerRecord of) {
        return new LedgerRecord(
                of.account(),
                of.region(),
                LedgerRecord.Category.DATA,
                of.eventId(),
                of.eventTimeSeconds(),
                of.eventSource(),
                of.eventName(),
                of.readOnly(),
                of.username(),
                of.accessKeyId(),
                of.resources(),
                of.json(),
                of.annex());
    }

    private static LedgerRecord withResources(LedgerRecord of, List<NamedResource> resources) {
        return new LedgerRecord(
                of.account(),
                of.region(),
                of.category(),
                of.eventId(),
                of.eventTimeSeconds(),
                of.eventSource(),
                of.eventName(),
                of.readOnly(),
                of.username(),
                of.accessKeyId(),
                resources,
                of.json(),
                of.annex());
    }

    private static LedgerRecord record(
            String id,
            String name,
            boolean readOnly,
            String source,
            String user,
            String key,
            String resourceType,
            String resourceName) {
        Set<NamedResource> resources =
                resourceType == null ? Set.of() : Set.of(new NamedResource(resourceType, resourceName));
        return new LedgerRecord(
                ACCOUNT,
                REGION,
                LedgerRecord.Category.MANAGEMENT,
                id,
                NOON,
                source,
                name,
                readOnly,
                Optional.ofNullable(user),
                Optional.ofNullable(key),
                List.copyOf(resources),
                Bytes.utf8("{}"),
                Bytes.EMPTY);
    }
}
