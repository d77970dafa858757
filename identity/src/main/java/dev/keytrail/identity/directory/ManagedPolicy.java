package dev.keytrail.identity.directory;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A customer-managed policy with its versions.
 *
 * @param id {@code ANPA...}
 * @param versions five at most; the one numbered {@code defaultVersion} is in force
 * @param lastVersion the highest number ever given: numbers are not used again
 * @param attachments users, groups and roles that it is attached to; while there are any it cannot be deleted
 * @param boundaryUses users and roles that it is the permissions boundary of
 */
public record ManagedPolicy(
        String account,
        String id,
        String path,
        String name,
        Instant created,
        Instant updated,
        Optional<String> description,
        Map<String, String> tags,
        int defaultVersion,
        int lastVersion,
        List<Version> versions,
        int attachments,
        int boundaryUses)
        implements Tagged<ManagedPolicy> {
    static final RowCodec<ManagedPolicy> CODEC = RowCodec.of(ManagedPolicy::write, ManagedPolicy::read);

    /** Printed as {@code v} and its number. */
    public record Version(int number, String document, Instant created) {}

    public ManagedPolicy {
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
        versions = List.copyOf(versions);
    }

    public String arn() {
        return "arn:aws:iam::" + account + ":policy" + path + name;
    }

    /** The document in force. */
    public String document() {
        return versions.stream()
                .filter(v -> v.number() == defaultVersion)
                .findFirst()
                .map(Version::document)
                .orElseThrow(() -> new IllegalStateException("no default version: " + arn()));
    }

    public ManagedPolicy withAttachments(int count) {
        return with(draft -> draft.attachments = count);
    }

    public ManagedPolicy withBoundaryUses(int count) {
        return with(draft -> draft.boundaryUses = count);
    }

    @Override
    public ManagedPolicy withTags(Map<String, String> changed) {
        return with(draft -> draft.tags = changed);
    }

    /** With one more version, of the next number. */
    public ManagedPolicy withVersion(String document, Instant now, boolean inForce) {
        int number = lastVersion + 1;
        List<Version> changed = new ArrayList<>(versions);
        changed.add(new Version(number, document, now));
        return with(draft -> {
            draft.updated = now;
            draft.defaultVersion = inForce ? number : defaultVersion;
            draft.lastVersion = number;
            draft.versions = changed;
        });
    }

    public ManagedPolicy withoutVersion(int number, Instant now) {
        return with(draft -> {
            draft.updated = now;
            draft.versions = versions.stream().filter(v -> v.number() != number).toList();
        });
    }

    public ManagedPolicy withDefaultVersion(int number, Instant now) {
        return with(draft -> {
            draft.updated = now;
            draft.defaultVersion = number;
        });
    }

    private ManagedPolicy with(Consumer<Draft> change) {
        Draft draft = new Draft();
        change.accept(draft);
        return draft.policy();
    }

    /** This policy, while a copy with other members is made. */
    private final class Draft {
        private Instant updated = ManagedPolicy.this.updated;
        private Map<String, String> tags = ManagedPolicy.this.tags;
        private int defaultVersion = ManagedPolicy.this.defaultVersion;
        private int lastVersion = ManagedPolicy.this.lastVersion;
        private List<Version> versions = ManagedPolicy.this.versions;
        private int attachments = ManagedPolicy.this.attachments;
        private int boundaryUses = ManagedPolicy.this.boundaryUses;

        ManagedPolicy policy() {
            return new ManagedPolicy(
                    account,
                    id,
                    path,
                    name,
                    created,
                    updated,
                    description,
                    tags,
                    defaultVersion,
                    lastVersion,
                    versions,
                    attachments,
                    boundaryUses);
        }
    }

    public Optional<Version> version(int number) {
        return versions.stream().filter(v -> v.number() == number).findFirst();
    }

    private void write(RowWriter out) {
        out.version(1).text(account).text(id).text(path).text(name).instant(created);
        out.instant(updated).optionalText(description).texts(tags);
        out.number(defaultVersion).number(lastVersion);
        out.list(versions, (v, o) -> o.number(v.number()).text(v.document()).instant(v.created()));
        out.number(attachments).number(boundaryUses);
    }

    private static ManagedPolicy read(RowReader in) {
        in.version(1);
        return new ManagedPolicy(
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.instant(),
                in.instant(),
                in.optionalText(),
                in.textMap(),
                in.integer(),
                in.integer(),
                in.list(r -> new Version(r.integer(), r.text(), r.instant())),
                in.integer(),
                in.integer());
    }
}
