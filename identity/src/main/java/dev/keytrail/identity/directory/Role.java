package dev.keytrail.identity.directory;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An IAM role.
 *
 * @param id {@code AROA...}
 * @param trustPolicy who may assume it, as a document
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
        int sessionSecondsMax,
        Map<String, String> tags,
        Optional<String> boundary,
        AttachedPolicies policies) {
    static final RowCodec<Role> CODEC = RowCodec.of(Role::write, Role::read);

    public Role {
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
    }

    private void write(RowWriter out) {
        out.version(1).text(account).text(id).text(path).text(name).instant(created);
        out.optionalText(description).text(trustPolicy).number(sessionSecondsMax);
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
                in.integer(),
                in.textMap(),
                in.optionalText(),
                AttachedPolicies.read(in));
    }
}
