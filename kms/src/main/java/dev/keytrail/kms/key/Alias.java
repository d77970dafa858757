package dev.keytrail.kms.key;

import dev.keytrail.call.Arn;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.Table;
import java.time.Instant;

/**
 * A name for a key, in {@code kms.alias} under {@code account/region/name}.
 *
 * @param name with its prefix, e.g. {@code alias/project-key}
 * @param keyId the bare id of its key, of the same account and Region
 */
public record Alias(String account, String region, String name, String keyId, Instant created, Instant updated) {
    public static final String PREFIX = "alias/";

    /** Names that belong to services (kms.md section 17). */
    public static final String RESERVED_PREFIX = "alias/aws/";

    public static final Table<Alias> TABLE = new Table<>(
            "kms.alias",
            RowCodec.of(
                    (alias, out) -> out.version(1)
                            .text(alias.account)
                            .text(alias.region)
                            .text(alias.name)
                            .text(alias.keyId)
                            .instant(alias.created)
                            .instant(alias.updated),
                    in -> {
                        in.version(1);
                        return new Alias(in.text(), in.text(), in.text(), in.text(), in.instant(), in.instant());
                    }));

    public static String rowKey(String account, String region, String name) {
        return account + "/" + region + "/" + name;
    }

    public static String arn(String account, String region, String name) {
        return Arn.of("kms", region, account, name).toString();
    }

    public String rowKey() {
        return rowKey(account, region, name);
    }

    public String arn() {
        return arn(account, region, name);
    }

    public Alias movedTo(String otherKeyId, Instant now) {
        return new Alias(account, region, name, otherKeyId, created, now);
    }
}
