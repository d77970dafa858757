package dev.keytrail.identity.directory;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * An IAM role.
 *
 * @param id {@code AROA...}
 * @param trustPolicy who may assume it, as a document
 * @param trusted unique ids, at the time of writing, of the users and roles that the trust policy names by ARN: another
 *     of the same name is not trusted
 * @param sessionSecondsMax 3600 to 43200
 * @param boundary ARN of the permissions boundary
 */
public record Role(
        String account,
        String id,
        String path,
        String name,
        Instant created,
        Optional<String> description,
        String trustPolicy,
        Map<String, String> trusted,
        int sessionSecondsMax,
        Map<String, String> tags,
        Optional<String> boundary,
        AttachedPolicies policies)
        implements Entity<Role>, Tagged<Role>, Bounded<Role> {
    static final RowCodec<Role> CODEC = RowCodec.of(Role::write, Role::read);

    /** How names of the roles begin that services' infrastructure has; no role of a row can be called so. */
    public static final String OF_SERVICES = "aws:";

    public Role {
        trusted = Map.copyOf(trusted);
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
    }

    @Override
    public String arn() {
        return "arn:aws:iam::" + account + ":role" + path + name;
    }

    @Override
    public Role withPolicies(AttachedPolicies changed) {
        return with(draft -> draft.policies = changed);
    }

    @Override
    public Role withTags(Map<String, String> changed) {
        return with(draft -> draft.tags = changed);
    }

    @Override
    public Role withBoundary(Optional<String> changed) {
        return with(draft -> draft.boundary = changed);
    }

    /** @param ids of those whom the document names, as in {@link #trusted} */
    public Role withTrust(String document, Map<String, String> ids) {
        return with(draft -> {
            draft.trustPolicy = document;
            draft.trusted = ids;
        });
    }

    public Role withDescription(Optional<String> changed) {
        return with(draft -> draft.description = changed);
    }

    public Role withSessionSecondsMax(int seconds) {
        return with(draft -> draft.sessionSecondsMax = seconds);
    }

    private Role with(Consumer<Draft> change) {
        Draft draft = new Draft();
        change.accept(draft);
        return draft.role();
    }

    /** This role, while a copy with other members is made. */
    private final class Draft {
        private Optional<String> description = Role.this.description;
        private String trustPolicy = Role.this.trustPolicy;
        private Map<String, String> trusted = Role.this.trusted;
        private int sessionSecondsMax = Role.this.sessionSecondsMax;
        private Map<String, String> tags = Role.this.tags;
        private Optional<String> boundary = Role.this.boundary;
        private AttachedPolicies policies = Role.this.policies;

        Role role() {
            return new Role(
                    account,
                    id,
                    path,
                    name,
                    created,
                    description,
                    trustPolicy,
                    trusted,
                    sessionSecondsMax,
                    tags,
                    boundary,
                    policies);
        }
    }

    private void write(RowWriter out) {
        out.version(1).text(account).text(id).text(path).text(name).instant(created);
        out.optionalText(description).text(trustPolicy).texts(trusted).number(sessionSecondsMax);
        out.texts(tags).optionalText(boundary);
        AttachedPolicies.write(policies, out);
    }

    private static Role read(RowReader in) {
        in.version(1);
        return new Role(
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.instant(),
                in.optionalText(),
                in.text(),
                in.textMap(),
                in.integer(),
                in.textMap(),
                in.optionalText(),
                AttachedPolicies.read(in));
    }
}
