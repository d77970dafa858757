package dev.keytrail.identity.directory;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;

/** A user's password, as far as it is kept, and whether it must be changed at the next sign-in. */
public record LoginProfile(Instant created, boolean resetRequired, Bytes passwordHash) {
    static void write(LoginProfile profile, RowWriter out) {
        out.instant(profile.created).flag(profile.resetRequired).bytes(profile.passwordHash);
    }

    static LoginProfile read(RowReader in) {
        return new LoginProfile(in.instant(), in.flag(), in.bytes());
    }
}
