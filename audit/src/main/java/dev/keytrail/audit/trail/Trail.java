package dev.keytrail.audit.trail;

import dev.keytrail.call.Arn;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A trail as its owner set it up.
 *
 * @param id chance; tells this trail from an earlier one of the same name, and makes its object names unguessable
 * @param customSelectors whether PutEventSelectors was ever called
 * @param epochs number of {@link Epoch} rows written so far
 */
public record Trail(
        String account,
        String homeRegion,
        String name,
        String id,
        Scope scope,
        boolean customSelectors,
        boolean logging,
        Optional<Instant> startedAt,
        Optional<Instant> stoppedAt,
        Map<String, String> tags,
        long epochs) {
    static final RowCodec<Trail> CODEC = RowCodec.of(Trail::write, Trail::read);

    public Trail {
        tags = Map.copyOf(tags);
    }

    public String arn() {
        return arn(account, homeRegion, name);
    }

    public static String arn(String account, String region, String name) {
        return Arn.of("cloudtrail", region, account, "trail/" + name).toString();
    }

    /** Whether the trail, or its copy, is in this Region. */
    public boolean showsIn(String region) {
        return scope.multiRegion() || homeRegion.equals(region);
    }

    public Trail withScope(Scope changed) {
        return new Trail(
                account, homeRegion, name, id, changed, customSelectors, logging, startedAt, stoppedAt, tags, epochs);
    }

    public Trail withCustomSelectors() {
        return new Trail(account, homeRegion, name, id, scope, true, logging, startedAt, stoppedAt, tags, epochs);
    }

    public Trail withTags(Map<String, String> changed) {
        return new Trail(
                account, homeRegion, name, id, scope, customSelectors, logging, startedAt, stoppedAt, changed, epochs);
    }

    public Trail started(Instant at) {
        return new Trail(
                account, homeRegion, name, id, scope, customSelectors, true, Optional.of(at), stoppedAt, tags, epochs);
    }

    public Trail stopped(Instant at) {
        return new Trail(
                account, homeRegion, name, id, scope, customSelectors, false, startedAt, Optional.of(at), tags, epochs);
    }

    Trail withEpochs(long count) {
        return new Trail(
                account, homeRegion, name, id, scope, customSelectors, logging, startedAt, stoppedAt, tags, count);
    }

    private static void write(Trail trail, RowWriter out) {
        out.version(4)
                .text(trail.account)
                .text(trail.homeRegion)
                .text(trail.name)
                .text(trail.id);
        trail.scope.write(out);
        out.flag(trail.customSelectors).flag(trail.logging);
        out.optional(trail.startedAt, (at, to) -> to.instant(at));
        out.optional(trail.stoppedAt, (at, to) -> to.instant(at));
        out.texts(trail.tags).number(trail.epochs);
    }

    private static Trail read(RowReader in) {
        int version = in.version(4);
        String account = in.text();
        String homeRegion = in.text();
        String name = in.text();
        String id = in.text();
        Scope scope = Scope.read(in, version);
        boolean customSelectors = in.flag();
        return new Trail(
                account,
                homeRegion,
                name,
                id,
                // Before the fourth version it stood here.
                version > 3 ? scope : scope.withRecursive(in.flag()),
                customSelectors,
                in.flag(),
                in.optional(RowReader::instant),
                in.optional(RowReader::instant),
                new LinkedHashMap<>(in.textMap()),
                in.number());
    }
}
