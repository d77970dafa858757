package dev.keytrail.kms.key;

import dev.keytrail.call.Principal;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Table;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Leave to use a key, in {@code kms.grant} under {@code account/region/keyId/grantId}. Never changed, only made and
 * removed, always by {@link Grants}, which keeps the index rows with it.
 *
 * @param account and {@code region}: the key's
 * @param id 64 hex digits
 * @param ids unique ids, when the grant was made, of the users and roles that it names: others of their names are not meant
 * @param issuer the account whose principal made it
 */
public record Grant(
        String account,
        String region,
        String keyId,
        String id,
        Optional<String> name,
        Instant created,
        GrantParty grantee,
        Optional<GrantParty> retiring,
        String issuer,
        List<GrantOperation> operations,
        GrantConstraints constraints,
        Map<String, String> ids) {
    public static final Table<Grant> TABLE = new Table<>("kms.grant", RowCodec.of(Grant::write, Grant::read));

    public Grant {
        operations = List.copyOf(operations);
        ids = Map.copyOf(ids);
    }

    /** A grant that names nobody of this server. */
    public Grant(
            String account,
            String region,
            String keyId,
            String id,
            Optional<String> name,
            Instant created,
            GrantParty grantee,
            Optional<GrantParty> retiring,
            String issuer,
            List<GrantOperation> operations,
            GrantConstraints constraints) {
        this(account, region, keyId, id, name, created, grantee, retiring, issuer, operations, constraints, Map.of());
    }

    public Grant boundTo(Map<String, String> meant) {
        return new Grant(
                account, region, keyId, id, name, created, grantee, retiring, issuer, operations, constraints, meant);
    }

    /** Whether a caller that goes by a name of the grant is the very one that was meant. */
    public boolean isMeantFor(Principal caller) {
        if (ids.isEmpty()) {
            return true;
        }
        return switch (caller) {
            case Principal.User user -> isMeant(user.arn(), user.id());
            case Principal.RoleSession session ->
                isMeant(session.roleArn(), session.roleId()) && isMeant(session.arn(), session.roleId());
            case Principal.FederatedUser federated ->
                !(federated.issuer() instanceof Principal.User user) || isMeant(user.arn(), user.id());
            case Principal.Root _,
                    Principal.ProviderUser _,
                    Principal.Claimed _,
                    Principal.ServicePrincipal _,
                    Principal.Nobody _ -> true;
        };
    }

    private boolean isMeant(String arn, String uniqueId) {
        return ids.getOrDefault(arn, uniqueId).equals(uniqueId);
    }

    /** Of one key's grants all row keys start with this. */
    public static String prefix(String account, String region, String keyId) {
        return Key.rowKey(account, region, keyId) + "/";
    }

    public static String rowKey(Key key, String grantId) {
        return key.rowKey() + "/" + grantId;
    }

    /** Whether the text has the shape of a grant id. */
    public static boolean isId(String text) {
        return text.length() == 64 && text.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    }

    public String prefix() {
        return prefix(account, region, keyId);
    }

    public String rowKey() {
        return prefix() + id;
    }

    private static void write(Grant grant, RowWriter out) {
        out.version(1).text(grant.account).text(grant.region).text(grant.keyId).text(grant.id);
        out.instant(grant.created);
        grant.writeRequest(out);
        out.texts(grant.ids);
    }

    /** All that the maker of the grant chose. */
    void writeRequest(RowWriter out) {
        out.optionalText(name);
        grantee.write(out);
        out.optional(retiring, GrantParty::write).text(issuer);
        out.list(operations, (operation, to) -> to.text(operation.name()));
        constraints.write(out);
    }

    private static Grant read(RowReader in) {
        in.version(1);
        String account = in.text();
        String region = in.text();
        String keyId = in.text();
        String id = in.text();
        Instant created = in.instant();
        return new Grant(
                account,
                region,
                keyId,
                id,
                in.optionalText(),
                created,
                GrantParty.read(in),
                in.optional(GrantParty::read),
                in.text(),
                in.list(from -> GrantOperation.valueOf(from.text())),
                GrantConstraints.read(in),
                in.hasMore() ? in.textMap() : Map.of());
    }
}
