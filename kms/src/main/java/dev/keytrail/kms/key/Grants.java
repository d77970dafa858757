package dev.keytrail.kms.key;

import dev.keytrail.call.Change;
import dev.keytrail.call.Principal;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Sha256;
import dev.keytrail.call.State;
import dev.keytrail.policy.ConditionContext;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Finds, makes and removes grants, with their index rows.
 *
 * <p>A call's own look-up costs the same however many grants a key has: {@link GrantRow#USES} is ordered by operation,
 * grantee and slot, and a slot is all that constraints leave to ask: no context, this very context, or a context with this
 * pair (the first of a subset constraint). What is found there is then read and held against the request, and remembered
 * as read, so that a revocation meanwhile makes the call be decided again.
 */
public final class Grants {
    /** Closer to the quota than this, counts are read so that no two calls can exceed it together. */
    private static final int MARGIN = 1_000;

    private static final int COUNTS = 256;
    private static final int NEWEST = 64;
    private static final int DIGEST_BYTES = 16;
    private static final String SOURCE_ARN = "aws:SourceArn";
    private static final String ANY_CONTEXT = "-";

    private Grants() {}

    public static Optional<Grant> get(State state, Key key, String grantId) {
        return state.get(Grant.TABLE, Grant.rowKey(key, grantId));
    }

