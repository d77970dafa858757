package dev.keytrail.identity.directory;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * An IAM group. Its members name it, not it them.
 *
 * @param id {@code AGPA...}
 */
public record Group(String account, String id, String path, String name, Instant created, AttachedPolicies policies)
        implements Entity<Group> {
    static final RowCodec<Group> CODEC = RowCodec.of(Group::write, Group::read);

    @Override
    public String arn() {
        return "arn:aws:iam::" + account + ":group" + path + name;
    }

    @Override
    public Group withPolicies(AttachedPolicies changed) {
        return new Group(account, id, path, name, created, changed);
    }

    @Override
    public Map<String, String> tags() {
        return Map.of();
    }

    @Override
    public Optional<String> boundary() {
        return Optional.empty();
    }

    private void write(RowWriter out) {
        out.version(1).text(account).text(id).text(path).text(name).instant(created);
        AttachedPolicies.write(policies, out);
    }

    private static Group read(RowReader in) {
        in.version(1);
        return new Group(in.text(), in.text(), in.text(), in.text(), in.instant(), AttachedPolicies.read(in));
    }
}
