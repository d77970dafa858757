package dev.keytrail.identity.directory;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;

/**
 * An IAM group. Its members name it, not it them.
 *
 * @param id {@code AGPA...}
 */
public record Group(String account, String id, String path, String name, Instant created, AttachedPolicies policies) {
    static final RowCodec<Group> CODEC = RowCodec.of(Group::write, Group::read);

    private void write(RowWriter out) {
        out.version(1).text(account).text(id).text(path).text(name).instant(created);
        AttachedPolicies.write(policies, out);
    }

    private static Group read(RowReader in) {
        in.version(1);
        return new Group(in.text(), in.text(), in.text(), in.text(), in.instant(), AttachedPolicies.read(in));
    }
}