    /** A grant that lets {@code grantee}, a name of the caller, do {@code operation} in these circumstances. */
    public static Optional<Grant> find(
            State state,
            Key key,
            GrantOperation operation,
            String grantee,
            Circumstances circumstances,
            ConditionContext conditions,
            Principal caller) {
        // Before the scans: a grant that they miss has changed it, and the decision is made again.
        Optional<GrantRow.Newest> _ = state.get(GrantRow.Newest.TABLE, newest(key.rowKey() + "/", grantee));
        String uses = uses(key.rowKey() + "/", operation, grantee);
        Optional<String> source = operation == GrantOperation.RetireGrant
                ? Optional.empty()
                : conditions.get(SOURCE_ARN).flatMap(values -> values.stream().findFirst());
        for (String slot : slots(operation, circumstances.context().pairs())) {
            Optional<Grant> found = first(state, uses + slot + "/", operation, circumstances, caller);
            if (found.isEmpty() && source.isPresent()) {
                found = first(state, uses + slot + bound(source.get()) + "/", operation, circumstances, caller)
                        .filter(grant -> grant.constraints().sourceArn().equals(source));
            }
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static Optional<Grant> first(
            State state, String prefix, GrantOperation operation, Circumstances circumstances, Principal caller) {
        for (State.Row<GrantRow> row : state.scan(GrantRow.USES, prefix, "")) {
            Optional<Grant> grant = state.get(Grant.TABLE, row.value().rowKey())
                    .filter(found -> found.isMeantFor(caller) && circumstances.coveredBy(found, operation));
            if (grant.isPresent()) {
                return grant;
            }
        }
        return Optional.empty();
    }

    /** The named grant that the same request made before. */
    public static Optional<Grant> same(State state, Grant wanted) {
        return wanted.name().isEmpty()
                ? Optional.empty()
                : state.get(GrantRow.NAMED, named(wanted)).flatMap(row -> state.get(Grant.TABLE, row.rowKey()));
    }

    /** @throws dev.keytrail.call.Refused LimitExceededException when the key has as many as it may */
    public static List<Change<?>> make(State state, Grant grant, int most) {
        demandWithinQuota(state, grant, most);
        List<Change<?>> changes = new ArrayList<>();
        GrantRow row = new GrantRow(grant.rowKey());
        changes.add(Change.put(Grant.TABLE, grant.rowKey(), grant));
        useKeys(grant).forEach(key -> changes.add(Change.put(GrantRow.USES, key, row)));
        changes.add(Change.put(
                GrantRow.Newest.TABLE,
                newest(grant.prefix(), grant.grantee().name()),
                new GrantRow.Newest(grant.id())));
        retiringKey(grant).ifPresent(key -> changes.add(Change.put(GrantRow.RETIRING, key, row)));
        if (grant.name().isPresent()) {
            changes.add(Change.put(GrantRow.NAMED, named(grant), row));
        }
        String counter = counter(grant);
        changes.add(Change.put(GrantRow.Count.TABLE, counter, new GrantRow.Count(count(state, counter) + 1)));
        return changes;
    }

    public static List<Change<?>> remove(State state, Grant grant) {
        List<Change<?>> changes = removeUncounted(grant);
        String counter = counter(grant);
        int left = count(state, counter) - 1;
        changes.add(
                left > 0
                        ? Change.put(GrantRow.Count.TABLE, counter, new GrantRow.Count(left))
                        : Change.delete(GrantRow.Count.TABLE, counter));
        return changes;
    }

    /** Whether there are grants on a key, or on one of its name that is gone. Not part of what a commit is held against. */
    public static boolean areLeft(State state, String account, String region, String keyId) {
        return state.scan(Grant.TABLE, Grant.prefix(account, region, keyId), "")
                .iterator()
                .hasNext();
    }

    /**
     * Removes grants of a key that is gone, at most {@code max} of them. No call can reach them any more.
     *
     * @return no changes when there is nothing left
     */
    public static List<Change<?>> sweep(State state, String account, String region, String keyId, int max) {
        String prefix = Grant.prefix(account, region, keyId);
        List<Change<?>> changes = new ArrayList<>();
        int removed = 0;
        for (State.Row<Grant> row : state.scan(Grant.TABLE, prefix, "")) {
            if (removed++ == max) {
                return changes;
            }
            changes.addAll(removeUncounted(row.value()));
        }
        for (State.Row<GrantRow.Count> row : state.scan(GrantRow.Count.TABLE, prefix, "")) {
            changes.add(Change.delete(GrantRow.Count.TABLE, row.key()));
        }
        for (State.Row<GrantRow.Newest> row : state.scan(GrantRow.Newest.TABLE, prefix, "")) {
            changes.add(Change.delete(GrantRow.Newest.TABLE, row.key()));
        }
        return changes;
    }

    private static List<Change<?>> removeUncounted(Grant grant) {
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Change.delete(Grant.TABLE, grant.rowKey()));
        useKeys(grant).forEach(key -> changes.add(Change.delete(GrantRow.USES, key)));
        retiringKey(grant).ifPresent(key -> changes.add(Change.delete(GrantRow.RETIRING, key)));
        if (grant.name().isPresent()) {
            changes.add(Change.delete(GrantRow.NAMED, named(grant)));
        }
        return changes;
    }

    private static void demandWithinQuota(State state, Grant grant, int most) {
        int sum = 0;
        for (State.Row<GrantRow.Count> row : state.scan(GrantRow.Count.TABLE, grant.prefix(), "")) {
            sum += row.value().grants();
        }
        if (sum > most - MARGIN) {
            sum = 0;
            for (int i = 0; i < COUNTS; i++) {
                sum += count(state, grant.prefix() + HexFormat.of().toHexDigits((byte) i));
            }
        }
        if (sum >= most) {
            throw KmsErrors.limitExceeded("A key can have at most " + most + " grants.");
        }
    }

    private static int count(State state, String counter) {
        return state.get(GrantRow.Count.TABLE, counter)
                .map(GrantRow.Count::grants)
                .orElse(0);
    }

    private static String counter(Grant grant) {
        return grant.prefix() + grant.id().substring(0, 2);
    }

    /** What a listing of a retiring principal's grants starts with. */
    public static String retiringPrefix(GrantParty retiring, String region) {
        return retiring.account().orElse("service") + "/" + region + "/" + digest(retiring.name()) + "/";
    }

    private static Optional<String> retiringKey(Grant grant) {
        return grant.retiring().map(party -> retiringPrefix(party, grant.region()) + grant.rowKey());
    }

    private static String uses(String keyPrefix, GrantOperation operation, String grantee) {
        return keyPrefix + operation.name() + "/" + digest(grantee) + "/";
    }

    /** A few rows a key, whatever the number of grantees: to share one costs no more than a decision made again. */
    private static String newest(String keyPrefix, String grantee) {
        return keyPrefix + HexFormat.of().toHexDigits((byte) Math.floorMod(grantee.hashCode(), NEWEST));
    }

    private static List<String> useKeys(Grant grant) {
        List<String> keys = new ArrayList<>();
        for (GrantOperation operation : grant.operations()) {
            String source = operation == GrantOperation.RetireGrant
                    ? ""
                    : grant.constraints().sourceArn().map(Grants::bound).orElse("");
            keys.add(uses(grant.prefix(), operation, grant.grantee().name()) + slot(grant, operation) + source + "/"
                    + grant.id());
        }
        return keys;
    }

    private static String slot(Grant grant, GrantOperation operation) {
        GrantConstraints constraints = grant.constraints();
        if (!operation.takesContext()) {
            return ANY_CONTEXT;
        }
        if (constraints.contextEquals().isPresent()) {
            return GrantConstraints.withoutCase(constraints.contextEquals().get())
                    .map(Grants::whole)
                    .orElse(ANY_CONTEXT);
        }
        // Of a subset constraint the first pair: a request looks under each of its own.
        return constraints
                .contextSubset()
                .flatMap(GrantConstraints::withoutCase)
                .flatMap(pairs -> new TreeMap<>(pairs).entrySet().stream().findFirst())
                .map(pair -> pair(pair.getKey(), pair.getValue()))
                .orElse(ANY_CONTEXT);
    }

    private static List<String> slots(GrantOperation operation, Map<String, String> context) {
        List<String> slots = new ArrayList<>();
        slots.add(ANY_CONTEXT);
        if (operation.takesContext()) {
            GrantConstraints.withoutCase(context).ifPresent(pairs -> {
                slots.add(whole(pairs));
                pairs.forEach((key, value) -> slots.add(pair(key, value)));
            });
        }
        return slots;
    }

    private static String whole(Map<String, String> pairs) {
        List<String> parts = new ArrayList<>();
        pairs.forEach((key, value) -> {
            parts.add(key);
            parts.add(value);
        });
        return "=" + digest(parts.toArray(String[]::new));
    }

    private static String pair(String key, String value) {
        return "+" + digest(key, value);
    }

    private static String bound(String sourceArn) {
        return "@" + digest(sourceArn);
    }

    private static String named(Grant grant) {
        RowWriter request = new RowWriter();
        grant.writeRequest(request);
        return grant.prefix() + hash(request.toByteArray());
    }

    /** Row keys are for finding only, so half a hash does; each part is preceded by its length. */
    private static String digest(String... parts) {
        RowWriter out = new RowWriter();
        for (String part : parts) {
            out.text(part);
        }
        return hash(out.toByteArray());
    }

    private static String hash(byte[] content) {
        byte[] whole = Sha256.start().digest(content);
        return HexFormat.of().formatHex(whole, 0, DIGEST_BYTES);
    }
}
