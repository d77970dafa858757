package dev.keytrail.audit.trail;

import dev.keytrail.call.Call;
import dev.keytrail.call.Change;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.Rewrapping;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/** The trails in state: their rows, and the changes that calls make to them. */
public final class Trails {
    /** Key: {@code account/region/name}. */
    static final Table<Trail> TRAILS = new Table<>("cloudtrail.trail", Trail.CODEC);

    /** Key: {@code account/region/name/id}; outlives the trail until all is delivered. */
    static final Table<Progress> PROGRESS = new Table<>("cloudtrail.delivery", Progress.CODEC);

    /** Key: {@code account/region/name/id/number}, the number in ten digits. */
    static final Table<Epoch> EPOCHS = new Table<>("cloudtrail.epoch", Epoch.CODEC);

    /** Key: account. Written by whatever adds or moves a trail, so that a count of trails can be relied on. */
    static final Table<Long> REVISIONS = new Table<>(
            "cloudtrail.revision", RowCodec.of((value, out) -> out.version(1).number(value), in -> {
                in.version(1);
                return in.number();
            }));

    /** Key: {@code account/region/name/id/folder}: the code of the folder whose files the digests name. */
    static final Table<Chain> CHAINS = new Table<>("cloudtrail.chain", Chain.CODEC);

    /** Key: that of the chain and {@code /segment/number}, the numbers in ten digits. */
    static final Table<CoveredFile> COVERED = new Table<>("cloudtrail.covered", CoveredFile.CODEC);

    /** Notices that are still to be published. Key: that of the progress and {@code /number}, ten digits. */
    static final Table<Notice> NOTICES = new Table<>("cloudtrail.notice", Notice.CODEC);

    /** How a trail's notices went. Key: that of the progress. */
    static final Table<Notified> NOTIFIED = new Table<>("cloudtrail.notified", Notified.CODEC);

    private final LongSupplier ledgerEnd;

    /** @param ledgerEnd a ledger index that no later commit's records come before */
    public Trails(LongSupplier ledgerEnd) {
        this.ledgerEnd = ledgerEnd;
    }

    public static List<Table<?>> tables() {
        List<Table<?>> tables = new ArrayList<>(
                List.of(TRAILS, PROGRESS, EPOCHS, REVISIONS, CHAINS, COVERED, SigningKeys.KEYS, NOTICES, NOTIFIED));
        tables.addAll(Organizations.tables());
        return List.copyOf(tables);
    }

    /** How the secrets of trails come under a new root key. */
    public static List<Rewrapping<?>> rewrappings() {
        return List.of(SigningKeys.REWRAPPING);
    }

    public Optional<Trail> find(State state, String account, String homeRegion, String name) {
        return state.get(TRAILS, key(account, homeRegion, name));
    }

    /** All trails of an account, whatever their Region, by Region and name. */
    public List<Trail> all(State state, String account) {
        List<Trail> trails = new ArrayList<>();
        state.scan(TRAILS, account + "/", "").forEach(row -> trails.add(row.value()));
        return trails;
    }

    /** Like {@link #all}, for a decision that must not be overtaken by a new trail. */
    public List<Trail> allForDecision(State state, String account) {
        Optional<Long> _ = state.get(REVISIONS, account);
        return all(state, account);
    }

    public Optional<Progress> progress(State state, Trail trail) {
        return state.get(PROGRESS, progressKey(trail));
    }

    /** How the trail's digests for one account and Region stand: an organisation trail has a chain for each member. */
    public Optional<Chain> digests(State state, Trail trail, String account, String region) {
        String folder = new Folder(Folder.EVENTS, account, region).code(trail.account());
        return state.get(CHAINS, chainKey(progressKey(trail), folder));
    }

    /** The encryption context of a file that the trail could deliver now. */
    public static Map<String, String> sampleContext(Trail trail, Instant now) {
        String key = LogFile.key(
                trail.scope().prefix(),
                trail.scope().organizationId(),
                new Folder(Folder.EVENTS, trail.account(), trail.homeRegion()),
                now,
                trail.id());
        return Map.of(
                "aws:cloudtrail:arn",
                trail.arn(),
                "aws:s3:arn",
                "arn:aws:s3:::" + trail.scope().bucket() + "/" + key);
    }

    /** How the trail's notices went. */
    public Optional<Notified> notified(State state, Trail trail) {
        return state.get(NOTIFIED, progressKey(trail));
    }

    /**
     * Whose calls Insights watch.
     *
     * @param trails that log and take Insights
     */
    public record Watched(List<Trail> trails) {
        public SortedSet<String> accounts() {
            SortedSet<String> all = new TreeSet<>();
            for (Trail trail : trails) {
                all.add(trail.account());
                trail.scope().organization().ifPresent(organization -> all.addAll(organization.accounts()));
            }
            return all;
        }

        /** What is looked for in the account's calls there. */
        public Set<InsightKind> kinds(String account, String region) {
            Set<InsightKind> kinds = EnumSet.noneOf(InsightKind.class);
            for (Trail trail : trails) {
                if (trail.scope().concerns(account, trail.account()) && trail.showsIn(region)) {
                    kinds.addAll(trail.scope().insights());
                }
            }
            return kinds;
        }

        /** A Region that the account is watched in. */
        public String region(String account) {
            return trails.stream()
                    .filter(trail -> trail.scope().concerns(account, trail.account()))
                    .findFirst()
                    .map(Trail::homeRegion)
                    .orElseThrow();
        }
    }

    public Watched watched(State state) {
        List<Trail> watched = new ArrayList<>();
        state.scan(TRAILS, "", "").forEach(row -> {
            if (row.value().logging() && !row.value().scope().insights().isEmpty()) {
                watched.add(row.value());
            }
        });
        return new Watched(watched);
    }

