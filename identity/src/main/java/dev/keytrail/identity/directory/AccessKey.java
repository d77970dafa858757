package dev.keytrail.identity.directory;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.crypto.Vault;
import java.time.Instant;
import java.util.Optional;

/**
 * A long-term access key.
 *
 * @param id {@code AKIA} and 16 of {@code A-Z2-7}; unique in the server, so it finds account and owner
 * @param sealedSecret the secret access key, wrapped under {@link AccessKeys#secretName}
 */
public record AccessKey(String id, String account, Owner owner, boolean active, Instant created, Bytes sealedSecret) {
    static final RowCodec<AccessKey> CODEC = RowCodec.of(AccessKey::write, AccessKey::read);

    /** Whose key it is. */
    public sealed interface Owner {
        /** The account's root user. */
        record Root() implements Owner {}

        /** A user, by its name at present and by its id, which must both fit: a new user of an old name is another. */
        record OfUser(String name, String userId) implements Owner {}
    }

    public AccessKey withActive(boolean value) {
        return new AccessKey(id, account, owner, value, created, sealedSecret);
    }

    /** The key after its user's renaming. */
    public AccessKey withOwner(Owner changed) {
        return new AccessKey(id, account, changed, active, created, sealedSecret);
    }

    /** With its secret under the newest root key; empty when it is already. */
    Optional<AccessKey> renewed(Vault vault) {
        return vault.renewed(sealedSecret, AccessKeys.secretName(id))
                .map(bytes -> new AccessKey(id, account, owner, active, created, bytes));
    }

    private void write(RowWriter out) {
        out.version(1).text(id).text(account);
        switch (owner) {
            case Owner.Root() -> out.flag(false);
            case Owner.OfUser(String name, String userId) ->
                out.flag(true).text(name).text(userId);
        }
        out.flag(active).instant(created).bytes(sealedSecret);
    }

    private static AccessKey read(RowReader in) {
        in.version(1);
        String id = in.text();
        String account = in.text();
        Owner owner = in.flag() ? new Owner.OfUser(in.text(), in.text()) : new Owner.Root();
        return new AccessKey(id, account, owner, in.flag(), in.instant(), in.bytes());
    }
}