    public List<Change<?>> create(State state, Trail trail) {
        return List.of(Change.put(TRAILS, key(trail), trail), revision(state, trail.account()));
    }

    public List<Change<?>> start(Call call, Trail trail) {
        List<Change<?>> changes = new ArrayList<>();
        Trail started = trail.started(call.receivedAt());
        if (trail.epochs() == 0) {
            changes.add(Change.put(PROGRESS, progressKey(trail), Progress.startingAt(ledgerEnd.getAsLong())));
        }
        turn(call, call.account(), started, Epoch.Cause.START, changes);
        return changes;
    }

    public List<Change<?>> stop(Call call, Trail trail) {
        List<Change<?>> changes = new ArrayList<>();
        turn(call, call.account(), trail.stopped(call.receivedAt()), Epoch.Cause.STOP, changes);
        return changes;
    }

    /** Replaces the trail by its changed form. */
    public List<Change<?>> update(State state, Call call, Trail changed) {
        List<Change<?>> changes = new ArrayList<>();
        turn(call, call.account(), changed, Epoch.Cause.CHANGE, changes);
        changes.add(revision(state, changed.account()));
        return changes;
    }

    /** The trails that the account sees: its own, and those of the organisation that it is a member of. */
    public List<Trail> visible(State state, String account) {
        List<Trail> trails = new ArrayList<>(all(state, account));
        Organizations.of(state, account)
                .filter(organization -> !organization.management().equals(account))
                .ifPresent(organization -> all(state, organization.management()).stream()
                        .filter(trail -> trail.scope().organization().isPresent())
                        .forEach(trails::add));
        return trails;
    }

    /** The organisation's trails follow a change of its accounts, from the call's own record on. */
    public List<Change<?>> follow(State state, Call call, Organizations.Row changed) {
        List<Change<?>> changes = new ArrayList<>();
        for (Trail trail : allForDecision(state, changed.management())) {
            if (trail.scope().organization().isPresent()) {
                Scope scope = trail.scope().withOrganization(Optional.of(changed.organization()));
                turn(call, trail.account(), trail.withScope(scope), Epoch.Cause.CHANGE, changes);
            }
        }
        changes.add(revision(state, changed.management()));
        return changes;
    }

    /** A change that delivery has nothing to do with. */
    public List<Change<?>> retag(Trail changed) {
        return List.of(Change.put(TRAILS, key(changed), changed));
    }

    public List<Change<?>> delete(State state, Call call, Trail trail) {
        List<Change<?>> changes = new ArrayList<>();
        if (trail.epochs() > 0) {
            changes.add(Change.put(
                    EPOCHS,
                    epochKey(progressKey(trail), trail.epochs() + 1),
                    new Epoch(
                            Epoch.Cause.DELETE,
                            call.requestId(),
                            call.account(),
                            ledgerEnd.getAsLong(),
                            false,
                            trail.scope())));
        }
        changes.add(Change.delete(TRAILS, key(trail)));
        changes.add(revision(state, trail.account()));
        return changes;
    }

    /**
     * A trail that was never started has nothing to deliver and so no epochs.
     *
     * @param recordedIn an account that the call's record is in
     */
    private void turn(Call call, String recordedIn, Trail changed, Epoch.Cause cause, List<Change<?>> changes) {
        if (changed.epochs() == 0 && cause != Epoch.Cause.START) {
            changes.add(Change.put(TRAILS, key(changed), changed));
            return;
        }
        long number = changed.epochs() + 1;
        changes.add(Change.put(TRAILS, key(changed), changed.withEpochs(number)));
        changes.add(Change.put(
                EPOCHS,
                epochKey(progressKey(changed), number),
                new Epoch(
                        cause,
                        call.requestId(),
                        recordedIn,
                        ledgerEnd.getAsLong(),
                        changed.logging(),
                        changed.scope())));
    }

    private static Change<?> revision(State state, String account) {
        return Change.put(REVISIONS, account, state.get(REVISIONS, account).orElse(0L) + 1);
    }

    private static String key(Trail trail) {
        return key(trail.account(), trail.homeRegion(), trail.name());
    }

    private static String key(String account, String region, String name) {
        return account + "/" + region + "/" + name;
    }

    static String progressKey(Trail trail) {
        return key(trail) + "/" + trail.id();
    }

    static String epochKey(String progressKey, long number) {
        return String.format(Locale.ROOT, "%s/%010d", progressKey, number);
    }

    static String noticeKey(String progressKey, long number) {
        return String.format(Locale.ROOT, "%s/%010d", progressKey, number);
    }

    /** @param folder its code */
    static String chainKey(String progressKey, String folder) {
        return progressKey + "/" + folder;
    }

    /** Code of the folder. */
    static String chainFolder(String chainKey) {
        return chainKey.substring(chainKey.lastIndexOf('/') + 1);
    }

    /** Before all keys of the segment's files. */
    static String coveredPrefix(String chainKey, long segment) {
        return String.format(Locale.ROOT, "%s/%010d/", chainKey, segment);
    }

    static String coveredKey(String chainKey, long segment, long number) {
        return String.format(Locale.ROOT, "%s%010d", coveredPrefix(chainKey, segment), number);
    }

    static long coveredNumber(String coveredKey) {
        return Long.parseLong(coveredKey.substring(coveredKey.lastIndexOf('/') + 1));
    }

    static long epochNumber(String epochKey) {
        return Long.parseLong(epochKey.substring(epochKey.lastIndexOf('/') + 1));
    }
}
